import CAllocationCounter
import Core
import Environments
import Testing

@testable import Algorithms

/// Allocations are counted on the calling thread, which does all the work where there is one.
@Suite struct RecurrentPPOAllocationTests {
    private func allocations(_ actions: DummyEnvironment.Actions, steps: Int, epochs: Int) throws -> Int {
        var c = Small.full(actions)
        c.steps = steps
        c.batchSize = 8 * steps / 4
        c.epochs = epochs
        c.normalizeUntil = nil
        var r = SmallRecurrent.recurrence(actions)
        // So that the examined sample has the same shape.
        r.bpttLength = 16
        var ppo = try RecurrentPPO(c, recurrence: r, seed: 1, pool: WorkerPool(threads: 1)) { Silent() }
        if actions == .discrete { ppo = try RecurrentPPO(c, recurrence: r, seed: 1, pool: WorkerPool(threads: 1)) { Silent(discrete: true) } }
        _ = try ppo.iterate()
        _ = try ppo.iterate()
        let before = allocation_count()
        _ = try ppo.iterate()
        return Int(allocation_count() - before)
    }

    /// Nothing happens, and no episode ends.
    private struct Silent: Environment {
        let spec: EnvironmentSpec
        init(discrete: Bool = false) {
            spec = EnvironmentSpec(
                id: "Silent-v1", observationSpace: .box(count: 2, low: 0, high: 1),
                actionSpace: discrete ? .discrete(count: 3) : .box(count: 1, low: -1, high: 1), maxEpisodeSteps: nil, timeStep: 1, success: "never")
        }
        func reset(seed: UInt64, observation: inout MutableSpan<Float>) { (observation[0], observation[1]) = (0, 1) }
        func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> Step { Step(reward: action[0], terminated: false) }
        func succeeded(_ episode: EpisodeTotals) -> Bool { false }
        func snapshot() -> [UInt8] { [] }
        func restore(_ snapshot: [UInt8]) {}
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func stepsAllocateNothing(actions: DummyEnvironment.Actions) throws {
        let short = try allocations(actions, steps: 64, epochs: 1)
        let long = try allocations(actions, steps: 256, epochs: 1)
        #expect(long == short, "8·192 further steps allocate \(long - short) times")
        #expect(short <= 300, "an iteration allocates \(short) times")
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func minibatchesAllocateLittle(actions: DummyEnvironment.Actions) throws {
        let few = try allocations(actions, steps: 64, epochs: 1)
        let many = try allocations(actions, steps: 64, epochs: 26)
        let each = Double(many - few) / (25 * 4)
        // A closure for each of the six parallel loops, and a quarter of one an epoch for the states.
        #expect(each <= 6.25, "a minibatch allocates \(each) times")
    }
}
