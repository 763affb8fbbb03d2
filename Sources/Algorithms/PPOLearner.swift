import Core
import Environments
import Networks
import Tensor

/// The memory and the parallel loops of PPO's gradient steps.
///
/// A minibatch is cut into a fixed number of shards. Each shard gathers its rows, goes forward and back, and leaves its gradient in a buffer
/// of its own; the buffers are then summed in order. So the bits don't depend on the number of threads.
final class PPOLearner: @unchecked Sendable {
    private let network: ActorCritic
    private let shards: [Shard]
    /// Sum of the shards' gradients.
    let gradient: FloatBuffer
    private let chunks: [Range<Int>]
    private var chunkSquares: [Float]
    private var shardSums: [PPOLossSums]
    let boundLow: [Float]
    let boundHigh: [Float]

    /// One shard's rows and passes.
    private final class Shard: @unchecked Sendable {
        let rows: Range<Int>
        let workspace: ActorCriticWorkspace
        let gradient: FloatBuffer
        let observations: FloatBuffer
        let actions: FloatBuffer
        let logProbabilities: FloatBuffer
        let values: FloatBuffer
        let advantages: FloatBuffer
        let returns: FloatBuffer

        init(rows: Range<Int>, network: ActorCritic) {
            self.rows = rows
            let B = rows.count
            workspace = ActorCriticWorkspace(network, capacity: B)
            gradient = FloatBuffer(network.layout.count)
            observations = FloatBuffer(B * network.architecture.observationWidth)
            actions = FloatBuffer(B * network.actionWidth)
            logProbabilities = FloatBuffer(B)
            values = FloatBuffer(B)
            advantages = FloatBuffer(B)
            returns = FloatBuffer(B)
        }
    }

    init(network: ActorCritic, configuration: PPOConfiguration, transform: ActionTransform) {
        self.network = network
        let batch = configuration.batchSize
        let count = configuration.shardCount
        shards = (0..<count).map { Shard(rows: $0 * batch / count..<($0 + 1) * batch / count, network: network) }
        gradient = FloatBuffer(network.layout.count)
        // Pieces of the parameter buffer for summing and for Adam: about 16 KiB each, at most 64.
        let total = network.layout.count
        let pieces = max(1, min(64, total / 4096))
        chunks = (0..<pieces).map { $0 * total / pieces..<($0 + 1) * total / pieces }
        chunkSquares = Array(repeating: 0, count: pieces)
        shardSums = Array(repeating: PPOLossSums(), count: count)
        // The bound loss begins 10 % beyond the bounds, measured from their centre; at the bound itself where there is only one.
        if network.logStd != nil {
            let bounds = (0..<network.actionWidth).map { transform.bounds($0) }
            let slack = bounds.map { ($0.high - $0.low).isFinite ? 0.05 * ($0.high - $0.low) : 0 }
            boundLow = zip(bounds, slack).map { $0.low - $1 }
            boundHigh = zip(bounds, slack).map { $0.high + $1 }
        } else {
            boundLow = []
            boundHigh = []
        }
    }

    /// Loss and gradient of one minibatch, whose rows of the rollout stand in `order[first...]`.
    ///
    /// - Parameters:
    ///   - advantageMean, advantageScale: A is used as (A − mean) · scale.
    /// - Returns: the loss' sums over the minibatch and the gradient's global norm; the gradient stands in `gradient`.
    func gradient(
        parameters: FloatBuffer, rollout: Rollout, order: [Int32], first: Int, batch: Int, advantageMean: Float, advantageScale: Float,
        coefficients: PPOLossCoefficients, pool: WorkerPool
    ) -> (sums: PPOLossSums, norm: Float) {
        let scale = 1 / Float(batch)
        order.withUnsafeBufferPointer { order in
            shardSums.withUnsafeMutableBufferPointer { sums in
                nonisolated(unsafe) let rows = UnsafeBufferPointer(rebasing: order[first..<first + batch])
                nonisolated(unsafe) let sums = sums
                pool.run(shards.count) { [self] s in
                    sums[s] = run(
                        shards[s], parameters, rollout, rows, advantageMean, advantageScale, coefficients, scale)
                }
            }
        }
        sumGradients(pool)

        // Means and norms are added up in the shards' and chunks' fixed order.
        var total = PPOLossSums()
        for sums in shardSums { total.add(sums) }
        return (total, chunkSquares.reduce(0, +).squareRoot())
    }

