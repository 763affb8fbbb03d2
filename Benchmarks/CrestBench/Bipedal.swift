import Algorithms
import Core
import Environments
import EnvironmentsBox2D

/// BipedalWalker-v3: stepping, and training with the sizes that the peers are measured with.
enum Bipedal {
    private static let steps = 40_000

    /// Random actions in 16 walkers, resets included, as rollouts step them: each walker for itself, threads meet every 500 steps.
    static func stepping(threads: Int, kind: BipedalTerrain.Kind = .normal) throws -> Measurement {
        try Stepping.measure(
            "\(BipedalWalker.id(kind)) stepping, \(threads) thread\(threads == 1 ? "" : "s")", environments: 16, steps: steps, range: 1,
            pool: WorkerPool(threads: threads)) { try BipedalWalker(kind) }
    }

    /// The size of Stable-Baselines3's defaults with a wider network: one environment, one minibatch of 64 at a time.
    static func small(threads: Int) throws -> Measurement {
        var c = PPOConfiguration()
        c.policyHidden = [256, 256]
        c.valueHidden = [256, 256]
        return try training("PPO on BipedalWalker-v3, 1 × 2048, batch 64, 2 × [256, 256]", c, threads: threads)
    }

    static func wide(threads: Int) throws -> Measurement {
        var c = PPOConfiguration()
        c.environments = 16
        return try training("PPO on BipedalWalker-v3, 16 × 2048, batch 64, 2 × [64, 64]", c, threads: threads)
    }

    /// One update a step, with the sizes of Stable-Baselines3's defaults.
    static func sac(threads: Int) throws -> Measurement {
        var c = SACConfiguration()
        c.learningStarts = 300
        let holder = try SACHolder(SAC(c, seed: 1, pool: WorkerPool(threads: threads)) { try BipedalWalker(.normal) })
        // Steps with random actions are not what is measured.
        _ = try holder.sac.iterate()
        return Measurement("SAC on BipedalWalker-v3, batch 256, [256, 256], one update a step", unit: "steps/s") {
            Double(c.iterationSize) / (try seconds { _ = try holder.sac.iterate() })
        }
    }

    private static func training(_ name: String, _ configuration: PPOConfiguration, threads: Int) throws -> Measurement {
        let holder = try PPOHolder(PPO(configuration, seed: 1, pool: WorkerPool(threads: threads)) { try BipedalWalker(.normal) })
        return Measurement(name, unit: "steps/s") {
            let iterations = max(1, 16_384 / configuration.rolloutSize)
            return Double(iterations * configuration.rolloutSize) / (try seconds { for _ in 0..<iterations { _ = try holder.ppo.iterate() } })
        }
    }
}

/// Keeps a PPO, which can't be copied, for a closure.
final class PPOHolder {
    var ppo: PPO
    init(_ ppo: consuming PPO) { self.ppo = ppo }
}

/// The same for SAC.
final class SACHolder {
    var sac: SAC
    init(_ sac: consuming SAC) { self.sac = sac }
}

/// Environments under random actions.
enum Stepping {
    /// Steps each environment for itself, as a rollout does, so that threads meet only at the end.
    ///
    /// - Parameter range: actions are uniform in ±range.
    static func measure(
        _ name: String, environments: Int, steps: Int, range: Float, pool: WorkerPool, make: () throws -> any Environment
    ) throws -> Measurement {
        let vector = try VectorEnvironment(count: environments, seed: 1, purpose: .test, pool: pool, make: make)
        try vector.reset()
        let each = steps / environments
        return Measurement(name, unit: "steps/s") {
            let time = try seconds {
                pool.run(environments) { i in
                    var random = Philox(seed: 2, purpose: .test, index: UInt32(i))
                    for _ in 0..<each {
                        for k in 0..<vector.actionWidth { vector.action(i)[k] = Float(random.uniform(-1, 1)) * range }
                        vector.stepOne(i)
                    }
                }
                try vector.throwFirstError()
                _ = vector.takeFinishedEpisodes()
            }
            return Double(each * environments) / time
        }
    }
}
