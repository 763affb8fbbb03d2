import Core

/// ActivationName of the hidden layers.
public enum ActivationName: String, Sendable, Codable, CaseIterable {
    case tanh, relu, elu
    static var names: [String] { allCases.map(\.rawValue) }
}

/// How the step size is found.
public enum LearningRateRule: Sendable, Codable, Equatable {
    /// A function of the step (`lr_schedule: constant`, `linear`, `cosine`, `piecewise` or `steps`).
    case scheduled(Schedule)
    /// Servoed to the KL divergence of the updates, between two limits (`lr_schedule: adaptive`).
    case adaptive(initial: Double, minimum: Double, maximum: Double, desiredKL: Double)
}

/// Widths of the hidden layers of policy and value network (actor and critics). Equal ones may be a shared trunk.
public struct NetworkSizes: Sendable, Codable, Equatable {
    public var policy: [Int]
    public var value: [Int]

    public init(policy: [Int], value: [Int]) {
        self.policy = policy
        self.value = value
    }

    /// From a list, or a mapping of `pi` and `vf` or `qf`; anything else has no layers.
    init(_ configured: ConfigurationValue) {
        func widths(_ value: ConfigurationValue?) -> [Int] {
            guard case .list(let items)? = value else { return [] }
            return items.compactMap { if case .int(let width) = $0 { width } else { nil } }
        }
        if case .mapping(let both) = configured {
            self.init(policy: widths(both["pi"]), value: widths(both["vf"] ?? both["qf"]))
        } else {
            self.init(policy: widths(configured), value: widths(configured))
        }
    }

    /// - Parameter second: the name of the widths that are not the policy's.
    func configurationValue(second: String) -> ConfigurationValue {
        func list(_ widths: [Int]) -> ConfigurationValue { .list(widths.map { .int($0) }) }
        return policy == value ? list(policy) : .mapping(["pi": list(policy), second: list(value)])
    }
}

/// PPO's settings; each field is the key of the same name, explained by `Schema.explain`.
public struct PPOSettings: Sendable, Codable, Equatable {
    public var recipe = Recipe.standard

    // Data: a rollout has `nEnvs * nSteps` samples, a multiple of `batchSize`.
    public var nEnvs = 0
    public var nSteps = 0
    public var batchSize = 0
    public var nEpochs = 0

    public var learningRate = LearningRateRule.scheduled(.constant(0))

    // Loss
    public var gamma = 0.0
    public var gaeLambda = 0.0
    public var clipRange = Schedule.constant(0)
    /// nil: value losses are not clipped.
    public var clipRangeVF: Double?
    public var normalizeAdvantage = false
    public var entCoef = Schedule.constant(0)
    public var vfCoef = 0.0
    public var maxGradNorm = 0.0
    /// nil: all epochs are run.
    public var targetKL: Double?
    public var boundLossCoef = 0.0

    // Policy
    public var logStdInit = 0.0
    public var logStdMin: Double?
    public var logStdMax: Double?
    public var netArch = NetworkSizes(policy: [], value: [])
    public var activation = ActivationName.tanh
    public var orthoInit = false
    public var policyGain = 0.0
    public var layerNorm = false
    public var shareFeatures = false

    // Memory; all but the first have effect only with it
    public var useLSTM = false
    public var lstmHiddenSize = 0
    public var lstmInputArch = NetworkSizes(policy: [], value: [])
    public var sharedLSTM = false
    public var lstmLayerNorm = false
    /// Divides `nSteps` and `batchSize`.
    public var bpttLength = 0
    public var refreshStates = false

    // Optimiser
    public var adamBeta1 = 0.0
    public var adamBeta2 = 0.0
    public var adamEps = 0.0
    public var weightDecay = 0.0

    // Normalisation
    public var normalizeObservations = false
    public var normalizeRewards = false
    public var normalizeValues = false
    public var clipObservations = 0.0
    public var clipRewards = 0.0
    public var rewardScale = 0.0
    /// Step after which the moments are frozen; nil: never.
    public var normalizeUntil: Int?

    /// Samples in one rollout.
    public var rolloutSize: Int { nEnvs * nSteps }

