import Core

/// Where SAC keeps its transitions.
public enum ReplayStorageName: String, Sendable, Codable, CaseIterable {
    case memory, file
    static var names: [String] { allCases.map(\.rawValue) }
}

/// A number that is fixed, or found by the algorithm (`auto`, `auto_0.5`).
public enum AutomaticNumber: Sendable, Codable, Equatable {
    /// Found by the algorithm; what `factor` (> 0) means, the field says. `auto` is a factor of 1.
    case automatic(factor: Double)
    case fixed(Double)

    init?(_ value: ConfigurationValue) {
        switch value {
        case .float(let number): self = .fixed(number)
        case .string("auto"): self = .automatic(factor: 1)
        case .string(let text):
            guard text.hasPrefix("auto_"), let factor = NumberText.number(String(text.dropFirst(5))), factor > 0 else { return nil }
            self = .automatic(factor: factor)
        default: return nil
        }
    }

    var configurationValue: ConfigurationValue {
        switch self {
        case .fixed(let number): .float(number)
        case .automatic(1): "auto"
        case .automatic(let factor): .string("auto_\(NumberText.text(of: factor))")
        }
    }
}

/// SAC's α: learned (`auto`, `auto_0.1`), or given as a number or a schedule.
public enum Temperature: Sendable, Codable, Equatable {
    /// Learned, from `factor` (> 0) on; `auto` is a factor of 1.
    case automatic(factor: Double)
    case fixed(Schedule)

    init?(_ value: ConfigurationValue) {
        switch (value, AutomaticNumber(value)) {
        case (.schedule(let schedule), _): self = .fixed(schedule)
        case (_, .automatic(let factor)?): self = .automatic(factor: factor)
        default: return nil
        }
    }

    var configurationValue: ConfigurationValue {
        switch self {
        case .automatic(let factor): AutomaticNumber.automatic(factor: factor).configurationValue
        case .fixed(let schedule): .schedule(schedule)
        }
    }
}

/// SAC's settings; each field is the key of the same name, explained by `Schema.explain`.
public struct SACSettings: Sendable, Codable, Equatable {
    public var recipe = Recipe.standard

    // Data and pace: every `trainFreq` steps of each environment come `gradientSteps` updates.
    public var nEnvs = 0
    /// Transitions that the replay buffer holds, all environments together.
    public var bufferSize = 0
    public var replayStorage = ReplayStorageName.file
    /// Environment steps with random actions and without updates at the beginning.
    public var learningStarts = 0
    public var batchSize = 0
    public var trainFreq = 0
    /// −1: as many as environment steps were taken.
    public var gradientSteps = 0
    /// Critic updates for one update of the actor and the temperature.
    public var policyDelay = 0

    // Step sizes
    public var learningRate = Schedule.constant(0)
    /// nil: `learningRate`.
    public var criticLearningRate: Schedule?
    /// nil: `learningRate`.
    public var alphaLearningRate: Schedule?

    // Loss
    public var gamma = 0.0
    /// Rewards summed before the bootstrap.
    public var nStep = 0
    /// Share of the way that target networks go in an update; without meaning with `crossQ`.
    public var tau = 0.0
    public var entCoef = Temperature.automatic(factor: 1)
    /// Fixed, or −factor × number of actions; see `targetEntropy(actions:)`.
    public var targetEntropy = AutomaticNumber.automatic(factor: 1)
    /// Floor of the learned α; 0: none.
    public var alphaMin = 0.0
    /// nil: gradients are not cut.
    public var maxGradNorm: Double?

    // Networks
    /// Widths of the actor (`policy`) and of each critic (`value`).
    public var netArch = NetworkSizes(policy: [], value: [])
    public var activation = ActivationName.relu
    /// Without meaning with `crossQ`.
    public var criticLayerNorm = false
    /// Critics with joint batch normalisation and without target networks.
    public var crossQ = false
    public var logStdMin = 0.0
    public var logStdMax = 0.0

    // Optimiser
    public var adamBeta1 = 0.0
    public var adamBeta2 = 0.0
    public var adamEps = 0.0
    public var weightDecay = 0.0

    // Normalisation
    public var normalizeObservations = false
    public var normalizeRewards = false
    public var clipObservations = 0.0
    public var clipRewards = 0.0
    public var rewardScale = 0.0
    /// Step after which the moments are frozen; nil: never.
    public var normalizeUntil: Int?

    /// Whether α is learned.
    public var learnsTemperature: Bool { if case .automatic = entCoef { true } else { false } }

    /// The entropy (nats) that a learned α aims at, for this many action components.
    public func targetEntropy(actions: Int) -> Double {
        switch targetEntropy {
        case .fixed(let value): value
        case .automatic(let factor): -factor * Double(actions)
        }
    }

    /// Blank; every field is filled from the resolved values.
    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.choice("algorithm.recipe", &recipe)
        binder.int("algorithm.n_envs", &nEnvs)
        binder.int("algorithm.buffer_size", &bufferSize)
        binder.choice("algorithm.replay_storage", &replayStorage)
        binder.int("algorithm.learning_starts", &learningStarts)
        binder.int("algorithm.batch_size", &batchSize)
        binder.int("algorithm.train_freq", &trainFreq)
        binder.int("algorithm.gradient_steps", &gradientSteps)
        binder.int("algorithm.policy_delay", &policyDelay)
        var rule = ScheduleText.shape(of: learningRate)
        binder.schedule("algorithm.learning_rate", &learningRate)
        binder.text("algorithm.lr_schedule", &rule)
        binder.optionalSchedule("algorithm.critic_learning_rate", &criticLearningRate)
        binder.optionalSchedule("algorithm.alpha_learning_rate", &alphaLearningRate)
        binder.number("algorithm.gamma", &gamma)
        binder.int("algorithm.n_step", &nStep)
        binder.number("algorithm.tau", &tau)
        binder.temperature("algorithm.ent_coef", &entCoef)
        binder.automatic("algorithm.target_entropy", &targetEntropy)
        binder.number("algorithm.alpha_min", &alphaMin)
        binder.optionalNumber("algorithm.max_grad_norm", &maxGradNorm)
        binder.layers("algorithm.net_arch", second: "qf", &netArch)
        binder.choice("algorithm.activation", &activation)
        binder.bool("algorithm.critic_layer_norm", &criticLayerNorm)
        binder.bool("algorithm.crossq", &crossQ)
        binder.number("algorithm.log_std_min", &logStdMin)
        binder.number("algorithm.log_std_max", &logStdMax)
        binder.number("algorithm.adam_beta1", &adamBeta1)
        binder.number("algorithm.adam_beta2", &adamBeta2)
        binder.number("algorithm.adam_eps", &adamEps)
        binder.number("algorithm.weight_decay", &weightDecay)
        binder.bool("algorithm.normalize_observations", &normalizeObservations)
        binder.bool("algorithm.normalize_rewards", &normalizeRewards)
        binder.number("algorithm.clip_observations", &clipObservations)
        binder.number("algorithm.clip_rewards", &clipRewards)
        binder.number("algorithm.reward_scale", &rewardScale)
        binder.optionalInt("algorithm.normalize_until", &normalizeUntil)
    }
}
