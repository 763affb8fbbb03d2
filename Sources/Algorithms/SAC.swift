import Core
import Environments
import Networks
import Tensor

/// Soft actor-critic: off-policy learning of a stochastic policy whose entropy is part of the goal.
///
///     repeat:
///         act in N environments for train_freq steps, into the replay buffer          collect
///         for each gradient step:                                                     SACLearner.update
///             y = R + γⁿ·(min Q′(s′, a′) − α ln π(a′|s′)),  a′ ~ π(s′)
///             critics: ½·Σ (Q(s, a) − y)²;  targets follow by τ
///             actor:   α ln π(a|s) − min Q(s, a),  a ~ π(s);  α: so that the entropy meets its target
///         normaliser statistics take in the iteration                                 finish
///
/// Source: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications"; details after Stable-Baselines3; CrossQ after Bhatt et al. 2024.
public struct SAC: ~Copyable {
    public let configuration: SACConfiguration
    public let network: SquashedActor
    /// The actor's weights.
    public var parameters: FloatBuffer { learner.actorParameters }
    /// Environment steps taken, and iterations done.
    public internal(set) var steps = 0
    public internal(set) var iterations = 0
    /// Multiplies the step sizes; halved by a rollback.
    public var learningRateFactor = 1.0
    public internal(set) var observationNormalizer: ObservationNormalizer?
    public let transform: ActionTransform

    var rewardNormalizer: RewardNormalizer
    var sampling: Philox
    let noise: NoiseGenerators
    let exploration: NoiseGenerators
    var vector: VectorEnvironment
    let replay: ReplayBuffer
    let learner: SACLearner
    let pool: WorkerPool
    let collection: SACCollection

    /// Makes the networks and begins the first episodes.
    ///
    /// - Parameters:
    ///   - seed: the run's seed; everything random follows from it.
    ///   - replayFile: path of the file that keeps the replay buffer, made if there is none; nil keeps it in memory and in the state.
    ///   - makeEnvironment: makes one training environment; called `configuration.environments` times.
    /// - Throws: `AlgorithmError` for a bad configuration, a discrete action space or a replay file that can't be used, `TensorError` without
    ///   OpenBLAS, or what an environment throws.
    public init(
        _ configuration: SACConfiguration, seed: UInt64, pool: WorkerPool, replayFile: String? = nil,
        makeEnvironment: () throws -> any Environment
    ) throws {
        try configuration.validate()
        try BLAS.open()
        // All that can fail comes first: a value that can't be copied can't be half made.
        let vector = try VectorEnvironment(
            count: configuration.environments, seed: seed, purpose: .trainingEpisodes, pool: pool, make: makeEnvironment)
        guard case .box = vector.spec.actionSpace else {
            throw AlgorithmError("SAC needs continuous actions, \(vector.spec.id) has discrete ones", place: "SAC", hint: "use ppo")
        }
        let transform = try ActionTransform(.rescale, space: vector.spec.actionSpace)
        let replay = try ReplayBuffer(
            observationWidth: vector.observationWidth, actionWidth: vector.actionWidth, environments: configuration.environments,
            capacity: configuration.bufferSize, path: replayFile, slack: configuration.replaySlack)
        try vector.reset()

        self.configuration = configuration
        self.pool = pool
        self.vector = vector
        self.transform = transform
        self.replay = replay
        network = SquashedActor(
            SquashedActorArchitecture(
                observationWidth: vector.observationWidth, actionSpace: vector.spec.actionSpace, hidden: configuration.policyHidden,
                activation: configuration.activation, batchRenorm: configuration.crossQ, logStdMin: Float(configuration.logStdMin),
                logStdMax: Float(configuration.logStdMax)))
        let critic = TwinCritic(
            observationWidth: vector.observationWidth, actionWidth: vector.actionWidth, hidden: configuration.criticHidden,
            activation: configuration.activation, layerNorm: configuration.criticLayerNorm, batchRenorm: configuration.crossQ)
        learner = SACLearner(actor: network, critic: critic, configuration: configuration, replay: replay, seed: seed)
        observationNormalizer =
            configuration.normalizeObservations
            ? ObservationNormalizer(width: vector.observationWidth, clip: Float(configuration.clipObservations)) : nil
        rewardNormalizer = RewardNormalizer(
            environments: configuration.environments, gamma: configuration.gamma, clip: Float(configuration.clipRewards))
        sampling = Philox(seed: seed, purpose: .replaySampling)
        noise = NoiseGenerators(count: configuration.environments, seed: seed)
        exploration = NoiseGenerators(count: configuration.environments, seed: seed, purpose: .exploration)
        collection = SACCollection(
            network: network, environments: configuration.environments, steps: configuration.collections * configuration.trainFrequency,
            keepObservations: configuration.normalizeObservations)
    }

