import CVectorMath
import Core
import Tensor

/// A long short-term memory over sequences. Only a description; the numbers stand in a parameter buffer.
///
///     i, f, g, o = σ, σ, tanh, σ of (x_t·Wᵀ + h_{t−1}·Uᵀ + b)          c_t = f·c_{t−1} + i·g          h_t = o·tanh(c_t)
///
/// With layer normalisation: N(x_t·Wᵀ) + N(h_{t−1}·Uᵀ) + b, each with a gain, and h_t = o·tanh(N(c_t)) with gain and bias. Where an episode
/// starts, h_{t−1} and c_{t−1} are 0, forward and on the way back.
///
/// Shape letters: T steps, B sequences side by side, C inputs, H hidden units. Sequences are time-major: row t·B + b. The gates stand in
/// PyTorch's order. Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate); Ba et al. 2016, equations 20 to 22.
public struct LSTM: Sendable, Equatable {
    /// W [4H × C], U [4H × H], b [4H].
    public let inputWeight: ParameterRange
    public let hiddenWeight: ParameterRange
    public let bias: ParameterRange
    /// Parameters of the layer normalisations, if there are any.
    public let norm: Norm?

    public struct Norm: Sendable, Equatable {
        /// Gains of both products [4H]; their shift is the bias.
        public let input: ParameterRange
        public let hidden: ParameterRange
        /// Gain and bias of the cell [H].
        public let cellGain: ParameterRange
        public let cellBias: ParameterRange
    }

    public var inputs: Int { inputWeight.shape[1] }
    /// H, the width of the output and of each half of the state.
    public var hidden: Int { hiddenWeight.shape[1] }

    /// ε of the layer normalisations, PyTorch's default.
    static let normEpsilon: Float = 1e-5
    /// From as many steps on the recurrent weights are packed once for all of them, unless there is but one row.
    static let packedSteps = 8

    /// Reserves the parameters in a layout; `name` begins their names.
    ///
    /// - Parameters:
    ///   - inputs, hidden: width of an input row, and of hidden state and cell.
    ///   - layerNorm: with the layer normalisations above.
    public init(_ name: String, inputs: Int, hidden: Int, layerNorm: Bool = false, in layout: inout ParameterLayout) {
        inputWeight = layout.add("\(name).weight_ih", [4 * hidden, inputs])
        hiddenWeight = layout.add("\(name).weight_hh", [4 * hidden, hidden])
        bias = layout.add("\(name).bias", [4 * hidden])
        norm =
            layerNorm
            ? Norm(
                input: layout.add("\(name).norm_ih.weight", [4 * hidden]), hidden: layout.add("\(name).norm_hh.weight", [4 * hidden]),
                cellGain: layout.add("\(name).norm_cell.weight", [hidden]), cellBias: layout.add("\(name).norm_cell.bias", [hidden])) : nil
    }

    /// Writes initial values: each gate's weights orthogonal with gain 1, biases 0 but 1 for the forget gate (Jozefowicz et al. 2015), so that a
    /// new network remembers; or PyTorch's default, uniform in ±1/√H. Gains are 1.
    public func initialise(_ parameters: FloatBuffer, orthogonal: Bool, using random: inout Philox) {
        let H = hidden
        if orthogonal {
            for weight in [inputWeight, hiddenWeight] {
                let size = weight.count / 4
                for gate in 0..<4 {
                    var block = parameters.mutableSpan(weight.offset + gate * size..<weight.offset + (gate + 1) * size)
                    Initialisation.orthogonal(&block, rows: H, columns: weight.shape[1], gain: 1, using: &random)
                }
            }
            for i in 0..<4 * H { parameters[bias.offset + i] = i / H == 1 ? 1 : 0 }
        } else {
            let bound = 1 / Double(H).squareRoot()
            for range in [inputWeight, hiddenWeight, bias] { for i in range.range { parameters[i] = Float(random.uniform(-bound, bound)) } }
        }
        if let norm {
            for range in [norm.input, norm.hidden, norm.cellGain] { for i in range.range { parameters[i] = 1 } }
            for i in norm.cellBias.range { parameters[i] = 0 }
        }
    }

