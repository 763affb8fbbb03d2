import Core
import Tensor

/// Brings observations to mean 0 and deviation 1 with running statistics, then cuts them at ±`clip`.
///
/// The statistics in use change only in `update`, once an iteration, so that stored log-probabilities stay valid during gradient steps.
public struct ObservationNormalizer: Sendable {
    public private(set) var moments: RunningMoments
    /// Cut, in standard deviations.
    public let clip: Float
    private var mean: FloatBuffer
    private var scale: FloatBuffer

    public init(width: Int, clip: Float) {
        self.init(moments: RunningMoments(columns: width), clip: clip)
    }

    public init(moments: RunningMoments, clip: Float) {
        self.moments = moments
        self.clip = clip
        mean = FloatBuffer(moments.mean.count)
        scale = FloatBuffer(moments.mean.count)
        refresh()
    }

    private func refresh() {
        for i in 0..<mean.count {
            mean[i] = Float(moments.mean[i])
            scale[i] = Float(1 / (moments.variance(i) + 1e-8).squareRoot())
        }
    }

    /// Takes in raw observations and puts the new statistics into use.
    ///
    /// - Returns: how far the means moved, in new standard deviations, averaged over the columns.
    public mutating func update(_ raw: Span<Float>, rows: Int) -> Double {
        let old = moments
        moments.add(raw, rows: rows)
        // Memory of its own: copies go on with the statistics that they were made with.
        mean = FloatBuffer(mean.count)
        scale = FloatBuffer(scale.count)
        refresh()
        guard old.count > 0 else { return 0 }
        var drift = 0.0
        for i in 0..<mean.count { drift += abs(moments.mean[i] - old.mean[i]) / (moments.variance(i) + 1e-8).squareRoot() }
        return drift / Double(max(mean.count, 1))
    }

    /// raw [rows × width] → normalised; in place is allowed.
    @inline(__always)
    public func apply(_ raw: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, rows: Int) {
        VectorMath.standardise(raw, mean: mean, scale: scale, limit: clip, into: result, rows: rows)
    }
}

/// Scales rewards by the running deviation of the discounted return (not shifted), cut at ±`clip`.
///
/// Source: the scheme of Baselines' and Stable-Baselines3's VecNormalize.
public struct RewardNormalizer: Sendable {
    public private(set) var moments: RunningMoments
    /// Discounted return of each environment's open episode.
    public private(set) var returns: [Double]
    /// Discount of the returns, in [0, 1].
    public let gamma: Double
    /// Cut of normalised rewards.
    public let clip: Float

    public init(environments: Int, gamma: Double, clip: Float) {
        moments = RunningMoments(columns: 1)
        returns = Array(repeating: 0, count: environments)
        self.gamma = gamma
        self.clip = clip
    }

    /// Restores saved statistics.
    public mutating func restore(moments: RunningMoments, returns: [Double]) {
        self.moments = moments
        self.returns = returns
    }

    /// Factor that rewards are multiplied by.
    public var scale: Float { Float(1 / (moments.variance(0) + 1e-8).squareRoot()) }

    /// Follows the rewards of a rollout [T × N] and takes their discounted returns into the statistics.
    public mutating func update(rewards: Span<Float>, ended: Span<Bool>, steps T: Int, environments N: Int) {
        var seen = [Float](repeating: 0, count: T * N)
        for t in 0..<T {
            for n in 0..<N {
                returns[n] = returns[n] * gamma + Double(rewards[t * N + n])
                seen[t * N + n] = Float(returns[n])
                if ended[t * N + n] { returns[n] = 0 }
            }
        }
        moments.add(seen.span, rows: T * N)
    }
}

/// Mean and deviation of value targets: the critic learns (V − mean)/deviation.
public struct ValueNormalizer: Sendable {
    public private(set) var moments: RunningMoments

    public init(moments: RunningMoments = RunningMoments(columns: 1)) { self.moments = moments }

    public var mean: Float { Float(moments.mean[0]) }
    public var deviation: Float { Float((moments.variance(0) + 1e-8).squareRoot()) }

    public mutating func update(_ returns: Span<Float>) { moments.add(returns, rows: returns.count) }
}
