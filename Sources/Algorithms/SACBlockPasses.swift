import Core
import Networks
import Tensor

/// SAC's passes in blocks of 32 samples, each critic on a thread of its own.
///
/// A critic's weights, moments, targets and gradient are always one task's, which with two threads means one core's: nothing of them is summed or
/// moved between cores, only 256 values a pass. With more threads each critic's blocks and weights are shared out further; bits don't depend on it.
/// The actor goes by shards, since each has a generator of its own, and its weights by as many parts as there are threads. A block goes forth and
/// back before the next one comes, so that its activations are still near. With two threads an update has seven synchronisations.
final class SACBlockPasses: SACPasses, @unchecked Sendable {
    private unowned let learner: SACLearner
    private let actor: BlockedMLP
    private let critics: [BlockedMLP]
    private let shards: [SACBlockShard]
    private let blocks: Int
    private let W: Int
    private let A: Int
    private let C: Int
    /// Elements of one block of critic inputs. Its first W features are the actor's input.
    private let stride: Int
    /// (s, a), (s, π(s)) and (s′, π(s′)), blocked.
    private let inputs: FloatBuffer
    private let policyInputs: FloatBuffer
    private let nextInputs: FloatBuffer
    /// Both target networks' values, and ln π(a′|s′) and ln π(a|s), by row.
    private let targetValues: [FloatBuffer]
    private let nextLogProbabilities: FloatBuffer
    private let logProbabilities: FloatBuffer
    /// ∂Q/∂a of either critic at (s, π(s)), blocked [A × 32], and the loss's gradient by either value, by row.
    private let actionGradients: [FloatBuffer]
    private let valueGradients: [FloatBuffer]
    let criticGradient: FloatBuffer
    let actorGradient: FloatBuffer
    /// Parts of each critic and of the actor in the update under way.
    private var criticParts = 1
    private var actorParts = 1
    private var loops = Loops()

    /// The bodies of the parallel loops, made once: making one that captures allocates.
    private struct Loops {
        var act: @Sendable (Int) -> Void = { _ in }
        var targets: @Sendable (Int) -> Void = { _ in }
        var differentiate: @Sendable (Int) -> Void = { _ in }
        var criticGradient: @Sendable (Int) -> Void = { _ in }
        var stepCritic: @Sendable (Int) -> Void = { _ in }
        var policy: @Sendable (Int) -> Void = { _ in }
        var actorBackward: @Sendable (Int) -> Void = { _ in }
        var actorGradient: @Sendable (Int) -> Void = { _ in }
        var stepActor: @Sendable (Int) -> Void = { _ in }
    }

    init(_ learner: SACLearner) {
        self.learner = learner
        let B = learner.batch.rows
        let (network, critic) = (learner.actor, learner.critic)
        let blocks = BlockedMLP.blocks(B)
        self.blocks = blocks
        W = critic.observationWidth
        A = critic.actionWidth
        C = critic.inputs
        stride = C * BlockedMLP.columns
        actor = BlockedMLP(network.body, rows: B)
        critics = critic.bodies.map { BlockedMLP($0, rows: B) }
        let n = min(learner.configuration.shardCount, blocks)
        shards = (0..<n).map {
            let range = blocks * $0 / n..<blocks * ($0 + 1) / n
            return SACBlockShard($0, blocks: range, rows: range.lowerBound * BlockedMLP.columns..<min(range.upperBound * BlockedMLP.columns, B), network)
        }
        inputs = FloatBuffer(blocks * stride)
        policyInputs = FloatBuffer(blocks * stride)
        nextInputs = FloatBuffer(blocks * stride)
        let rows = blocks * BlockedMLP.columns
        targetValues = [FloatBuffer(rows), FloatBuffer(rows)]
        nextLogProbabilities = FloatBuffer(rows)
        logProbabilities = FloatBuffer(rows)
        actionGradients = [FloatBuffer(rows * A), FloatBuffer(rows * A)]
        valueGradients = [FloatBuffer(rows), FloatBuffer(rows)]
        criticGradient = FloatBuffer(critic.layout.count)
        actorGradient = FloatBuffer(network.layout.count)
        makeLoops()
    }

