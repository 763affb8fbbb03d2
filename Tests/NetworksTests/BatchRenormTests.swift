import Core
import GoldenNumbers
import Tensor
import Testing

@testable import Networks

@Suite struct BatchRenormTests {
    init() throws { try BLAS.open() }

    private func network() -> (MLP, ParameterLayout) {
        var layout = ParameterLayout()
        let mlp = MLP("m", inputs: 5, hidden: [6, 4], outputs: 2, activation: .relu, batchRenorm: true, in: &layout)
        return (mlp, layout)
    }

    private func load(_ golden: Golden, _ layout: ParameterLayout) throws -> FloatBuffer {
        let parameters = FloatBuffer(layout.count)
        for range in layout.ranges { for (i, value) in try golden[range.name].enumerated() { parameters[range.offset + i] = value } }
        return parameters
    }

    @Test(arguments: ["batch", "corrected", "running"]) func golden(_ name: String) throws {
        let golden = try Golden("renorm-\(name)", file: "sac")
        let (mlp, layout) = network()
        let parameters = try load(golden, layout)
        let workspace = MLPWorkspace(mlp, capacity: 12)
        let x = try golden.buffer("x")
        mlp.forward(parameters, x: x.pointer, rows: 9, mode: name == "running" ? .running : .batch(corrected: name == "corrected"), workspace)
        try golden.expect(workspace.output.array.prefix(18), "y")
        let dx = FloatBuffer(45)
        for (i, value) in try golden["g"].enumerated() { workspace.outputGradient[i] = value }
        if name == "running" {
            // Some of the inputs alone.
            mlp.backwardInputs(parameters, dx: dx.pointer, columns: 0..<5, rows: 9, workspace)
            try golden.expect(dx.array, "dx")
            let part = FloatBuffer(18)
            mlp.forward(parameters, x: x.pointer, rows: 9, workspace)
            for (i, value) in try golden["g"].enumerated() { workspace.outputGradient[i] = value }
            mlp.backwardInputs(parameters, dx: part.pointer, columns: 2..<4, rows: 9, workspace)
            for r in 0..<9 { for c in 0..<2 { #expect(abs(part[r * 2 + c] - dx[r * 5 + 2 + c]) < 1e-5) } }
            return
        }
        let gradients = FloatBuffer(layout.count)
        mlp.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, rows: 9, workspace)
        try golden.expect(dx.array, "dx")
        for range in layout.ranges where !range.name.hasSuffix("renorm.mean") && !range.name.hasSuffix("renorm.variance") {
            try golden.expect(gradients.array[range.range], "d:\(range.name)")
        }
        // Statistics have no gradient, and follow only when asked.
        for range in layout.ranges where range.name.hasSuffix("renorm.mean") || range.name.hasSuffix("renorm.variance") {
            let untouched = gradients.array[range.range].allSatisfy { $0 == 0 }
            #expect(untouched)
            try golden.expect(parameters.array[range.range], range.name)
        }
        mlp.followStatistics(parameters, workspace)
        for range in layout.ranges where range.name.hasSuffix("renorm.mean") || range.name.hasSuffix("renorm.variance") {
            try golden.expect(parameters.array[range.range], "after:\(range.name)")
        }
        // The gradient of the first renormalisation is there also where nobody wants the input's.
        let alone = FloatBuffer(layout.count)
        let fresh = try load(golden, layout)
        mlp.forward(fresh, x: x.pointer, rows: 9, mode: .batch(corrected: name == "corrected"), workspace)
        for (i, value) in try golden["g"].enumerated() { workspace.outputGradient[i] = value }
        mlp.backward(fresh, gradients: alone, x: x.pointer, dx: nil, rows: 9, workspace)
        #expect(alone.array == gradients.array)
    }

    /// Uncorrected, so that the statistics' own derivatives are all of the difference; every parameter and input.
    @Test func gradientAgainstDifferences() {
        let (mlp, layout) = network()
        var random = Philox(seed: 3, purpose: .initialisation)
        let parameters = FloatBuffer(layout.count)
        mlp.initialise(parameters, orthogonal: false, hiddenGain: nil, outputGain: 1, using: &random)
        let x = FloatBuffer((0..<40).map { _ in Float(random.normal()) })
        let g = (0..<16).map { _ in Float(random.normal()) }
        let workspace = MLPWorkspace(mlp, capacity: 8)
        func loss() -> Double {
            mlp.forward(parameters, x: x.pointer, rows: 8, mode: .batch(corrected: false), workspace)
            return zip(g, workspace.output.array).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        _ = loss()
        let gradients = FloatBuffer(layout.count)
        let dx = FloatBuffer(40)
        workspace.outputGradient.assign(g)
        mlp.backward(parameters, gradients: gradients, x: x.pointer, dx: dx.pointer, rows: 8, workspace)
        var bad = 0
        for (buffer, gradient) in [(parameters, gradients), (x, dx)] {
            for i in 0..<buffer.count {
                let value = buffer[i]
                let h: Float = 2e-3
                buffer[i] = value + h
                let above = loss()
                buffer[i] = value - h
                let below = loss()
                buffer[i] = value
                let numeric = (above - below) / Double(2 * h)
                if abs(numeric - Double(gradient[i])) > 2e-2 * max(1, abs(numeric)) { bad += 1 }
            }
        }
        // A ReLU's kink may lie within a step.
        #expect(bad <= 3, "\(bad) gradients differ")
    }
}
