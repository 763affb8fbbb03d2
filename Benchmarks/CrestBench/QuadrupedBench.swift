import Algorithms
import Core
import Environments
import EnvironmentsMuJoCo

/// ResidualQuadruped-v1 with the plain gait, beside MuJoCo alone under the same controls.
enum QuadrupedBench {
    private static let steps = 2_000

    static func raw(threads: Int) throws -> Measurement {
        let model = try Quadruped.loadModel()
        let each = steps / threads
        let recordings = try (0..<threads).map { try GaitRecording(QuadrupedParameters(), model: model, seed: UInt64($0), steps: each) }
        let pool = WorkerPool(threads: threads)
        return Measurement("raw MuJoCo, quadruped, \(threads) thread\(threads == 1 ? "" : "s")", unit: "steps/s") {
            Double(each * threads) / seconds { pool.run(threads) { _ = try? recordings[$0].replay() } }
        }
    }

    /// Observations, rewards, resets with new ground included.
    static func stepping(threads: Int) throws -> Measurement {
        let model = try Quadruped.loadModel()
        return try Stepping.measure(
            "ResidualQuadruped-v1 stepping, \(threads) thread\(threads == 1 ? "" : "s")", environments: 16, steps: 16_000, range: 0,
            pool: WorkerPool(threads: threads)) { try Quadruped(QuadrupedParameters(), model: model) }
    }

    /// The sizes of Configs/quadruped/residual.yaml.
    static func ppo(threads: Int) throws -> Measurement {
        let model = try Quadruped.loadModel()
        var c = PPOConfiguration()
        c.environments = 32
        c.steps = 128
        c.batchSize = 512
        c.epochs = 6
        c.policyHidden = [256, 128]
        c.valueHidden = [256, 128]
        c.normalizeObservations = true
        let holder = try PPOHolder(PPO(c, seed: 1, pool: WorkerPool(threads: threads)) { try Quadruped(QuadrupedParameters(), model: model) })
        return Measurement("PPO on ResidualQuadruped-v1, 32 × 128, batch 512, 2 × [256, 128]", unit: "steps/s") {
            Double(2 * c.rolloutSize) / (try seconds { for _ in 0..<2 { _ = try holder.ppo.iterate() } })
        }
    }
}
