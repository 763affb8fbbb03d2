import CVectorMath

/// Element-wise functions and reductions over spans, dispatched to AVX-512, AVX2 or baseline code at run time.
public enum VectorMath {
    /// Sum of the elements.
    public static func sum(_ x: Span<Float>) -> Float { x.withUnsafeBufferPointer { $0.baseAddress.map { cvm_sum($0, x.count) } ?? 0 } }

    /// Sum of the squared elements.
    public static func sumOfSquares(_ x: Span<Float>) -> Float {
        x.withUnsafeBufferPointer { $0.baseAddress.map { cvm_sum_squares($0, x.count) } ?? 0 }
    }

    /// Euclidean norm.
    public static func norm(_ x: Span<Float>) -> Float { sumOfSquares(x).squareRoot() }

    /// eˣ of every element, in place.
    public static func exp(_ x: inout MutableSpan<Float>) { apply(&x, cvm_exp) }
    /// tanh of every element, in place.
    public static func tanh(_ x: inout MutableSpan<Float>) { apply(&x, cvm_tanh) }
    /// Natural logarithm of every element (> 0), in place.
    public static func log(_ x: inout MutableSpan<Float>) { apply(&x, cvm_log) }
    /// ELU with α = 1 of every element, in place.
    public static func elu(_ x: inout MutableSpan<Float>) { apply(&x, cvm_elu) }
    /// max(x, 0) of every element, in place.
    public static func relu(_ x: inout MutableSpan<Float>) { apply(&x, cvm_relu) }

    private static func apply(_ x: inout MutableSpan<Float>, _ f: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void) {
        x.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { f(base, base, buffer.count) }
        }
    }
}

extension VectorMath {
    /// target[i] += x[i] for as many elements as x has.
    @inline(__always)
    public static func add(_ x: Span<Float>, to target: UnsafeMutablePointer<Float>) {
        x.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { cvm_add(target, base, source.count) }
        }
    }

    /// Whether neither NaN nor infinity is among the first `count` elements.
    @inline(__always)
    public static func allFinite(_ x: UnsafePointer<Float>, count: Int) -> Bool { cvm_all_finite(x, count) != 0 }

    /// result[r,c] = clamp((x[r,c] − mean[c]) · scale[c], ±limit); in place is allowed.
    @inline(__always)
    public static func standardise(
        _ x: UnsafePointer<Float>, mean: FloatBuffer, scale: FloatBuffer, limit: Float, into result: UnsafeMutablePointer<Float>, rows: Int
    ) {
        cvm_standardise(x, mean.pointer, scale.pointer, limit, result, rows, mean.count)
    }
}

extension VectorMath {
    /// target += rate · (source − target) over a range: the moving average of target networks.
    @inline(__always)
    public static func polyak(_ range: Range<Int>, target: FloatBuffer, source: FloatBuffer, rate: Float) {
        precondition(range.lowerBound >= 0 && range.upperBound <= min(target.count, source.count), "the range must lie in both buffers")
        cvm_polyak(target.pointer + range.lowerBound, source.pointer + range.lowerBound, rate, range.count)
    }
}