    /// What the environment is, as the policy sees it.
    public var spec: EnvironmentSpec { vector.spec }

    /// Step sizes that the next update uses.
    public var learningRates: (actor: Double, critic: Double, alpha: Double) {
        let actor = configuration.learningRate.value(at: steps)
        return (
            actor * learningRateFactor, (configuration.criticLearningRate?.value(at: steps) ?? actor) * learningRateFactor,
            (configuration.alphaLearningRate?.value(at: steps) ?? actor) * learningRateFactor
        )
    }

    /// `configuration.iterationSize` environment steps and the updates that fall due.
    ///
    /// - Throws: what an environment throws, or `AlgorithmError` when observations, rewards, losses or weights are no longer finite.
    public mutating func iterate() throws -> SACReport {
        let before = (actor: learner.actorParameters.array, critic: learner.criticParameters.array)
        let rates = learningRates
        collection.begin()
        // Not sooner: a run that is restored has its rows already, in a file that must stay as it is.
        for i in 0..<configuration.environments where replay.heads[i] < 0 { replay.begin(i, observation: vector.observation(i)) }
        for _ in 0..<configuration.collections {
            for _ in 0..<configuration.trainFrequency { try step() }
            guard steps >= configuration.learningStarts else { continue }
            beginStatistics()
            for _ in 0..<configuration.updatesPerCollection { try update() }
        }

        // Statistics take in the iteration now that the updates are done.
        let drift = followStatistics()
        iterations += 1
        return SACReport(
            steps: steps, iterations: iterations, episodes: vector.takeFinishedEpisodes(),
            update: summarise(rates: rates), diagnostics: diagnose(before: before, drift: drift))
    }

    /// One step of every environment, with the policy as it is or with uniform actions while learning has not begun.
    private mutating func step() throws {
        let N = configuration.environments
        if steps < configuration.learningStarts {
            collection.explore(exploration)
        } else {
            collection.act(network, parameters: parameters, normalizer: observationNormalizer, vector: vector, noise: noise)
        }
        collection.transformActions(transform, vector)
        if N == 1 { vector.stepOne(0) } else { pool.run(N, vector.stepBody) }
        try vector.throwFirstError()
        try collection.record(vector, replay: replay, step: steps)
        steps += N
    }

    private mutating func update() throws {
        let rates = learningRates
        let normalised = configuration.normalizeRewards
        try learner.update(
            step: steps, rates: (critic: rates.critic, actor: rates.actor, alpha: rates.alpha), normalizer: observationNormalizer,
            rewardScale: normalised ? rewardNormalizer.scale : Float(configuration.rewardScale),
            rewardLimit: normalised ? rewardNormalizer.clip : .infinity, random: &sampling, pool: pool)
    }

    /// Before the first update the statistics take in what there is, so that nothing is learned in units that are gone a moment later.
    private mutating func beginStatistics() {
        let unknown = observationNormalizer.map { $0.moments.count == 0 } ?? (configuration.normalizeRewards && rewardNormalizer.moments.count == 0)
        if unknown { _ = followStatistics() }
    }

    /// Returns how far the observation statistics moved.
    private mutating func followStatistics() -> Double {
        defer { collection.forget() }
        // Statistics of nothing are none to keep.
        let isKnown = (observationNormalizer?.moments.count ?? rewardNormalizer.moments.count) > 0
        guard !(isKnown && configuration.normalizeUntil.map { steps > $0 } ?? false) else { return 0 }
        if configuration.normalizeRewards { collection.follow(&rewardNormalizer) }
        return observationNormalizer?.update(collection.seenObservations, rows: collection.seenRows) ?? 0
    }
}
