import Core
import Foundation
import Testing

@testable import Insight

@Suite struct TrendTests {
    private func points(_ values: [Double], every: Double = 100) -> [CurvePoint] { values.enumerated().map { CurvePoint(Double($0) * every, $1) } }

    @Test func exactProbabilitiesOfKendall() throws {
        // Kendall 1975, table of S: n = 5, S = 10 has 1/120 on one side; S = 8 has 5/120; n = 6, S = 9 has 49/720 = 0.068.
        #expect(abs(try #require(Trend(points([1, 2, 3, 4, 5]))).probability - 2.0 / 120) < 1e-12)
        #expect(abs(try #require(Trend(points([1, 2, 3, 5, 4]))).probability - 10.0 / 120) < 1e-12)
        #expect(abs(try #require(Trend(points([1, 4, 2, 3, 6, 5]))).probability - 2 * 49.0 / 720) < 1e-12)
    }

    @Test func directions() throws {
        #expect(try #require(Trend(points([1, 2, 3, 4, 5]))).direction == .rising)
        #expect(try #require(Trend(points([5, 4, 3, 2, 1]))).direction == .falling)
        #expect(try #require(Trend(points([1, 4, 2, 3, 6, 5]))).direction == .flat)
        // The same value over and over goes nowhere.
        let same = try #require(Trend(points([2, 2, 2, 2, 2, 2])))
        #expect(same.direction == .flat && same.slope == 0 && same.probability == 1)
        #expect(Trend(points([1, 2, 3, 4])) == nil && Trend(points([1, 2, .nan, 3, 4])) == nil)
    }

    @Test func slopeIsTheMedianAndIgnoresAWildValue() throws {
        let trend = try #require(Trend(points([0, 2, 4, 6, 1000, 10, 12, 14])))
        #expect(abs(trend.slope - 0.02) < 0.005 && trend.direction == .rising)
        #expect(trend.interval.low > 0 && trend.interval.low <= trend.slope && trend.slope <= trend.interval.high)
        #expect(trend.count == 8 && trend.span == 700)
    }

    @Test func noiseIsFlatAsOftenAsPromised() {
        var random = Philox(seed: 2, purpose: .test)
        for count in [8, 20] {
            let found = (0..<1000).filter { _ in Trend(points((0..<count).map { _ in random.uniform(0, 1) }))?.direction != .flat }.count
            // 5 % of 1,000 with a deviation of 7; ranks being whole numbers it may be less.
            #expect((15...75).contains(found), "\(count): \(found)")
        }
        // Ties are no evidence: three values, in no order.
        let tied = (0..<1000).filter { _ in Trend(points((0..<10).map { _ in Double(random.below(3)) }))?.direction != .flat }.count
        #expect((10...75).contains(tied), "\(tied)")
    }

    /// Newcombe's own example, outcomes without spread, and the share of samples whose interval holds the true difference.
    @Test func pairedRateDifferences() throws {
        func interval(_ both: Int, _ first: Int, _ second: Int, _ none: Int) throws -> Interval {
            func column(_ counts: [(Double, Int)]) -> [Double] { counts.flatMap { Array(repeating: $0.0, count: $0.1) } }
            let a = column([(1, both), (1, first), (0, second), (0, none)])
            let b = column([(1, both), (0, first), (1, second), (0, none)])
            let difference = try #require(Statistics.pairedRateDifference(a, b))
            #expect(difference.paired && abs(difference.mean - Double(first - second) / Double(both + first + second + none)) < 1e-12)
            return difference.interval
        }
        let example = try interval(20, 12, 2, 16)
        #expect(abs(example.low - 0.0562) < 1e-4 && abs(example.high - 0.3292) < 1e-4)
        let all = try interval(0, 100, 0, 0)
        #expect(abs(all.low - 0.947683) < 1e-6 && all.high == 1)
        let never = try interval(0, 0, 0, 100)
        #expect(abs(never.low + 0.036993) < 1e-6 && abs(never.high - 0.036993) < 1e-6)
        #expect(Statistics.pairedRateDifference([1], [0]) == nil && Statistics.pairedRateDifference([1, 0.5], [0, 0]) == nil)

        // Every sample of 20 pairs by its probability.
        let n = 20
        let factorials = (0...n).map { (1...max($0, 1)).reduce(1.0) { $0 * Double($1) } }
        for (both, first, second) in [(0.5, 0.2, 0.1), (0.1, 0.3, 0.05), (0.25, 0.25, 0.25), (0.05, 0.5, 0.01)] {
            var covered = 0.0
            for a in 0...n {
                for b in 0...n - a {
                    for c in 0...n - a - b where try interval(a, b, c, n - a - b - c).contains(first - second) {
                        let d = n - a - b - c
                        let ways = factorials[n] / (factorials[a] * factorials[b] * factorials[c] * factorials[d])
                        let likelihoods = pow(both, Double(a)) * pow(first, Double(b)) * pow(second, Double(c))
                        covered += ways * likelihoods * pow(1 - both - first - second, Double(d))
                    }
                }
            }
            #expect(covered > 0.945 && covered < 0.98, "\(both), \(first), \(second): \(covered)")
        }
    }

    @Test func rateDifferences() {
        // Newcombe 1998, table II, method 10: 56/70 − 48/80 is 0.0524 to 0.3339; 9/10 − 3/10 is 0.1705 to 0.8090.
        let a = Statistics.rateDifference(successes: 56, of: 70, minus: 48, of: 80)
        #expect(abs(a.interval.low - 0.0524) < 1e-4 && abs(a.interval.high - 0.3339) < 1e-4)
        let b = Statistics.rateDifference(successes: 9, of: 10, minus: 3, of: 10)
        #expect(abs(b.interval.low - 0.1705) < 1e-4 && abs(b.interval.high - 0.8090) < 1e-4)
        #expect(Statistics.rateDifference(successes: 5, of: 5, minus: 5, of: 5).interval.contains(0))
    }
}
