import Core
import Environments
import Tensor
import Testing

@testable import Algorithms

/// What a curriculum's promotion does to a learner.
@Suite struct ChangeTaskTests {
    private func makePPO() throws -> PPO {
        var ppo = try PPO(Small.full(.box), seed: 3, pool: WorkerPool(threads: 1)) { DummyEnvironment(limit: 15) }
        for _ in 0..<3 { _ = try ppo.iterate() }
        return ppo
    }

    @Test func ppoKeepsWhatItHasLearnedAndBeginsNewEpisodes() throws {
        var ppo = try makePPO()
        let (weights, moments, updates) = (ppo.parameters.array, ppo.observationNormalizer?.moments, ppo.adam.updates)
        try ppo.changeTask(TaskChange(seed: 77)) { DummyEnvironment(limit: 7) }
        #expect(ppo.parameters.array == weights && ppo.observationNormalizer?.moments == moments && ppo.adam.updates == updates)
        #expect(ppo.steps == 3 * 192 && ppo.spec.maxEpisodeSteps == 7)
        let report = try ppo.iterate()
        #expect(!report.episodes.isEmpty && report.episodes.allSatisfy { $0.totals.length <= 7 })
        #expect(report.episodes[0].seed == Philox.childSeed(of: 77, purpose: .trainingEpisodes, index: 0, count: 0))
    }

    @Test func ppoForgetsOnRequestButItsCriticGoesOnSayingTheSame() throws {
        var ppo = try makePPO()
        /// The critic's value of an observation in rewards' units.
        func value(_ ppo: borrowing PPO) -> Float {
            let workspace = ActorCriticWorkspace(ppo.network, capacity: 1, forwardOnly: true)
            ppo.network.forwardCritic(ppo.parameters, x: [0.3, -0.2], rows: 1, workspace)
            let n = ppo.valueNormalizer
            // Without statistics the deviation is 1 and the mean 0.
            return workspace.critic.output[0] * n.deviation + n.mean
        }
        let before = value(ppo)
        try ppo.changeTask(TaskChange(seed: 77, resetsOptimizer: true, resetsNormalizers: true)) { DummyEnvironment(limit: 7) }
        #expect(abs(value(ppo) - before) < 1e-4 * max(1, abs(before)))
        #expect(ppo.adam.updates == 0 && ppo.observationNormalizer?.moments.count == 1 && ppo.valueNormalizer.moments.count == 0)
        #expect(ppo.rewardNormalizer.moments.count == 1 && ppo.rewardNormalizer.returns.allSatisfy { $0 == 0 })
        for _ in 0..<2 { _ = try ppo.iterate() }
        #expect(ppo.rewardNormalizer.moments.count == 1 + 2 * 192, "each rollout's rewards count once")
    }

    @Test func anotherShapeIsRefusedAndNothingChanges() throws {
        var ppo = try makePPO()
        #expect(throws: EnvironmentError.self) { try ppo.changeTask(TaskChange(seed: 1)) { DummyEnvironment(actions: .discrete, limit: 7) } }
        #expect(ppo.spec.maxEpisodeSteps == 15)
        var sac = try SmallSAC.make(SmallSAC.full())
        #expect(throws: EnvironmentError.self) { try sac.changeTask(TaskChange(seed: 1)) { FrameStack(DummyEnvironment(limit: 7), frames: 2) } }
        #expect(sac.spec.maxEpisodeSteps == 15)
    }

    @Test func sacCutsTheEpisodesUnderWayInItsReplayBuffer() throws {
        var sac = try SmallSAC.make(SmallSAC.full())
        for _ in 0..<2 { _ = try sac.iterate() }
        // 16 steps of each environment: an episode of 15, its mark, and one step of the next.
        #expect(sac.replay.heads == [17, 17, 17])
        try sac.changeTask(TaskChange(seed: 77, resetsOptimizer: true)) { DummyEnvironment(limit: 7) }
        #expect(sac.replay.heads == [18, 18, 18])
        for e in 0..<3 {
            #expect(sac.replay.flag(e, 16).pointee == ReplayBuffer.truncated && sac.replay.flag(e, 17).pointee == ReplayBuffer.mark)
            #expect(sac.replay.row(e, 18)[0] == sac.vector.observation(e)[0])
        }
        #expect(sac.learner.actorAdam.updates == 0 && sac.learner.criticAdam.updates == 0)
        #expect(try sac.iterate().episodes.allSatisfy { $0.totals.length <= 7 })

        // Twice in a row: an episode without a step leaves nothing behind.
        try sac.changeTask(TaskChange(seed: 78)) { DummyEnvironment(limit: 7) }
        let heads = sac.replay.heads
        try sac.changeTask(TaskChange(seed: 79)) { DummyEnvironment(limit: 7) }
        #expect(sac.replay.heads == heads)
    }

    /// A reset never leaves a policy with the statistics of nothing, which would multiply its inputs by thousands.
    @Test func forgottenStatisticsStillNormalise() throws {
        var c = SmallSAC.full()
        c.normalizeObservations = true
        c.normalizeRewards = true
        var sac = try SmallSAC.make(c)
        for _ in 0..<3 { _ = try sac.iterate() }
        func moments(_ sac: borrowing SAC) -> RunningMoments { sac.observationNormalizer?.moments ?? RunningMoments(columns: 2) }
        let before = moments(sac)
        #expect(before.count > 1 && before.variance(0) > 1e-4)
        try sac.changeTask(TaskChange(seed: 7, resetsNormalizers: true)) { DummyEnvironment(limit: 7) }
        let after = moments(sac)
        #expect(after.count == 1 && after.mean == before.mean && abs(after.variance(0) - before.variance(0)) < 1e-9)
        #expect(sac.rewardNormalizer.moments.count == 1)
        _ = try sac.iterate()
        #expect(moments(sac).count > 1 && sac.rewardNormalizer.moments.count > 1)
    }
}
