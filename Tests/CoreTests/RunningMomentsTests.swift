import Core
import Testing

@Suite struct RunningMomentsTests {
    /// Rows with a large offset, where naive sums of squares would lose everything.
    private func rows(_ n: Int, seed: UInt64 = 1) -> [Float] {
        var random = Philox(seed: seed, purpose: .test)
        return (0..<n).flatMap { _ in [Float(random.normal()), Float(1000 + 0.01 * random.normal()), Float(-5 + 3 * random.normal())] }
    }

    private func naive(_ values: [Float]) -> (mean: [Double], variance: [Double]) {
        let n = values.count / 3
        var mean = [0.0, 0, 0]
        var variance = [0.0, 0, 0]
        for i in 0..<3 * n { mean[i % 3] += Double(values[i]) / Double(n) }
        for i in 0..<3 * n {
            let d = Double(values[i]) - mean[i % 3]
            variance[i % 3] += d * d / Double(n)
        }
        return (mean, variance)
    }

    @Test(arguments: [1, 2, 3, 17, 1000]) func piecesAndMergesGiveTheWhole(pieces: Int) {
        let values = rows(1000)
        let expected = naive(values)
        var added = RunningMoments(columns: 3)
        var merged = RunningMoments(columns: 3)
        for piece in 0..<pieces {
            let range = piece * 1000 / pieces * 3..<(piece + 1) * 1000 / pieces * 3
            let block = Array(values[range])
            added.add(block.span, rows: range.count / 3)
            var part = RunningMoments(columns: 3)
            part.add(block.span, rows: range.count / 3)
            merged.merge(part)
        }
        for moments in [added, merged] {
            #expect(moments.count == 1000)
            for c in 0..<3 {
                #expect(abs(moments.mean[c] - expected.mean[c]) <= 1e-12 * max(1, abs(expected.mean[c])))
                #expect(abs(moments.variance(c) / expected.variance[c] - 1) < 1e-10)
            }
        }
    }

    @Test func mergingIsSymmetricAndNothingChangesNothing() {
        var a = RunningMoments(columns: 3)
        a.add(rows(10).span, rows: 10)
        var b = RunningMoments(columns: 3)
        b.add(rows(90, seed: 2).span, rows: 90)
        var ab = a
        ab.merge(b)
        var ba = b
        ba.merge(a)
        for c in 0..<3 {
            #expect(abs(ab.mean[c] - ba.mean[c]) < 1e-11)
            #expect(abs(ab.variance(c) / ba.variance(c) - 1) < 1e-11)
        }
        let before = a
        a.merge(RunningMoments(columns: 3))
        let nothing: [Float] = []
        a.add(nothing.span, rows: 0)
        #expect(a == before)
        var empty = RunningMoments(columns: 3)
        empty.merge(before)
        #expect(empty == before)
    }

    @Test func startsAsTheIdentity() {
        let moments = RunningMoments(columns: 2)
        #expect(moments.mean == [0, 0] && moments.variance(0) == 1 && moments.variance(1) == 1)
        var one = RunningMoments(columns: 1)
        one.add([3].span, rows: 1)
        #expect(one.mean == [3] && one.variance(0) == 0)
    }
}
