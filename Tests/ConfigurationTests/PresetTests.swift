import Configuration
import Core
import Foundation
import Testing

/// The files under `Configs` are good, and those of the bipedal guide have its figures.
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

    /// The guide's quick reference: these keys and no others tell its PPO presets apart.
    @Test func quickReference() throws {
        let names = ["ppo_default", "ppo_conservative", "ppo_exploration", "ppo_fast"]
        let table = ConfigurationComparison(try names.map { ($0, try load("bipedal/\($0)")) })
        let keys = ["n_steps", "batch_size", "learning_rate", "clip_range", "ent_coef"].map { "algorithm.\($0)" }
        #expect(table.differing.map(\.key) == ["seed", "total_timesteps"] + keys)
    }
}