    /// x[T·B × C] → the workspace's `outputs` [T·B × H], from the state in its `initial`.
    ///
    /// - Parameter starts: [T·B], true where an episode starts with that step; nil: nowhere.
    public func forward(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, steps T: Int, rows B: Int, starts: UnsafePointer<Bool>?, _ w: LSTMWorkspace
    ) {
        precondition(T >= 1 && T <= w.steps && B <= w.rows, "the workspace holds fewer steps or rows than the sequences have")
        let H = hidden
        let p = UnsafePointer(parameters.pointer)
        let gates = w.gates.pointer
        let isPacked = T >= Self.packedSteps && B > 1
        if isPacked { cvm_pack(p + hiddenWeight.offset, w.packed.pointer, H, 4 * H, 1) }
        // The inputs of all steps at once.
        if let norm {
            BLAS.forward(x: x, w: p + inputWeight.offset, y: w.inputProducts.pointer, B: T * B, C: inputs, D: 4 * H)
            cvm_layer_norm(
                w.inputProducts.pointer, p + norm.input.offset, w.zeros.pointer, gates, w.inputMoments.pointer, w.inputMoments.pointer + T * B,
                T * B, 4 * H, Self.normEpsilon)
        } else {
            BLAS.forward(x: x, w: p + inputWeight.offset, y: gates, B: T * B, C: inputs, D: 4 * H)
        }

        for t in 0..<T {
            let at = t * B * H
            let g = gates + 4 * at
            let before = w.previousHidden.pointer + at
            let cellBefore = w.previousCells.pointer + at
            before.update(from: t == 0 ? w.initial.hidden.pointer : w.outputs.pointer + at - B * H, count: B * H)
            cellBefore.update(from: t == 0 ? w.initial.cell.pointer : w.cells.pointer + at - B * H, count: B * H)
            clear(before, starts, t, B)
            clear(cellBefore, starts, t, B)

            if let norm {
                let products = w.hiddenProducts.pointer + 4 * at
                let moments = w.hiddenMoments.pointer + t * B
                product(p, isPacked, before, products, B, accumulate: false, w)
                cvm_layer_norm(
                    products, p + norm.hidden.offset, w.zeros.pointer, w.scratch.pointer, moments, moments + T * B, B, 4 * H, Self.normEpsilon)
                cvm_add(g, w.scratch.pointer, 4 * B * H)
            } else {
                product(p, isPacked, before, g, B, accumulate: true, w)
            }
            cvm_lstm_gates(g, p + bias.offset, cellBefore, w.cells.pointer + at, B, H)
            var shown = UnsafePointer(w.cells.pointer + at)
            if let norm {
                let moments = w.cellMoments.pointer + t * B
                cvm_layer_norm(
                    shown, p + norm.cellGain.offset, p + norm.cellBias.offset, w.scratch.pointer, moments, moments + T * B, B, H, Self.normEpsilon)
                shown = UnsafePointer(w.scratch.pointer)
            }
            cvm_lstm_output(g, shown, w.squashed.pointer + at, w.outputs.pointer + at, B, H)
        }
    }

