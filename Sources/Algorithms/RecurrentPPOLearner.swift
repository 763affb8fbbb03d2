import Core
import Environments
import Networks
import Tensor

/// The memory and the parallel loops of recurrent PPO's gradient steps.
///
/// A minibatch consists of whole sequences and is cut into a fixed number of shards. Each shard gathers its sequences, goes forward and back
/// through time, and leaves its gradient in a buffer of its own; the buffers are then summed in order. So the bits don't depend on the number
/// of threads. Where policy and value have an LSTM each, a shard's two networks go side by side: a step's product with the recurrent weights takes
/// hardly longer for two sequences than for one, so that halving the networks beats halving the sequences.
final class RecurrentPPOLearner: @unchecked Sendable {
    private let network: RecurrentActorCritic
    private let shards: [Shard]
    /// Passes through time that may go side by side in a shard: one, or the policy's and the value's.
    private let passes: Int
    /// Sum of the shards' gradients; a single shard's own.
    let gradient: FloatBuffer
    private let chunks: [Range<Int>]
    private var chunkSquares: [Float]
    private var shardSums: [PPOLossSums]
    let boundLow: [Float]
    let boundHigh: [Float]

    /// One shard's sequences and passes.
    private final class Shard: @unchecked Sendable {
        let sequences: Range<Int>
        let steps: Int
        let workspace: RecurrentActorCriticWorkspace
        let gradient: FloatBuffer
        let observations: FloatBuffer
        let actions: FloatBuffer
        let logProbabilities: FloatBuffer
        let values: FloatBuffer
        let advantages: FloatBuffer
        let returns: FloatBuffer
        /// Whether an episode starts with a step.
        let starts: UnsafeMutablePointer<Bool>

        init(sequences: Range<Int>, steps: Int, network: RecurrentActorCritic) {
            self.sequences = sequences
            self.steps = steps
            let B = sequences.count * steps
            workspace = RecurrentActorCriticWorkspace(network, steps: steps, rows: sequences.count)
            gradient = FloatBuffer(network.layout.count)
            observations = FloatBuffer(B * network.architecture.observationWidth)
            actions = FloatBuffer(B * network.actionWidth)
            logProbabilities = FloatBuffer(B)
            values = FloatBuffer(B)
            advantages = FloatBuffer(B)
            returns = FloatBuffer(B)
            starts = .allocate(capacity: B)
            starts.initialize(repeating: false, count: B)
        }

        deinit { starts.deallocate() }
    }

    init(network: RecurrentActorCritic, configuration: PPOConfiguration, recurrence: RecurrenceConfiguration, transform: ActionTransform) {
        self.network = network
        let batch = recurrence.batchSequences(configuration)
        let count = recurrence.shardCount(configuration)
        let length = recurrence.bpttLength
        shards = (0..<count).map { Shard(sequences: $0 * batch / count..<($0 + 1) * batch / count, steps: length, network: network) }
        passes = network.criticBody == nil ? 1 : 2
        gradient = count == 1 ? shards[0].gradient : FloatBuffer(network.layout.count)
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

    /// Loss and gradient of one minibatch of `batch` sequences, whose numbers in the rollout stand in `order[first...]`.
    ///
    /// - Parameters:
    ///   - advantageMean, advantageScale: A is used as (A − mean) · scale.
    /// - Returns: the loss' sums over the minibatch and the gradient's global norm; the gradient stands in `gradient`.
    func gradient(
        parameters: FloatBuffer, rollout: RecurrentRollout, order: [Int32], first: Int, batch: Int, advantageMean: Float, advantageScale: Float,
        coefficients: PPOLossCoefficients, pool: WorkerPool
    ) -> (sums: PPOLossSums, norm: Float) {
        let scale = 1 / Float(batch * rollout.L)
        order.withUnsafeBufferPointer { order in
            nonisolated(unsafe) let sequences = UnsafeBufferPointer(rebasing: order[first..<first + batch])
            pool.run(shards.count) { [self] s in gather(shards[s], rollout, sequences, advantageMean, advantageScale) }
        }
        pool.run(shards.count * passes) { [self] i in forward(shards[i / passes], parameters, pass: i % passes) }
        shardSums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            pool.run(shards.count) { [self] s in sums[s] = loss(shards[s], parameters, coefficients, scale) }
        }
        pool.run(shards.count * passes) { [self] i in backward(shards[i / passes], parameters, pass: i % passes) }
        sumGradients(pool)

        // Means and norms are added up in the shards' and chunks' fixed order.
        var total = PPOLossSums()
        for sums in shardSums { total.add(sums) }
        return (total, chunkSquares.reduce(0, +).squareRoot())
    }

