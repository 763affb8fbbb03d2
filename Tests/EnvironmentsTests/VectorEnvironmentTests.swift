import CAllocationCounter
import Core
import Testing

@testable import Environments

@Suite struct VectorEnvironmentTests {
    /// Writes down every bit of `steps` steps with actions that depend on the step and the environment alone.
    private func play(_ vector: VectorEnvironment, from first: Int = 0, steps: Int) throws -> [UInt32] {
        var bits: [UInt32] = []
        let (W, A, N) = (vector.observationWidth, vector.actionWidth, vector.count)
        var actions = [Float](repeating: 0, count: N * A)
        for t in first..<first + steps {
            for i in 0..<N { actions[i] = action(t, i) }
            try vector.step(actions: actions.span)
            for i in 0..<N {
                let step = vector.lastStep(i)
                bits.append(contentsOf: UnsafeBufferPointer(start: vector.observation(i), count: W).map(\.bitPattern))
                bits.append(step.reward.bitPattern)
                bits.append((step.terminated ? 1 : 0) | (step.truncated ? 2 : 0))
                if step.isLast { bits.append(contentsOf: UnsafeBufferPointer(start: vector.finalObservation(i), count: W).map(\.bitPattern)) }
            }
        }
        return bits
    }

    private func action(_ t: Int, _ i: Int) -> Float { Float((t * 7 + i * 13) % 21 - 10) / 10 }

    private func make(_ count: Int, threads: Int, seed: UInt64 = 3, limit: Int = 11) throws -> VectorEnvironment {
        let vector = try VectorEnvironment(count: count, seed: seed, purpose: .trainingEpisodes, pool: WorkerPool(threads: threads)) {
            DummyEnvironment(limit: limit)
        }
        try vector.reset()
        return vector
    }

    @Test func sameBitsForAnyNumberOfThreads() throws {
        var all: [[UInt32]] = []
        var episodes: [[FinishedEpisode]] = []
        for threads in [1, 2, 4] {
            let vector = try make(5, threads: threads)
            all.append(try play(vector, steps: 60))
            episodes.append(vector.takeFinishedEpisodes())
        }
        #expect(all[0] == all[1] && all[0] == all[2])
        #expect(episodes[0] == episodes[1] && episodes[0] == episodes[2] && episodes[0].count == 25)
        #expect(try play(try make(5, threads: 1, seed: 4), steps: 60) != all[0])
    }

    /// Beside the vector each environment is played by hand: autoreset, final observations, seeds, totals and measures.
    @Test func agreesWithSingleEnvironments() throws {
        let vector = try make(3, threads: 2)
        for i in 0..<3 {
            let vector = try make(3, threads: 1)
            var single = DummyEnvironment(limit: 11)
            var expected: [FinishedEpisode] = []
            var observation: [Float] = [0, 0]
            var actions: [Float] = [0, 0, 0]
            var t = 0
            for episode in UInt64(0)..<4 {
                let seed = Philox.childSeed(of: 3, purpose: .trainingEpisodes, index: UInt32(i), count: episode)
                try reset(&single, seed, &observation)
                #expect(Array(UnsafeBufferPointer(start: vector.observation(i), count: 2)) == observation)
                var total = 0.0
                var length = 0
                while true {
                    for k in 0..<3 { actions[k] = action(t, k) }
                    let step = try advance(&single, actions[i], &observation)
                    try vector.step(actions: actions.span)
                    t += 1
                    total += Double(step.reward)
                    length += 1
                    #expect(vector.lastStep(i) == step)
                    if step.isLast {
                        #expect(Array(UnsafeBufferPointer(start: vector.finalObservation(i), count: 2)) == observation)
                        let totals = EpisodeTotals(return: total, length: length, truncated: step.truncated)
                        var metrics = [0.0]
                        var span = metrics.mutableSpan
                        single.metrics(into: &span)
                        expected.append(
                            FinishedEpisode(environment: i, seed: seed, totals: totals, success: single.succeeded(totals), metrics: metrics))
                        break
                    }
                    #expect(Array(UnsafeBufferPointer(start: vector.observation(i), count: 2)) == observation)
                }
            }
            #expect(vector.takeFinishedEpisodes().filter { $0.environment == i } == expected)
            #expect(vector.takeFinishedEpisodes().isEmpty, "episodes are handed over once")
        }
        // A termination is told apart from a truncation.
        let straying = try make(1, threads: 1, limit: 1000)
        while !straying.lastStep(0).isLast { try straying.step(actions: [1].span) }
        let ended = straying.takeFinishedEpisodes()
        #expect(ended.count == 1 && ended[0].totals.truncated == false && straying.finalObservation(0)[0] > 2)
        #expect(straying.observation(0)[0] <= 1, "the next episode has begun")
        _ = vector
    }

