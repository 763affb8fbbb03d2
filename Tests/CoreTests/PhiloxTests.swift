import Foundation
import Testing

@testable import Core

@Suite struct PhiloxTests {
    /// Known answers of Random123's philox4x32 with ten rounds.
    @Test(arguments: [
        ([0, 0, 0, 0], [0, 0], [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
        (
            [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [0xFFFF_FFFF, 0xFFFF_FFFF],
            [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
        ),
        (
            [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0],
            [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
        ),
    ] as [([UInt32], [UInt32], [UInt32])])
    func knownAnswers(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
        let words = Philox.rounds(counter: (counter[0], counter[1], counter[2], counter[3]), key: (key[0], key[1]))
        #expect([words.0, words.1, words.2, words.3] == expected)
    }

    /// The stream is the blocks one after another, low word first, with the documented counter and key.
    @Test func streamLayout() {
        var stream = Philox(seed: 0x1122_3344_5566_7788, purpose: .test, index: 7)
        for block in UInt32(0)..<5 {
            let words = Philox.rounds(counter: (block, 0, 7, 1000), key: (0x5566_7788, 0x1122_3344))
            for word in [words.0, words.1, words.2, words.3] { #expect(stream.nextWord() == word) }
        }
        var wide = Philox(seed: 3, purpose: .test)
        var narrow = Philox(seed: 3, purpose: .test)
        let low = UInt64(narrow.nextWord())
        #expect(wide.next() == low | UInt64(narrow.nextWord()) << 32)
    }

    /// Seed, purpose and index each name a stream of their own, uncorrelated with the others.
    @Test func streamsAreIndependent() {
        let names: [(UInt64, RandomPurpose, UInt32)] = [
            (1, .test, 0), (2, .test, 0), (1 << 32, .test, 0), (1, .test, 1), (1, .actionNoise, 0), (1, .environment, 0), (1, .test, 1 << 31),
        ]
        let n = 20_000
        let streams = names.map { name in
            var random = Philox(seed: name.0, purpose: name.1, index: name.2)
            return (0..<n).map { _ in random.uniform() - 0.5 }
        }
        for a in streams.indices {
            for b in 0..<a {
                var correlation = 0.0
                for i in 0..<n { correlation += 12 * streams[a][i] * streams[b][i] / Double(n) }
                #expect(abs(correlation) < 5 / Double(n).squareRoot(), "\(names[a]) and \(names[b])")
            }
        }
    }

    /// Episodes' seeds differ by episode, index, purpose and run, and are no stretch of the index's own stream.
    @Test func childSeeds() {
        var seen = Set<UInt64>()
        for seed in [UInt64(0), 1, 1 << 40] {
            for purpose in [RandomPurpose.trainingEpisodes, .evaluationEpisodes] {
                for index in UInt32(0)..<4 {
                    for count in [UInt64(0), 1, 2, 1 << 32] {
                        seen.insert(Philox.childSeed(of: seed, purpose: purpose, index: index, count: count))
                    }
                    var stream = Philox(seed: seed, purpose: purpose, index: index)
                    for _ in 0..<8 { seen.insert(stream.next()) }
                }
            }
        }
        #expect(seen.count == 3 * 2 * 4 * (4 + 8))
        #expect(
            Philox.childSeed(of: 9, purpose: .test, index: 1, count: 5) == Philox.childSeed(of: 9, purpose: .test, index: 1, count: 5))
    }

    @Test func uniformMoments() {
        var random = Philox(seed: 4, purpose: .test)
        let n = 200_000
        var bins = [Int](repeating: 0, count: 20)
        var sum = 0.0
        var squares = 0.0
        for _ in 0..<n {
            let u = random.uniform()
            #expect(u >= 0 && u < 1)
            sum += u
            squares += u * u
            bins[Int(u * 20)] += 1
        }
        #expect(abs(sum / Double(n) - 0.5) < 5 * (1.0 / 12 / Double(n)).squareRoot())
        #expect(abs(squares / Double(n) - 1.0 / 3) < 5 * (4.0 / 45 / Double(n)).squareRoot())
        #expect(chiSquare(bins) < 19 + 5 * (2.0 * 19).squareRoot())
        for _ in 0..<1000 {
            let u = random.uniform(-3, 5)
            #expect(u >= -3 && u < 5)
        }
    }

    @Test func normalMoments() {
        var random = Philox(seed: 5, purpose: .test)
        let n = 200_001
        let values = [Float](unsafeUninitializedCapacity: n) { buffer, count in
            buffer.initialize(repeating: .nan)
            var span = buffer.mutableSpan
            random.fillNormal(&span)
            count = n
        }
        var powers = [0.0, 0, 0, 0]
        for value in values {
            let x = Double(value)
            for k in 0..<4 { powers[k] += pow(x, Double(k + 1)) / Double(n) }
        }
        // Variances of the powers' means: 1, 2, 15, 96 over n.
        for (power, (expected, variance)) in zip(powers, [(0.0, 1.0), (1, 2), (0, 15), (3, 96)]) {
            #expect(abs(power - expected) < 5 * (variance / Double(n)).squareRoot())
        }
        // Neighbours come from one pair and are still independent; the tails are as long as they should be.
        var product = 0.0
        for i in 0..<n - 1 { product += Double(values[i] * values[i + 1]) / Double(n) }
        #expect(abs(product) < 5 / Double(n).squareRoot())
        let beyond = values.count { abs($0) > 3 }
        #expect(abs(Double(beyond) - 0.0027 * Double(n)) < 5 * (0.0027 * Double(n)).squareRoot())
        #expect(values.allSatisfy { $0.isFinite })
    }

    @Test(arguments: [1, 2, 3, 7, 10, 1000, Int(UInt32.max), 3 << 30])
    func belowIsUnbiased(bound: Int) {
        var random = Philox(seed: 6, purpose: .test)
        let n = 40_000
        // By thirds of the range at most: with a bound of ¾·2³², plain multiplication would give every third number twice.
        let cells = min(bound, 12)
        var bins = [Int](repeating: 0, count: cells)
        var residues = [Int](repeating: 0, count: 3)
        for _ in 0..<n {
            let value = random.below(bound)
            #expect(value >= 0 && value < bound)
            bins[value * cells / bound] += 1
            residues[value % 3] += 1
        }
        // How many of the range's numbers fall into each cell, by a smaller range of the same shape where it is great.
        let size = min(bound, 12_000)
        var expected = [Double](repeating: 0, count: cells)
        for value in 0..<size { expected[value * cells / size] += Double(n) / Double(size) }
        var statistic = 0.0
        for (bin, mean) in zip(bins, expected) {
            let d = Double(bin) - mean
            statistic += d * d / mean
        }
        #expect(statistic < Double(cells) + 5 * (2 * Double(cells)).squareRoot())
        if bound == 3 << 30 { #expect(chiSquare(residues) < 2 + 5 * 2) }
    }

    @Test func permutations() {
        var random = Philox(seed: 7, purpose: .test)
        var counts: [[Int32]: Int] = [:]
        for _ in 0..<24_000 {
            var order = [Int32](repeating: -1, count: 4)
            var span = order.mutableSpan
            random.permutation(into: &span)
            #expect(order.sorted() == [0, 1, 2, 3])
            counts[order, default: 0] += 1
        }
        #expect(counts.count == 24)
        #expect(chiSquare(Array(counts.values)) < 23 + 5 * (2.0 * 23).squareRoot())
        for n in [0, 1, 2, 1001] {
            var order = [Int32](repeating: -1, count: n)
            var span = order.mutableSpan
            random.permutation(into: &span)
            #expect(order.sorted() == (0..<Int32(n)).map { $0 })
        }
    }

    @Test func categoricalFrequencies() {
        var random = Philox(seed: 8, purpose: .test)
        let probabilities: [Float] = [0.1, 0, 0.4, 0.2, 0.3, 0]
        var counts = [Int](repeating: 0, count: 6)
        let n = 50_000
        for _ in 0..<n { counts[random.categorical(probabilities.span)] += 1 }
        #expect(counts[1] == 0 && counts[5] == 0)
        for i in [0, 2, 3, 4] {
            let p = Double(probabilities[i])
            #expect(abs(Double(counts[i]) - p * Double(n)) < 5 * (p * (1 - p) * Double(n)).squareRoot())
        }
        // Probabilities that do not quite reach 1 still give a possible index.
        for _ in 0..<1000 { #expect(random.categorical([0, 0.001, 0].span) == 1) }
    }

    /// Saved in the middle of a block, a generator goes on where it was.
    @Test(arguments: 0..<9) func codableRoundTrip(drawn: Int) throws {
        var random = Philox(seed: .max, purpose: .minibatchOrder, index: 3)
        for _ in 0..<drawn { _ = random.nextWord() }
        var copy = try JSONDecoder().decode(Philox.self, from: try JSONEncoder().encode(random))
        #expect(copy == random)
        for _ in 0..<20 { #expect(copy.nextWord() == random.nextWord()) }
    }

    private func chiSquare(_ bins: [Int]) -> Double {
        let expected = Double(bins.reduce(0, +)) / Double(bins.count)
        return bins.reduce(0.0) { sum, bin in
            let d = Double(bin) - expected
            return sum + d * d / expected
        }
    }
}
