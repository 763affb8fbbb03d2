import Core
import Networks
import Tensor
import Testing

/// Passes by blocks against those by rows, which PyTorch's numbers and finite differences have checked.
@Suite struct BlockedMLPTests {
    init() throws { try BLAS.open() }

    /// A network, its parameters and a batch, by rows and blocked.
    private struct Case {
        let network: MLP
        let parameters: FloatBuffer
        let rows: Int
        let x: FloatBuffer
        let blockedX: FloatBuffer
        /// Output gradient by rows.
        let dy: FloatBuffer
        /// A block of inputs has room behind it, as critic inputs have behind the observations.
        let stride: Int

        init(inputs: Int, hidden: [Int], outputs: Int, rows: Int, activation: Activation = .relu, layerNorm: Bool = false) {
            var random = Philox(seed: 11, purpose: .test)
            var layout = ParameterLayout()
            network = MLP("n", inputs: inputs, hidden: hidden, outputs: outputs, activation: activation, layerNorm: layerNorm, in: &layout)
            parameters = FloatBuffer(layout.count)
            self.rows = rows
            x = FloatBuffer(rows * inputs)
            dy = FloatBuffer(rows * outputs)
            func fill(_ buffer: FloatBuffer, _ scale: Double) { for i in 0..<buffer.count { buffer[i] = Float(scale * random.normal()) } }
            fill(parameters, 1 / Double(inputs).squareRoot())
            fill(x, 1)
            fill(dy, 1)
            stride = (inputs + 2) * BlockedMLP.columns
            blockedX = FloatBuffer(BlockedMLP.blocks(rows) * stride)
            Self.block(x, width: inputs, rows: rows, into: blockedX, stride: stride)
        }

        static func block(_ source: FloatBuffer, width: Int, rows: Int, into target: FloatBuffer, stride: Int) {
            let n = BlockedMLP.columns
            for b in 0..<BlockedMLP.blocks(rows) {
                BlockedMLP.fill(
                    target.pointer + b * stride, from: source.pointer + b * n * width, stride: width, width: width, rows: min(n, rows - b * n))
            }
        }

        /// Rows of what is blocked.
        func unblock(_ source: FloatBuffer, width: Int) -> [Float] {
            let result = FloatBuffer(rows * width)
            let n = BlockedMLP.columns
            for b in 0..<BlockedMLP.blocks(rows) {
                BlockedMLP.empty(
                    source.pointer + b * n * width, into: result.pointer + b * n * width, stride: width, width: width, rows: min(n, rows - b * n))
            }
            return result.array
        }

        /// Both passes; the blocks' gradients by `parts`.
        func run(_ blocked: BlockedMLP, columns: Range<Int>, parts: Int) -> (output: [Float], dx: [Float], gradient: FloatBuffer) {
            let all = 0..<BlockedMLP.blocks(rows)
            blocked.forward(parameters, x: blockedX.pointer, stride: stride, blocks: all)
            let output = unblock(blocked.output, width: network.outputs)
            Self.block(dy, width: network.outputs, rows: rows, into: blocked.outputGradient, stride: network.outputs * BlockedMLP.columns)
            let dx = FloatBuffer(all.count * BlockedMLP.columns * columns.count)
            for b in all.reversed() { blocked.backward(parameters, blocks: b..<b + 1, dx: dx.pointer, columns: columns) }
            let gradient = FloatBuffer((0..<parameters.count).map { _ in .nan })
            for part in 0..<parts { blocked.gradient(gradient, x: blockedX.pointer, stride: stride, part: part, of: parts) }
            return (output, unblock(dx, width: columns.count), gradient)
        }
    }

    private func expectClose(_ a: [Float], _ b: [Float], _ what: String) {
        #expect(a.count == b.count)
        let scale = b.reduce(Float(1e-3)) { max($0, abs($1)) }
        let worst = zip(a, b).map { abs($0 - $1) / scale }.max() ?? 0
        #expect(worst < 3e-5 && !a.contains { $0.isNaN }, "\(what): \(worst)")
    }

