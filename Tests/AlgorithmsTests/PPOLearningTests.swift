import Core
import Environments
import Networks
import Tensor
import Testing

@testable import Algorithms

@Suite struct PPOLearningTests {
    /// Mean return of the deterministic policy over the best possible one's.
    private func share(_ policy: Policy, _ actions: DummyEnvironment.Actions) throws -> Double {
        let actor = policy.makeActor(rows: 1)
        var totals = [0.0, 0.0]
        for best in 0..<2 {
            for seed in UInt64(0)..<40 {
                var environment = DummyEnvironment(actions: actions, limit: 30)
                var observation: [Float] = [0, 0]
                var action: [Float] = [0]
                var span = observation.mutableSpan
                try environment.reset(seed: seed, observation: &span)
                var step = Step(reward: 0, terminated: false)
                while !step.isLast {
                    if best == 1 {
                        action[0] = environment.optimalAction
                    } else {
                        actor.act(observations: observation, rows: 1, noise: nil, actions: &action)
                    }
                    var span = observation.mutableSpan
                    step = try environment.step(action: action.span, observation: &span)
                    totals[best] += Double(step.reward)
                }
            }
        }
        return totals[0] / totals[1]
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete], [false, true])
    func reachesNearlyTheBest(actions: DummyEnvironment.Actions, everything: Bool) throws {
        var c = Small.learning()
        if everything {
            c.adaptiveKL = .init(desired: 0.015, minimum: 1e-4, maximum: 5e-3)
            c.normalizeObservations = true
            c.normalizeValues = true
            c.valueClipRange = 0.2
            c.activation = .elu
            c.boundLossCoefficient = 1e-3
        }
        var ppo = try PPO(c, seed: 3, pool: WorkerPool(threads: 2)) { DummyEnvironment(actions: actions, limit: 30) }
        let start = try share(ppo.policy(), actions)
        var first = Double.nan
        var last = Double.nan
        for i in 0..<50 {
            let report = try ppo.iterate()
            let mean = report.episodes.reduce(0) { $0 + $1.totals.return } / Double(report.episodes.count)
            if i == 0 { first = mean }
            last = mean
        }
        let end = try share(ppo.policy(), actions)
        #expect(end > 0.96 && end > start + 0.1, "\(start) → \(end) of the best return")
        #expect(last > first + 3, "the rollouts' returns follow: \(first) → \(last)")
    }

    /// Before the first update the ratio is 1: the stored log-probabilities are the policy's own.
    @Test(arguments: [DummyEnvironment.Actions.box, .discrete], [false, true])
    func firstRatioIsOne(actions: DummyEnvironment.Actions, shared: Bool) throws {
        var c = Small.full(actions)
        c.sharedTrunk = shared
        var ppo = try PPO(c, seed: 2, pool: WorkerPool(threads: 2)) { DummyEnvironment(actions: actions, limit: 15) }
        for _ in 0..<10 {
            let report = try ppo.iterate()
            #expect(report.update.firstRatioDeviation < 1e-5)
            #expect(report.update.approxKL > 1e-7, "later it moves")
        }
    }

    /// With λ = 0 the targets can be read off: r where the episode terminated, r + γ·V(final observation) where it was truncated.
    @Test(arguments: [true, false]) func targetsAtTheEnd(terminates: Bool) throws {
        var c = PPOConfiguration()
        c.environments = 4
        c.steps = 12
        c.batchSize = 48
        c.gaeLambda = 0
        c.gamma = 0.9
        c.learningRate = .constant(0)
        var ppo = try PPO(c, seed: 1, pool: WorkerPool(threads: 1)) { Clock(terminates: terminates) }
        _ = try ppo.iterate()
        func value(_ observation: Float) -> Float {
            let workspace = ActorCriticWorkspace(ppo.network, capacity: 1, forwardOnly: true)
            ppo.network.forwardCritic(ppo.parameters, x: [observation], rows: 1, workspace)
            return workspace.critic.output[0]
        }
        #expect(abs(value(0.8) - value(0)) > 1e-3, "else the test could not tell the next episode's value from the last observation's")
        for t in 0..<12 {
            for n in 0..<4 {
                let next = Float(min(t % 5 + 1, 4)) / 5
                let expected = t % 5 == 4 && terminates ? 1 : 1 + 0.9 * value(next)
                #expect(abs(ppo.rollout.returns[t * 4 + n] - expected) < 1e-5, "t \(t)")
            }
        }
    }

    /// What the critic learns: the geometric series goes on behind a truncation and stops at a termination.
    @Test(arguments: [true, false], [false, true]) func valuesBehindTheEnd(terminates: Bool, normalised: Bool) throws {
        var c = PPOConfiguration()
        c.environments = 8
        c.steps = 40
        c.batchSize = 80
        c.gamma = 0.8
        c.learningRate = .constant(5e-3)
        c.maxGradNorm = 10
        c.valueHidden = [16]
        c.policyHidden = [4]
        c.normalizeValues = normalised
        var ppo = try PPO(c, seed: 1, pool: WorkerPool(threads: 2)) { Clock(terminates: terminates) }
        for _ in 0..<40 { _ = try ppo.iterate() }
        for k in 0..<5 {
            let expected = terminates ? (1 - Float(pow(0.8, 5 - k))) / 0.2 : 5
            #expect(abs(ppo.rollout.values[k * 8] * scale(ppo) + shift(ppo) - expected) < 0.25, "after \(k) steps: \(expected)")
        }
        func scale(_ ppo: borrowing PPO) -> Float { normalised ? ppo.valueNormalizer.deviation : 1 }
        func shift(_ ppo: borrowing PPO) -> Float { normalised ? ppo.valueNormalizer.mean : 0 }
        func pow(_ base: Double, _ n: Int) -> Double { (0..<n).reduce(1) { product, _ in product * base } }
    }

    /// New value statistics change the critic's units and not its opinion.
    @Test func renormalisingKeepsTheValues() throws {
        var c = Small.full(.box)
        c.learningRate = .constant(0)
        c.adaptiveKL = nil
        c.normalizeObservations = false
        var ppo = try PPO(c, seed: 4, pool: WorkerPool(threads: 1)) { DummyEnvironment(limit: 15) }
        let observations = FloatBuffer((0..<20).map { Float($0) / 10 - 1 })
        let workspace = ActorCriticWorkspace(ppo.network, capacity: 10, forwardOnly: true)
        func values() -> [Float] {
            ppo.network.forwardCritic(ppo.parameters, x: observations.pointer, rows: 10, workspace)
            return (0..<10).map { workspace.critic.output[$0] * ppo.valueNormalizer.deviation + ppo.valueNormalizer.mean }
        }
        let before = values()
        for _ in 0..<3 { _ = try ppo.iterate() }
        #expect(ppo.valueNormalizer.deviation != 1 && ppo.valueNormalizer.mean != 0)
        for (a, b) in zip(before, values()) { #expect(abs(a - b) < 1e-5) }
    }
}
