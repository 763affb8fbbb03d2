import Core
import Networks
import Tensor

/// y = R + d·(min(Q′₁, Q′₂) − α·ln π(a′|s′)), where R are the summed rewards and d the discount of what follows (0 behind a termination).
///
/// Source: Haarnoja et al. 2018, equations 3 and 5 with both critics of section 5.
func sacTargets(
    rewards: UnsafePointer<Float>, discounts: UnsafePointer<Float>, q1: UnsafePointer<Float>, q2: UnsafePointer<Float>,
    logProbabilities: UnsafePointer<Float>, alpha: Float, targets: UnsafeMutablePointer<Float>, rows: Int
) {
    // NaN is never the smaller one, and must reach the target.
    for i in 0..<rows {
        let least = q1[i] < q2[i] || q1[i].isNaN ? q1[i] : q2[i]
        targets[i] = rewards[i] + discounts[i] * (least - alpha * logProbabilities[i])
    }
}

/// ½·Σ over both critics of mean (Q − y)², as sums, and its gradient: scale is 1 / rows of the whole minibatch.
func sacCriticLoss(
    q1: UnsafePointer<Float>, q2: UnsafePointer<Float>, targets: UnsafePointer<Float>, scale: Float, dQ1: UnsafeMutablePointer<Float>,
    dQ2: UnsafeMutablePointer<Float>, rows: Int
) -> SACBatchSums {
    var sums = SACBatchSums()
    for i in 0..<rows {
        let e1 = q1[i] - targets[i]
        let e2 = q2[i] - targets[i]
        dQ1[i] = e1 * scale
        dQ2[i] = e2 * scale
        sums.squares += Double(e1) * Double(e1) + Double(e2) * Double(e2)
        sums.q += Double(q1[i]) + Double(q2[i])
        sums.target += Double(targets[i])
        sums.disagreement += Double(abs(q1[i] - q2[i]))
    }
    return sums
}

/// mean (α·ln π − min(Q₁, Q₂)) as sums, and its gradient with respect to both values. The sums' `q` is that of the smaller one.
func sacActorLoss(
    q1: UnsafePointer<Float>, q2: UnsafePointer<Float>, logProbabilities: UnsafePointer<Float>, scale: Float, dQ1: UnsafeMutablePointer<Float>,
    dQ2: UnsafeMutablePointer<Float>, rows: Int
) -> SACBatchSums {
    var sums = SACBatchSums()
    for i in 0..<rows {
        // One of the two has the whole gradient, so the way back needs half of the rows of each. NaN must reach the sum.
        let isFirst = q1[i] <= q2[i] || q1[i].isNaN
        dQ1[i] = isFirst ? -scale : 0
        dQ2[i] = isFirst ? 0 : -scale
        sums.q += Double(isFirst ? q1[i] : q2[i])
        sums.logProbability += Double(logProbabilities[i])
    }
    return sums
}

/// Sums over some rows of a minibatch.
struct SACBatchSums {
    var squares = 0.0
    var q = 0.0
    var target = 0.0
    var disagreement = 0.0
    var logProbability = 0.0

    mutating func add(_ other: SACBatchSums) {
        squares += other.squares
        q += other.q
        target += other.target
        disagreement += other.disagreement
        logProbability += other.logProbability
    }
}

/// Sums over updates, of which a report makes means.
struct SACSums {
    var updates = 0
    var actorUpdates = 0
    var criticLoss = 0.0
    var q = 0.0
    var target = 0.0
    var disagreement = 0.0
    var criticNorm = 0.0
    var actorLoss = 0.0
    var logProbability = 0.0
    var actorNorm = 0.0
    var alphaLoss = 0.0
}

/// The entropy's weight α: given by the environment steps, or learned by its logarithm.
///
///     L(ln α) = −ln α · mean(ln π + target entropy)
///
/// Source: Haarnoja et al. 2018, equation 18, with ln α in α's place as in the authors' code.
final class SACTemperature: @unchecked Sendable {
    let logAlpha = FloatBuffer(1)
    var adam: Adam
    /// Entropy aimed at, in nats.
    let target: Double
    /// nil: α is learned.
    private let fixed: Schedule?
    private let floor: Float
    private let gradient = FloatBuffer(1)

    init(_ configuration: SACConfiguration, actionWidth: Int) {
        adam = Adam(
            count: 1, beta1: Float(configuration.adamBeta1), beta2: Float(configuration.adamBeta2), epsilon: Float(configuration.adamEpsilon))
        target = configuration.targetEntropy ?? -Double(actionWidth)
        switch configuration.entropy {
        case .automatic(let initial):
            fixed = nil
            logAlpha[0] = logf32(Float(initial))
        case .fixed(let schedule): fixed = schedule
        }
        floor = configuration.alphaMin.map { logf32(Float($0)) } ?? -.infinity
        if fixed == nil { logAlpha[0] = max(logAlpha[0], floor) }
    }

    /// α after so many environment steps; a learned one as it is now.
    func alpha(at step: Int) -> Float { fixed.map { Float($0.value(at: step)) } ?? expf32(logAlpha[0]) }

    /// One Adam step, then the floor. Returns the loss before it; 0 where α is not learned.
    func update(logProbability: Double, learningRate: Double) -> Double {
        guard fixed == nil else { return 0 }
        let loss = -Double(logAlpha[0]) * (logProbability + target)
        gradient[0] = Float(-(logProbability + target))
        adam.beginUpdate()
        adam.apply(0..<1, parameters: logAlpha, gradients: gradient, factor: 1, learningRate: Float(learningRate))
        logAlpha[0] = max(logAlpha[0], floor)
        return loss
    }
}
