import Core
import Networks
import Tensor

/// SAC's passes with batch renormalisation (CrossQ), which needs the whole batch at once: the two critics, and the two passes of the actor, are the
/// parallel tasks. Only the critics' values of the actor's actions, which are made with running statistics, go by shards.
final class SACJointPasses: SACPasses, @unchecked Sendable {
    private unowned let learner: SACLearner
    private let actor: SquashedActor
    private let critic: TwinCritic
    private let batch: SACBatch
    private let whole: SACShard
    private let shards: [SACShard]
    private let shardSums: UnsafeMutableBufferPointer<SACBatchSums>
    let criticChunks: SACChunks
    private let actorChunks: SACChunks
    private var loops = Loops()

    /// The bodies of the parallel loops, made once: making one that captures allocates.
    private struct Loops {
        var gather: @Sendable (Int) -> Void = { _ in }
        var act: @Sendable (Int) -> Void = { _ in }
        var forward: @Sendable (Int) -> Void = { _ in }
        var backward: @Sendable (Int) -> Void = { _ in }
        var policy: @Sendable (Int) -> Void = { _ in }
        var squaresOfCritics: @Sendable (Int) -> Void = { _ in }
        var squaresOfActor: @Sendable (Int) -> Void = { _ in }
        var stepCritic: @Sendable (Int) -> Void = { _ in }
        var stepActor: @Sendable (Int) -> Void = { _ in }
    }

    init(_ learner: SACLearner) {
        self.learner = learner
        actor = learner.actor
        critic = learner.critic
        batch = learner.batch
        let size = batch.rows
        let count = learner.configuration.shardCount
        whole = SACShard(rows: 0..<size, actor, critic, isWhole: true)
        shards = (0..<count).map { [actor, critic] in
            SACShard(rows: $0 * size / count..<($0 + 1) * size / count, actor, critic, isWhole: false)
        }
        shardSums = .allocate(capacity: count)
        shardSums.initialize(repeating: SACBatchSums())
        criticChunks = SACChunks(whole.criticGradient, trained: critic.bodies.map(\.trained))
        actorChunks = SACChunks(whole.actorGradient, trained: [actor.body.trained])
        makeLoops()
    }

    deinit { shardSums.deallocate() }

    private func makeLoops() {
        loops.gather = { [unowned self] s in learner.gather(shards[s].rows) }
        loops.act = { [unowned self] t in act(t) }
        loops.forward = { [unowned self] c in forward(c) }
        loops.backward = { [unowned self] c in backward(c) }
        loops.policy = { [unowned self] s in policy(s) }
        loops.squaresOfCritics = { [unowned self] c in criticChunks.square(c) }
        loops.squaresOfActor = { [unowned self] c in actorChunks.square(c) }
        loops.stepCritic = { [unowned self] c in learner.stepCritic(criticChunks.ranges[c], gradient: criticGradient) }
        loops.stepActor = { [unowned self] c in learner.stepActor(actorChunks.ranges[c], gradient: actorGradient) }
    }

    var criticGradient: FloatBuffer { whole.criticGradient }
    var actorGradient: FloatBuffer { whole.actorGradient }
    var noises: [(rows: Range<Int>, current: SquashedGaussianWorkspace, next: SquashedGaussianWorkspace)] {
        [(whole.rows, whole.actor.sample, whole.actorNext.sample)]
    }

    // MARK: An update

    func differentiateCritics(_ pool: WorkerPool) -> (sums: SACBatchSums, norm: Float) {
        pool.run(shards.count, loops.gather)
        pool.run(learner.job.updatesPolicy ? 2 : 1, loops.act)
        pool.run(2, loops.forward)
        let sums = targets()
        pool.run(2, loops.backward)
        pool.run(criticChunks.ranges.count, loops.squaresOfCritics)
        return (sums, criticChunks.norm)
    }

    // Running statistics stand among the parameters, and wait as they do until the loss is known to be finite.

    func stepCritics(_ pool: WorkerPool) {
        for c in 0..<2 { critic.bodies[c].followStatistics(learner.criticParameters, whole.critics[c]) }
        pool.run(criticChunks.ranges.count, loops.stepCritic)
    }

    func differentiateActor(_ pool: WorkerPool) -> (sums: SACBatchSums, norm: Float) {
        pool.run(shards.count, loops.policy)
        actor.backward(
            learner.actorParameters, gradients: actorGradient, x: batch.observations.pointer, dActions: batch.dActions.pointer,
            weight: learner.job.alpha / Float(batch.rows), rows: batch.rows, whole.actor)
        pool.run(actorChunks.ranges.count, loops.squaresOfActor)
        var sums = SACBatchSums()
        for part in shardSums { sums.add(part) }
        return (sums, actorChunks.norm)
    }

