@testable import Configuration
import Core
import Testing

@Suite struct SACTests {
    @Test func sb3RecipeIsWhatStableBaselines3Does() throws {
        let settings = try sac(minimal)
        #expect(settings.nEnvs == 1 && settings.bufferSize == 1_000_000 && settings.learningStarts == 100 && settings.batchSize == 256)
        #expect(settings.trainFreq == 1 && settings.gradientSteps == 1 && settings.policyDelay == 1 && settings.tau == 0.005 && settings.gamma == 0.99)
        #expect(settings.learningRate == .constant(3e-4) && settings.criticLearningRate == nil && settings.alphaLearningRate == nil)
        #expect(settings.entCoef == .automatic(factor: 1) && settings.learnsTemperature && settings.targetEntropy(actions: 4) == -4)
        #expect(settings.alphaMin == 0 && settings.nStep == 1 && settings.maxGradNorm == nil && !settings.crossQ && !settings.criticLayerNorm)
        #expect(settings.netArch == NetworkSizes(policy: [256, 256], value: [256, 256]) && settings.activation == .relu)
        #expect(settings.logStdMin == -20 && settings.logStdMax == 2 && settings.adamEps == 1e-8 && settings.weightDecay == 0)
        #expect(!settings.normalizeObservations && !settings.normalizeRewards && settings.rewardScale == 1)
    }

    @Test func robustRecipe() throws {
        let settings = try sac(minimal, set: ["recipe=robust"])
        #expect(settings.criticLayerNorm && settings.targetEntropy(actions: 4) == -2 && settings.alphaMin == 1e-4)
    }

    @Test func theReportsDialect() throws {
        let text = """
            env:
              env_id: BipedalWalker-v3
            agent:
              type: sac
              hidden_dims: [256, 256]
              learning_rate: 3.0e-4
              tau: 0.005
              alpha: 0.2
            buffer:
              capacity: 500000
              batch_size: 128
            training:
              total_timesteps: 1500000
              learning_starts: 10000
              train_frequency: 1
              gradient_steps: 1
              eval_frequency: 10000
              eval_episodes: 10
              save_frequency: 50000
            experiment:
              name: sac_tuned
              seed: 45
              num_envs: 2
            """
        let configuration = try parse(text)
        guard case .sac(let settings) = configuration.algorithm else { throw WrongAlgorithm() }
        #expect(settings.entCoef == .fixed(.constant(0.2)) && !settings.learnsTemperature && settings.bufferSize == 500_000 && settings.batchSize == 128)
        #expect(settings.learningStarts == 10_000 && settings.nEnvs == 2 && configuration.algorithm.nEnvs == 2)
        #expect(configuration.evaluation.evalFreq == 10_000 && configuration.checkpoint.saveFreq == 50_000 && configuration.seed == 45)
    }

    @Test(arguments: [
        ("auto", Temperature.automatic(factor: 1)), ("auto_0.1", .automatic(factor: 0.1)), ("auto_1", .automatic(factor: 1)),
        ("0.2", .fixed(.constant(0.2))), ("0", .fixed(.constant(0))), ("\"auto\"", .automatic(factor: 1)),
        ("0.2 -> 0.05", .fixed(.linear(from: 0.2, to: 0.05, start: 0, end: 10_000_000))), ("cos_0.2", .fixed(.cosine(from: 0.2, to: 0, start: 0, end: 10_000_000))),
        ("{two_phase: {first: 0.2, second: 0.05, at: 2M}}", .fixed(.twoPhase(first: 0.2, second: 0.05, at: 2_000_000))),
    ])
    func temperatures(_ text: String, _ expected: Temperature) throws {
        let settings = try sac(minimal, set: ["ent_coef=\(text)"])
        #expect(settings.entCoef == expected && settings.learnsTemperature == text.contains("auto"))
        #expect(Temperature(expected.configurationValue) == expected)
    }

    @Test func debugKeepsTheTemperaturesScheduleInItsPlace() throws {
        let small = try parse(minimal, set: ["algorithm.name=sac", "ent_coef={linear: {from: 0.2, to: 0.1, start: 2.5M, end: 5M}}"], debug: true)
        guard case .sac(let settings) = small.algorithm else { throw WrongAlgorithm() }
        #expect(small.totalTimesteps == 512 && settings.entCoef == .fixed(.linear(from: 0.2, to: 0.1, start: 128, end: 256)))
    }

