import Core
import Environments
import Networks

/// Hyperparameters of PPO; names follow Stable-Baselines3 where it has them.
public struct PPOConfiguration: Sendable, Equatable {
    /// Parallel environments and steps of each in a rollout.
    public var environments = 1
    public var steps = 2048
    /// Rows in a minibatch, a divisor of environments · steps, and passes over a rollout.
    public var batchSize = 64
    public var epochs = 10
    /// Adam's step size; the start value where `adaptiveKL` is set.
    public var learningRate = Schedule.constant(3e-4)
    public var adaptiveKL: AdaptiveKL?
    /// Discount γ of a step and decay λ of GAE, both in [0, 1].
    public var gamma = 0.99
    public var gaeLambda = 0.95
    /// ε of the ratio's clipping; of the value's clipping in the critic's own units (nil: none).
    public var clipRange = Schedule.constant(0.2)
    public var valueClipRange: Double?
    public var normalizeAdvantage = true
    public var entropyCoefficient = Schedule.constant(0)
    public var valueCoefficient = 0.5
    /// Greatest global gradient norm.
    public var maxGradNorm = 0.5
    /// Ends the epochs of an iteration when a minibatch's KL exceeds 1.5 times this.
    public var targetKL: Double?
    /// Weight of the squared excess of means over 1.1 times the action bounds.
    public var boundLossCoefficient = 0.0
    /// ln σ at the start and its bounds.
    public var logStdInit = 0.0
    public var logStdMin = -20.0
    public var logStdMax = 2.0
    public var policyHidden = [64, 64]
    public var valueHidden = [64, 64]
    public var activation = Activation.tanh
    public var layerNorm = false
    public var sharedTrunk = false
    public var orthogonalInit = true
    /// Gain of the orthogonal weights of the policy's output layer; 0: zeros, so that the first mean is 0 everywhere.
    public var policyGain = 0.01
    public var adamBeta1 = 0.9
    public var adamBeta2 = 0.999
    public var adamEpsilon = 1e-5
    /// L2 in Adam's gradient.
    public var weightDecay = 0.0
    public var normalizeObservations = false
    public var normalizeRewards = false
    public var normalizeValues = false
    public var clipObservations = 10.0
    public var clipRewards = 10.0
    /// Multiplies rewards; without effect where they are normalised.
    public var rewardScale = 1.0
    /// Environment steps after which observation and reward statistics stay as they are (nil: never).
    public var normalizeUntil: Int?
    public var actionTransform = ActionTransform.Kind.clip
    /// Pieces that a minibatch is cut into for the worker threads; results depend on it, so it is part of the configuration.
    public var shards: Int?

    public init() {}

    /// Step size that follows the measured KL: above twice `desired` it is divided by 1.5, below half of it multiplied, within its bounds.
    public struct AdaptiveKL: Sendable, Equatable {
        public var desired: Double
        public var minimum: Double
        public var maximum: Double

        public init(desired: Double, minimum: Double, maximum: Double) {
            self.desired = desired
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    /// Environment steps in a rollout.
    public var rolloutSize: Int { environments * steps }

    /// Number of shards: as configured, else one for every 32 rows up to 8.
    var shardCount: Int { shards ?? max(1, min(8, batchSize / 32)) }

    /// Number of groups of environments that run side by side during a rollout. Fixed, so that results don't depend on the threads.
    var groupCount: Int { max(1, min(4, environments / 4)) }

    /// - Throws: `AlgorithmError` for values that PPO can't run with.
    public func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw AlgorithmError(message, place: "PPO", hint: "change the configuration") }
        }
        try require(environments >= 1 && steps >= 1 && epochs >= 1, "n_envs, n_steps and n_epochs must be at least 1")
        try require(batchSize >= 1 && batchSize <= rolloutSize, "batch_size must lie in 1...n_envs·n_steps (\(rolloutSize))")
        try require(rolloutSize % batchSize == 0, "n_envs·n_steps (\(rolloutSize)) must be a multiple of batch_size (\(batchSize))")
        try require(!normalizeAdvantage || batchSize >= 2, "normalize_advantage needs minibatches of at least 2 rows")
        try require(gamma >= 0 && gamma <= 1 && gaeLambda >= 0 && gaeLambda <= 1, "gamma and gae_lambda must lie in [0, 1]")
        try require(logStdMin <= logStdInit && logStdInit <= logStdMax, "log_std_init must lie between log_std_min and log_std_max")
        try require(maxGradNorm > 0, "max_grad_norm must be positive")
        try require(shards.map { $0 >= 1 && $0 <= batchSize } ?? true, "shards must lie in 1...batch_size")
        if let adaptiveKL {
            try require(
                adaptiveKL.desired > 0 && adaptiveKL.minimum > 0 && adaptiveKL.minimum <= adaptiveKL.maximum,
                "the adaptive learning rate needs desired_kl > 0 and 0 < lr_min ≤ lr_max")
        }
    }
}

/// An algorithm's failure.
public struct AlgorithmError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String

    public init(_ what: String, place: String, hint: String = "") {
        self.what = what
        self.place = place
        self.hint = hint
    }
}
