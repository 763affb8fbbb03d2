import Core
import Environments
import Networks

/// Hyperparameters of SAC; names and defaults follow Stable-Baselines3 where it has them.
public struct SACConfiguration: Sendable, Equatable {
    /// Parallel environments.
    public var environments = 1
    /// Environment steps of one iteration, all environments together; rounded up to whole collections.
    public var stepsPerIteration = 1000
    /// Step sizes of the actor, the critics and ln α, by environment steps; nil takes the actor's.
    public var learningRate = Schedule.constant(3e-4)
    public var criticLearningRate: Schedule?
    public var alphaLearningRate: Schedule?
    /// Transitions that the replay buffer holds, all environments together. The end of an episode takes a place of its own.
    public var bufferSize = 1_000_000
    /// Environment steps with uniform random actions before the first update.
    public var learningStarts = 100
    public var batchSize = 256
    /// Share of the critics that the targets take in with every update.
    public var tau = 0.005
    public var gamma = 0.99
    /// Steps of every environment between updates, and updates then; −1 does as many as there were environment steps.
    public var trainFrequency = 1
    public var gradientSteps = 1
    /// Updates of the critics for one of actor and temperature.
    public var policyFrequency = 1
    public var entropy = Entropy.automatic(initial: 1)
    /// Entropy that the automatic temperature aims at, in nats; nil is minus the number of action components.
    public var targetEntropy: Double?
    /// Least α of the automatic temperature.
    public var alphaMin: Double?
    /// Rewards summed before the value of what follows.
    public var nStep = 1
    public var policyHidden = [256, 256]
    public var criticHidden = [256, 256]
    public var activation = Activation.relu
    public var criticLayerNorm = false
    /// Batch renormalisation in actor and critics, both halves of the target in one pass, no target networks (Bhatt et al. 2024).
    public var crossQ = false
    /// Updates of a network during which its batch renormalisation is not corrected toward the running statistics.
    public var renormWarmup = 100_000
    /// Bounds of ln σ.
    public var logStdMin = -20.0
    public var logStdMax = 2.0
    public var adamBeta1 = 0.9
    public var adamBeta2 = 0.999
    public var adamEpsilon = 1e-8
    /// L2 on actor and critics, added to the gradient.
    public var weightDecay = 0.0
    /// Greatest global gradient norm, of the actor and of both critics together; nil: not cut.
    public var maxGradNorm: Double?
    public var normalizeObservations = false
    public var normalizeRewards = false
    public var clipObservations = 10.0
    public var clipRewards = 10.0
    /// Multiplies rewards; without effect where they are normalised.
    public var rewardScale = 1.0
    /// Environment steps after which observation and reward statistics stay as they are (nil: never).
    public var normalizeUntil: Int?
    /// Transitions that a replay file keeps beyond `bufferSize`, all environments together: a checkpoint stays valid for that many steps.
    public var replaySlack = 100_000
    /// Pieces that a minibatch is cut into for the worker threads; results depend on it, so it is part of the configuration.
    public var shards: Int?

    public init() {}

    /// The entropy's weight α.
    public enum Entropy: Sendable, Equatable {
        /// Learned, so that the entropy meets the target.
        case automatic(initial: Double)
        /// Given, by environment steps.
        case fixed(Schedule)
    }

    /// Environment steps between updates, and in an iteration.
    var collectionSize: Int { environments * trainFrequency }
    var collections: Int { max(1, (stepsPerIteration + collectionSize - 1) / collectionSize) }
    public var iterationSize: Int { collections * collectionSize }

    /// Updates after a collection.
    var updatesPerCollection: Int { gradientSteps < 0 ? collectionSize : gradientSteps }

    /// Number of shards: as configured, else one for every 128 rows up to 8.
    var shardCount: Int { shards ?? max(1, min(8, batchSize / 128)) }

    /// - Throws: `AlgorithmError` for values that SAC can't run with.
    public func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw AlgorithmError(message, place: "SAC", hint: "change the configuration") }
        }
        try require(environments >= 1 && stepsPerIteration >= 1, "n_envs and the steps of an iteration must be at least 1")
        try require(trainFrequency >= 1, "train_freq must be at least 1")
        try require(gradientSteps >= 1 || gradientSteps == -1, "gradient_steps must be at least 1, or -1 for one a step")
        try require(policyFrequency >= 1, "policy_frequency must be at least 1")
        try require(bufferSize >= 2 * environments, "buffer_size must be at least twice n_envs")
        try require(batchSize >= (crossQ ? 2 : 1), "batch_size must be at least 1, with crossq at least 2")
        try require(learningStarts >= 0 && nStep >= 1, "learning_starts must not be negative, n_step at least 1")
        try require(bufferSize / environments > nStep, "buffer_size must hold more than n_step steps of every environment")
        try require(tau > 0 && tau <= 1, "tau must lie in (0, 1]")
        try require(gamma >= 0 && gamma <= 1, "gamma must lie in [0, 1]")
        try require(logStdMin < logStdMax, "log_std_min must lie below log_std_max")
        try require(maxGradNorm.map { $0 > 0 } ?? true, "max_grad_norm must be positive")
        try require(alphaMin.map { $0 > 0 } ?? true, "alpha_min must be positive")
        switch entropy {
        case .automatic(let initial): try require(initial > 0, "ent_coef's start must be positive")
        case .fixed(let schedule): try require(schedule.extremes.allSatisfy { $0 >= 0 }, "ent_coef must not be negative")
        }
        try require(adamBeta1 >= 0 && adamBeta1 < 1 && adamBeta2 >= 0 && adamBeta2 < 1 && adamEpsilon > 0, "Adam needs betas in [0, 1) and eps > 0")
        try require(replaySlack >= 0 && renormWarmup >= 0, "the replay's slack and the warm-up must not be negative")
        try require(shards.map { $0 >= 1 && $0 <= batchSize } ?? true, "shards must lie in 1...batch_size")
    }
}
