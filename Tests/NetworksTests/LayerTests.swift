import Core
import GoldenNumbers
import Tensor
import Testing

@testable import Networks

/// Dense layers and chains of them against PyTorch and against finite differences.
@Suite struct LayerTests {
    init() throws { try BLAS.open() }

    static let kinds = [Activation.tanh, .relu, .elu].flatMap { activation in [false, true].map { (activation, $0) } }

    @Test(arguments: kinds, [false, true]) func golden(_ kind: (Activation, Bool), chain: Bool) throws {
        let (activation, norm) = kind
        let golden = try Golden("\(chain ? "mlp" : "dense")-\(activation.rawValue)\(norm ? "-norm" : "")")
        var layout = ParameterLayout()
        let network = MLP(
            "m", inputs: 7, hidden: chain ? [19, 6] : [6], outputs: chain ? 3 : nil, activation: activation, layerNorm: norm, in: &layout)
        let parameters = FloatBuffer(layout.count)
        for range in layout.ranges { for (i, value) in try golden[range.name].enumerated() { parameters[range.offset + i] = value } }
        let workspace = MLPWorkspace(network, capacity: 8)
        let x = try golden.buffer("x")
        network.forward(parameters, x: x.pointer, rows: 5, workspace)
        let width = network.outputs
        try golden.expect(workspace.output.array.prefix(5 * width), "y")

        // The way back writes over what stood in the gradients.
        let gradients = FloatBuffer(layout.count)
        gradients.fill(.nan)
        let dx = FloatBuffer(5 * 7)
        dx.fill(.nan)
        for (i, value) in try golden["g"].enumerated() { workspace.outputGradient[i] = value }
        network.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, rows: 5, workspace)
        try golden.expect(dx.array, "dx")
        for range in layout.ranges { try golden.expect(gradients.array[range.range], "d:\(range.name)") }

