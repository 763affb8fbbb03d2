import Core

/// A normal distribution with independent components, for continuous actions. σ is given by its logarithm.
///
/// All functions work on one row of `A` numbers.
public enum DiagonalGaussian {
    /// ½·ln 2π.
    static let halfLogTwoPi: Float = 0.918_938_533_204_672_7

    /// ln p(a) = −Σ (½((a−μ)/σ)² + ln σ + ½ ln 2π).
    @inline(__always)
    public static func logProbability(action: Span<Float>, mean: Span<Float>, logStd: Span<Float>) -> Float {
        var sum: Float = 0
        for i in 0..<mean.count {
            let z = (action[i] - mean[i]) * expf32(-logStd[i])
            sum -= 0.5 * z * z + logStd[i] + halfLogTwoPi
        }
        return sum
    }

    /// Entropy Σ (½ + ½ ln 2π + ln σ), in nats.
    public static func entropy(logStd: Span<Float>) -> Float {
        var sum: Float = 0
        for i in 0..<logStd.count { sum += 0.5 + halfLogTwoPi + logStd[i] }
        return sum
    }

    /// Draws a = μ + σ·ε.
    public static func sample(mean: Span<Float>, logStd: Span<Float>, into action: inout MutableSpan<Float>, using random: inout Philox) {
        random.fillNormal(&action)
        for i in 0..<mean.count { action[i] = mean[i] + expf32(logStd[i]) * action[i] }
    }
}
