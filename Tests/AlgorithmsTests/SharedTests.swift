import Core
import Tensor
import Testing

@testable import Algorithms

/// Advantages and normalisers against naive loops.
@Suite struct SharedTests {
    /// The definition: A_t = Σ_k (γλ)^k δ_{t+k}, to the end of the episode or of the rollout.
    @Test(arguments: [(Float(0.99), Float(0.95)), (0.9, 0), (1, 1)]) func advantagesAgreeWithTheDefinition(_ factors: (Float, Float)) {
        let (gamma, lambda) = factors
        var random = Philox(seed: 1, purpose: .test)
        let (T, N) = (40, 3)
        func draw(_ n: Int) -> [Float] { (0..<n).map { _ in Float(random.normal()) } }
        let (rewards, values, last, truncationValues) = (draw(T * N), draw(T * N), draw(N), draw(T * N))
        var terminated = (0..<T * N).map { _ in random.below(8) == 0 }
        var truncated = (0..<T * N).map { _ in random.below(8) == 0 }
        // Ends in the last step too, and one environment without any; what is both counts as terminated.
        terminated[(T - 1) * N] = true
        truncated[(T - 1) * N + 1] = true
        terminated[(T - 1) * N + 1] = false
        for t in 0..<T {
            terminated[t * N + 2] = false
            truncated[t * N + 2] = false
        }
        var advantages = [Float](repeating: .nan, count: T * N)
        var span = advantages.mutableSpan
        GAE.advantages(
            rewards: rewards.span, values: values.span, lastValues: last.span, terminated: terminated.span, truncated: truncated.span,
            truncationValues: truncationValues.span, steps: T, environments: N, gamma: gamma, lambda: lambda, advantages: &span)
        for n in 0..<N {
            for t in 0..<T {
                var expected = 0.0
                var weight = 1.0
                for k in t..<T {
                    let i = k * N + n
                    let next = terminated[i] ? 0 : truncated[i] ? truncationValues[i] : k + 1 < T ? values[i + N] : last[n]
                    expected += weight * (Double(rewards[i]) + Double(gamma) * Double(next) - Double(values[i]))
                    weight *= Double(gamma) * Double(lambda)
                    if terminated[i] || truncated[i] { break }
                }
                #expect(abs(Double(advantages[t * N + n]) - expected) < 2e-5, "t \(t), n \(n)")
            }
        }
    }

    @Test func observationsAreStandardised() {
        var random = Philox(seed: 2, purpose: .test)
        let block = (0..<300).flatMap { _ in [Float(3 + 2 * random.normal()), Float(-1 + 0.1 * random.normal())] }
        var normalizer = ObservationNormalizer(width: 2, clip: 2)
        var result = [Float](repeating: 0, count: 4)
        // Before anything is known it only cuts.
        normalizer.apply([0.5, -1, 7, -9], into: &result, rows: 2)
        #expect(result == [0.5, -1, 2, -2])
        #expect(normalizer.update(block.span, rows: 300) == 0, "nothing was there to drift from")
        let (mean, variance) = (normalizer.moments.mean, (0..<2).map { normalizer.moments.variance($0) })
        normalizer.apply([3, -1, 100, -1.1], into: &result, rows: 2)
        for (i, x) in [3.0, -1, 100, -1.1].enumerated() {
            let expected = min(max((x - mean[i % 2]) / variance[i % 2].squareRoot(), -2), 2)
            #expect(abs(Double(result[i]) - expected) < 1e-4)
        }
        // A block around another mean moves the statistics by a known share of the new deviation.
        let moved = block.enumerated().map { $0.offset % 2 == 0 ? $0.element + 1 : $0.element }
        let copy = normalizer
        let before = result
        let drift = normalizer.update(moved.span, rows: 300)
        #expect(abs(drift - 0.5 * 0.5 / normalizer.moments.variance(0).squareRoot()) < 1e-6)
        #expect(normalizer.moments.count == 600)
        // A copy keeps the statistics that it was made with.
        copy.apply([3, -1, 100, -1.1], into: &result, rows: 2)
        #expect(result == before)
        // NaN comes out as NaN.
        normalizer.apply([.nan, 0], into: &result, rows: 1)
        #expect(result[0].isNaN && !result[1].isNaN)
    }

    @Test func rewardsAreScaledByTheReturnsDeviation() {
        var random = Philox(seed: 3, purpose: .test)
        let (T, N, gamma) = (50, 3, 0.9)
        var normalizer = RewardNormalizer(environments: N, gamma: gamma, clip: 10)
        #expect(abs(normalizer.scale - 1) < 1e-6)
        var open = [0.0, 0, 0]
        var all: [Double] = []
        for _ in 0..<3 {
            let rewards = (0..<T * N).map { _ in Float(5 + random.normal()) }
            let ended = (0..<T * N).map { _ in random.below(10) == 0 }
            normalizer.update(rewards: rewards.span, ended: ended.span, steps: T, environments: N)
            for t in 0..<T {
                for n in 0..<N {
                    open[n] = gamma * open[n] + Double(rewards[t * N + n])
                    all.append(open[n])
                    if ended[t * N + n] { open[n] = 0 }
                }
            }
            let mean = all.reduce(0, +) / Double(all.count)
            let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
            #expect(abs(Double(normalizer.scale) * variance.squareRoot() - 1) < 1e-5)
            for n in 0..<N { #expect(abs(normalizer.returns[n] - open[n]) < 1e-9) }
        }
    }

    @Test func explainedVariance() {
        let returns: [Float] = [1, 2, 3, 4]
        #expect(PPO.explainedVariance(values: returns.span, returns: returns.span) == 1)
        // A constant error explains all of the variance, a constant prediction none.
        #expect(PPO.explainedVariance(values: [5, 6, 7, 8].span, returns: returns.span) == 1)
        #expect(PPO.explainedVariance(values: [0, 0, 0, 0].span, returns: returns.span) == 0)
        #expect(PPO.explainedVariance(values: [-1, -2, -3, -4].span, returns: returns.span) == -3)
        let constant = PPO.explainedVariance(values: returns.span, returns: [2, 2, 2, 2].span)
        #expect(constant.isNaN)
    }
}
