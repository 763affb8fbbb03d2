import Algorithms
import Core
import Environments
import EnvironmentsBox2D
import EnvironmentsIntercept

/// Interceptor-v1 under random actions, and recurrent PPO with the sizes of the report.
enum InterceptorBench {
    static func stepping(threads: Int) throws -> Measurement {
        try Stepping.measure(
            "Interceptor-v1 stepping, \(threads) thread\(threads == 1 ? "" : "s")", environments: 16, steps: 400_000, range: 1,
            pool: WorkerPool(threads: threads)) { try Interceptor() }
    }

    /// The report's sizes, on the walker, where the peer is measured too.
    static func recurrent(threads: Int) throws -> Measurement {
        var c = PPOConfiguration()
        c.environments = 16
        c.steps = 1024
        c.batchSize = 128
        c.epochs = 10
        var recurrence = RecurrenceConfiguration()
        recurrence.hidden = 256
        let holder = try RecurrentPPOHolder(
            RecurrentPPO(c, recurrence: recurrence, seed: 1, pool: WorkerPool(threads: threads)) { try BipedalWalker(.normal) })
        return Measurement("Recurrent PPO on BipedalWalker-v3, LSTM 256, 16 × 1024, batch 128", unit: "steps/s") {
            Double(c.rolloutSize) / (try seconds { _ = try holder.ppo.iterate() })
        }
    }
}

/// Keeps a recurrent PPO, which can't be copied, for a closure.
final class RecurrentPPOHolder {
    var ppo: RecurrentPPO
    init(_ ppo: consuming RecurrentPPO) { self.ppo = ppo }
}
