import Core
import Environments
import Testing

@testable import Algorithms

/// The promises of same bits.
@Suite struct PPOReproducibilityTests {
    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func anyNumberOfThreads(actions: DummyEnvironment.Actions) throws {
        var states: [StateArchive] = []
        var metrics: [[UInt64]] = []
        var episodes: [[FinishedEpisode]] = []
        for threads in [1, 2, 4] {
            var ppo = try PPO(Small.full(actions), seed: 7, pool: WorkerPool(threads: threads)) { DummyEnvironment(actions: actions, limit: 15) }
            var bits: [UInt64] = []
            var ended: [FinishedEpisode] = []
            for _ in 0..<20 {
                let report = try ppo.iterate()
                bits += report.bits
                ended += report.episodes
            }
            states.append(try ppo.state())
            metrics.append(bits)
            episodes.append(ended)
        }
        #expect(states[0] == states[1] && states[0] == states[2])
        #expect(metrics[0] == metrics[1] && metrics[0] == metrics[2])
        #expect(episodes[0] == episodes[1] && episodes[0] == episodes[2] && !episodes[0].isEmpty)
        // Another seed is another run.
        var other = try PPO(Small.full(actions), seed: 8, pool: WorkerPool(threads: 1)) { DummyEnvironment(actions: actions, limit: 15) }
        for _ in 0..<20 { _ = try other.iterate() }
        #expect(try other.state() != states[0])
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete], [0, 1, 4, 9])
    func resumedLikeUninterrupted(actions: DummyEnvironment.Actions, instant: Int) throws {
        func make(threads: Int) throws -> PPO {
            try PPO(Small.full(actions), seed: 7, pool: WorkerPool(threads: threads)) { DummyEnvironment(actions: actions, limit: 15) }
        }
        var whole = try make(threads: 2)
        for _ in 0..<instant { _ = try whole.iterate() }
        let saved = try whole.state()
        var expected: [[UInt64]] = []
        var episodes: [FinishedEpisode] = []
        for _ in instant..<12 {
            let report = try whole.iterate()
            expected.append(report.bits)
            episodes += report.episodes
        }
        let end = try whole.state()

        // Into a new run, and into one that has already gone somewhere else.
        for used in [false, true] {
            var resumed = try make(threads: 1)
            if used { for _ in 0..<3 { _ = try resumed.iterate() } }
            if used { try resumed.rollBack(to: resumed.learned()) }
            try resumed.restore(saved)
            #expect(try resumed.state() == saved, "a state taken right after restoring differs")
            var again: [FinishedEpisode] = []
            for i in instant..<12 {
                let report = try resumed.iterate()
                #expect(report.bits == expected[i - instant], "iteration \(i)")
                #expect(report.iterations == i + 1 && report.steps == (i + 1) * 192)
                again += report.episodes
            }
            #expect(try resumed.state() == end)
            #expect(again == episodes)
        }
    }

    @Test func foreignStatesAreRefused() throws {
        var c = Small.full(.box)
        let ppo = try PPO(c, seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment() }
        let saved = try ppo.state()
        c.policyHidden = [16, 15]
        var other = try PPO(c, seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment() }
        #expect(throws: StateArchiveError.self) { try other.restore(saved) }
        for key in saved.doubles.keys {
            var damaged = saved
            damaged.doubles[key] = nil
            var target = try PPO(Small.full(.box), seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment() }
            #expect(throws: StateArchiveError.self, "\(key)") { try target.restore(damaged) }
        }
    }

    /// A policy made from what was learned acts as the run's own does.
    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func policiesTravel(actions: DummyEnvironment.Actions) throws {
        var ppo = try PPO(Small.full(actions), seed: 7, pool: WorkerPool(threads: 1)) { DummyEnvironment(actions: actions, limit: 15) }
        for _ in 0..<3 { _ = try ppo.iterate() }
        let own = ppo.policy()
        let learned = ppo.learned()
        let loaded = try Policy(learned, architecture: .actorCritic(ppo.network.architecture), transform: .clip, clip: 10)
        func act(_ policy: Policy, stochastic: Bool) -> [Float] {
            var actions = [Float](repeating: .nan, count: 3)
            var noise = (0..<3).map { Philox(seed: 1, purpose: .test, index: UInt32($0)) }
            noise.withUnsafeMutableBufferPointer { noise in
                policy.makeActor(rows: 4).act(
                    observations: [0.1, 0.9, -1, 1, 0.3, -0.2], rows: 3, noise: stochastic ? noise.baseAddress : nil, actions: &actions)
            }
            return actions
        }
        for stochastic in [false, true] {
            let expected = act(own, stochastic: stochastic)
            #expect(act(loaded, stochastic: stochastic) == expected)
            let allowed = expected.allSatisfy { ppo.spec.actionSpace.contains([$0].span) }
            #expect(allowed)
        }
        // It is frozen: what the run does afterwards does not reach it.
        let before = act(own, stochastic: false)
        for _ in 0..<3 { _ = try ppo.iterate() }
        #expect(act(own, stochastic: false) == before && own.parameters.array != ppo.parameters.array)
    }
}
