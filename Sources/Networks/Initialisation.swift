import Core

/// Initial values of weights.
public enum Initialisation {
    /// Fills a row-major rows×columns matrix with `gain` times a random (semi-)orthogonal matrix: orthonormal rows or columns,
    /// whichever are fewer.
    ///
    /// Source: Saxe, McClelland and Ganguli 2014. By modified Gram–Schmidt on Gaussian vectors, in double precision, twice over each vector.
    public static func orthogonal(_ matrix: inout MutableSpan<Float>, rows: Int, columns: Int, gain: Float, using random: inout Philox) {
        precondition(matrix.count == rows * columns, "the matrix must hold rows × columns values")
        let vectors = min(rows, columns)
        let length = max(rows, columns)
        var basis = [Double](repeating: 0, count: vectors * length)
        for v in 0..<vectors {
            var vector = (0..<length).map { _ in random.normal() }
            for _ in 0..<2 {
                for u in 0..<v {
                    var dot = 0.0
                    for i in 0..<length { dot += basis[u * length + i] * vector[i] }
                    for i in 0..<length { vector[i] -= dot * basis[u * length + i] }
                }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for i in 0..<length { basis[v * length + i] = vector[i] / norm }
        }
        for r in 0..<rows {
            for c in 0..<columns {
                let value = rows <= columns ? basis[r * length + c] : basis[c * length + r]
                matrix[r * columns + c] = gain * Float(value)
            }
        }
    }
}
