import Core
import Environments
import Testing

@testable import Algorithms

/// Memory is learned, and it is what does it.
@Suite struct RecurrentPPOLearningTests {
    @Test(arguments: [(DummyEnvironment.Actions.discrete, false), (.box, false), (.discrete, true)])
    func remembersWhatPPOForgets(actions: DummyEnvironment.Actions, shared: Bool) throws {
        var (c, r) = SmallRecurrent.remembering()
        r.shared = shared
        r.layerNorm = shared
        let length = 10
        var recurrent = try RecurrentPPO(c, recurrence: r, seed: 3, pool: WorkerPool(threads: 2)) { Recall(actions, length: length) }
        var iterations = 0
        var share = 0.0
        while share < 0.98, iterations < 80 {
            for _ in 0..<10 { _ = try recurrent.iterate() }
            iterations += 10
            share = Recall.share(recurrent.policy(), actions, length: length)
        }
        #expect(share >= 0.98, "recalls \(share) after \(iterations) iterations")

        // The same policy without its state can only guess, and it acts otherwise.
        let guessing = Recall.share(recurrent.policy(), actions, length: length, forgets: true)
        #expect(guessing < 0.65, "without its state it recalls \(guessing)")

        // PPO sees nothing when it counts.
        guard !shared else { return }
        c.policyHidden = [32, 32]
        var plain = try PPO(c, seed: 3, pool: WorkerPool(threads: 2)) { Recall(actions, length: length) }
        for _ in 0..<iterations { _ = try plain.iterate() }
        let without = Recall.share(plain.policy(), actions, length: length)
        #expect(without < 0.65, "PPO recalls \(without)")
    }

    /// What has to be remembered may lie before the sequence: the stored state carries it, though gradients end there.
    @Test func statesCrossTheCuts() throws {
        var (c, r) = SmallRecurrent.remembering()
        c.gamma = 0.98
        r.bpttLength = 8
        var ppo = try RecurrentPPO(c, recurrence: r, seed: 1, pool: WorkerPool(threads: 2)) { Recall(.discrete, length: 12) }
        var share = 0.0
        var iterations = 0
        // Episodes of 12 steps against sequences of 8: no episode fits, all are cut somewhere.
        while share < 0.95, iterations < 150 {
            for _ in 0..<10 { _ = try ppo.iterate() }
            iterations += 10
            share = Recall.share(ppo.policy(), .discrete, length: 12)
        }
        #expect(share >= 0.95, "recalls \(share) after \(iterations) iterations")
    }
}
