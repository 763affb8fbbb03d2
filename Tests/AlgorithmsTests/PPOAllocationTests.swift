import CAllocationCounter
import Core
import Environments
import Testing

@testable import Algorithms

/// Allocations are counted on the calling thread, which does all the work where there is one.
@Suite struct PPOAllocationTests {
    private func allocations(_ actions: DummyEnvironment.Actions, steps: Int, epochs: Int, limit: Int = 1 << 30) throws -> Int {
        var c = Small.full(actions)
        c.steps = steps
        c.batchSize = 8 * steps / 4
        c.epochs = epochs
        c.normalizeUntil = nil
        // The position may not stray, or episodes end.
        c.logStdInit = -3
        c.logStdMin = -3
        c.logStdMax = -3
        var ppo = try PPO(c, seed: 1, pool: WorkerPool(threads: 1)) { Still(DummyEnvironment(actions: actions, limit: limit)) }
        _ = try ppo.iterate()
        _ = try ppo.iterate()
        let before = allocation_count()
        _ = try ppo.iterate()
        return Int(allocation_count() - before)
    }

    /// The dummy, without its terminations.
    private struct Still: Environment {
        var inner: DummyEnvironment
        init(_ inner: DummyEnvironment) { self.inner = inner }
        var spec: EnvironmentSpec { inner.spec }
        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws { try inner.reset(seed: seed, observation: &observation) }
        mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
            var step = try inner.step(action: action, observation: &observation)
            step.terminated = false
            return step
        }
        func succeeded(_ episode: EpisodeTotals) -> Bool { false }
        func snapshot() throws -> [UInt8] { try inner.snapshot() }
        mutating func restore(_ snapshot: [UInt8]) throws { try inner.restore(snapshot) }
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func stepsAllocateNothing(actions: DummyEnvironment.Actions) throws {
        let short = try allocations(actions, steps: 64, epochs: 1)
        let long = try allocations(actions, steps: 256, epochs: 1)
        #expect(long == short, "8·192 further steps allocate \(long - short) times")
        #expect(short <= 120, "an iteration allocates \(short) times")
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func minibatchesAllocateLittle(actions: DummyEnvironment.Actions) throws {
        let few = try allocations(actions, steps: 64, epochs: 1)
        let many = try allocations(actions, steps: 64, epochs: 26)
        let each = Double(many - few) / (25 * 4)
        // A closure for each of the three parallel loops.
        #expect(each <= 3, "a minibatch allocates \(each) times")
    }
}