    private func makeLoops() {
        loops.act = { [unowned self] s in act(shards[s]) }
        loops.targets = { [unowned self] t in
            let c = critic(t)
            let blocks = criticBlocks(t)
            critics[c].forward(
                learner.targetParameters, x: nextInputs.pointer, stride: stride, blocks: blocks, into: targetValues[c], slot: blocks.lowerBound)
        }
        loops.differentiate = { [unowned self] t in
            differentiate(t)
            if criticParts == 1 { criticGradient(t) }
        }
        loops.criticGradient = { [unowned self] t in criticGradient(t) }
        loops.stepCritic = { [unowned self] t in
            critics[critic(t)].eachRange(part: t % criticParts, of: criticParts) { learner.stepCritic($0, gradient: criticGradient) }
            if criticParts == 1 && learner.job.updatesPolicy { policy(t) }
        }
        loops.policy = { [unowned self] t in policy(t) }
        loops.actorBackward = { [unowned self] s in actorBackward(shards[s]) }
        loops.actorGradient = { [unowned self] t in
            actor.gradient(actorGradient, x: UnsafePointer(inputs.pointer), stride: stride, part: t, of: actorParts)
        }
        loops.stepActor = { [unowned self] t in
            actor.eachRange(part: t, of: actorParts) { learner.stepActor($0, gradient: actorGradient) }
        }
    }

    var noises: [(rows: Range<Int>, current: SquashedGaussianWorkspace, next: SquashedGaussianWorkspace)] {
        shards.map { ($0.rows, $0.current, $0.next) }
    }

    // MARK: An update

    func differentiateCritics(_ pool: WorkerPool) -> (sums: SACBatchSums, norm: Float) {
        criticParts = max(1, min(blocks, pool.threadCount / 2))
        actorParts = pool.threadCount
        pool.run(shards.count, loops.act)
        pool.run(2 * criticParts, loops.targets)
        let batch = learner.batch
        sacTargets(
            rewards: batch.rewards.pointer, discounts: batch.discounts.pointer, q1: targetValues[0].pointer, q2: targetValues[1].pointer,
            logProbabilities: nextLogProbabilities.pointer, alpha: learner.job.alpha, targets: batch.targets.pointer, rows: batch.rows)
        pool.run(2 * criticParts, loops.differentiate)
        if criticParts > 1 { pool.run(2 * criticParts, loops.criticGradient) }
        let sums = sacCriticLoss(
            q1: critics[0].output.pointer, q2: critics[1].output.pointer, targets: batch.targets.pointer, scale: 1 / Float(batch.rows),
            dQ1: critics[0].outputGradient.pointer, dQ2: critics[1].outputGradient.pointer, rows: batch.rows)
        return (sums, (critics[0].squaredNorm + critics[1].squaredNorm).squareRoot())
    }

    func stepCritics(_ pool: WorkerPool) { pool.run(2 * criticParts, loops.stepCritic) }

    func differentiateActor(_ pool: WorkerPool) -> (sums: SACBatchSums, norm: Float) {
        if criticParts > 1 { pool.run(2 * criticParts, loops.policy) }
        let batch = learner.batch
        let sums = sacActorLoss(
            q1: critics[0].output.pointer, q2: critics[1].output.pointer, logProbabilities: logProbabilities.pointer, scale: 1 / Float(batch.rows),
            dQ1: valueGradients[0].pointer, dQ2: valueGradients[1].pointer, rows: batch.rows)
        pool.run(shards.count, loops.actorBackward)
        pool.run(actorParts, loops.actorGradient)
        return (sums, actor.squaredNorm.squareRoot())
    }

    func stepActor(_ pool: WorkerPool) { pool.run(actorParts, loops.stepActor) }

    // MARK: Tasks

    private func critic(_ task: Int) -> Int { task / criticParts }

    private func criticBlocks(_ task: Int) -> Range<Int> {
        let part = task % criticParts
        return blocks * part / criticParts..<blocks * (part + 1) / criticParts
    }

    /// A shard's way from the replay buffer to critic inputs, with the actor's actions as it is.
    private func act(_ shard: SACBlockShard) {
        learner.gather(shard.rows)
        let batch = learner.batch
        for b in shard.blocks {
            let rows = shard.rows(b)
            let row = shard.rows.lowerBound + rows.lowerBound
            let block = inputs.pointer + b * stride
            BlockedMLP.fill(block, from: batch.inputs.pointer + row * C, stride: C, width: C, rows: rows.count)
            (policyInputs.pointer + b * stride).update(from: block, count: W * BlockedMLP.columns)
            BlockedMLP.fill(
                nextInputs.pointer + b * stride, from: batch.observations.pointer + (batch.rows + row) * W, stride: W, width: W, rows: rows.count)
        }
        draw(shard, shard.next, nextInputs, nextLogProbabilities, slot: shard.blocks.lowerBound)
        // Last, so that what its way back needs is there.
        if learner.job.updatesPolicy { draw(shard, shard.current, policyInputs, logProbabilities, slot: nil) }
    }

