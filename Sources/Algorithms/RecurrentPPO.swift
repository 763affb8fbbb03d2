import Core
import Environments
import Networks
import Tensor

/// Proximal policy optimisation with a clipped objective, for a policy and a value function with memory.
///
///     repeat:
///         run the policy for T steps in N environments, its states too     RecurrentRollout.collect
///         V of every state; advantages and returns                         RecurrentRollout.evaluate, GAE
///         for each epoch:                                                  update
///             states that the sequences of L steps begin with, anew        RecurrentRollout.refreshStates
///             for each minibatch of whole sequences, freshly permuted:
///                 loss and gradient a shard, summed in fixed order; clip; Adam
///         normaliser statistics take in the rollout                        finish
///
/// `PPO`'s sibling: same order, same names. What differs is the network, the rollout with its states, and minibatches of sequences. There is no
/// padding: sequences are cut at fixed steps, begin with their stored state and have it reset where an episode starts inside them.
///
/// Source: as `PPO`; stored states as in Kapturowski et al. 2019, there with burn-in in place of the fresh computation.
public struct RecurrentPPO: ~Copyable {
    public let configuration: PPOConfiguration
    public let recurrence: RecurrenceConfiguration
    public let network: RecurrentActorCritic
    public let parameters: FloatBuffer
    /// Environment steps taken, and iterations done.
    public internal(set) var steps = 0
    public internal(set) var iterations = 0
    /// Multiplies the step size; halved by a rollback.
    public var learningRateFactor = 1.0
    public internal(set) var observationNormalizer: ObservationNormalizer?
    public let transform: ActionTransform

    var adam: Adam
    var rewardNormalizer: RewardNormalizer
    var valueNormalizer: ValueNormalizer
    /// Step size in use when it follows the KL.
    var adaptiveLearningRate: Double
    var order: Philox
    let noise: NoiseGenerators
    var vector: VectorEnvironment
    let rollout: RecurrentRollout
    let learner: RecurrentPPOLearner
    let pool: WorkerPool

    /// Makes the networks and begins the first episodes.
    ///
    /// - Parameters:
    ///   - configuration: PPO's own; `sharedTrunk` has no effect, `policyHidden` and `valueHidden` are the layers behind the LSTMs.
    ///   - seed: the run's seed; everything random follows from it.
    ///   - makeEnvironment: makes one training environment; called `configuration.environments` times.
    /// - Throws: `AlgorithmError` for a bad configuration, `TensorError` without OpenBLAS, or what an environment throws.
    public init(
        _ configuration: PPOConfiguration, recurrence: RecurrenceConfiguration, seed: UInt64, pool: WorkerPool,
        makeEnvironment: () throws -> any Environment
    ) throws {
        try configuration.validate()
        try recurrence.validate(with: configuration)
        try BLAS.open()
        // All that can fail comes first: a value that can't be copied can't be half made.
        let vector = try VectorEnvironment(
            count: configuration.environments, seed: seed, purpose: .trainingEpisodes, pool: pool, make: makeEnvironment)
        let transform = try ActionTransform(configuration.actionTransform, space: vector.spec.actionSpace)
        try vector.reset()

        self.configuration = configuration
        self.recurrence = recurrence
        self.pool = pool
        self.vector = vector
        self.transform = transform
        network = RecurrentActorCritic(
            RecurrentActorCriticArchitecture(
                observationWidth: vector.observationWidth, actionSpace: vector.spec.actionSpace, policyInput: recurrence.policyInput,
                valueInput: recurrence.valueInput, lstmHidden: recurrence.hidden, policyHidden: configuration.policyHidden,
                valueHidden: configuration.valueHidden, activation: configuration.activation, layerNorm: configuration.layerNorm,
                lstmLayerNorm: recurrence.layerNorm, sharedLSTM: recurrence.shared))
        var initialisation = Philox(seed: seed, purpose: .initialisation)
        parameters = network.makeParameters(
            orthogonal: configuration.orthogonalInit, policyGain: Float(configuration.policyGain), logStd: Float(configuration.logStdInit),
            using: &initialisation)
        adam = Adam(
            count: parameters.count, beta1: Float(configuration.adamBeta1), beta2: Float(configuration.adamBeta2),
            epsilon: Float(configuration.adamEpsilon), l2: Float(configuration.weightDecay))
        observationNormalizer =
            configuration.normalizeObservations
            ? ObservationNormalizer(width: vector.observationWidth, clip: Float(configuration.clipObservations)) : nil
        rewardNormalizer = RewardNormalizer(
            environments: configuration.environments, gamma: configuration.gamma, clip: Float(configuration.clipRewards))
        valueNormalizer = ValueNormalizer()
        adaptiveLearningRate = configuration.learningRate.value(at: 0)
        order = Philox(seed: seed, purpose: .minibatchOrder)
        noise = NoiseGenerators(count: configuration.environments, seed: seed)
        rollout = RecurrentRollout(
            network: network, configuration: configuration, recurrence: recurrence, keepRaw: configuration.normalizeObservations)
        learner = RecurrentPPOLearner(network: network, configuration: configuration, recurrence: recurrence, transform: transform)
    }

    /// What the environment is, as the policy sees it.
    public var spec: EnvironmentSpec { vector.spec }