    /// Copies the shard's sequences and the states that they begin with.
    private func gather(
        _ shard: Shard, _ rollout: RecurrentRollout, _ order: UnsafeBufferPointer<Int32>, _ advantageMean: Float, _ advantageScale: Float
    ) {
        let W = rollout.observationWidth
        let A = rollout.actionWidth
        let N = rollout.N
        let S = shard.sequences.count
        let L = shard.steps
        let workspace = shard.workspace
        for s in 0..<S {
            let sequence = Int(order[shard.sequences.lowerBound + s])
            workspace.actorBody.lstm.initial.copy(rollout.actorStates, rows: sequence..<sequence + 1, to: s)
            if let states = rollout.criticStates { workspace.criticBody?.lstm.initial.copy(states, rows: sequence..<sequence + 1, to: s) }
            for t in 0..<L {
                let row = (sequence / N * L + t) * N + sequence % N
                let i = t * S + s
                (shard.observations.pointer + i * W).update(from: rollout.observations.pointer + row * W, count: W)
                (shard.actions.pointer + i * A).update(from: rollout.actions.pointer + row * A, count: A)
                shard.logProbabilities.pointer[i] = rollout.logProbabilities.pointer[row]
                shard.values.pointer[i] = rollout.values.pointer[row]
                shard.advantages.pointer[i] = (rollout.advantages.pointer[row] - advantageMean) * advantageScale
                shard.returns.pointer[i] = rollout.returns.pointer[row]
                shard.starts[i] = t > 0 && rollout.ended(row - N)
            }
        }
    }

    /// Forward through time: the policy, the value's network, or both where they share an LSTM.
    private func forward(_ shard: Shard, _ parameters: FloatBuffer, pass: Int) {
        let x = UnsafePointer(shard.observations.pointer)
        let (L, S, starts) = (shard.steps, shard.sequences.count, UnsafePointer(shard.starts))
        if pass == 0 { network.forwardActor(parameters, x: x, steps: L, rows: S, starts: starts, shard.workspace) }
        if pass == passes - 1 { network.forwardCritic(parameters, x: x, steps: L, rows: S, starts: starts, bodyIsFresh: true, shard.workspace) }
    }

    /// The loss' sums over the shard, and its gradient with respect to the networks' outputs.
    private func loss(_ shard: Shard, _ parameters: FloatBuffer, _ coefficients: PPOLossCoefficients, _ scale: Float) -> PPOLossSums {
        let B = shard.steps * shard.sequences.count
        let (actor, critic) = (shard.workspace.actor, shard.workspace.critic)
        var dOutputs = actor.outputGradient.mutableSpan(0..<B * network.actorOutputs)
        var dValues = critic.outputGradient.mutableSpan(0..<B)
        let logStdRange = network.logStd?.range ?? 0..<0
        var dLogStd = shard.gradient.mutableSpan(logStdRange)
        return ppoLoss(
            PPOLossInputs(
                outputs: actor.output.span(0..<B * network.actorOutputs), values: critic.output.span(0..<B), logStd: parameters.span(logStdRange),
                actions: shard.actions.span, oldLogProbabilities: shard.logProbabilities.span, oldValues: shard.values.span,
                advantages: shard.advantages.span, returns: shard.returns.span),
            coefficients, scale: scale, dOutputs: &dOutputs, dValues: &dValues, dLogStd: &dLogStd)
    }

    /// Back through time, in the same parts as forward.
    private func backward(_ shard: Shard, _ parameters: FloatBuffer, pass: Int) {
        let x = UnsafePointer(shard.observations.pointer)
        let (L, S, starts) = (shard.steps, shard.sequences.count, UnsafePointer(shard.starts))
        if pass == 0 {
            network.backwardActor(parameters, gradients: shard.gradient, x: x, steps: L, rows: S, starts: starts, shard.workspace)
        } else {
            network.backwardCritic(parameters, gradients: shard.gradient, x: x, steps: L, rows: S, starts: starts, shard.workspace)
        }
    }

    /// gradient = Σ shards, with each chunk's sum of squares on the way.
    private func sumGradients(_ pool: WorkerPool) {
        chunkSquares.withUnsafeMutableBufferPointer { squares in
            nonisolated(unsafe) let squares = squares
            pool.run(chunks.count) { [self] c in
                let range = chunks[c]
                if shards.count > 1 {
                    let target = gradient.pointer + range.lowerBound
                    target.update(from: shards[0].gradient.pointer + range.lowerBound, count: range.count)
                    for shard in shards.dropFirst() { VectorMath.add(shard.gradient.span(range), to: target) }
                }
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
