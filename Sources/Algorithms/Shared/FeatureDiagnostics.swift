import Core
import Tensor

/// Measures of a network's health that all algorithms log.
enum FeatureDiagnostics {
    /// Share of units whose mean |activation| is at most 2.5 % of their layer's mean.
    ///
    /// Source: Sokar et al. 2023 (τ = 0.025).
    ///
    /// - Parameter hidden: outputs of hidden layers [rows × width].
    static func dormantShare(_ hidden: [(output: FloatBuffer, width: Int)], rows: Int) -> Double {
        var dormant = 0
        var units = 0
        for (output, width) in hidden {
            var mean = [Float](repeating: 0, count: width)
            for r in 0..<rows {
                let row = output.span(r * width..<(r + 1) * width)
                for c in 0..<width { mean[c] += abs(row[c]) }
            }
            let layerMean = mean.reduce(0, +) / Float(width)
            dormant += mean.count { $0 <= 0.025 * layerMean }
            units += width
        }
        return units > 0 ? Double(dormant) / Double(units) : 0
    }

    /// Number of singular values of features [rows × width] that carry 99 % of their sum, and the rows' mean norm. NaN for the rank of features
    /// that are not finite.
    ///
    /// Source: Kumar et al. 2021 (δ = 0.01).
    static func rankAndNorm(_ features: FloatBuffer, width: Int, rows: Int) -> (rank: Double, norm: Double) {
        let norm = (0..<rows).reduce(0.0) { $0 + Double(VectorMath.norm(features.span($1 * width..<($1 + 1) * width))) } / Double(rows)
        // Singular values of the features are the roots of the Gram matrix's eigenvalues.
        let gram = FloatBuffer(width * width)
        BLAS.gram(x: features.pointer, g: gram.pointer, B: rows, C: width)
        guard let eigenvalues = try? BLAS.symmetricEigenvalues(gram, size: width) else { return (.nan, norm) }
        // What lies below single precision's rounding of the greatest is noise, and there can be no more of them than rows.
        let noise = 1e-8 * Double(eigenvalues.last ?? 0)
        let singular = eigenvalues.reversed().prefix(rows).map { Double($0) <= noise ? 0 : Double($0).squareRoot() }
        let total = singular.reduce(0, +)
        var sum = 0.0
        var rank = 0
        for value in singular where sum < 0.99 * total {
            sum += value
            rank += 1
        }
        return (Double(rank), norm)
    }

    /// ‖parameters − before‖ / ‖before‖; NaN for parameters that were zero.
    static func relativeChange(of parameters: FloatBuffer, since before: [Float]) -> Double {
        let old = FloatBuffer(before)
        let oldNorm = VectorMath.norm(old.span)
        for i in 0..<old.count { old.pointer[i] = parameters.pointer[i] - old.pointer[i] }
        return oldNorm > 0 ? Double(VectorMath.norm(old.span) / oldNorm) : .nan
    }
}
