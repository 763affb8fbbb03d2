import Core
import Environments
import Tensor
import Testing

@testable import Algorithms

@Suite struct ReplayBufferTests {
    /// Adds a transition whose observation is t, whose action −t, whose reward 10^(t mod 3) and whose next observation is t + 1.
    private func add(_ replay: ReplayBuffer, _ e: Int, _ t: Int, terminated: Bool = false, truncated: Bool = false, first: Float? = nil) {
        let start = first.map { [$0] } ?? []
        start.withUnsafeBufferPointer {
            replay.add(
                e, action: [Float(-t)], reward: [1, 10, 100][t % 3], next: [Float(t + 1)], terminated: terminated, truncated: truncated,
                first: $0.baseAddress.flatMap { first == nil ? nil : $0 })
        }
    }

    private func buffer(capacity: Int, environments: Int = 1) throws -> ReplayBuffer {
        let replay = try ReplayBuffer(
            observationWidth: 1, actionWidth: 1, environments: environments, capacity: capacity, path: nil, slack: 0)
        for e in 0..<environments { replay.begin(e, observation: [0]) }
        return replay
    }

    /// Five steps: the third terminates, the fifth is truncated.
    private func episodes() throws -> ReplayBuffer {
        let replay = try buffer(capacity: 20)
        add(replay, 0, 0)
        add(replay, 0, 1)
        add(replay, 0, 2, terminated: true, first: 50)
        replay.add(0, action: [7], reward: 3, next: [51], terminated: false, truncated: false, first: nil)
        replay.add(0, action: [8], reward: 5, next: [52], terminated: false, truncated: true, first: [60])
        replay.add(0, action: [9], reward: 7, next: [61], terminated: false, truncated: false, first: nil)
        return replay
    }

    @Test(arguments: [
        // Row, steps; next observation, reward, discount. Rows 3 and 6 are marks.
        (0, 1, Float(1), Float(1), Float(0.5)), (2, 1, 3, 100, 0), (4, 1, 51, 3, 0.5), (5, 1, 52, 5, 0.5), (7, 1, 61, 7, 0.5),
        (0, 2, 2, 6, 0.25), (0, 3, 3, 31, 0), (0, 9, 3, 31, 0), (1, 2, 3, 60, 0), (2, 5, 3, 100, 0),
        (4, 2, 52, 5.5, 0.25), (4, 9, 52, 5.5, 0.25), (5, 3, 52, 5, 0.5), (7, 4, 61, 7, 0.5),
    ])
    func transitionsByHand(row: Int, steps: Int, next: Float, reward: Float, discount: Float) throws {
        let replay = try episodes()
        let t = replay.transition(row, steps: steps, gamma: 0.5, scale: 1, limit: .infinity)
        #expect(t.next[0] == next && t.reward == reward && t.discount == discount)
        #expect(t.observation[0] == [0, 1, 2, 3, 50, 51, 52, 60][row])
    }

    @Test func rewardsAreScaledAndCutOneByOne() throws {
        let replay = try episodes()
        // 0.1, 1, then 10 cut to 2: 0.1 + 0.5·1 + 0.25·2.
        #expect(abs(replay.transition(0, steps: 3, gamma: 0.5, scale: 0.1, limit: 2).reward - 1.1) < 1e-6)
    }

    @Test func marksAreNeverDrawnAndTheRestEvenly() throws {
        let replay = try episodes()
        #expect(replay.count == 8)
        var random = Philox(seed: 1, purpose: .test)
        let samples = UnsafeMutableBufferPointer<Int>.allocate(capacity: 12_000)
        defer { samples.deallocate() }
        replay.sample(samples, using: &random)
        var counts = [Int](repeating: 0, count: 8)
        for sample in samples { counts[sample] += 1 }
        #expect(counts[3] == 0 && counts[6] == 0)
        for row in [0, 1, 2, 4, 5, 7] { #expect(abs(counts[row] - 2000) < 200, "row \(row): \(counts[row])") }
    }

    /// Old rows are gone, what is left is whole, however often the ring went round.
    @Test(arguments: [1, 3]) func theRingWraps(environments: Int) throws {
        let replay = try buffer(capacity: 12 * environments, environments: environments)
        var random = Philox(seed: 2, purpose: .test)
        let samples = UnsafeMutableBufferPointer<Int>.allocate(capacity: 300)
        defer { samples.deallocate() }
        for t in 0..<200 {
            for e in 0..<environments {
                // Environments end their episodes at different times, so their rings get out of step.
                let ends = t % (5 + e) == 4
                add(replay, e, t, truncated: ends, first: ends ? Float(t + 1) : nil)
            }
            replay.sample(samples, using: &random)
            var least = Float.infinity
            for sample in samples {
                let found = replay.transition(sample, steps: 1, gamma: 1, scale: 1, limit: .infinity)
                #expect(found.action[0] == -found.observation[0] && found.next[0] == found.observation[0] + 1)
                #expect(found.reward == [1, 10, 100][Int(found.observation[0]) % 3])
                least = min(least, found.observation[0])
            }
            #expect(least >= Float(t - 11) && (t < 11 || least <= Float(t - 7)))
            #expect(replay.count <= 12 * environments)
        }
    }

    @Test func aLargerBufferDoesNotOverflowItsNeighbour() throws {
        let replay = try buffer(capacity: 6, environments: 2)
        for t in 0..<50 { add(replay, 0, t) }
        // The second environment's ring is as it was.
        #expect(replay.count(0) == 3 && replay.count(1) == 0 && replay.row(1, 0)[0] == 0)
        let flags = (0..<replay.ringRows).allSatisfy { replay.flag(1, $0).pointee == 0 }
        #expect(flags)
    }
}
