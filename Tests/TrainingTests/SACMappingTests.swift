import Algorithms
import Configuration
import Core
import Testing

@testable import Training

/// Every key of SAC arrives in the algorithm's configuration, as itself.
@Suite struct SACMappingTests {
    /// Two files, since some keys exclude others.
    private let learned = """
        environment: {id: InvertedPendulum-v5}
        total_timesteps: 50k
        algorithm:
          name: sac
          n_envs: 4
          buffer_size: 20_000
          replay_storage: memory
          learning_starts: 600
          batch_size: 48
          train_freq: 5
          gradient_steps: 7
          policy_delay: 2
          learning_rate: 1e-3 -> 1e-4
          lr_schedule: linear
          critic_learning_rate: 2e-3
          alpha_learning_rate: cos_5e-4
          gamma: 0.97
          n_step: 3
          tau: 0.02
          ent_coef: auto_0.3
          target_entropy: auto_0.5
          alpha_min: 0.01
          max_grad_norm: 0.7
          net_arch: {pi: [24, 12], qf: [40]}
          activation: elu
          critic_layer_norm: true
          log_std_min: -9
          log_std_max: 1
          adam_beta1: 0.8
          adam_beta2: 0.95
          adam_eps: 1e-6
          weight_decay: 1e-4
          normalize_observations: true
          clip_observations: 6
          normalize_rewards: true
          clip_rewards: 4
          normalize_until: 30k
        evaluation: {eval_freq: 500}
        checkpoint: {save_freq: 2k, keep_last: 4}
        machine: {shards: 3}
        """
    private let given = """
        environment: {id: InvertedPendulum-v5}
        total_timesteps: 50k
        algorithm:
          name: sac
          crossq: true
          gradient_steps: -1
          ent_coef: 0.2 -> 0.05
          reward_scale: 0.5
        """

    private func mapped(_ text: String) throws -> SACConfiguration {
        let configuration = try Configuration.parse(text: text)
        guard case .sac(let sac) = configuration.algorithm else { throw TrainingError("this is not SAC") }
        return SACConfiguration(
            sac, actions: 4, checkpoints: configuration.checkpoint, totalTimesteps: configuration.totalTimesteps,
            frequencies: [configuration.evaluation.evalFreq, configuration.checkpoint.saveFreq, configuration.checkpoint.milestoneFreq],
            shards: configuration.machine.shards)
    }

    private var learnedConfiguration: SACConfiguration {
        var c = SACConfiguration()
        c.environments = 4
        // As long as the shortest of what falls due.
        c.stepsPerIteration = 500
        c.bufferSize = 20_000
        c.learningStarts = 600
        c.batchSize = 48
        c.trainFrequency = 5
        c.gradientSteps = 7
        c.policyFrequency = 2
        c.learningRate = .linear(from: 1e-3, to: 1e-4, start: 0, end: 50_000)
        c.criticLearningRate = .constant(2e-3)
        c.alphaLearningRate = .cosine(from: 5e-4, to: 0, start: 0, end: 50_000)
        c.gamma = 0.97
        c.nStep = 3
        c.tau = 0.02
        c.entropy = .automatic(initial: 0.3)
        c.targetEntropy = -2
        c.alphaMin = 0.01
        c.maxGradNorm = 0.7
        c.policyHidden = [24, 12]
        c.criticHidden = [40]
        c.activation = .elu
        c.criticLayerNorm = true
        c.logStdMin = -9
        c.logStdMax = 1
        c.adamBeta1 = 0.8
        c.adamBeta2 = 0.95
        c.adamEpsilon = 1e-6
        c.weightDecay = 1e-4
        c.normalizeObservations = true
        c.clipObservations = 6
        c.normalizeRewards = true
        c.clipRewards = 4
        c.normalizeUntil = 30_000
        // Two rows a step, for the four checkpoints that stay and the one under way.
        c.replaySlack = 2 * 5 * 2000
        c.shards = 3
        return c
    }

    private var givenConfiguration: SACConfiguration {
        var c = SACConfiguration()
        c.crossQ = true
        c.gradientSteps = -1
        c.entropy = .fixed(.linear(from: 0.2, to: 0.05, start: 0, end: 50_000))
        c.rewardScale = 0.5
        c.targetEntropy = -4
        // No run writes more than all its steps.
        c.replaySlack = 2 * (50_000 + 1000)
        return c
    }

    @Test func everyKeyArrives() throws {
        #expect(try mapped(learned) == learnedConfiguration)
        #expect(try mapped(given) == givenConfiguration)
    }

    /// The robust recipe's LayerNorm is for critics with targets: CrossQ's have their own normalisation.
    @Test func crossQHasNoLayerNorm() throws {
        let text = "environment: {id: InvertedPendulum-v5}\ntotal_timesteps: 50k\nalgorithm: {name: sac, recipe: robust"
        #expect(try !mapped(text + ", crossq: true}").criticLayerNorm)
        #expect(try mapped(text + "}").criticLayerNorm)
    }

    /// The files name every key, and between them every field is off its default: neither can be forgotten here.
    @Test func nothingIsLeftOut() {
        for key in Schema.standard.keys where key.algorithms.contains("sac") {
            let isNamed = (learned + "\n" + given).contains("\n  \(key.leaf): ")
            #expect(isNamed, "\(key.path)")
        }
        let fields = [SACConfiguration(), learnedConfiguration, givenConfiguration].map { configuration in
            Mirror(reflecting: configuration).children.map { (name: $0.label ?? "", value: "\($0.value)") }
        }
        // No key sets the warm-up.
        for (i, field) in fields[0].enumerated() where field.name != "renormWarmup" {
            #expect(fields[1][i].value != field.value || fields[2][i].value != field.value, "\(field.name)")
        }
    }
}
