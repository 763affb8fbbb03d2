import Core
import Networks
import Tensor

/// Some blocks' rows and the actions drawn for them.
final class SACBlockShard: @unchecked Sendable {
    let index: Int
    let blocks: Range<Int>
    let rows: Range<Int>
    let current: SquashedGaussianWorkspace
    let next: SquashedGaussianWorkspace
    /// The actor's output and its gradient, and the actions' gradient, by row.
    let output: FloatBuffer
    let dOutput: FloatBuffer
    let dActions: FloatBuffer

    init(_ index: Int, blocks: Range<Int>, rows: Range<Int>, _ actor: SquashedActor) {
        self.index = index
        self.blocks = blocks
        self.rows = rows
        current = SquashedGaussianWorkspace(actor.distribution, capacity: rows.count)
        next = SquashedGaussianWorkspace(actor.distribution, capacity: rows.count)
        output = FloatBuffer(rows.count * 2 * actor.actionWidth)
        dOutput = FloatBuffer(rows.count * 2 * actor.actionWidth)
        dActions = FloatBuffer(rows.count * actor.actionWidth)
    }

    /// The rows that a block has, counted from the shard's first.
    func rows(_ block: Int) -> Range<Int> {
        let first = (block - blocks.lowerBound) * BlockedMLP.columns
        return first..<min(first + BlockedMLP.columns, rows.count)
    }
}