    /// Step size that the next iteration starts with.
    public var learningRate: Double {
        (configuration.adaptiveKL == nil ? configuration.learningRate.value(at: steps) : adaptiveLearningRate) * learningRateFactor
    }

    /// One rollout and its epochs of updates.
    ///
    /// - Throws: what an environment throws, or `AlgorithmError` when the loss or the weights are no longer finite.
    public mutating func iterate() throws -> RecurrentPPOReport {
        let size = configuration.rolloutSize
        let T = configuration.steps
        let N = configuration.environments

        // Collect with everything frozen.
        try rollout.collect(
            network: network, parameters: parameters, normalizer: observationNormalizer, transform: transform, vector: vector, noise: noise,
            pool: pool)

        // Rewards as the critic learns them.
        let episodes = vector.takeFinishedEpisodes()
        let rawRewards = rollout.rewards.array
        let rewardsAreFollowed = scaleRewards(T, N)

        // Values with the critic as it is, advantages, returns.
        let normalised = configuration.normalizeValues
        rollout.evaluate(
            network: network, parameters: parameters, mean: normalised ? valueNormalizer.mean : 0,
            deviation: normalised ? valueNormalizer.deviation : 1, pool: pool)
        let terminated = rollout.terminated
        let truncated = rollout.truncated
        var advantages = rollout.advantages.mutableSpan
        GAE.advantages(
            rewards: rollout.rewards.span, values: rollout.values.span, lastValues: rollout.lastValues.span, terminated: terminated.span,
            truncated: truncated.span, truncationValues: rollout.truncationValues.span, steps: T, environments: N,
            gamma: Float(configuration.gamma), lambda: Float(configuration.gaeLambda), advantages: &advantages)
        for i in 0..<size { rollout.returns.pointer[i] = rollout.advantages.pointer[i] + rollout.values.pointer[i] }
        let explainedVariance = PPO.explainedVariance(values: rollout.values.span, returns: rollout.returns.span)
        let returnMean = VectorMath.sum(rollout.returns.span) / Float(size)
        if normalised { renormaliseValues() }

        // Learn.
        let before = parameters.array
        let update = try update()

        // Statistics take in the rollout now that the gradient steps are done.
        let drift = updateNormalizers(rawRewards: rewardsAreFollowed ? nil : rawRewards, T, N)
        steps += size
        iterations += 1

        let (diagnostics, memory) = diagnose(before: before, drift: drift, explainedVariance: explainedVariance, returnMean: Double(returnMean))
        return RecurrentPPOReport(
            base: PPOReport(steps: steps, iterations: iterations, episodes: episodes, update: update, diagnostics: diagnostics), memory: memory)
    }

    /// Scales the rollout's rewards: by the running deviation of returns, or by the configured factor. Tells whether they went into the statistics.
    private mutating func scaleRewards(_ T: Int, _ N: Int) -> Bool {
        var areFollowed = false
        var factor = Float(configuration.rewardScale)
        var limit = Float.infinity
        if configuration.normalizeRewards {
            // Before anything is known, the first rollout supplies its own statistics.
            if rewardNormalizer.moments.count == 0 {
                followRewards(rollout.rewards.array, T, N)
                areFollowed = true
            }
            factor = rewardNormalizer.scale
            limit = rewardNormalizer.clip
        }
        for i in 0..<T * N { rollout.rewards.pointer[i] = min(max(rollout.rewards.pointer[i] * factor, -limit), limit) }
        return areFollowed
    }

    private mutating func followRewards(_ raw: [Float], _ T: Int, _ N: Int) {
        var ended = [Bool](repeating: false, count: T * N)
        for i in 0..<T * N { ended[i] = rollout.terminated[i] || rollout.truncated[i] }
        rewardNormalizer.update(rewards: raw.span, ended: ended.span, steps: T, environments: N)
    }

    /// Takes the returns into the value statistics, keeps the critic's outputs as they were by correcting its last layer, and expresses
    /// the rollout's values and returns in the new units.
    ///
    /// Source: van Hasselt et al. 2016 (Pop-Art), equations 5 and 6.
    private mutating func renormaliseValues() {
        let oldMean = valueNormalizer.mean
        let oldDeviation = valueNormalizer.deviation
        valueNormalizer.update(rollout.returns.span)
        let mean = valueNormalizer.mean
        let deviation = valueNormalizer.deviation
        let head = network.valueHead
        for i in head.weight.range { parameters[i] *= oldDeviation / deviation }
        parameters[head.bias.offset] = (oldDeviation * parameters[head.bias.offset] + oldMean - mean) / deviation
        for i in 0..<rollout.returns.count {
            rollout.returns.pointer[i] = (rollout.returns.pointer[i] - mean) / deviation
            rollout.values.pointer[i] = (rollout.values.pointer[i] - mean) / deviation
        }
    }

    /// - Parameter rawRewards: the rollout's rewards; nil if they are in the statistics already.
    /// - Returns: the observation statistics' drift.
    private mutating func updateNormalizers(rawRewards: [Float]?, _ T: Int, _ N: Int) -> Double {
        let frozen = configuration.normalizeUntil.map { steps >= $0 } ?? false
        guard !frozen else { return 0 }
        if configuration.normalizeRewards, let rawRewards { followRewards(rawRewards, T, N) }
        return observationNormalizer?.update(rollout.rawObservations.span, rows: T * N) ?? 0
    }
}