    /// The way back through time after `forward` with the same arguments. The workspace's `outputGradient` [T·B × H] becomes parameter gradients,
    /// written over what stood in `gradients`, the gradient of x in `dx` if that is given, and that of the initial state in `initialGradient`.
    /// Overwrites the activations.
    public func backward(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>?, steps T: Int, rows B: Int,
        starts: UnsafePointer<Bool>?, _ w: LSTMWorkspace
    ) {
        let H = hidden
        let p = UnsafePointer(parameters.pointer)
        let d = gradients.pointer
        let gates = w.gates.pointer
        let isPacked = T >= Self.packedSteps && B > 1
        if isPacked { cvm_pack(p + hiddenWeight.offset, w.packed.pointer, 4 * H, H, 0) }
        let carry = w.initialGradient.cell.pointer
        carry.update(repeating: 0, count: B * H)
        // Of the normalisations' gradients every step adds its own; the four ranges lie one behind the other.
        if let norm { (d + norm.input.offset).update(repeating: 0, count: norm.cellBias.range.upperBound - norm.input.offset) }

        for t in stride(from: T - 1, through: 0, by: -1) {
            let at = t * B * H
            let g = gates + 4 * at
            cvm_lstm_output_backward(g, w.squashed.pointer + at, w.outputGradient.pointer + at, w.scratch.pointer, B, H)
            if let norm {
                let moments = w.cellMoments.pointer + t * B
                cvm_layer_norm_backward(
                    w.cells.pointer + at, p + norm.cellGain.offset, moments, moments + T * B, w.scratch.pointer, d + norm.cellGain.offset,
                    d + norm.cellBias.offset, B, H)
            }
            cvm_lstm_gates_backward(g, w.previousCells.pointer + at, w.scratch.pointer, carry, B, H)

            // Through the hidden product. Its gradient takes the place of the product, which nobody needs any more.
            var product = g
            if let norm {
                let moments = w.hiddenMoments.pointer + t * B
                w.scratch.pointer.update(from: g, count: 4 * B * H)
                product = w.hiddenProducts.pointer + 4 * at
                cvm_layer_norm_backward(
                    product, p + norm.hidden.offset, moments, moments + T * B, w.scratch.pointer, d + norm.hidden.offset, w.unwanted.pointer, B,
                    4 * H)
                product.update(from: w.scratch.pointer, count: 4 * B * H)
            }
            // What reaches the step before, or the state that the sequence began with; nothing where an episode started.
            let begins = hasStart(starts, t, B)
            let direct = t > 0 && !begins
            let target = t == 0 ? w.initialGradient.hidden.pointer : direct ? w.outputGradient.pointer + at - B * H : w.scratch.pointer
            if isPacked {
                cvm_packed_product(product, w.packed.pointer, target, B, 4 * H, H, direct ? 1 : 0)
            } else {
                BLAS.inputGradient(dy: product, w: p + hiddenWeight.offset, dx: target, B: B, C: H, D: 4 * H, accumulate: direct)
            }
            if begins {
                clear(target, starts, t, B)
                clear(carry, starts, t, B)
                if t > 0 { cvm_add(w.outputGradient.pointer + at - B * H, target, B * H) }
            }
        }

        // Weights, for all steps at once.
        (d + bias.offset).update(repeating: 0, count: 4 * H)
        cvm_add_column_sums(gates, d + bias.offset, T * B, 4 * H)
        let hiddenProducts = norm == nil ? gates : w.hiddenProducts.pointer
        BLAS.weightGradient(dy: hiddenProducts, x: w.previousHidden.pointer, dw: d + hiddenWeight.offset, B: T * B, C: H, D: 4 * H)
        if let norm {
            cvm_layer_norm_backward(
                w.inputProducts.pointer, p + norm.input.offset, w.inputMoments.pointer, w.inputMoments.pointer + T * B, gates, d + norm.input.offset,
                w.unwanted.pointer, T * B, 4 * H)
        }
        BLAS.weightGradient(dy: gates, x: x, dw: d + inputWeight.offset, B: T * B, C: inputs, D: 4 * H)
        if let dx { BLAS.inputGradient(dy: gates, w: p + inputWeight.offset, dx: dx, B: T * B, C: inputs, D: 4 * H) }
    }

    /// y[B × 4H] (+)= h[B × H]·Uᵀ.
    @inline(__always)
    private func product(
        _ p: UnsafePointer<Float>, _ isPacked: Bool, _ h: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ B: Int, accumulate: Bool,
        _ w: LSTMWorkspace
    ) {
        if isPacked {
            cvm_packed_product(h, w.packed.pointer, y, B, hidden, 4 * hidden, accumulate ? 1 : 0)
        } else {
            BLAS.forward(x: h, w: p + hiddenWeight.offset, y: y, B: B, C: hidden, D: 4 * hidden, accumulate: accumulate)
        }
    }

    @inline(__always)
    private func hasStart(_ starts: UnsafePointer<Bool>?, _ t: Int, _ B: Int) -> Bool {
        guard let starts else { return false }
        for b in 0..<B where starts[t * B + b] { return true }
        return false
    }

    /// Zeroes the rows [B × H] whose episode starts with step t.
    @inline(__always)
    private func clear(_ state: UnsafeMutablePointer<Float>, _ starts: UnsafePointer<Bool>?, _ t: Int, _ B: Int) {
        guard let starts else { return }
        for b in 0..<B where starts[t * B + b] { (state + b * hidden).update(repeating: 0, count: hidden) }
    }
}
