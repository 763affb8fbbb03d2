import Core
import Environments
import Networks
import Tensor

/// The memory and the parallel loops of SAC's updates.
///
/// A minibatch is cut into a fixed number of shards. Each gathers its rows, runs actor, targets and critics on them and leaves its gradients in
/// buffers of its own, which are then summed in order. So the bits don't depend on the number of threads, and an update has six
/// synchronisations. Batch renormalisation needs the whole batch at once: there the two critics, and the two passes of the actor, are the
/// parallel tasks.
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

    private let configuration: SACConfiguration
    private let replay: ReplayBuffer
    let batch: SACBatch
    let shards: [SACShard]
    /// With batch renormalisation: passes over the whole batch.
    let whole: SACShard?
    private let samples: UnsafeMutableBufferPointer<Int>
    private let shardSums: UnsafeMutableBufferPointer<SACShardSums>
    let criticChunks: SACChunks
    let actorChunks: SACChunks
    /// The parameters packed, where that is faster: both critics, both target networks, the actor.
    private let packedCritics: [PackedMLP]
    private let packedTargets: [PackedMLP]
    private let packedActor: PackedMLP?

    // What the update under way uses.
    private var job = Job()
    private var loops = Loops()

    private struct Job {
        var normalizer: ObservationNormalizer?
        var rewardScale: Float = 1
        var rewardLimit = Float.infinity
        var alpha: Float = 0
        var updatesPolicy = true
        var criticRate: Float = 0
        var actorRate: Float = 0
        var factor: Float = 1
    }

    /// The bodies of the parallel loops, made once: making one that captures allocates.
    private struct Loops {
        var gather: (@Sendable (Int) -> Void)?
        var critic: (@Sendable (Int) -> Void)?
        var jointActor: (@Sendable (Int) -> Void)?
        var jointForward: (@Sendable (Int) -> Void)?
        var jointBackward: (@Sendable (Int) -> Void)?
        var policy: (@Sendable (Int) -> Void)?
        var packAll: (@Sendable (Int) -> Void)?
        var packCritic: (@Sendable (Int) -> Void)?
        var sumCritic: (@Sendable (Int) -> Void)?
        var sumActor: (@Sendable (Int) -> Void)?
        var stepCritic: (@Sendable (Int) -> Void)?
        var stepActor: (@Sendable (Int) -> Void)?
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

        let size = configuration.batchSize
        let count = configuration.shardCount
        batch = SACBatch(rows: size, observationWidth: critic.observationWidth, actionWidth: critic.actionWidth)
        let joint = configuration.crossQ
        shards = (0..<count).map { SACShard(rows: $0 * size / count..<($0 + 1) * size / count, actor, critic, role: joint ? .policyOnly : .all) }
        whole = joint ? SACShard(rows: 0..<size, actor, critic, role: .joint) : nil
        noiseCount = max(count, 2)
        noise = NoiseGenerators(count: noiseCount, seed: seed, purpose: .updateNoise)
        samples = .allocate(capacity: size)
        samples.initialize(repeating: 0)
        shardSums = .allocate(capacity: count)
        shardSums.initialize(repeating: SACShardSums())
        let sources = whole.map { [$0] } ?? shards
        criticChunks = SACChunks(sources.map(\.criticGradient), trained: critic.bodies.map(\.trained))
        actorChunks = SACChunks(sources.map(\.actorGradient), trained: [actor.body.trained])
        // Batch renormalisation takes the batch as one, where packing gains little.
        let packs = PackedMLP.isFaster && !joint
        packedCritics = packs ? critic.bodies.map { PackedMLP($0) } : []
        packedTargets = packs ? critic.bodies.map { PackedMLP($0, forwardOnly: true) } : []
        packedActor = packs ? PackedMLP(actor.body) : nil
        makeLoops()
    }

    deinit {
        samples.deallocate()
        shardSums.deallocate()
    }

    private func makeLoops() {
        loops.gather = { [unowned self] s in gather(shards[s].rows) }
        loops.critic = { [unowned self] s in runCritic(s) }
        loops.jointActor = { [unowned self] t in runJointActor(t) }
        loops.jointForward = { [unowned self] c in runJointForward(c) }
        loops.jointBackward = { [unowned self] c in runJointBackward(c) }
        loops.policy = { [unowned self] s in runPolicy(s) }
        loops.packAll = { [unowned self] t in
            switch t {
            case 0: packedActor?.pack(actorParameters)
            case 1, 2: packedCritics[t - 1].pack(criticParameters)
            default: packedTargets[t - 3].pack(targetParameters)
            }
        }
        loops.packCritic = { [unowned self] c in packedCritics[c].pack(criticParameters) }
        loops.sumCritic = { [unowned self] c in criticChunks.sum(c) }
        loops.sumActor = { [unowned self] c in actorChunks.sum(c) }
        loops.stepCritic = { [unowned self] c in
            let range = criticChunks.ranges[c]
            criticAdam.apply(
                range, parameters: criticParameters, gradients: criticChunks.total, factor: job.factor, learningRate: job.criticRate)
            guard targetParameters.count > 0 else { return }
            VectorMath.polyak(range, target: targetParameters, source: criticParameters, rate: Float(configuration.tau))
        }
        loops.stepActor = { [unowned self] c in
            actorAdam.apply(
                actorChunks.ranges[c], parameters: actorParameters, gradients: actorChunks.total, factor: job.factor, learningRate: job.actorRate)
        }
    }

    /// Sums since the last call.
    func takeSums() -> SACSums {
        defer { sums = SACSums() }
        return sums
    }

    /// One update of critics and targets and, where it is due, of actor and temperature.
    ///
    /// - Parameters:
    ///   - rates: step sizes of critics, actor and ln α.
    ///   - rewardScale, rewardLimit: rewards are multiplied, then cut to ±limit.
    /// - Throws: `AlgorithmError` when a loss is no longer finite; the parameters are then as they were before that step.
    func update(
        rates: (critic: Double, actor: Double, alpha: Double), normalizer: ObservationNormalizer?, rewardScale: Float, rewardLimit: Float,
        random: inout Philox, pool: WorkerPool
    ) throws {
        guard
            let gather = loops.gather, let critic = loops.critic, let jointActor = loops.jointActor, let jointForward = loops.jointForward,
            let jointBackward = loops.jointBackward, let policy = loops.policy, let packAll = loops.packAll, let packCritic = loops.packCritic
        else { preconditionFailure("the loops are made with the learner") }
        job.normalizer = normalizer
        job.rewardScale = rewardScale
        job.rewardLimit = rewardLimit
        job.alpha = temperature.alpha
        job.updatesPolicy = updates % configuration.policyFrequency == configuration.policyFrequency - 1
        job.criticRate = Float(rates.critic)
        job.actorRate = Float(rates.actor)
        if !usesPreparedBatch { replay.sample(samples, using: &random) }

        if packedActor != nil { pool.run(5, packAll) }

        // Critics: loss and gradient, step, targets.
        if let whole {
            pool.run(shards.count, gather)
            pool.run(job.updatesPolicy ? 2 : 1, jointActor)
            pool.run(2, jointForward)
            jointTargets(whole)
            pool.run(2, jointBackward)
        } else {
            pool.run(shards.count, critic)
        }
        let n = Double(batch.rows)
        var total = SACShardSums()
        for part in shardSums { total.add(part) }
        guard total.squares.isFinite else { throw diverged("critics' loss") }
        let criticNorm = try step(criticChunks, loops.sumCritic, loops.stepCritic, pool, "critics'") { criticAdam.beginUpdate() }
        updates += 1
        sums.updates += 1
        sums.criticLoss += 0.5 * total.squares / n
        sums.q += total.q / (2 * n)
        sums.target += total.target / n
        sums.disagreement += total.disagreement / n
        sums.criticNorm += criticNorm
        guard job.updatesPolicy else { return }

        // Actor, with the critics as they are now and α as it was.
        pool.run(packedCritics.count, packCritic)
        pool.run(shards.count, policy)
        if let whole {
            backwardActor(whole, first: 0)
            actor.body.followStatistics(actorParameters, whole.actor.body)
        }
        total = SACShardSums()
        for part in shardSums { total.add(part) }
        guard total.q.isFinite, total.logProbability.isFinite else { throw diverged("actor's loss") }
        let actorNorm = try step(actorChunks, loops.sumActor, loops.stepActor, pool, "actor's") { actorAdam.beginUpdate() }
        actorUpdates += 1
        sums.actorUpdates += 1
        let logProbability = total.logProbability / n
        sums.actorLoss += Double(job.alpha) * logProbability - total.q / n
        sums.logProbability += logProbability
        sums.actorNorm += actorNorm
        sums.alphaLoss += temperature.update(logProbability: logProbability, learningRate: rates.alpha)
    }

    /// Sums the gradients, cuts them where that is wanted, and takes a step. Returns the norm.
    private func step(
        _ chunks: SACChunks, _ sum: (@Sendable (Int) -> Void)?, _ apply: (@Sendable (Int) -> Void)?, _ pool: WorkerPool, _ name: String,
        begin: () -> Void
    ) throws -> Double {
        guard let sum, let apply else { return .nan }
        pool.run(chunks.ranges.count, sum)
        let norm = chunks.norm
        guard norm.isFinite else { throw diverged("\(name) gradient") }
        job.factor = 1
        if let limit = configuration.maxGradNorm, norm > Float(limit) { job.factor = Float(limit) / (norm + 1e-6) }
        begin()
        pool.run(chunks.ranges.count, apply)
        return Double(norm)
    }

    private func diverged(_ what: String) -> AlgorithmError {
        AlgorithmError(
            "the \(what) is no longer a finite number at update \(updates)", place: "SAC",
            hint: "lower learning_rate, set max_grad_norm or scale rewards, or look for NaN in observations; the last checkpoint is intact")
    }

    // MARK: Tasks

    /// Copies a shard's transitions out of the buffer: observations, critic inputs, rewards and discounts.
    private func gather(_ rows: Range<Int>) {
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

    /// Actions of the policy as it is, with noise from generator `g`.
    private func act(_ x: UnsafePointer<Float>, rows: Int, mode: BatchRenorm.Mode = .running, generator g: Int, _ workspace: SquashedActorWorkspace) {
        if !usesPreparedBatch { workspace.sample.drawNoise(rows: rows, using: &noise.pointer[g]) }
        actor.act(actorParameters, x: x, rows: rows, mode: mode, packed: packedActor, workspace)
    }

    /// The packed weights of one of two networks.
    private func packed(_ networks: [PackedMLP], _ c: Int) -> PackedMLP? { networks.isEmpty ? nil : networks[c] }

    /// Writes actions of a workspace behind the observations of as many critic inputs.
    private func insert(_ actions: FloatBuffer, into inputs: UnsafeMutablePointer<Float>, rows: Int) {
        let A = critic.actionWidth
        let C = critic.inputs
        for i in 0..<rows { (inputs + i * C + critic.observationWidth).update(from: actions.pointer + i * A, count: A) }
    }

    /// A shard's way from the buffer to the gradients of the critics; the actor's actions for later on the way.
    private func runCritic(_ s: Int) {
        let shard = shards[s]
        let first = shard.rows.lowerBound
        let B = shard.rows.count
        let W = critic.observationWidth
        let C = critic.inputs
        gather(shard.rows)
        let x = UnsafePointer(batch.inputs.pointer + first * C)
        let next = batch.inputs.pointer + (batch.rows + first) * C

        // y = r + γ·(min Q′(s′, a′) − α ln π(a′|s′)), a′ of the actor as it is.
        act(batch.observations.pointer + (batch.rows + first) * W, rows: B, generator: s, shard.actorNext)
        insert(shard.actorNext.sample.actions, into: next, rows: B)
        for c in 0..<2 { critic.bodies[c].forward(targetParameters, x: next, rows: B, packed: packed(packedTargets, c), shard.targets[c]) }
        sacTargets(
            rewards: batch.rewards.pointer + first, discounts: batch.discounts.pointer + first, q1: shard.targets[0].output.pointer,
            q2: shard.targets[1].output.pointer, logProbabilities: shard.actorNext.sample.logProbabilities.pointer, alpha: job.alpha,
            targets: batch.targets.pointer + first, rows: B)

        // The actor's own actions, before the noise's generator goes elsewhere.
        if job.updatesPolicy { act(batch.observations.pointer + first * W, rows: B, generator: s, shard.actor) }

        // Squared errors and their way back.
        for c in 0..<2 { critic.bodies[c].forward(criticParameters, x: x, rows: B, packed: packed(packedCritics, c), shard.critics[c]) }
        shardSums[s] = sacCriticLoss(
            q1: shard.critics[0].output.pointer, q2: shard.critics[1].output.pointer, targets: batch.targets.pointer + first,
            scale: 1 / Float(batch.rows), dQ1: shard.critics[0].outputGradient.pointer, dQ2: shard.critics[1].outputGradient.pointer, rows: B)
        for c in 0..<2 {
            critic.bodies[c].backward(
                criticParameters, gradients: shard.criticGradient, x: x, dx: nil, rows: B, packed: packed(packedCritics, c), shard.critics[c])
        }
    }

    /// A shard's values of the actor's actions and their gradients; without batch renormalisation, the actor's way back too.
    private func runPolicy(_ s: Int) {
        let shard = shards[s]
        let first = shard.rows.lowerBound
        let B = shard.rows.count
        let A = critic.actionWidth
        let C = critic.inputs
        let sample = (whole ?? shard).actor.sample
        let offset = whole == nil ? 0 : first

        // Q of both critics at (s, π(s)), in place of the stored actions.
        let x = batch.inputs.pointer + first * C
        for i in 0..<B { (x + i * C + critic.observationWidth).update(from: sample.actions.pointer + (offset + i) * A, count: A) }
        for c in 0..<2 { critic.bodies[c].forward(criticParameters, x: x, rows: B, packed: packed(packedCritics, c), shard.critics[c]) }
        shardSums[s] = sacActorLoss(
            q1: shard.critics[0].output.pointer, q2: shard.critics[1].output.pointer, logProbabilities: sample.logProbabilities.pointer + offset,
            scale: 1 / Float(batch.rows), dQ1: shard.critics[0].outputGradient.pointer, dQ2: shard.critics[1].outputGradient.pointer, rows: B)

        // Back to the actions alone: no gradient of the critics' weights is wanted, and a row goes back through the critic that was smaller.
        let dActions = batch.dActions.pointer + first * A
        for c in 0..<2 {
            let rows = shard.rowsWithGradient(c)
            shard.critics[c].keepRows(rows, of: critic.bodies[c])
            critic.bodies[c].backwardInputs(
                criticParameters, dx: shard.dActions.pointer, columns: critic.observationWidth..<C, rows: rows.count,
                packed: packed(packedCritics, c), shard.critics[c])
            for (k, i) in rows.enumerated() { (dActions + Int(i) * A).update(from: shard.dActions.pointer + k * A, count: A) }
        }
        if whole == nil { backwardActor(shard, first: first) }
    }

    private func backwardActor(_ shard: SACShard, first: Int) {
        actor.backward(
            actorParameters, gradients: shard.actorGradient, x: batch.observations.pointer + first * critic.observationWidth,
            dActions: batch.dActions.pointer + first * critic.actionWidth, weight: job.alpha / Float(batch.rows), rows: shard.rows.count,
            packed: packedActor, shard.actor)
    }

    // MARK: The whole batch at once (CrossQ)

    private func mode(_ updates: Int) -> BatchRenorm.Mode { .batch(corrected: updates >= configuration.renormWarmup) }

    /// Task 0: actions for the next observations, with the running statistics. Task 1: for the observations, with the batch's.
    private func runJointActor(_ task: Int) {
        guard let whole else { return }
        let B = batch.rows
        if task == 0 {
            let next = batch.observations.pointer + B * critic.observationWidth
            act(next, rows: B, generator: 0, whole.actorNext)
            insert(whole.actorNext.sample.actions, into: batch.inputs.pointer + B * critic.inputs, rows: B)
        } else {
            act(batch.observations.pointer, rows: B, mode: mode(actorUpdates), generator: 1, whole.actor)
        }
    }

    /// One critic's pass over (s, a) and (s′, a′) together, so that both are normalised alike.
    private func runJointForward(_ c: Int) {
        guard let whole else { return }
        critic.bodies[c].forward(criticParameters, x: batch.inputs.pointer, rows: 2 * batch.rows, mode: mode(updates), whole.critics[c])
    }

    private func jointTargets(_ whole: SACShard) {
        let B = batch.rows
        let (first, second) = (whole.critics[0], whole.critics[1])
        sacTargets(
            rewards: batch.rewards.pointer, discounts: batch.discounts.pointer, q1: first.output.pointer + B, q2: second.output.pointer + B,
            logProbabilities: whole.actorNext.sample.logProbabilities.pointer, alpha: job.alpha, targets: batch.targets.pointer, rows: B)
        for s in shardSums.indices { shardSums[s] = SACShardSums() }
        shardSums[0] = sacCriticLoss(
            q1: first.output.pointer, q2: second.output.pointer, targets: batch.targets.pointer, scale: 1 / Float(B),
            dQ1: first.outputGradient.pointer, dQ2: second.outputGradient.pointer, rows: B)
        // Nothing flows back through the target.
        for critic in whole.critics { (critic.outputGradient.pointer + B).update(repeating: 0, count: B) }
    }

    private func runJointBackward(_ c: Int) {
        guard let whole else { return }
        critic.bodies[c].backward(
            criticParameters, gradients: whole.criticGradient, x: batch.inputs.pointer, dx: nil, rows: 2 * batch.rows, whole.critics[c])
        critic.bodies[c].followStatistics(criticParameters, whole.critics[c])
    }
}