    func stepActor(_ pool: WorkerPool) {
        actor.body.followStatistics(learner.actorParameters, whole.actor.body)
        pool.run(actorChunks.ranges.count, loops.stepActor)
    }

    // MARK: Tasks

    private func mode(_ updates: Int) -> BatchRenorm.Mode { .batch(corrected: updates >= learner.configuration.renormWarmup) }

    /// Task 0: actions for the next observations, with the running statistics. Task 1: for the observations, with the batch's.
    private func act(_ task: Int) {
        let B = batch.rows
        let workspace = task == 0 ? whole.actorNext : whole.actor
        learner.drawNoise(workspace.sample, rows: B, generator: task)
        guard task == 0 else {
            actor.act(learner.actorParameters, x: batch.observations.pointer, rows: B, mode: mode(learner.actorUpdates), workspace)
            return
        }
        actor.act(learner.actorParameters, x: batch.observations.pointer + B * critic.observationWidth, rows: B, workspace)
        insert(workspace.sample.actions.pointer, into: batch.inputs.pointer + B * critic.inputs, rows: B)
    }

    /// Writes actions behind the observations of as many critic inputs.
    private func insert(_ actions: UnsafePointer<Float>, into inputs: UnsafeMutablePointer<Float>, rows: Int) {
        let A = critic.actionWidth
        for i in 0..<rows { (inputs + i * critic.inputs + critic.observationWidth).update(from: actions + i * A, count: A) }
    }

    /// One critic's pass over (s, a) and (s′, a′) together, so that both are normalised alike.
    private func forward(_ c: Int) {
        critic.bodies[c].forward(
            learner.criticParameters, x: batch.inputs.pointer, rows: 2 * batch.rows, mode: mode(learner.updates), whole.critics[c])
    }

    private func targets() -> SACBatchSums {
        let B = batch.rows
        let (first, second) = (whole.critics[0], whole.critics[1])
        sacTargets(
            rewards: batch.rewards.pointer, discounts: batch.discounts.pointer, q1: first.output.pointer + B, q2: second.output.pointer + B,
            logProbabilities: whole.actorNext.sample.logProbabilities.pointer, alpha: learner.job.alpha, targets: batch.targets.pointer, rows: B)
        // Nothing flows back through the target.
        for critic in whole.critics { (critic.outputGradient.pointer + B).update(repeating: 0, count: B) }
        return sacCriticLoss(
            q1: first.output.pointer, q2: second.output.pointer, targets: batch.targets.pointer, scale: 1 / Float(B),
            dQ1: first.outputGradient.pointer, dQ2: second.outputGradient.pointer, rows: B)
    }

    private func backward(_ c: Int) {
        critic.bodies[c].backward(
            learner.criticParameters, gradients: criticGradient, x: batch.inputs.pointer, dx: nil, rows: 2 * batch.rows, whole.critics[c])
    }

    /// A shard's values of the actor's actions and the actions' gradients.
    private func policy(_ s: Int) {
        let shard = shards[s]
        let first = shard.rows.lowerBound
        let B = shard.rows.count
        let A = critic.actionWidth
        let C = critic.inputs
        let sample = whole.actor.sample

        // Q of both critics at (s, π(s)), in place of the stored actions.
        let x = batch.inputs.pointer + first * C
        insert(sample.actions.pointer + first * A, into: x, rows: B)
        for c in 0..<2 { critic.bodies[c].forward(learner.criticParameters, x: x, rows: B, shard.critics[c]) }
        shardSums[s] = sacActorLoss(
            q1: shard.critics[0].output.pointer, q2: shard.critics[1].output.pointer, logProbabilities: sample.logProbabilities.pointer + first,
            scale: 1 / Float(batch.rows), dQ1: shard.critics[0].outputGradient.pointer, dQ2: shard.critics[1].outputGradient.pointer, rows: B)

        // Back to the actions alone: no gradient of the critics' weights is wanted, and a row goes back through the critic that was smaller.
        let dActions = batch.dActions.pointer + first * A
        for c in 0..<2 {
            let rows = shard.rowsWithGradient(c)
            shard.critics[c].keepRows(rows, of: critic.bodies[c])
            critic.bodies[c].backwardInputs(
                learner.criticParameters, dx: shard.dActions.pointer, columns: critic.observationWidth..<C, rows: rows.count, shard.critics[c])
            for (k, i) in rows.enumerated() { (dActions + Int(i) * A).update(from: shard.dActions.pointer + k * A, count: A) }
        }
    }
}
