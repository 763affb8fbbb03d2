import Core
import Networks
import Tensor

/// A minibatch of B transitions; where there are 2B rows, the second half belongs to the next observations.
final class SACBatch: @unchecked Sendable {
    let rows: Int
    /// Normalised observations [2B × W]; critic inputs, observation and action [2B × (W+A)].
    let observations: FloatBuffer
    let inputs: FloatBuffer
    let rewards: FloatBuffer
    /// Factor of the value that follows: γ^(steps), 0 behind a termination.
    let discounts: FloatBuffer
    let targets: FloatBuffer
    /// Gradient of the actor's loss with respect to its actions, without the entropy's part [B × A].
    let dActions: FloatBuffer

    init(rows: Int, observationWidth W: Int, actionWidth A: Int) {
        self.rows = rows
        observations = FloatBuffer(2 * rows * W)
        inputs = FloatBuffer(2 * rows * (W + A))
        rewards = FloatBuffer(rows)
        discounts = FloatBuffer(rows)
        targets = FloatBuffer(rows)
        dActions = FloatBuffer(rows * A)
    }
}

/// One shard's passes and gradients.
final class SACShard: @unchecked Sendable {
    enum Role {
        /// All passes over some rows.
        case all
        /// Critics for the actor's loss alone.
        case policyOnly
        /// The whole batch: critics with both halves in one pass.
        case joint
    }

    let rows: Range<Int>
    let actor: SquashedActorWorkspace
    let actorNext: SquashedActorWorkspace
    let critics: [MLPWorkspace]
    let targets: [MLPWorkspace]
    let criticGradient: FloatBuffer
    let actorGradient: FloatBuffer
    let dActions: FloatBuffer
    private let indices: UnsafeMutableBufferPointer<Int32>

    init(rows: Range<Int>, _ actor: SquashedActor, _ critic: TwinCritic, role: Role) {
        self.rows = rows
        let B = rows.count
        let acts = role == .policyOnly ? 0 : B
        self.actor = SquashedActorWorkspace(actor, capacity: acts)
        actorNext = SquashedActorWorkspace(actor, capacity: acts, forwardOnly: true)
        critics = critic.bodies.map { MLPWorkspace($0, capacity: role == .joint ? 2 * B : B) }
        targets = critic.bodies.map { MLPWorkspace($0, capacity: role == .all ? B : 0, forwardOnly: true) }
        criticGradient = FloatBuffer(role == .policyOnly ? 0 : critic.layout.count)
        actorGradient = FloatBuffer(role == .policyOnly ? 0 : actor.layout.count)
        dActions = FloatBuffer(B * critic.actionWidth)
        indices = .allocate(capacity: B)
        indices.initialize(repeating: 0)
    }

    deinit { indices.deallocate() }

    /// Rows of the shard whose gradient is not zero in one critic; valid until the next call.
    func rowsWithGradient(_ critic: Int) -> UnsafeBufferPointer<Int32> {
        let gradient = critics[critic].outputGradient.pointer
        var count = 0
        for i in 0..<rows.count where gradient[i] != 0 {
            indices[count] = Int32(i)
            count += 1
        }
        return UnsafeBufferPointer(rebasing: indices[..<count])
    }
}

/// Pieces of a parameter buffer for summing the shards' gradients and for Adam: about 16 KiB each, at most 64.
final class SACChunks: @unchecked Sendable {
    let ranges: [Range<Int>]
    private let sources: [FloatBuffer]
    private let squares: UnsafeMutableBufferPointer<Float>

    /// - Parameters:
    ///   - sources: a gradient a shard.
    ///   - trained: the parts that are trained; running statistics lie between them, and L2 must not reach those.
    init(_ sources: [FloatBuffer], trained: [Range<Int>]) {
        self.sources = sources
        ranges = trained.flatMap { part in
            let pieces = max(1, min(64, part.count / 4096))
            return (0..<pieces).map { part.lowerBound + $0 * part.count / pieces..<part.lowerBound + ($0 + 1) * part.count / pieces }
        }
        squares = .allocate(capacity: ranges.count)
        squares.initialize(repeating: 0)
    }

    deinit { squares.deallocate() }

    /// Where the sum stands: in the first shard's gradient.
    var total: FloatBuffer { sources[0] }

    /// Adds a piece of the other shards' gradients to the first one's, in their order, and takes its sum of squares.
    func sum(_ c: Int) {
        let range = ranges[c]
        for source in sources.dropFirst() { VectorMath.add(source.span(range), to: total.pointer + range.lowerBound) }
        squares[c] = VectorMath.sumOfSquares(total.span(range))
    }

    /// Norm of the summed gradient, added up in the pieces' order.
    var norm: Float { squares.reduce(0, +).squareRoot() }
}
