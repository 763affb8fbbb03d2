import Core
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

    @Test func rateDifferences() {
        // Newcombe 1998, table II, method 10: 56/70 − 48/80 is 0.0524 to 0.3339; 9/10 − 3/10 is 0.1705 to 0.8090.
        let a = Statistics.rateDifference(successes: 56, of: 70, minus: 48, of: 80)
        #expect(abs(a.interval.low - 0.0524) < 1e-4 && abs(a.interval.high - 0.3339) < 1e-4)
        let b = Statistics.rateDifference(successes: 9, of: 10, minus: 3, of: 10)
        #expect(abs(b.interval.low - 0.1705) < 1e-4 && abs(b.interval.high - 0.8090) < 1e-4)
        #expect(Statistics.rateDifference(successes: 5, of: 5, minus: 5, of: 5).interval.contains(0))
    }
}
