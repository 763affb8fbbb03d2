import Core
import Environments
import Networks
import Tensor

/// What an update of SAC works on: networks, targets, optimisers, temperature and minibatch. The passes between batch and parameters are those of
/// `SACBlockPasses` or, where batch renormalisation needs the whole batch at once, `SACJointPasses`.
final class SACLearner: @unchecked Sendable {
    let actor: SquashedActor
    let critic: TwinCritic
    let actorParameters: FloatBuffer
    let criticParameters: FloatBuffer
    /// Empty without target networks.
    let targetParameters: FloatBuffer
    var actorAdam: Adam
    var criticAdam: Adam
    let temperature: SACTemperature
    /// One generator a shard, for the actions that updates draw.
    let noise: NoiseGenerators
    let noiseCount: Int
    private(set) var sums = SACSums()
    /// Updates of the critics and of the actor since the run's beginning.
    var updates = 0
    var actorUpdates = 0
    /// Takes the minibatch and the noise that stand in memory in place of new ones: how tests supply them.
    var usesPreparedBatch = false

    let configuration: SACConfiguration
    let batch: SACBatch
    /// What the update under way uses.
    private(set) var job = Job()
    /// They look at the rest, so they are made last.
    private(set) lazy var passes: any SACPasses = configuration.crossQ ? SACJointPasses(self) : SACBlockPasses(self)
    private let replay: ReplayBuffer
    private let samples: UnsafeMutableBufferPointer<Int>

    struct Job {
        var normalizer: ObservationNormalizer?
        var rewardScale: Float = 1
        var rewardLimit = Float.infinity
        var alpha: Float = 0
        var updatesPolicy = true
        var criticRate: Float = 0
        var actorRate: Float = 0
        /// Multiplies the gradient, where its norm is too large.
        var factor: Float = 1
    }

    init(actor: SquashedActor, critic: TwinCritic, configuration: SACConfiguration, replay: ReplayBuffer, seed: UInt64) {
        self.actor = actor
        self.critic = critic
        self.configuration = configuration
        self.replay = replay
        var random = Philox(seed: seed, purpose: .initialisation)
        actorParameters = actor.makeParameters(using: &random)
        criticParameters = critic.makeParameters(using: &random)
        targetParameters = configuration.crossQ ? FloatBuffer(0) : FloatBuffer(criticParameters.array)
        func adam(_ count: Int) -> Adam {
            Adam(
                count: count, beta1: Float(configuration.adamBeta1), beta2: Float(configuration.adamBeta2),
                epsilon: Float(configuration.adamEpsilon), l2: Float(configuration.weightDecay))
        }
        actorAdam = adam(actorParameters.count)
        criticAdam = adam(criticParameters.count)
        temperature = SACTemperature(configuration, actionWidth: actor.actionWidth)

        batch = SACBatch(rows: configuration.batchSize, observationWidth: critic.observationWidth, actionWidth: critic.actionWidth)
        noiseCount = max(configuration.shardCount, 2)
        noise = NoiseGenerators(count: noiseCount, seed: seed, purpose: .updateNoise)
        samples = .allocate(capacity: configuration.batchSize)
        samples.initialize(repeating: 0)
        _ = passes
    }

    deinit { samples.deallocate() }

    /// Sums since the last call.
    func takeSums() -> SACSums {
        defer { sums = SACSums() }
        return sums
    }

