import Algorithms
import Core
import Environments
import EnvironmentsMuJoCo
import Foundation

/// Humanoid-v5 under random actions, with and without Crest around it.
enum HumanoidStepping {
    private static let steps = 8_000
    /// Random actions make the humanoid fall after about so many steps; raw MuJoCo starts anew as often, or it would be measured lying down.
    private static let episode = 22

    /// MuJoCo alone: five physics steps a control step, contact forces included, no observation, no reward. The machine's limit.
    static func raw(threads: Int) throws -> Measurement {
        let model = try Humanoid.loadModel()
        let pool = WorkerPool(threads: threads)
        let simulations = try (0..<threads).map { _ in try MuJoCoSimulation(model) }
        return Measurement("raw MuJoCo, Humanoid, \(threads) thread\(threads == 1 ? "" : "s")", unit: "steps/s") {
            let each = steps / threads
            let time = seconds {
                pool.run(threads) { t in
                    var random = Philox(seed: 1, purpose: .test, index: UInt32(t))
                    var action = [Float](repeating: 0, count: model.controlCount)
                    for step in 0..<each {
                        if step % episode == 0 { simulations[t].reset() }
                        for i in action.indices { action[i] = Float(random.uniform(-0.4, 0.4)) }
                        try? simulations[t].setControls(action.span)
                        simulations[t].step(frames: 5, contactForces: true)
                    }
                }
            }
            return Double(each * threads) / time
        }
    }

    /// The environments as rollouts step them, each for itself: observations, rewards, episode ends and resets included.
    static func environments(threads: Int) throws -> Measurement {
        let model = try Humanoid.loadModel()
        return try Stepping.measure(
            "Humanoid-v5 stepping, 16 environments, \(threads) thread\(threads == 1 ? "" : "s")", environments: 16, steps: steps, range: 0.4,
            pool: WorkerPool(threads: threads)) { try Humanoid(model: model) }
    }

    /// The same through `VectorEnvironment.step`: all environments meet after every step, so that each step waits for the slowest.
    static func together(threads: Int) throws -> Measurement {
        let model = try Humanoid.loadModel()
        let pool = WorkerPool(threads: threads)
        let vector = try VectorEnvironment(count: 16, seed: 1, purpose: .test, pool: pool) { try Humanoid(model: model) }
        try vector.reset()
        return Measurement("the same, \(threads) threads, all together after every step", unit: "steps/s") {
            var random = Philox(seed: 2, purpose: .test)
            var actions = [Float](repeating: 0, count: 16 * vector.actionWidth)
            let rounds = steps / 16
            let time = try seconds {
                for _ in 0..<rounds {
                    for i in actions.indices { actions[i] = Float(random.uniform(-0.4, 0.4)) }
                    try vector.step(actions: actions.span)
                    _ = vector.takeFinishedEpisodes()
                }
            }
            return Double(rounds * 16) / time
        }
    }
}

/// PPO end to end with the Humanoid report's sizes.
enum HumanoidTraining {
    static var configuration: PPOConfiguration {
        var c = PPOConfiguration()
        c.environments = 16
        c.steps = 1024
        c.batchSize = 8192
        c.epochs = 10
        c.policyHidden = [256, 256]
        c.valueHidden = [256, 256]
        c.normalizeObservations = true
        c.normalizeRewards = true
        return c
    }

    static func ppo(threads: Int) throws -> Measurement {
        let model = try Humanoid.loadModel()
        let holder = try PPOHolder(PPO(configuration, seed: 1, pool: WorkerPool(threads: threads)) { try Humanoid(model: model) })
        return Measurement("PPO on Humanoid-v5, 16 × 1024, batch 8192, 2 × [256, 256]", unit: "steps/s") {
            Double(configuration.rolloutSize) / (try seconds { _ = try holder.ppo.iterate() })
        }
    }
}

/// Whether memory grows while PPO trains: resident size after a warm-up against the end.
enum MemoryGrowth {
    static func measure(steps: Int, threads: Int) throws {
        let model = try InvertedPendulum.loadModel()
        var configuration = PPOConfiguration()
        configuration.environments = 16
        configuration.steps = 512
        configuration.batchSize = 2048
        configuration.epochs = 2
        configuration.normalizeObservations = true
        var ppo = try PPO(configuration, seed: 1, pool: WorkerPool(threads: threads)) { try InvertedPendulum(model: model) }
        var start = 0
        while ppo.steps < steps {
            _ = try ppo.iterate()
            if ppo.steps >= steps / 10, start == 0 { start = residentKilobytes() }
        }
        let end = residentKilobytes()
        print("resident memory after \(steps / 10) steps: \(start) KiB, after \(steps): \(end) KiB, growth \(end - start) KiB")
    }

    private static func residentKilobytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { $0.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } } ?? 0
    }
}