    /// Blank; every field is filled from the resolved values.
    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.choice("algorithm.recipe", &recipe)
        binder.int("algorithm.n_envs", &nEnvs)
        binder.int("algorithm.n_steps", &nSteps)
        binder.int("algorithm.batch_size", &batchSize)
        binder.int("algorithm.n_epochs", &nEpochs)
        bindLearningRate(&binder)
        binder.number("algorithm.gamma", &gamma)
        binder.number("algorithm.gae_lambda", &gaeLambda)
        binder.schedule("algorithm.clip_range", &clipRange)
        binder.optionalNumber("algorithm.clip_range_vf", &clipRangeVF)
        binder.bool("algorithm.normalize_advantage", &normalizeAdvantage)
        binder.schedule("algorithm.ent_coef", &entCoef)
        binder.number("algorithm.vf_coef", &vfCoef)
        binder.number("algorithm.max_grad_norm", &maxGradNorm)
        binder.optionalNumber("algorithm.target_kl", &targetKL)
        binder.number("algorithm.bound_loss_coef", &boundLossCoef)
        binder.number("algorithm.log_std_init", &logStdInit)
        binder.optionalNumber("algorithm.log_std_min", &logStdMin)
        binder.optionalNumber("algorithm.log_std_max", &logStdMax)
        binder.layers("algorithm.net_arch", second: "vf", &netArch)
        binder.choice("algorithm.activation", &activation)
        binder.bool("algorithm.ortho_init", &orthoInit)
        binder.number("algorithm.policy_gain", &policyGain)
        binder.bool("algorithm.layer_norm", &layerNorm)
        binder.bool("algorithm.share_features", &shareFeatures)
        binder.bool("algorithm.use_lstm", &useLSTM)
        binder.int("algorithm.lstm_hidden_size", &lstmHiddenSize)
        binder.layers("algorithm.lstm_input_arch", second: "vf", &lstmInputArch)
        binder.bool("algorithm.shared_lstm", &sharedLSTM)
        binder.bool("algorithm.lstm_layer_norm", &lstmLayerNorm)
        binder.int("algorithm.bptt_length", &bpttLength)
        binder.bool("algorithm.refresh_states", &refreshStates)
        binder.number("algorithm.adam_beta1", &adamBeta1)
        binder.number("algorithm.adam_beta2", &adamBeta2)
        binder.number("algorithm.adam_eps", &adamEps)
        binder.number("algorithm.weight_decay", &weightDecay)
        binder.bool("algorithm.normalize_observations", &normalizeObservations)
        binder.bool("algorithm.normalize_rewards", &normalizeRewards)
        binder.bool("algorithm.normalize_values", &normalizeValues)
        binder.number("algorithm.clip_observations", &clipObservations)
        binder.number("algorithm.clip_rewards", &clipRewards)
        binder.number("algorithm.reward_scale", &rewardScale)
        binder.optionalInt("algorithm.normalize_until", &normalizeUntil)
    }

    /// Several keys, one value.
    private mutating func bindLearningRate(_ binder: inout Binder) {
        var (rate, rule) = (Schedule.constant(0), "constant")
        var (minimum, maximum, desiredKL) = (0.0, 0.0, 0.0)
        let isCollecting = binder.direction == .collect
        if isCollecting {
            switch learningRate {
            case .scheduled(let schedule):
                rate = schedule
                rule = ScheduleText.shape(of: schedule)
            case .adaptive(let initial, let low, let high, let target):
                (rate, rule, minimum, maximum, desiredKL) = (.constant(initial), "adaptive", low, high, target)
            }
        }
        binder.schedule("algorithm.learning_rate", &rate)
        binder.text("algorithm.lr_schedule", &rule)
        if rule == "adaptive" {
            binder.number("algorithm.lr_min", &minimum)
            binder.number("algorithm.lr_max", &maximum)
            binder.number("algorithm.desired_kl", &desiredKL)
        }
        guard !isCollecting else { return }
        learningRate =
            rule == "adaptive"
            ? .adaptive(initial: rate.value(at: 0), minimum: minimum, maximum: maximum, desiredKL: desiredKL) : .scheduled(rate)
    }
}