        // Added to dx where that is wanted.
        network.forward(parameters, x: x.pointer, rows: 5, workspace)
        for (i, value) in try golden["g"].enumerated() { workspace.outputGradient[i] = value }
        network.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, accumulate: true, rows: 5, workspace)
        try golden.expect(dx.array.map { $0 / 2 }, "dx")
    }

    /// Every single derivative, of parameters and inputs, by four-point differences of Σ g·y summed in double precision.
    @Test(arguments: kinds) func finiteDifferences(_ kind: (Activation, Bool)) throws {
        let (activation, norm) = kind
        var random = Philox(seed: 11, purpose: .test)
        var layout = ParameterLayout()
        let network = MLP("m", inputs: 4, hidden: [6, 5], outputs: 2, activation: activation, layerNorm: norm, in: &layout)
        let parameters = FloatBuffer((0..<layout.count).map { _ in Float(0.5 * random.normal()) })
        let rows = 3
        let x = FloatBuffer((0..<rows * 4).map { _ in Float(random.normal()) })
        let g = (0..<rows * 2).map { _ in Float(random.normal()) }
        let workspace = MLPWorkspace(network, capacity: rows)
        func loss() -> Double {
            network.forward(parameters, x: x.pointer, rows: rows, workspace)
            return (0..<g.count).reduce(0) { $0 + Double(g[$1]) * Double(workspace.output[$1]) }
        }
        _ = loss()
        for i in 0..<g.count { workspace.outputGradient[i] = g[i] }
        let gradients = FloatBuffer(layout.count)
        let dx = FloatBuffer(rows * 4)
        network.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, rows: rows, workspace)

        // Kinks (ReLU) and jumps of the second derivative (ELU) spoil wide stencils, so these are looked at closely and with more tolerance.
        let smooth = activation == .tanh
        let h: Float = smooth ? 0.02 : 0.001
        let tolerance = smooth ? 5e-4 : 4e-3
        for (buffer, gradient) in [(parameters, gradients), (x, dx)] {
            let scale = Double(gradient.array.reduce(0) { max($0, abs($1)) })
            for i in 0..<buffer.count {
                let numeric = derivative(of: loss, in: buffer, at: i, h: h)
                #expect(abs(numeric - Double(gradient[i])) < tolerance * scale, "\(i): \(gradient[i]), numerically \(numeric)")
            }
        }
    }

    private func derivative(of loss: () -> Double, in buffer: FloatBuffer, at i: Int, h: Float) -> Double {
        let value = buffer[i]
        func at(_ offset: Float) -> (x: Double, loss: Double) {
            buffer[i] = value + offset
            return (Double(buffer[i]), loss())
        }
        let (a, b, c, d) = (at(-2 * h), at(-h), at(h), at(2 * h))
        buffer[i] = value
        // With the steps as they were rounded.
        return 4.0 / 3 * (c.loss - b.loss) / (c.x - b.x) - 1.0 / 3 * (d.loss - a.loss) / (d.x - a.x)
    }

    @Test func namesAndPlacesOfParameters() {
        var layout = ParameterLayout()
        let network = MLP("actor", inputs: 3, hidden: [5], outputs: 2, activation: .tanh, layerNorm: true, in: &layout)
        #expect(
            layout.ranges.map(\.name) == [
                "actor.0.weight", "actor.0.bias", "actor.0.norm.weight", "actor.0.norm.bias", "actor.1.weight", "actor.1.bias",
            ])
        #expect(layout.ranges.map(\.shape) == [[5, 3], [5], [5], [5], [2, 5], [2]])
        // One after another, without gaps.
        #expect(layout.ranges.map(\.offset) == [0, 15, 20, 25, 30, 40] && layout.count == 42)
        #expect(network.inputs == 3 && network.outputs == 2)
    }

    @Test(arguments: [(6, 6), (4, 9), (9, 4), (64, 17)], [Float(1), 0.01, 1.4142135])
    func orthogonalInitialisation(_ shape: (Int, Int), gain: Float) {
        let (rows, columns) = shape
        var random = Philox(seed: 2, purpose: .initialisation)
        let matrix = FloatBuffer(rows * columns)
        var span = matrix.mutableSpan
        Initialisation.orthogonal(&span, rows: rows, columns: columns, gain: gain, using: &random)
        // The shorter side's vectors are orthonormal, times the gain.
        let vectors = min(rows, columns)
        for a in 0..<vectors {
            for b in 0...a {
                let dot = (0..<max(rows, columns)).reduce(0.0) { sum, i in
                    let (p, q) = rows <= columns ? (a * columns + i, b * columns + i) : (i * columns + a, i * columns + b)
                    return sum + Double(matrix[p]) * Double(matrix[q])
                }
                #expect(abs(dot - (a == b ? Double(gain * gain) : 0)) < 1e-6 * Double(gain * gain))
            }
        }
    }

    @Test func defaultInitialisationIsPyTorchs() {
        var random = Philox(seed: 3, purpose: .initialisation)
        var layout = ParameterLayout()
        let layer = DenseLayer("l", inputs: 100, outputs: 300, activation: .relu, layerNorm: true, in: &layout)
        let parameters = FloatBuffer(layout.count)
        layer.initialise(parameters, orthogonalGain: nil, using: &random)
        let weights = parameters.array[layer.weight.range]
        // Uniform in ±1/√inputs, biases too.
        #expect(weights.allSatisfy { abs($0) <= 0.1 } && (weights.max() ?? 0) > 0.0999 && (weights.min() ?? 0) < -0.0999)
        #expect(abs(weights.reduce(0) { $0 + Double($1 * $1) } / 30_000 - 0.01 / 3) < 1e-4)
        let biases = parameters.array[layer.bias.range]
        #expect(biases.allSatisfy { abs($0) <= 0.1 } && (biases.max() ?? 0) > 0.09 && (biases.min() ?? 0) < -0.09)
        #expect(parameters.array[layer.norm?.gain.range ?? 0..<0].allSatisfy { $0 == 1 })
        #expect(parameters.array[layer.norm?.bias.range ?? 0..<0].allSatisfy { $0 == 0 })
        // Orthogonal weights come with zero biases.
        layer.initialise(parameters, orthogonalGain: 1, using: &random)
        #expect(parameters.array[layer.bias.range].allSatisfy { $0 == 0 })
    }
}
