import Configuration
import Core
import Foundation
import Testing

/// The files under `Configs` are good, and those of the bipedal guide and the interceptor's report have their figures.
@Suite struct PresetTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func load(_ name: String) throws -> Configuration {
        try Configuration.load(path: Self.root.appendingPathComponent("Configs/\(name).yaml").path)
    }

    @Test func everyFileIsGood() throws {
        let folder = Self.root.appendingPathComponent("Configs").resolvingSymlinksInPath()
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") } ?? []
        #expect(names.count >= 10)
        for name in names {
            let configuration = try Configuration.load(path: folder.appendingPathComponent(name).path)
            #expect(try Configuration.parse(text: configuration.resolvedYAML()) == configuration, "\(name)")
            #expect(try Configuration.parse(text: configuration.debugOverlay().resolvedYAML()) == configuration.debugOverlay(), "\(name)")
        }
    }

    /// Learning rate, entropy, clip range, minibatch, rollout, steps, hidden layers and seed of the guide's table.
    @Test(arguments: [
        ("ppo_default", 3e-4, 0.01, 0.2, 64, 2048, 2_000_000, [256, 256], UInt64(42)),
        ("ppo_conservative", 5e-5, 0.015, 0.15, 64, 2048, 3_000_000, [256, 256], 42),
        ("ppo_exploration", 1e-4, 0.03, 0.2, 64, 4096, 3_000_000, [256, 256], 43),
        ("ppo_fast", 5e-4, 0.02, 0.25, 128, 2048, 1_500_000, [256, 256], 44),
        ("ppo_hardcore", 5e-5, 0.02, 0.15, 64, 2048, 5_000_000, [400, 300], 42),
    ])
    func guidePPO(_ name: String, _ rate: Double, _ entropy: Double, _ clip: Double, _ batch: Int, _ rollout: Int, _ steps: Int, _ hidden: [Int], _ seed: UInt64) throws {
        let configuration = try load("bipedal/\(name)")
        guard case .ppo(let ppo) = configuration.algorithm else { throw WrongAlgorithm() }
        #expect(ppo.learningRate == .scheduled(.constant(rate)) && ppo.entCoef == .constant(entropy) && ppo.clipRange == .constant(clip))
        #expect(ppo.batchSize == batch && ppo.nSteps == rollout && ppo.nEnvs == 1 && ppo.nEpochs == 10 && ppo.activation == .relu)
        #expect(ppo.netArch == NetworkSizes(policy: hidden, value: hidden) && ppo.gamma == 0.99 && ppo.gaeLambda == 0.95 && ppo.vfCoef == 0.5)
        check(configuration, steps, seed, environment: name == "ppo_hardcore" ? "BipedalWalkerHardcore-v3" : "BipedalWalker-v3")
    }

    @Test(arguments: [("sac", 1_000_000, UInt64(42)), ("sac_tuned", 1_500_000, 45)])
    func guideSAC(_ name: String, _ steps: Int, _ seed: UInt64) throws {
        let configuration = try load("bipedal/\(name)")
        guard case .sac(let sac) = configuration.algorithm else { throw WrongAlgorithm() }
        #expect(sac.learningRate == .constant(3e-4) && sac.batchSize == 256 && sac.tau == 0.005 && sac.gamma == 0.99 && sac.learningStarts == 10_000)
        #expect(sac.entCoef == .automatic(factor: 1) && sac.targetEntropy(actions: 4) == -4 && sac.bufferSize == 1_000_000 && sac.nEnvs == 1)
        #expect(sac.netArch == NetworkSizes(policy: [256, 256], value: [256, 256]) && sac.trainFreq == 1 && sac.gradientSteps == 1)
        check(configuration, steps, seed, environment: "BipedalWalker-v3")
    }

    private func check(_ configuration: Configuration, _ steps: Int, _ seed: UInt64, environment: String) {
        #expect(configuration.totalTimesteps == steps && configuration.seed == seed && configuration.environment.id == environment)
        #expect(configuration.evaluation.evalFreq == 10_000 && configuration.evaluation.nEvalEpisodes == 10)
        #expect(configuration.checkpoint.milestoneFreq == 500_000)
    }

    /// The interceptor report's failed run and its four strategies: step size, clip range, first entropy bonus, gradients' cut, steps, patience.
    @Test func reportedInterceptor() throws {
        typealias Row = (name: String, rate: Schedule, clip: Schedule, entropy: Double, gradients: Double, steps: Int, patience: Int?)
        let rows: [Row] = [
            ("as_reported", .constant(3e-4), .constant(0.2), 0.02, 0.5, 10_000_000, nil),
            ("stabilised", .constant(1e-4), .constant(0.15), 0.01, 0.3, 10_000_000, nil),
            ("mlp", .constant(3e-4), .constant(0.2), 0.02, 0.5, 10_000_000, nil),
            ("early_stopping", .constant(3e-4), .constant(0.2), 0.02, 0.5, 3_000_000, 5),
            (
                "two_phase", .twoPhase(first: 3e-4, second: 5e-5, at: 2_000_000), .twoPhase(first: 0.2, second: 0.1, at: 2_000_000), 0.02, 0.5,
                10_000_000, nil
            ),
        ]
        for row in rows {
            let configuration = try load("interceptor/\(row.name)")
            guard case .ppo(let ppo) = configuration.algorithm else { throw WrongAlgorithm() }
            #expect(ppo.learningRate == .scheduled(row.rate) && ppo.clipRange == row.clip && ppo.maxGradNorm == row.gradients, "\(row.name)")
            // The end of the report's own schedule, however long the run.
            #expect(ppo.entCoef == .linear(from: row.entropy, to: 0.001, start: 0, end: 10_000_000), "\(row.name)")
            #expect(configuration.totalTimesteps == row.steps && configuration.guard.earlyStopping?.patience == row.patience, "\(row.name)")
            #expect(ppo.nEnvs == 16 && ppo.nEpochs == 10 && ppo.gamma == 0.99 && ppo.gaeLambda == 0.95 && ppo.vfCoef == 0.5 && ppo.activation == .relu)
            let isMLP = row.name == "mlp"
            let hidden = isMLP ? [512, 512, 256] : [256, 256]
            #expect(ppo.useLSTM == !isMLP && ppo.netArch == NetworkSizes(policy: hidden, value: hidden), "\(row.name)")
            #expect(ppo.nSteps == (isMLP ? 2048 : 1024) && ppo.batchSize == (isMLP ? 256 : 128), "\(row.name)")

            // The radius that shrank is the failed run's alone.
            let parameters = configuration.environment.parameters
            let shrinking: [String: ConfigurationValue] = [
                "curriculum_steps": [0, 5_000_000], "curriculum_radii": [200, 20], "curriculum_linear": true,
            ]
            #expect(parameters.filter { $0.key.hasPrefix("curriculum_") } == (row.name == "as_reported" ? shrinking : [:]), "\(row.name)")
            #expect(parameters["intercept_radius"] == 150 && parameters["observation"] == "radar_only" && parameters["frame"] == "world")
        }
    }

    /// The guide's quick reference: these keys and no others tell its PPO presets apart.
    @Test func quickReference() throws {
        let names = ["ppo_default", "ppo_conservative", "ppo_exploration", "ppo_fast"]
        let table = ConfigurationComparison(try names.map { ($0, try load("bipedal/\($0)")) })
        let keys = ["n_steps", "batch_size", "learning_rate", "clip_range", "ent_coef"].map { "algorithm.\($0)" }
        #expect(table.differing.map(\.key) == ["seed", "total_timesteps"] + keys)
    }
}