    /// One update of critics and targets and, where it is due, of actor and temperature.
    ///
    /// - Parameters:
    ///   - step: environment steps taken, by which α may be scheduled.
    ///   - rates: step sizes of critics, actor and ln α.
    ///   - rewardScale, rewardLimit: rewards are multiplied, then cut to ±limit.
    /// - Throws: `AlgorithmError` when a loss is no longer finite; the parameters are then as they were before that step.
    func update(
        step: Int, rates: (critic: Double, actor: Double, alpha: Double), normalizer: ObservationNormalizer?, rewardScale: Float, rewardLimit: Float,
        random: inout Philox, pool: WorkerPool
    ) throws {
        job.normalizer = normalizer
        job.rewardScale = rewardScale
        job.rewardLimit = rewardLimit
        job.alpha = temperature.alpha(at: step)
        job.updatesPolicy = updates % configuration.policyFrequency == configuration.policyFrequency - 1
        job.criticRate = Float(rates.critic)
        job.actorRate = Float(rates.actor)
        if !usesPreparedBatch { replay.sample(samples, using: &random) }
        let n = Double(batch.rows)

        // Critics: loss and gradient, step, targets.
        let critics = passes.differentiateCritics(pool)
        guard critics.sums.squares.isFinite else { throw diverged("critics' loss") }
        try limit(critics.norm, "critics'")
        criticAdam.beginUpdate()
        passes.stepCritics(pool)
        updates += 1
        sums.updates += 1
        sums.criticLoss += 0.5 * critics.sums.squares / n
        sums.q += critics.sums.q / (2 * n)
        sums.target += critics.sums.target / n
        sums.disagreement += critics.sums.disagreement / n
        sums.criticNorm += Double(critics.norm)
        guard job.updatesPolicy else { return }

        // Actor, with the critics as they are now and α as it was.
        let policy = passes.differentiateActor(pool)
        guard policy.sums.q.isFinite, policy.sums.logProbability.isFinite else { throw diverged("actor's loss") }
        try limit(policy.norm, "actor's")
        actorAdam.beginUpdate()
        passes.stepActor(pool)
        actorUpdates += 1
        sums.actorUpdates += 1
        let logProbability = policy.sums.logProbability / n
        sums.actorLoss += Double(job.alpha) * logProbability - policy.sums.q / n
        sums.logProbability += logProbability
        sums.actorNorm += Double(policy.norm)
        sums.alphaLoss += temperature.update(logProbability: logProbability, learningRate: rates.alpha)
    }

    /// Decides by how much a gradient is cut.
    private func limit(_ norm: Float, _ name: String) throws {
        guard norm.isFinite else { throw diverged("\(name) gradient") }
        job.factor = 1
        if let limit = configuration.maxGradNorm, norm > Float(limit) { job.factor = Float(limit) / (norm + 1e-6) }
    }

    private func diverged(_ what: String) -> AlgorithmError {
        AlgorithmError(
            "the \(what) is no longer a finite number at update \(updates)", place: "SAC",
            hint: "lower learning_rate, set max_grad_norm or scale rewards, or look for NaN in observations; the last checkpoint is intact")
    }

    // MARK: What the passes' tasks use

    /// Copies some rows' transitions out of the buffer: observations, critic inputs, rewards and discounts.
    func gather(_ rows: Range<Int>) {
        if usesPreparedBatch { return }
        let W = critic.observationWidth
        let A = critic.actionWidth
        let C = W + A
        let b = batch
        for i in rows {
            let t = replay.transition(
                samples[i], steps: configuration.nStep, gamma: Float(configuration.gamma), scale: job.rewardScale, limit: job.rewardLimit)
            (b.observations.pointer + i * W).update(from: t.observation, count: W)
            (b.observations.pointer + (b.rows + i) * W).update(from: t.next, count: W)
            (b.inputs.pointer + i * C + W).update(from: t.action, count: A)
            b.rewards.pointer[i] = t.reward
            b.discounts.pointer[i] = t.discount
        }
        for half in [rows.lowerBound, b.rows + rows.lowerBound] {
            let x = b.observations.pointer + half * W
            job.normalizer?.apply(UnsafePointer(x), into: x, rows: rows.count)
            for i in 0..<rows.count { (b.inputs.pointer + (half + i) * C).update(from: x + i * W, count: W) }
        }
    }

    /// Draws the noise of some rows' actions.
    func drawNoise(_ workspace: SquashedGaussianWorkspace, rows: Int, generator g: Int) {
        if !usesPreparedBatch { workspace.drawNoise(rows: rows, using: &noise.pointer[g]) }
    }

    /// Adam's step and the targets' for some of the critics' parameters. In pieces, so that targets take in weights that are still near.
    func stepCritic(_ range: Range<Int>, gradient: FloatBuffer) {
        for first in stride(from: range.lowerBound, to: range.upperBound, by: 4096) {
            let piece = first..<min(first + 4096, range.upperBound)
            criticAdam.apply(piece, parameters: criticParameters, gradients: gradient, factor: job.factor, learningRate: job.criticRate)
            if targetParameters.count > 0 {
                VectorMath.polyak(piece, target: targetParameters, source: criticParameters, rate: Float(configuration.tau))
            }
        }
    }

    /// Adam's step for some of the actor's parameters.
    func stepActor(_ range: Range<Int>, gradient: FloatBuffer) {
        actorAdam.apply(range, parameters: actorParameters, gradients: gradient, factor: job.factor, learningRate: job.actorRate)
    }
}