    @Test func targetEntropies() throws {
        #expect(try sac(minimal, set: ["target_entropy=-3.5"]).targetEntropy(actions: 4) == -3.5)
        #expect(try sac(minimal, set: ["target_entropy=auto_0.5"]).targetEntropy(actions: 4) == -2)
    }

    @Test func networksMayDiffer() throws {
        let expected = NetworkSizes(policy: [8], value: [16, 4])
        #expect(try sac(minimal, set: ["net_arch={pi: [8], qf: [16, 4]}"]).netArch == expected)
        #expect(try sac(minimal, set: ["net_arch={pi: [8], vf: [16, 4]}"]).netArch == expected)
        #expect(try parse(minimal, set: ["algorithm.name=sac", "net_arch={pi: [8], vf: [16, 4]}"]).resolvedYAML().contains("  net_arch: {pi: [8], qf: [16, 4]} "))
    }

    @Test func stepSizesOfTheirOwn() throws {
        let settings = try sac(minimal, set: ["lr=cos_1e-3", "critic_learning_rate=1e-3 -> 1e-4", "alpha_learning_rate={steps: [[0, 1e-4]]}"])
        #expect(settings.learningRate == .cosine(from: 1e-3, to: 0, start: 0, end: 10_000_000))
        #expect(settings.criticLearningRate == .linear(from: 1e-3, to: 1e-4, start: 0, end: 10_000_000))
        #expect(settings.alphaLearningRate == .steps([.init(step: 0, value: 1e-4)]))
        #expect(try sac(minimal, set: ["lr_schedule=linear"]).learningRate == .linear(from: 3e-4, to: 0, start: 0, end: 10_000_000))
    }

    @Test(arguments: [
        ("n_steps: 128", "x.yaml:6:3: key 'n_steps' is not used when algorithm.name is sac; it belongs to ppo"),
        ("target_entropy: some", "x.yaml:6:19: 'target_entropy' must be a number, 'auto' or 'auto_NUMBER', not 'some'"),
        ("target_entropy: auto_0", "x.yaml:6:19: 'target_entropy' must be a number, 'auto' or 'auto_NUMBER', not 'auto_0'"),
        ("ent_coef: auto_0", "x.yaml:6:13: 'ent_coef' must be 'auto', 'auto_NUMBER', a number, 'FROM -> TO', 'lin_FROM', 'cos_FROM', or a mapping of linear, cosine, piecewise, steps, two_phase, not 'auto_0'"),
        ("ent_coef: -1", "x.yaml:6:13: 'ent_coef' must be at least 0, not -1"),
        ("ent_coef: 0.2 -> -0.1", "x.yaml:6:13: 'ent_coef' must be at least 0, not 0.2 -> -0.1"),
        ("ent_coef: {linear: {from: 0.2}}", "x.yaml:6:22: 'ent_coef': 'linear' lacks 'to'"),
        ("ent_coef: lin_0.2\n  alpha_min: 0.1", "x.yaml:7:3: key 'alpha_min' is not used when algorithm.ent_coef is {linear: {from: 0.2, to: 0.0, start: 0, end: 10000000}}; it needs algorithm.ent_coef: auto"),
        ("ent_coef: 0.2\n  alpha_min: 0.1", "x.yaml:7:3: key 'alpha_min' is not used when algorithm.ent_coef is 0.2; it needs algorithm.ent_coef: auto"),
        ("crossq: true\n  tau: 0.1", "x.yaml:7:3: key 'tau' is not used when algorithm.crossq is true; it needs algorithm.crossq: false"),
        ("tau: 0", "x.yaml:6:8: 'tau' must be in (0, 1], not 0"),
        ("lr_schedule: adaptive", "x.yaml:6:16: 'lr_schedule' must be one of constant, linear, cosine, piecewise, steps, not 'adaptive'"),
        ("gradient_steps: 0", "x.yaml:6:19: 'gradient_steps' 0 would never learn; use 1 or more, or -1 for one update a step"),
        ("gradient_steps: -2", "x.yaml:6:19: 'gradient_steps' must be at least -1, not -2"),
        ("buffer_size: 100", "x.yaml:6:16: 'batch_size' 256 is larger than buffer_size 100; use 100 or less"),
        ("learning_starts: 10M", "x.yaml:6:20: 'learning_starts' 10000000 is not before total_timesteps 10000000: nothing would be learned"),
        ("train_freq: 5000000000000000000", "x.yaml:6:15: 'train_freq' must be in [1, 1000000], not 5000000000000000000"),
        ("train_freq: 1M\n  n_envs: 11", "x.yaml:6:15: n_envs · train_freq = 11 · 1000000 = 11000000 steps come before every update, but total_timesteps is 10000000; use a train_freq of 909090 or less"),
        ("buffer_size: 1000\n  n_envs: 600", "x.yaml:6:16: 'buffer_size' 1000 holds fewer than 2 transitions of each of 600 environments; use 1200 or more"),
        ("buffer_size: 1000\n  n_envs: 2\n  n_step: 500", "x.yaml:8:11: 'n_step' 500 needs more than buffer_size / n_envs = 1000 / 2 = 500 transitions of an environment; use a buffer_size of 1002 or more"),
        ("crossq: true\n  batch_size: 1", "x.yaml:7:15: 'batch_size' 1 has no variance to normalise by, as crossq does; use 2 or more"),
        ("log_std_min: 3", "x.yaml:6:16: 'log_std_min' 3 must be below 'log_std_max' 2"),
        ("learning_rate: 0", "x.yaml:6:18: 'learning_rate' must begin above 0"),
        ("critic_lr: 0", "x.yaml:6:14: 'critic_learning_rate' must begin above 0"),
        ("net_arch: {pi: [8], q: [8]}", "x.yaml:6:13: 'net_arch' must be a list of layer widths such as [64, 64], or {pi: [...], qf: [...]}, not a mapping"),
        ("replay_storage: disk", "x.yaml:6:19: 'replay_storage' must be one of memory, file, not 'disk'"),
        ("bufer_size: 3", "x.yaml:6:3: unknown key 'bufer_size'; did you mean 'buffer_size'?"),
    ])
    func mistakes(_ line: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n  name: sac\n  \(line)\n") == [expected])
    }

