import Core
import GoldenNumbers
import Tensor
import Testing

@testable import Networks

/// The LSTM against PyTorch and against finite differences, with states to begin with and episodes that start inside the sequences.
@Suite struct LSTMTests {
    init() throws { try BLAS.open() }

    static let sizes = (T: 6, B: 3, C: 5, H: 4)

    @Test(arguments: [false, true], [false, true]) func golden(norm: Bool, resets: Bool) throws {
        let golden = try Golden("lstm\(norm ? "-norm" : "")\(resets ? "-resets" : "")", file: "lstm")
        let (T, B, C, H) = Self.sizes
        var layout = ParameterLayout()
        let lstm = LSTM("m", inputs: C, hidden: H, layerNorm: norm, in: &layout)
        let parameters = FloatBuffer(layout.count)
        func name(_ range: ParameterRange) -> String { String(range.name.dropFirst(2)) }
        for range in layout.ranges { for (i, value) in try golden[name(range)].enumerated() { parameters[range.offset + i] = value } }
        // Room for more than there is: rows must not be mistaken for the workspace's.
        let w = LSTMWorkspace(lstm, steps: T + 2, rows: B + 1)
        let x = try golden.buffer("x")
        let starts = try golden["starts"].map { $0 == 1 }
        let (h0, c0, g) = (try golden["h0"], try golden["c0"], try golden["g"])
        let gradients = FloatBuffer(layout.count)
        let dx = FloatBuffer(T * B * C)

        // Twice: the second pass must not see what the first left.
        for _ in 0..<2 {
            for i in 0..<B * H { (w.initial.hidden[i], w.initial.cell[i]) = (h0[i], c0[i]) }
            lstm.forward(parameters, x: x.pointer, steps: T, rows: B, starts: resets ? starts : nil, w)
            try golden.expect(w.outputs.array.prefix(T * B * H), "y")
            try golden.expect(w.cells.array[(T - 1) * B * H..<T * B * H], "cT")

            gradients.fill(.nan)
            dx.fill(.nan)
            for i in 0..<g.count { w.outputGradient[i] = g[i] }
            lstm.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, steps: T, rows: B, starts: resets ? starts : nil, w)
            try golden.expect(dx.array, "dx")
            try golden.expect(w.initialGradient.hidden.array.prefix(B * H), "dh0")
            try golden.expect(w.initialGradient.cell.array.prefix(B * H), "dc0")
            for range in layout.ranges { try golden.expect(gradients.array[range.range], "d:\(name(range))") }
        }
    }

    /// One step at a time, with the state handed on, gives what the whole sequence gives.
    @Test(arguments: [false, true]) func stepByStep(norm: Bool) throws {
        let golden = try Golden("lstm\(norm ? "-norm" : "")-resets", file: "lstm")
        let (T, B, C, H) = Self.sizes
        var layout = ParameterLayout()
        let lstm = LSTM("m", inputs: C, hidden: H, layerNorm: norm, in: &layout)
        let parameters = FloatBuffer(layout.count)
        for range in layout.ranges {
            for (i, value) in try golden[String(range.name.dropFirst(2))].enumerated() { parameters[range.offset + i] = value }
        }
        let w = LSTMWorkspace(lstm, steps: 1, rows: B, forwardOnly: true)
        let state = LSTMState(rows: B, width: H)
        state.hidden.assign(try golden["h0"])
        state.cell.assign(try golden["c0"])
        let (x, starts, y) = (try golden.buffer("x"), try golden["starts"], try golden["y"])
        for t in 0..<T {
            for b in 0..<B where starts[t * B + b] == 1 { state.reset(row: b) }
            w.initial.copy(state, rows: 0..<B, to: 0)
            lstm.forward(parameters, x: x.pointer + t * B * C, steps: 1, rows: B, starts: nil, w)
            w.copyStates(step: 0, of: B, rows: 0..<B, to: state, row: 0)
            for i in 0..<B * H { #expect(abs(state.hidden[i] - y[t * B * H + i]) < 1e-5, "step \(t)") }
        }
    }

    /// Long sequences, whose recurrent weights are packed, give what short ones give, forward and back, at widths that fill no strip and at ones
    /// that do.
    @Test(arguments: [(5, 3), (16, 8), (40, 13)], [false, true]) func longLikeShort(_ shape: (H: Int, B: Int), norm: Bool) throws {
        let (H, B) = shape
        let T = LSTM.packedSteps + 3
        var random = Philox(seed: 4, purpose: .test)
        var layout = ParameterLayout()
        let lstm = LSTM("m", inputs: 3, hidden: H, layerNorm: norm, in: &layout)
        let parameters = FloatBuffer(layout.count)
        lstm.initialise(parameters, orthogonal: true, using: &random)
        let x = FloatBuffer((0..<T * B * 3).map { _ in Float(random.normal()) })
        let g = (0..<T * B * H).map { _ in Float(random.normal()) }
        let starts = (0..<T * B).map { $0 % 7 == 4 }
        let long = LSTMWorkspace(lstm, steps: T, rows: B)
        lstm.forward(parameters, x: x.pointer, steps: T, rows: B, starts: starts, long)

        // In two short pieces, the second from the state behind the first.
        let cut = 5
        let pieces = [0..<cut, cut..<T].map { ($0, LSTMWorkspace(lstm, steps: $0.count, rows: B)) }
        for (k, (steps, w)) in pieces.enumerated() {
            if k == 1 { pieces[0].1.copyStates(step: cut - 1, of: B, rows: 0..<B, to: w.initial, row: 0) }
            lstm.forward(
                parameters, x: x.pointer + steps.lowerBound * B * 3, steps: steps.count, rows: B, starts: Array(starts[(steps.lowerBound * B)...]), w)
            for i in 0..<steps.count * B * H { #expect(abs(w.outputs[i] - long.outputs[steps.lowerBound * B * H + i]) < 1e-5) }
        }

        // Back through the last piece alone, against the whole with nothing to say before it.
        let (steps, w) = pieces[1]
        for i in 0..<T * B * H { long.outputGradient[i] = i < cut * B * H ? 0 : g[i] }
        for i in 0..<steps.count * B * H { w.outputGradient[i] = g[cut * B * H + i] }
        let (whole, last) = (FloatBuffer(T * B * 3), FloatBuffer(steps.count * B * 3))
        let (dWhole, dLast) = (FloatBuffer(layout.count), FloatBuffer(layout.count))
        lstm.backward(parameters, gradients: dWhole, x: x.pointer, dx: whole.pointer, steps: T, rows: B, starts: starts, long)
        lstm.backward(
            parameters, gradients: dLast, x: x.pointer + cut * B * 3, dx: last.pointer, steps: steps.count, rows: B,
            starts: Array(starts[(cut * B)...]), w)
        for i in 0..<last.count { #expect(abs(last[i] - whole[cut * B * 3 + i]) < 1e-4) }
    }

    /// Every single derivative, of parameters, inputs and initial states, by four-point differences of Σ g·y.
    @Test(arguments: [false, true]) func finiteDifferences(norm: Bool) throws {
        var random = Philox(seed: 12, purpose: .test)
        // Long enough for packed weights.
        let (T, B, C, H) = (9, 3, 3, 4)
        var layout = ParameterLayout()
        let lstm = LSTM("m", inputs: C, hidden: H, layerNorm: norm, in: &layout)
        let parameters = FloatBuffer((0..<layout.count).map { _ in Float(0.5 * random.normal()) })
        let x = FloatBuffer((0..<T * B * C).map { _ in Float(random.normal()) })
        let h0 = FloatBuffer((0..<B * H).map { _ in Float(0.5 * random.normal()) })
        let c0 = FloatBuffer((0..<B * H).map { _ in Float(random.normal()) })
        let g = (0..<T * B * H).map { _ in Float(random.normal()) }
        let starts = (0..<T * B).map { [4, 9, 10, 20].contains($0) }
        let w = LSTMWorkspace(lstm, steps: T, rows: B)
        func loss() -> Double {
            w.initial.hidden.assign(h0)
            w.initial.cell.assign(c0)
            lstm.forward(parameters, x: x.pointer, steps: T, rows: B, starts: starts, w)
            return (0..<g.count).reduce(0) { $0 + Double(g[$1]) * Double(w.outputs[$1]) }
        }
        _ = loss()
        w.outputGradient.assign(g)
        let gradients = FloatBuffer(layout.count)
        let dx = FloatBuffer(T * B * C)
        lstm.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, steps: T, rows: B, starts: starts, w)
        let dh0 = FloatBuffer(w.initialGradient.hidden.array)
        let dc0 = FloatBuffer(w.initialGradient.cell.array)

        // A cell whose four units happen to be nearly equal makes its normalisation steep: with it, nearer points and more tolerance.
        let h: Float = norm ? 0.005 : 0.02
        let tolerance = norm ? 5e-3 : 5e-4
        for (buffer, gradient) in [(parameters, gradients), (x, dx), (h0, dh0), (c0, dc0)] {
            let scale = Double(gradient.array.reduce(0) { max($0, abs($1)) })
            #expect(scale > 0)
            for i in 0..<buffer.count {
                let value = buffer[i]
                func at(_ offset: Float) -> (x: Double, loss: Double) {
                    buffer[i] = value + offset
                    return (Double(buffer[i]), loss())
                }
                let (a, b, c, d) = (at(-2 * h), at(-h), at(h), at(2 * h))
                buffer[i] = value
                let numeric = 4.0 / 3 * (c.loss - b.loss) / (c.x - b.x) - 1.0 / 3 * (d.loss - a.loss) / (d.x - a.x)
                #expect(abs(numeric - Double(gradient[i])) < tolerance * scale, "\(i): \(gradient[i]), numerically \(numeric)")
            }
        }
    }

    @Test func initialValues() {
        var random = Philox(seed: 2, purpose: .initialisation)
        var layout = ParameterLayout()
        let lstm = LSTM("m", inputs: 7, hidden: 16, layerNorm: true, in: &layout)
        #expect(
            layout.ranges.map(\.name) == [
                "m.weight_ih", "m.weight_hh", "m.bias", "m.norm_ih.weight", "m.norm_hh.weight", "m.norm_cell.weight", "m.norm_cell.bias",
            ])
        #expect(layout.ranges.map(\.shape) == [[64, 7], [64, 16], [64], [64], [64], [16], [16]])
        let parameters = FloatBuffer(layout.count)
        lstm.initialise(parameters, orthogonal: true, using: &random)
        // Each gate's recurrent block is orthonormal.
        for gate in 0..<4 {
            let block = Array(parameters.array[lstm.hiddenWeight.offset + gate * 256..<lstm.hiddenWeight.offset + (gate + 1) * 256])
            for a in 0..<16 {
                for b in 0...a {
                    let dot = (0..<16).reduce(0.0) { $0 + Double(block[a * 16 + $1]) * Double(block[b * 16 + $1]) }
                    #expect(abs(dot - (a == b ? 1 : 0)) < 1e-6)
                }
            }
        }
        // It begins with an open forget gate.
        #expect(Array(parameters.array[lstm.bias.range]) == (0..<64).map { 16 <= $0 && $0 < 32 ? 1 : 0 })
        lstm.initialise(parameters, orthogonal: false, using: &random)
        let uniform = parameters.array[lstm.inputWeight.offset..<lstm.bias.range.upperBound]
        #expect(uniform.allSatisfy { abs($0) <= 0.25 } && (uniform.max() ?? 0) > 0.24 && (uniform.min() ?? 0) < -0.24)
        let gains = parameters.array[(lstm.norm?.input.offset ?? 0)..<(lstm.norm?.cellBias.offset ?? 0)]
        #expect(gains.count == 144 && gains.allSatisfy { $0 == 1 })
    }
}
