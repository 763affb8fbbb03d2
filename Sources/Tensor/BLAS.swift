import COpenBLAS
import Core

/// A failure of the numerical libraries.
public struct TensorError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String
}

/// Matrix products through OpenBLAS, single-threaded. All matrices are row-major and dense.
///
/// Shape letters: B rows (a batch), C inputs, D outputs.
public enum BLAS {
    /// Opens the library and chooses its kernels. Call it once before anything that multiplies.
    ///
    /// - Throws: `TensorError` when OpenBLAS is missing.
    public static func open() throws {
        if let problem = cob_open() {
            throw TensorError(what: String(cString: problem), place: "", hint: "run `make deps`, or install Debian's libopenblas0-pthread")
        }
    }

    /// Kernel family in use, e.g. `SkylakeX`.
    public static var kernelName: String { String(cString: cob_core()) }
    /// The library's description of itself, with its version.
    public static var version: String { String(cString: cob_version()) }

    /// y[B×D] = x[B×C] · wᵀ[C×D] (+ y where `accumulate`) with w stored as [D×C], a dense layer's forward product.
    @inline(__always)
    public static func forward(
        x: UnsafePointer<Float>, w: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, B: Int, C: Int, D: Int, accumulate: Bool = false
    ) {
        cob_sgemm(0, 1, Int32(B), Int32(D), Int32(C), 1, x, Int32(C), w, Int32(C), accumulate ? 1 : 0, y, Int32(D))
    }

    /// dw[D×C] = dyᵀ[D×B] · x[B×C].
    @inline(__always)
    public static func weightGradient(
        dy: UnsafePointer<Float>, x: UnsafePointer<Float>, dw: UnsafeMutablePointer<Float>, B: Int, C: Int, D: Int
    ) {
        cob_sgemm(1, 0, Int32(D), Int32(C), Int32(B), 1, dy, Int32(D), x, Int32(C), 0, dw, Int32(C))
    }

    /// dx[B×C] = dy[B×D] · w[D×C] (+ dx where `accumulate`).
    @inline(__always)
    public static func inputGradient(
        dy: UnsafePointer<Float>, w: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, B: Int, C: Int, D: Int, accumulate: Bool = false
    ) {
        cob_sgemm(0, 0, Int32(B), Int32(C), Int32(D), 1, dy, Int32(D), w, Int32(C), accumulate ? 1 : 0, dx, Int32(C))
    }

    /// dx[B×columns] = dy[B×D] · w[D×columns], for a range of the columns of w[D×C] alone.
    @inline(__always)
    public static func inputGradient(
        dy: UnsafePointer<Float>, w: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, B: Int, C: Int, D: Int, columns: Range<Int>
    ) {
        let n = Int32(columns.count)
        cob_sgemm(0, 0, Int32(B), n, Int32(D), 1, dy, Int32(D), w + columns.lowerBound, Int32(C), 0, dx, n)
    }

    /// g[C×C] = xᵀ · x for x[B×C].
    public static func gram(x: UnsafePointer<Float>, g: UnsafeMutablePointer<Float>, B: Int, C: Int) {
        cob_sgemm(1, 0, Int32(C), Int32(C), Int32(B), 1, x, Int32(C), x, Int32(C), 0, g, Int32(C))
    }

    /// Eigenvalues of a symmetric n×n matrix, ascending; the matrix is overwritten.
    ///
    /// - Throws: `TensorError` if LAPACK does not converge (matrices with NaN).
    public static func symmetricEigenvalues(_ matrix: FloatBuffer, size n: Int) throws -> [Float] {
        precondition(matrix.count == n * n, "the matrix must hold n × n values")
        var values = [Float](repeating: 0, count: n)
        let status = cob_ssyev(Int32(n), matrix.pointer, &values)
        guard status == 0 else {
            throw TensorError(what: "the symmetric eigenproblem did not converge (ssyev: \(status))", place: "", hint: "look for NaN in the matrix")
        }
        return values
    }
}