    @Test func whatJustFitsIsTaken() throws {
        let settings = try sac(minimal, set: ["train_freq=1M", "n_envs=10"])
        #expect(settings.trainFreq * settings.nEnvs == 10_000_000)
        #expect(try sac(minimal, set: ["buffer_size=1002", "n_envs=2", "n_step=500"]).nStep == 500)
        #expect(try sac(minimal, set: ["crossq=true", "batch_size=2"]).batchSize == 2)
    }

    /// Everything that is wrong with the buffer is said at once.
    @Test func problemsOfTheBufferAreReportedTogether() {
        #expect(
            errors("env: {id: A}\ntotal_timesteps: 10\nalgorithm: {name: sac, buffer_size: 100, n_envs: 20, n_step: 5, learning_starts: 20}\n").map { $0.prefix(16) } == [
                "x.yaml:3:37: 'ba", "x.yaml:3:50: n_e", "x.yaml:3:62: 'n_", "x.yaml:3:82: 'le",
            ])
    }

    @Test func ppoRefusesNamesThatOnlySACKnows() throws {
        #expect(
            errors(minimal + "algorithm:\n  tau: 0.1\n  alpha: 0.2\n") == [
                "x.yaml:5:3: key 'tau' is not used when algorithm.name is ppo; it belongs to sac",
                "x.yaml:6:3: key 'alpha' is not used when algorithm.name is ppo; it belongs to sac",
            ])
        // A key of both algorithms under a name of both, with values of its own kind.
        #expect(try ppo(minimal, set: ["entropy_coef=0.1 -> 0"]).entCoef == .linear(from: 0.1, to: 0, start: 0, end: 10_000_000))
        #expect(errors(minimal, set: ["ent_coef=auto"]).count == 1)
    }

    @Test func aBrokenNameGivesOneError() {
        #expect(
            errors(minimal + "algorithm:\n  name: sca\n  ent_coef: auto\n  tau: 0.1\n")
                == ["x.yaml:5:9: 'name' must be one of ppo, sac, not 'sca'; did you mean 'sac'?"])
    }

    @Test func resolvedTextHasNothingOfPPO() throws {
        let text = try parse(minimal, set: ["algorithm.name=sac"]).resolvedYAML()
        for name in ["n_steps", "clip_range", "gae_lambda", "ortho_init"] { #expect(!text.contains("  \(name):"), "\(name)") }
        for name in ["tau", "buffer_size", "ent_coef", "gamma"] { #expect(text.contains("  \(name):"), "\(name)") }
    }
}