    private func run(
        _ shard: Shard, _ parameters: FloatBuffer, _ rollout: Rollout, _ order: UnsafeBufferPointer<Int32>, _ advantageMean: Float,
        _ advantageScale: Float, _ coefficients: PPOLossCoefficients, _ scale: Float
    ) -> PPOLossSums {
        // Gather the shard's rows.
        let W = rollout.observationWidth
        let A = rollout.actionWidth
        let B = shard.rows.count
        for i in 0..<B {
            let row = Int(order[shard.rows.lowerBound + i])
            (shard.observations.pointer + i * W).update(from: rollout.observations.pointer + row * W, count: W)
            (shard.actions.pointer + i * A).update(from: rollout.actions.pointer + row * A, count: A)
            shard.logProbabilities.pointer[i] = rollout.logProbabilities.pointer[row]
            shard.values.pointer[i] = rollout.values.pointer[row]
            shard.advantages.pointer[i] = (rollout.advantages.pointer[row] - advantageMean) * advantageScale
            shard.returns.pointer[i] = rollout.returns.pointer[row]
        }

        // Forward, loss, back.
        let x = UnsafePointer(shard.observations.pointer)
        let workspace = shard.workspace
        network.forwardActor(parameters, x: x, rows: B, workspace)
        network.forwardCritic(parameters, x: x, rows: B, trunkIsFresh: true, workspace)
        var dOutputs = workspace.actor.outputGradient.mutableSpan(0..<B * network.actorOutputs)
        var dValues = workspace.critic.outputGradient.mutableSpan(0..<B)
        let logStdRange = network.logStd?.range ?? 0..<0
        var dLogStd = shard.gradient.mutableSpan(logStdRange)
        let sums = ppoLoss(
            PPOLossInputs(
                outputs: workspace.actor.output.span(0..<B * network.actorOutputs), values: workspace.critic.output.span(0..<B),
                logStd: parameters.span(logStdRange), actions: shard.actions.span, oldLogProbabilities: shard.logProbabilities.span,
                oldValues: shard.values.span, advantages: shard.advantages.span, returns: shard.returns.span),
            coefficients, scale: scale, dOutputs: &dOutputs, dValues: &dValues, dLogStd: &dLogStd)
        network.backward(parameters, gradients: shard.gradient, x: x, rows: B, workspace)
        return sums
    }

    /// gradient = Σ shards, with each chunk's sum of squares on the way.
    private func sumGradients(_ pool: WorkerPool) {
        chunkSquares.withUnsafeMutableBufferPointer { squares in
            nonisolated(unsafe) let squares = squares
            pool.run(chunks.count) { [self] c in
                let range = chunks[c]
                let target = gradient.pointer + range.lowerBound
                target.update(from: shards[0].gradient.pointer + range.lowerBound, count: range.count)
                for shard in shards.dropFirst() { VectorMath.add(shard.gradient.span(range), to: target) }
                squares[c] = VectorMath.sumOfSquares(gradient.span(range))
            }
        }
    }

    /// One Adam update with the gradient times `factor`.
    func apply(_ adam: Adam, parameters: FloatBuffer, factor: Float, learningRate: Float, pool: WorkerPool) {
        pool.run(chunks.count) { [self] c in
            adam.apply(chunks[c], parameters: parameters, gradients: gradient, factor: factor, learningRate: learningRate)
        }
    }
}
