import Core
import GoldenNumbers
import Networks
import Tensor
import Testing

@testable import Algorithms

@Suite struct PPOLossTests {
    /// Inputs and gradients of one loss, in buffers so that spans of them are easily had.
    private struct Case {
        var outputs, values, logStd, actions, oldLogProbabilities, oldValues, advantages, returns: FloatBuffer
        let dOutputs, dValues, dLogStd: FloatBuffer
        var coefficients: PPOLossCoefficients

        init(_ golden: Golden) throws {
            outputs = try golden.buffer("outputs")
            values = try golden.buffer("values")
            logStd = golden.numbers["logStd"] == nil ? FloatBuffer(0) : try golden.buffer("logStd")
            actions = try golden.buffer("actions")
            oldLogProbabilities = try golden.buffer("oldLogProbabilities")
            oldValues = try golden.buffer("oldValues")
            advantages = try golden.buffer("advantages")
            returns = try golden.buffer("returns")
            dOutputs = FloatBuffer([Float](repeating: .nan, count: outputs.count))
            dValues = FloatBuffer([Float](repeating: .nan, count: values.count))
            dLogStd = FloatBuffer([Float](repeating: .nan, count: logStd.count))
            let s = try golden["settings"]
            coefficients = PPOLossCoefficients(
                clipRange: s[0], valueClipRange: s[1] > 0 ? s[1] : nil, value: s[2], entropy: s[3], bound: logStd.count > 0 ? s[4] : 0,
                boundLow: [s[5], s[5], s[5]], boundHigh: [s[6], s[6], s[6]])
        }

        /// Sums and gradients, and L of the documentation.
        func run() -> (sums: PPOLossSums, loss: Double) {
            var a = dOutputs.mutableSpan
            var b = dValues.mutableSpan
            var c = dLogStd.mutableSpan
            let sums = ppoLoss(
                PPOLossInputs(
                    outputs: outputs.span, values: values.span, logStd: logStd.span, actions: actions.span,
                    oldLogProbabilities: oldLogProbabilities.span, oldValues: oldValues.span, advantages: advantages.span, returns: returns.span),
                coefficients, scale: 1 / Float(values.count), dOutputs: &a, dValues: &b, dLogStd: &c)
            return (sums, sums.loss(coefficients, rows: values.count))
        }
    }

    static let names = ["ppo-gaussian", "ppo-gaussian-value-clip", "ppo-categorical", "ppo-categorical-value-clip"]

    @Test(arguments: names) func golden(_ name: String) throws {
        let golden = try Golden(name)
        let state = try Case(golden)
        let (sums, loss) = state.run()
        let parts = [sums.policy, sums.value, sums.entropy, sums.bound, sums.kl, sums.clipped].map { Float($0 / 24) }
        for (part, expected) in zip(parts + [Float(sums.ratioDeviation)], try golden["parts"]) {
            #expect(abs(part - expected) < 1e-5 * max(abs(expected), 0.1))
        }
        try golden.expect([Float(loss)], "loss")
        try golden.expect(state.dOutputs.array, "dOutputs")
        try golden.expect(state.dValues.array, "dValues")
        if state.logStd.count > 0 { try golden.expect(state.dLogStd.array, "dLogStd") }
        // The cases are worth something only if clipping happens, both ways.
        #expect(sums.clipped > 2 && sums.clipped < 22)
    }

    @Test(arguments: names) func finiteDifferences(_ name: String) throws {
        let state = try Case(try Golden(name))
        _ = state.run()
        let h: Float = 2e-3
        for (buffer, gradient) in [(state.outputs, state.dOutputs), (state.values, state.dValues), (state.logStd, state.dLogStd)] {
            let analytic = gradient.array
            let scale = Double(analytic.reduce(0) { max($0, abs($1)) })
            var kinks = 0
            for i in 0..<buffer.count {
                let value = buffer[i]
                func at(_ offset: Float) -> (Double, Double) {
                    buffer[i] = value + offset
                    return (Double(buffer[i]), state.run().loss)
                }
                let (a, b, m, c, d) = (at(-2 * h), at(-h), at(0), at(h), at(2 * h))
                buffer[i] = value
                // A clip's edge within the stencil shows as sides that disagree.
                let sides = abs((d.1 - m.1) / (d.0 - m.0) - (m.1 - a.1) / (m.0 - a.0))
                if sides > 0.05 * scale {
                    kinks += 1
                    continue
                }
                let numeric = 4.0 / 3 * (c.1 - b.1) / (c.0 - b.0) - 1.0 / 3 * (d.1 - a.1) / (d.0 - a.0)
                #expect(abs(numeric - Double(analytic[i])) < 2e-3 * scale, "\(i): \(analytic[i]), numerically \(numeric)")
            }
            #expect(kinks <= buffer.count / 10 + 1)
        }
    }

    /// What is not a number must not vanish between the branches of a minimum.
    @Test func nanReachesTheGradient() throws {
        let state = try Case(try Golden("ppo-gaussian"))
        state.advantages[3] = .nan
        _ = state.run()
        #expect(state.dOutputs[9].isNaN && !state.dOutputs[0].isNaN && state.dLogStd[0].isNaN)
    }
}

extension PPOLossSums {
    /// The loss of which the gradients are.
    func loss(_ c: PPOLossCoefficients, rows: Int) -> Double {
        (policy + Double(c.value) * value - Double(c.entropy) * entropy + Double(c.bound) * bound) / Double(rows)
    }
}
