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

/// Passes with batch renormalisation: over the whole batch, the critics over both halves in one; or over a shard, of critics for the actor's loss.
final class SACShard: @unchecked Sendable {
    let rows: Range<Int>
    let actor: SquashedActorWorkspace
    let actorNext: SquashedActorWorkspace
    let critics: [MLPWorkspace]
    let criticGradient: FloatBuffer
    let actorGradient: FloatBuffer
    let dActions: FloatBuffer
    private let indices: UnsafeMutableBufferPointer<Int32>

    init(rows: Range<Int>, _ actor: SquashedActor, _ critic: TwinCritic, isWhole: Bool) {
        self.rows = rows
        let B = rows.count
        self.actor = SquashedActorWorkspace(actor, capacity: isWhole ? B : 0)
        actorNext = SquashedActorWorkspace(actor, capacity: isWhole ? B : 0, forwardOnly: true)
        critics = critic.bodies.map { MLPWorkspace($0, capacity: isWhole ? 2 * B : B) }
        criticGradient = FloatBuffer(isWhole ? critic.layout.count : 0)
        actorGradient = FloatBuffer(isWhole ? actor.layout.count : 0)
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

/// Pieces of a gradient and its parameters for norm and Adam: about 16 KiB each, at most 64.
final class SACChunks: @unchecked Sendable {
    let ranges: [Range<Int>]
    private let gradient: FloatBuffer
    private let squares: UnsafeMutableBufferPointer<Float>

    /// - Parameter trained: the parts that are trained; running statistics lie between them, and L2 must not reach those.
    init(_ gradient: FloatBuffer, trained: [Range<Int>]) {
        self.gradient = gradient
        ranges = trained.flatMap { part in
            let pieces = max(1, min(64, part.count / 4096))
            return (0..<pieces).map { part.lowerBound + $0 * part.count / pieces..<part.lowerBound + ($0 + 1) * part.count / pieces }
        }
        squares = .allocate(capacity: ranges.count)
        squares.initialize(repeating: 0)
    }

    deinit { squares.deallocate() }

    /// Takes a piece's sum of squares.
    func square(_ c: Int) { squares[c] = VectorMath.sumOfSquares(gradient.span(ranges[c])) }

    /// The gradient's norm, added up in the pieces' order.
    var norm: Float { squares.reduce(0, +).squareRoot() }
}
