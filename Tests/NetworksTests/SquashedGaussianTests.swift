import Core
import GoldenNumbers
import Tensor
import Testing

@testable import Networks

@Suite struct SquashedGaussianTests {
    @Test func golden() throws {
        let golden = try Golden("squashed", file: "sac")
        let bounds = try golden["bounds"]
        let distribution = SquashedGaussian(width: 3, low: bounds[0], high: bounds[1])
        let workspace = SquashedGaussianWorkspace(distribution, capacity: 7)
        for (i, value) in try golden["noise"].enumerated() { workspace.noise[i] = value }
        let output = try golden.buffer("output")
        distribution.sample(output.pointer, rows: 7, workspace)
        try golden.expect(workspace.unsquashed.array, "u", within: 1e-6)
        try golden.expect(workspace.actions.array, "actions", within: 1e-6)
        try golden.expect(workspace.logProbabilities.array, "logProbabilities", within: 2e-6)
        let gradient = FloatBuffer(7 * 6)
        gradient.fill(.nan)
        let dActions = try golden.buffer("dActions")
        distribution.backward(
            output.pointer, dActions: dActions.pointer, weight: try golden["weight"][0], dOutput: gradient.pointer, rows: 7, workspace)
        withExtendedLifetime((output, dActions)) {}
        try golden.expect(gradient.array, "dOutput", within: 2e-6)
    }

    /// Where tanh is 1 to the last bit, the density is still right: nothing is inverted.
    @Test func extremeMeans() throws {
        let golden = try Golden("squashed-extreme", file: "sac")
        let distribution = SquashedGaussian(width: 1, low: -20, high: 2)
        let workspace = SquashedGaussianWorkspace(distribution, capacity: 11)
        let output = try golden.buffer("output")
        distribution.sample(output.pointer, rows: 11, workspace)
        for (found, expected) in zip(workspace.logProbabilities.array, try golden["logProbabilities"]) {
            #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(found) for \(expected)")
        }
        #expect(workspace.actions.array.allSatisfy { abs($0) <= 1 })
        let (gradient, dActions) = (FloatBuffer(22), FloatBuffer(11))
        distribution.backward(output.pointer, dActions: dActions.pointer, weight: 1, dOutput: gradient.pointer, rows: 11, workspace)
        withExtendedLifetime((output, dActions)) {}
        try golden.expect(gradient.array, "dOutput", within: 1e-6)
    }

    @Test func gradientAgainstDifferences() {
        let distribution = SquashedGaussian(width: 2, low: -2, high: 1)
        let workspace = SquashedGaussianWorkspace(distribution, capacity: 4)
        var random = Philox(seed: 4, purpose: .test)
        workspace.drawNoise(rows: 4, using: &random)
        let output = FloatBuffer((0..<16).map { _ in Float(random.normal()) })
        let weights = FloatBuffer((0..<8).map { _ in Float(random.normal()) })
        func loss() -> Double {
            distribution.sample(output.pointer, rows: 4, workspace)
            var sum = 0.0
            for i in 0..<8 { sum += Double(weights[i]) * Double(workspace.actions[i]) }
            for i in 0..<4 { sum += 0.4 * Double(workspace.logProbabilities[i]) }
            return sum
        }
        _ = loss()
        let gradient = FloatBuffer(16)
        distribution.backward(output.pointer, dActions: weights.pointer, weight: 0.4, dOutput: gradient.pointer, rows: 4, workspace)
        withExtendedLifetime(weights) {}
        for i in 0..<16 {
            let value = output[i]
            let h: Float = 1e-2
            output[i] = value + h
            let above = loss()
            output[i] = value - h
            let below = loss()
            output[i] = value
            #expect(abs((above - below) / Double(2 * h) - Double(gradient[i])) < 1e-3 * max(1, abs(Double(gradient[i]))), "\(i)")
        }
    }

    @Test func noiseIsStandardNormal() {
        let distribution = SquashedGaussian(width: 3, low: -2, high: 1)
        let workspace = SquashedGaussianWorkspace(distribution, capacity: 50_001)
        var random = Philox(seed: 5, purpose: .test)
        workspace.drawNoise(rows: 50_001, using: &random)
        let values = workspace.noise.array.prefix(150_003).map { Double($0) }
        let n = Double(values.count)
        for (power, expected, tolerance) in [(1, 0.0, 0.01), (2, 1, 0.015), (3, 0, 0.04), (4, 3, 0.12)] {
            let moment = values.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } } / n
            #expect(abs(moment - expected) < tolerance, "moment \(power) is \(moment)")
        }
        // The tail beyond three deviations, and no number linked to the one made with it.
        #expect(abs(Double(values.count { abs($0) > 3 }) / n - 0.0027) < 0.0005)
        let half = values.count / 2
        let correlation = (0..<half).reduce(0.0) { $0 + values[$1] * values[half + $1] } / Double(half)
        #expect(abs(correlation) < 0.015)
        // The same generator gives the same noise, and then other noise.
        var again = Philox(seed: 5, purpose: .test)
        let other = SquashedGaussianWorkspace(distribution, capacity: 50_001)
        other.drawNoise(rows: 50_001, using: &again)
        #expect(other.noise.array == workspace.noise.array && again == random)
        other.drawNoise(rows: 50_001, using: &again)
        #expect(other.noise.array != workspace.noise.array)
    }

    @Test func notANumberPasses() {
        let distribution = SquashedGaussian(width: 1, low: -20, high: 2)
        let workspace = SquashedGaussianWorkspace(distribution, capacity: 2)
        let output = FloatBuffer([.nan, 0, 0, .nan])
        distribution.sample(output.pointer, rows: 2, workspace)
        withExtendedLifetime(output) {}
        let none = workspace.logProbabilities.array.allSatisfy { $0.isNaN }
        #expect(none)
    }
}
