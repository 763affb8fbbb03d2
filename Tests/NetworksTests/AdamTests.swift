import Core
import GoldenNumbers
import Tensor
import Testing

@testable import Networks

@Suite struct AdamTests {
    @Test(arguments: ["adam-default", "adam-equal-betas", "adam-decay"]) func golden(_ name: String) throws {
        let golden = try Golden(name)
        let settings = try golden["settings"]
        let n = 37
        let w = try golden.buffer("start")
        var adam = Adam(count: n, beta1: settings[0], beta2: settings[1], epsilon: settings[2], l2: settings[3])
        let gradients = try golden["gradients"]
        var after: [Float] = []
        var norms: [Float] = []
        for t in 0..<8 {
            let g = FloatBuffer(Array(gradients[t * n..<(t + 1) * n]))
            let norm = VectorMath.norm(g.span)
            norms.append(norm)
            adam.beginUpdate()
            // In two pieces, as worker threads do it.
            for range in [0..<20, 20..<n] {
                adam.apply(range, parameters: w, gradients: g, factor: norm > 0.5 ? 0.5 / (norm + 1e-6) : 1, learningRate: 3e-3)
            }
            after += w.array
        }
        try golden.expect(norms, "norms")
        try golden.expect(after, "after", within: 2e-7)
        // The way covered is short beside the weights, so it is compared on its own.
        let start = try golden["start"]
        let expected = try golden["after"]
        for i in 0..<n {
            let moved = Double(after[7 * n + i] - start[i])
            #expect(abs(moved - Double(expected[7 * n + i] - start[i])) < 1e-6)
        }
    }

    @Test func forgetsOnReset() {
        let g = FloatBuffer([1, -2, 3])
        func run(_ adam: inout Adam) -> [Float] {
            let w = FloatBuffer(3)
            for _ in 0..<3 {
                adam.beginUpdate()
                adam.apply(0..<3, parameters: w, gradients: g, factor: 1, learningRate: 0.1)
            }
            return w.array
        }
        var adam = Adam(count: 3)
        let first = run(&adam)
        #expect(adam.updates == 3 && adam.m[0] != 0 && adam.v[0] != 0)
        let second = run(&adam)
        adam.reset()
        #expect(adam.updates == 0 && adam.m.array == [0, 0, 0] && adam.v.array == [0, 0, 0])
        #expect(run(&adam) == first)
        #expect(zip(first, [-1, 1, -1]).allSatisfy { abs($0 - 0.3 * $1) < 1e-4 } && second.count == 3)
    }

    /// After very many updates the corrections are 1 and nothing overflows.
    @Test func manyUpdates() {
        var adam = Adam(count: 1)
        adam.updates = 50_000_000
        let w = FloatBuffer(1)
        adam.beginUpdate()
        adam.apply(0..<1, parameters: w, gradients: FloatBuffer([1]), factor: 1, learningRate: 0.1)
        // m = 0.1, v = 0.001: a step of 0.1·0.1/√0.001.
        #expect(abs(w[0] + 0.01 / Float(0.001).squareRoot()) < 1e-5)
    }

    /// Moments that decay don't stay subnormal, where every operation on them would be slow; around the update such numbers are what they were.
    @Test func forgottenMomentsEndAtZero() {
        var adam = Adam(count: 20, beta2: 0.9)
        let w = FloatBuffer(Array(repeating: 1, count: 20))
        var g = FloatBuffer(Array(repeating: 1e-3, count: 20))
        for t in 0..<2000 {
            if t == 10 { g = FloatBuffer(20) }
            adam.beginUpdate()
            adam.apply(0..<20, parameters: w, gradients: g, factor: 1, learningRate: 1e-3)
        }
        #expect(adam.m.array.allSatisfy { $0 == 0 } && adam.v.array.allSatisfy { $0 == 0 })
        #expect(w.array.allSatisfy { $0 < 1 && $0 > 0.95 })
        let tiny = FloatBuffer([Float.leastNormalMagnitude])
        #expect(tiny[0] / 2 > 0)
    }
}
