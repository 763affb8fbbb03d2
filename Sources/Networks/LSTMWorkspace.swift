import CVectorMath
import Tensor

/// What an LSTM carries from step to step, one row a sequence: h and c, both 0 where an episode begins.
public final class LSTMState: @unchecked Sendable {
    public let rows: Int
    public let width: Int
    /// h and c [rows × width].
    public let hidden: FloatBuffer
    public let cell: FloatBuffer

    /// Zeroes.
    public init(rows: Int, width: Int) {
        self.rows = rows
        self.width = width
        hidden = FloatBuffer(rows * width)
        cell = FloatBuffer(rows * width)
    }

    /// Forgets what one row remembers.
    public func reset(row: Int) {
        precondition(row >= 0 && row < rows, "the state has fewer rows")
        (hidden.pointer + row * width).update(repeating: 0, count: width)
        (cell.pointer + row * width).update(repeating: 0, count: width)
    }

    /// Forgets everything.
    public func reset() {
        hidden.fill(0)
        cell.fill(0)
    }

    /// Copies rows of another state of the same width.
    ///
    /// - Parameters:
    ///   - source: the rows that are read.
    ///   - row: the first row that is written.
    @inline(__always)
    public func copy(_ other: LSTMState, rows source: Range<Int>, to row: Int) {
        precondition(other.width == width && source.upperBound <= other.rows && row + source.count <= rows, "the rows must lie in both states")
        let count = source.count * width
        (hidden.pointer + row * width).update(from: other.hidden.pointer + source.lowerBound * width, count: count)
        (cell.pointer + row * width).update(from: other.cell.pointer + source.lowerBound * width, count: count)
    }
}

/// Activations and gradients of one pass through an `LSTM`. One thread uses it at a time.
public final class LSTMWorkspace: @unchecked Sendable {
    /// Most steps and sequences that a pass may have.
    public let steps: Int
    public let rows: Int
    /// The state that the sequences begin with, to be filled before `forward`; on the way back its gradient.
    public let initial: LSTMState
    public let initialGradient: LSTMState
    /// h and c of every step [T·B × H]; c before any normalisation.
    public let outputs: FloatBuffer
    public let cells: FloatBuffer
    /// ∂loss/∂h of every step, to be filled before the way back, which overwrites it; empty where only forward passes are wanted.
    public let outputGradient: FloatBuffer
    /// Activations of i, f, g, o [T·B × 4H]; after the way back the gradients of what went into them.
    public let gates: FloatBuffer
    /// tanh of the (normalised) cell; h and c of the step before, zero where an episode starts [T·B × H].
    let squashed: FloatBuffer
    let previousHidden: FloatBuffer
    let previousCells: FloatBuffer
    /// Room for one step [B × 4H].
    let scratch: FloatBuffer
    /// The recurrent weights, packed for forward or backward products of few rows; nothing where passes are too short to be worth it.
    let packed: FloatBuffer
    /// What the layer normalisations' way back needs: both products [T·B × 4H], each row's mean and 1/σ.
    let inputProducts: FloatBuffer
    let hiddenProducts: FloatBuffer
    let inputMoments: FloatBuffer
    let hiddenMoments: FloatBuffer
    let cellMoments: FloatBuffer
    /// A shift of nothing, and room for its gradient [4H].
    let zeros: FloatBuffer
    let unwanted: FloatBuffer

    /// - Parameters:
    ///   - steps, rows: most steps of a sequence, and sequences side by side.
    ///   - forwardOnly: without room for gradients.
    public init(_ lstm: LSTM, steps: Int, rows: Int, forwardOnly: Bool = false) {
        self.steps = steps
        self.rows = rows
        let H = lstm.hidden
        let all = steps * rows
        initial = LSTMState(rows: rows, width: H)
        initialGradient = LSTMState(rows: forwardOnly ? 0 : rows, width: H)
        outputs = FloatBuffer(all * H)
        cells = FloatBuffer(all * H)
        outputGradient = FloatBuffer(forwardOnly ? 0 : all * H)
        gates = FloatBuffer(4 * all * H)
        squashed = FloatBuffer(all * H)
        previousHidden = FloatBuffer(all * H)
        previousCells = FloatBuffer(all * H)
        scratch = FloatBuffer(4 * rows * H)
        packed = FloatBuffer(steps < LSTM.packedSteps ? 0 : max(cvm_packed_count(H, 4 * H), cvm_packed_count(4 * H, H)))
        let normed = lstm.norm == nil ? 0 : 1
        inputProducts = FloatBuffer(normed * 4 * all * H)
        hiddenProducts = FloatBuffer(normed * 4 * all * H)
        inputMoments = FloatBuffer(normed * 2 * all)
        hiddenMoments = FloatBuffer(normed * 2 * all)
        cellMoments = FloatBuffer(normed * 2 * all)
        zeros = FloatBuffer(normed * 4 * H)
        unwanted = FloatBuffer(normed * 4 * H)
    }

    /// Copies the state behind step t of a pass with B sequences.
    ///
    /// - Parameters:
    ///   - sequences: those of the B whose state is read.
    ///   - row: the first row of `state` that is written.
    @inline(__always)
    public func copyStates(step t: Int, of B: Int, rows sequences: Range<Int>, to state: LSTMState, row: Int) {
        precondition(t < steps && sequences.upperBound <= B && B <= rows && row + sequences.count <= state.rows, "the rows must lie in both")
        let H = initial.width
        let count = sequences.count * H
        let first = (t * B + sequences.lowerBound) * H
        (state.hidden.pointer + row * H).update(from: outputs.pointer + first, count: count)
        (state.cell.pointer + row * H).update(from: cells.pointer + first, count: count)
    }
}