    private func compare(_ c: Case) {
        let (inputs, outputs) = (c.network.inputs, c.network.outputs)
        let workspace = MLPWorkspace(c.network, capacity: c.rows)
        c.network.forward(c.parameters, x: c.x.pointer, rows: c.rows, workspace)
        let expected = FloatBuffer(c.parameters.count)
        let dx = FloatBuffer(c.rows * inputs)
        workspace.outputGradient.pointer.update(from: c.dy.pointer, count: c.rows * outputs)
        c.network.backward(c.parameters, gradients: expected, x: c.x.pointer, dx: dx.pointer, rows: c.rows, workspace)

        let columns = inputs / 3..<inputs
        let found = c.run(BlockedMLP(c.network, rows: c.rows), columns: columns, parts: 1)
        expectClose(found.output, Array(workspace.output.array[..<(c.rows * outputs)]), "output")
        expectClose(found.dx, (0..<c.rows).flatMap { dx.array[($0 * inputs + columns.lowerBound)..<($0 + 1) * inputs] }, "dx")
        for layer in c.network.layers {
            for range in [layer.weight, layer.bias, layer.norm?.gain, layer.norm?.bias].compactMap({ $0?.range }) {
                expectClose(Array(found.gradient.array[range]), Array(expected.array[range]), "gradient \(range)")
            }
        }
    }

    /// Every remainder of samples, inputs and outputs, in one layer.
    @Test(arguments: [1, 5, 13, 100], [(28, 1), (33, 31), (400, 300), (28, 300), (400, 1), (1, 31)]) func oneLayer(rows: Int, size: (Int, Int)) {
        compare(Case(inputs: size.0, hidden: [], outputs: size.1, rows: rows))
    }

    @Test(arguments: [Activation.relu, .tanh, .elu, .identity], [false, true]) func manyLayers(activation: Activation, layerNorm: Bool) {
        compare(Case(inputs: 28, hidden: [70, 45], outputs: 3, rows: 75, activation: activation, layerNorm: layerNorm))
    }

    /// More blocks than the weights' gradient takes at a time.
    @Test func manyBlocks() { compare(Case(inputs: 20, hidden: [33], outputs: 2, rows: 600)) }

    /// The same bits, however the gradient is shared out; parts cover all parameters once, and the norm is the gradient's.
    @Test(arguments: [false, true]) func partsAgree(layerNorm: Bool) {
        let c = Case(inputs: 28, hidden: [70, 45], outputs: 3, rows: 75, layerNorm: layerNorm)
        let blocked = BlockedMLP(c.network, rows: c.rows)
        let whole = c.run(blocked, columns: 0..<28, parts: 1)
        let norm = blocked.squaredNorm
        #expect(abs(norm - whole.gradient.array.reduce(0) { $0 + $1 * $1 }) < 1e-4 * norm)
        for parts in [2, 3, 16] {
            let found = c.run(blocked, columns: 0..<28, parts: parts)
            #expect(found.gradient.array == whole.gradient.array && found.dx == whole.dx)
            #expect(blocked.squaredNorm == norm)
            var seen = [Int](repeating: 0, count: c.parameters.count)
            for part in 0..<parts { blocked.eachRange(part: part, of: parts) { for i in $0 { seen[i] += 1 } } }
            #expect(seen.allSatisfy { $0 == 1 })
        }
    }

    /// What has no sample changes nothing, whatever stood there before.
    @Test func emptyColumnsAreHarmless() {
        let small = Case(inputs: 9, hidden: [20], outputs: 2, rows: 40)
        let fresh = small.run(BlockedMLP(small.network, rows: 40), columns: 0..<9, parts: 1)
        let used = BlockedMLP(small.network, rows: 40)
        for i in 0..<used.output.count { used.output[i] = 1e30 }
        let again = small.run(used, columns: 0..<9, parts: 1)
        #expect(fresh.output == again.output && fresh.gradient.array == again.gradient.array)
    }

    /// The output can go elsewhere.
    @Test func outputElsewhere() {
        let c = Case(inputs: 9, hidden: [20], outputs: 2, rows: 40)
        let blocked = BlockedMLP(c.network, rows: 40)
        blocked.forward(c.parameters, x: c.blockedX.pointer, stride: c.stride, blocks: 0..<2)
        let expected = c.unblock(blocked.output, width: 2)
        let elsewhere = FloatBuffer(blocked.output.count)
        for i in 0..<blocked.output.count { blocked.output[i] = 7 }
        blocked.forward(c.parameters, x: c.blockedX.pointer, stride: c.stride, blocks: 0..<2, into: elsewhere)
        #expect(c.unblock(elsewhere, width: 2) == expected && blocked.output.array.allSatisfy { $0 == 7 })
    }
}