    @Test(arguments: [0, 1, 10, 11, 37]) func snapshotsContinueWithTheSameBits(instant: Int) throws {
        let original = try make(3, threads: 2)
        _ = try play(original, steps: instant)
        _ = original.takeFinishedEpisodes()
        let snapshots = try (0..<3).map { try original.snapshot($0) }
        let expected = try play(original, from: instant, steps: 40)
        let episodes = original.takeFinishedEpisodes()
        // Into a new one, into one that has gone astray, and back into the original.
        let used = try make(3, threads: 1, seed: 99)
        _ = try play(used, steps: 16)
        for other in [try make(3, threads: 1), used, original] {
            // The run's seed belongs to the vector, so the astray one goes on differently only in later episodes.
            for i in 0..<3 { try other.restore(i, snapshots[i]) }
            if other === used {
                #expect(other.takeFinishedEpisodes().isEmpty, "episodes from before the restoration are not the restored run's")
                continue
            }
            #expect(try play(other, from: instant, steps: 40) == expected)
            #expect(other.takeFinishedEpisodes() == episodes)
        }
        #expect(throws: EnvironmentError.self) { try original.restore(0, Array(snapshots[0].dropLast())) }
    }

    /// A dummy that fails when told to.
    private struct Failing: Environment {
        var inner = DummyEnvironment(limit: 5)
        var spec: EnvironmentSpec { inner.spec }
        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws { try inner.reset(seed: seed, observation: &observation) }
        mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
            if action[0] == 0.75 { throw EnvironmentError("broken", place: "here") }
            return try inner.step(action: action, observation: &observation)
        }
        func succeeded(_ episode: EpisodeTotals) -> Bool { false }
        func snapshot() throws -> [UInt8] { try inner.snapshot() }
        mutating func restore(_ snapshot: [UInt8]) throws { try inner.restore(snapshot) }
    }

    @Test(arguments: [1, 2]) func errorsSurfaceOnce(threads: Int) throws {
        let vector = try VectorEnvironment(count: 4, seed: 1, purpose: .test, pool: WorkerPool(threads: threads)) { Failing() }
        try vector.reset()
        try vector.step(actions: [0, 0, 0, 0].span)
        let snapshots = try (0..<4).map { try vector.snapshot($0) }
        let error = #expect(throws: EnvironmentError.self) { try vector.step(actions: [0, 0.75, 0, 0.75].span) }
        #expect(error?.what == "broken")
        // Both failures are dealt with, and after restoring steps work again.
        try vector.throwFirstError()
        for i in 0..<4 { try vector.restore(i, snapshots[i]) }
        try vector.step(actions: [0, 0, 0, 0].span)
        // Also those that `stepOne` left behind.
        vector.action(2)[0] = 0.75
        vector.stepOne(2)
        #expect(throws: EnvironmentError.self) { try vector.throwFirstError() }
        try vector.throwFirstError()
        // What `make` throws comes through.
        #expect(throws: EnvironmentError.self) {
            var made = 0
            _ = try VectorEnvironment(count: 3, seed: 1, purpose: .test, pool: WorkerPool(threads: 1)) {
                made += 1
                if made == 3 { throw EnvironmentError("no third") }
                return Failing()
            }
        }
    }

    @Test func stepsAllocateNothing() throws {
        let vector = try make(4, threads: 2, limit: 100_000)
        let actions: [Float] = [0, 0.01, 0, -0.01]
        try vector.step(actions: actions.span)
        let before = allocation_count()
        for _ in 0..<200 { try vector.step(actions: actions.span) }
        #expect(allocation_count() == before)
    }

    // Apart, since the dummy and the observation are both variables of the loop above.
    private func reset(_ environment: inout DummyEnvironment, _ seed: UInt64, _ observation: inout [Float]) throws {
        var span = observation.mutableSpan
        try environment.reset(seed: seed, observation: &span)
    }

    private func advance(_ environment: inout DummyEnvironment, _ action: Float, _ observation: inout [Float]) throws -> Step {
        var span = observation.mutableSpan
        return try environment.step(action: [action].span, observation: &span)
    }
}
