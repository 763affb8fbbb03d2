import Core
import Foundation
import GoldenNumbers
import Tensor
import Testing

@testable import Networks

@Suite struct DistributionTests {
    @Test func gaussianGolden() throws {
        let golden = try Golden("gaussian")
        let (mean, logStd, action) = (try golden.buffer("mean"), try golden.buffer("logStd"), try golden.buffer("action"))
        var logProbabilities: [Float] = []
        for row in 0..<6 {
            let range = row * 4..<(row + 1) * 4
            logProbabilities.append(
                DiagonalGaussian.logProbability(action: action.span(range), mean: mean.span(range), logStd: logStd.span))
        }
        try golden.expect(logProbabilities, "logProbability")
        try golden.expect([DiagonalGaussian.entropy(logStd: logStd.span)], "entropy")
    }

    @Test func categoricalGolden() throws {
        let golden = try Golden("categorical")
        let logits = try golden.buffer("logits")
        let (action, weight, entropyWeight) = (try golden["action"], try golden["weight"], try golden["entropyWeight"])
        let dLogits = FloatBuffer(30)
        var logProbabilities: [Float] = []
        var entropies: [Float] = []
        for row in 0..<6 {
            let range = row * 5..<(row + 1) * 5
            logProbabilities.append(Categorical.logProbability(action: Int(action[row]), logits: logits.span(range)))
            entropies.append(Categorical.entropy(logits: logits.span(range)))
            var d = dLogits.mutableSpan(range)
            Categorical.gradient(
                action: Int(action[row]), logits: logits.span(range), weight: weight[row], entropyWeight: entropyWeight[row], dLogits: &d)
        }
        try golden.expect(logProbabilities, "logProbability")
        try golden.expect(entropies, "entropy")
        try golden.expect(dLogits.array, "dLogits")
    }

    /// Gradients by central differences; the functions are smooth, so the step may be wide.
    @Test func finiteDifferences() {
        var random = Philox(seed: 4, purpose: .test)
        let h: Float = 0.01
        func differences(_ x: FloatBuffer, _ f: () -> Float) -> [Double] {
            (0..<x.count).map { i in
                let value = x[i]
                func at(_ offset: Float) -> (Double, Double) {
                    x[i] = value + offset
                    return (Double(x[i]), Double(f()))
                }
                let (a, b, c, d) = (at(-2 * h), at(-h), at(h), at(2 * h))
                x[i] = value
                return 4.0 / 3 * (c.1 - b.1) / (c.0 - b.0) - 1.0 / 3 * (d.1 - a.1) / (d.0 - a.0)
            }
        }
        for _ in 0..<20 {
            let logits = FloatBuffer((0..<5).map { _ in Float(2 * random.normal()) })
            let dLogits = FloatBuffer(5)
            let index = random.below(5)
            var d = dLogits.mutableSpan
            Categorical.gradient(action: index, logits: logits.span, weight: -0.6, entropyWeight: 0.8, dLogits: &d)
            let numeric = differences(logits) {
                -0.6 * Categorical.logProbability(action: index, logits: logits.span) + 0.8 * Categorical.entropy(logits: logits.span)
            }
            for (value, numeric) in zip(dLogits.array, numeric) { #expect(abs(Double(value) - numeric) < 3e-4) }
        }
    }

    @Test func gaussianSamples() {
        var random = Philox(seed: 5, purpose: .test)
        let mean = FloatBuffer([1, -2, 0.5])
        let logStd = FloatBuffer([0, -1, 1])
        var moments = RunningMoments(columns: 3)
        let action = FloatBuffer(3)
        for _ in 0..<20_000 {
            var span = action.mutableSpan
            DiagonalGaussian.sample(mean: mean.span, logStd: logStd.span, into: &span, using: &random)
            moments.add(action.span, rows: 1)
        }
        for i in 0..<3 {
            let std = exp(Double(logStd[i]))
            #expect(abs(moments.mean[i] - Double(mean[i])) < 5 * std / 20_000.0.squareRoot())
            #expect(abs(moments.variance(i) / (std * std) - 1) < 5 * (2.0 / 20_000).squareRoot())
        }
    }

    @Test func categoricalSamplesAndModes() {
        var random = Philox(seed: 6, purpose: .test)
        let logits = FloatBuffer([0, 1, -200, 2, 1000])
        // A huge logit neither overflows nor leaves anything to the others.
        #expect(Categorical.mode(logits: logits.span) == 4)
        for _ in 0..<100 { #expect(Categorical.sample(logits: logits.span, using: &random) == 4) }
        #expect(Categorical.entropy(logits: logits.span) == 0 && Categorical.logProbability(action: 4, logits: logits.span) == 0)
        let part = logits.span(0..<4)
        var counts = [0, 0, 0, 0]
        let n = 30_000
        for _ in 0..<n { counts[Categorical.sample(logits: part, using: &random)] += 1 }
        let total = 1 + exp(1.0) + exp(2.0)
        for (i, p) in [1 / total, exp(1) / total, 0, exp(2) / total].enumerated() {
            #expect(abs(Double(counts[i]) - p * Double(n)) <= 5 * (p * (1 - p) * Double(n)).squareRoot())
        }
        let equal = FloatBuffer([1, 3, 3])
        #expect(Categorical.mode(logits: equal.span) == 1, "the first of several")
    }
}