    /// Draws actions for the observations in some inputs and puts them behind those.
    private func draw(
        _ shard: SACBlockShard, _ workspace: SquashedGaussianWorkspace, _ inputs: FloatBuffer, _ logProbabilities: FloatBuffer, slot: Int?
    ) {
        actor.forward(learner.actorParameters, x: inputs.pointer, stride: stride, blocks: shard.blocks, slot: slot)
        for b in shard.blocks {
            let rows = shard.rows(b)
            BlockedMLP.empty(
                actor.output.pointer + b * 2 * A * BlockedMLP.columns, into: shard.output.pointer + rows.lowerBound * 2 * A, stride: 2 * A,
                width: 2 * A, rows: rows.count)
        }
        learner.drawNoise(workspace, rows: shard.rows.count, generator: shard.index)
        learner.actor.distribution.sample(shard.output.pointer, rows: shard.rows.count, workspace)
        for b in shard.blocks {
            let rows = shard.rows(b)
            BlockedMLP.fill(
                inputs.pointer + b * stride + W * BlockedMLP.columns, from: workspace.actions.pointer + rows.lowerBound * A, stride: A, width: A,
                rows: rows.count)
        }
        (logProbabilities.pointer + shard.rows.lowerBound).update(from: workspace.logProbabilities.pointer, count: shard.rows.count)
    }

    /// Values of (s, a) and the way back from their errors.
    private func differentiate(_ task: Int) {
        let critic = critics[critic(task)]
        let batch = learner.batch
        let scale = 1 / Float(batch.rows)
        for b in criticBlocks(task) {
            critic.forward(learner.criticParameters, x: inputs.pointer, stride: stride, blocks: b..<b + 1)
            for i in b * BlockedMLP.columns..<min((b + 1) * BlockedMLP.columns, batch.rows) {
                critic.outputGradient.pointer[i] = (critic.output.pointer[i] - batch.targets.pointer[i]) * scale
            }
            critic.backward(learner.criticParameters, blocks: b..<b + 1)
        }
    }

    private func criticGradient(_ task: Int) {
        critics[critic(task)].gradient(criticGradient, x: inputs.pointer, stride: stride, part: task % criticParts, of: criticParts)
    }

    /// Values of (s, π(s)) and their gradients by the actions. Which critic's is the smaller value is not known yet; the way back is linear, so it
    /// can start from 1.
    private func policy(_ task: Int) {
        let c = critic(task)
        let blocks = criticBlocks(task)
        let slot = blocks.lowerBound
        for b in blocks {
            critics[c].forward(learner.criticParameters, x: policyInputs.pointer, stride: stride, blocks: b..<b + 1, slot: slot)
            let first = b * BlockedMLP.columns
            let count = min(BlockedMLP.columns, learner.batch.rows - first)
            (critics[c].outputGradient.pointer + first).update(repeating: 1, count: count)
            critics[c].backward(learner.criticParameters, blocks: b..<b + 1, dx: actionGradients[c].pointer, columns: W..<C, slot: slot)
        }
    }

    /// From the actions' gradients back through a shard's part of the actor.
    private func actorBackward(_ shard: SACBlockShard) {
        for b in shard.blocks {
            for k in shard.rows(b) {
                // One of the two critics had the smaller value, and has the whole gradient.
                let row = shard.rows.lowerBound + k
                let c = valueGradients[0].pointer[row] != 0 ? 0 : 1
                let weight = valueGradients[c].pointer[row]
                for a in 0..<A {
                    let gradient = actionGradients[c].pointer[(b * A + a) * BlockedMLP.columns + k % BlockedMLP.columns]
                    shard.dActions.pointer[k * A + a] = weight * gradient
                }
            }
        }
        learner.actor.distribution.backward(
            shard.output.pointer, dActions: shard.dActions.pointer, weight: learner.job.alpha / Float(learner.batch.rows),
            dOutput: shard.dOutput.pointer, rows: shard.rows.count, shard.current)
        for b in shard.blocks {
            let rows = shard.rows(b)
            BlockedMLP.fill(
                actor.outputGradient.pointer + b * 2 * A * BlockedMLP.columns, from: shard.dOutput.pointer + rows.lowerBound * 2 * A, stride: 2 * A,
                width: 2 * A, rows: rows.count)
        }
        actor.backward(learner.actorParameters, blocks: shard.blocks)
    }
}
