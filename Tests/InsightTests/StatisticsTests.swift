import Runs
import Testing

@testable import Insight

/// Golden numbers: SciPy 1.17.1 and NumPy, by hand, with the arrays `x` and `y` below.
@Suite struct StatisticsTests {
    let x = [12.5, -3.0, 7.25, 40.0, 8.0, 9.5, -11.0, 3.25, 15.0, 22.0]
    let y = [10.0, -1.0, 9.0, 30.0, 8.5, 4.0, -20.0, 1.0, 16.0, 18.0]

    private func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool { abs(a - b) <= tolerance * max(1, abs(b)) }

    @Test func descriptive() {
        #expect(close(Statistics.mean(x), 10.35))
        #expect(close(Statistics.deviation(x), 13.910028356868612))
        #expect(Statistics.deviation([4]) == 0)
        #expect(close(Statistics.median(x), 8.75))
        #expect(Statistics.median([3, 1, 2]) == 2)
        // numpy.quantile(x, [.1, .25, .9])
        #expect(close(Statistics.quantile(x, 0.1), -3.8) && close(Statistics.quantile(x, 0.25), 4.25) && close(Statistics.quantile(x, 0.9), 23.8))
        #expect(Statistics.quantile(x, 0) == -11 && Statistics.quantile(x, 1) == 40)
        // scipy.stats.trim_mean(x, .25)
        #expect(close(Statistics.interquartileMean(x), 9.25))
        #expect(Statistics.interquartileMean([5]) == 5)
    }

    @Test(arguments: [
        (0.975, 1.0, 12.706204736174694), (0.975, 2, 4.302652729749462), (0.975, 9, 2.262157162798205), (0.975, 19, 2.0930240544083087),
        (0.95, 4, 2.1318467863266495), (0.995, 99, 2.626405457280827), (0.9995, 1, 636.6192487687897), (0.025, 7.5, -2.3330396268649745),
        (0.9, 1e6, 1.281552412129939), (0.6, 3, 0.2766706623326898), (0.5, 3, 0),
    ])
    func studentQuantiles(probability: Double, degrees: Double, expected: Double) {
        // scipy.stats.t.ppf
        #expect(close(Statistics.studentQuantile(probability, degrees: degrees), expected, 1e-9))
    }

    @Test func normalQuantilesAndBeta() {
        // scipy.stats.norm.ppf and scipy.special.betainc
        #expect(close(Statistics.normalQuantile(0.975), 1.959963984540054) && close(Statistics.normalQuantile(0.1), -1.2815515655446004))
        #expect(close(Statistics.normalQuantile(1e-9), -5.9978070150076865))
        #expect(close(Statistics.regularisedBeta(0.4, 2, 3), 0.5248) && close(Statistics.regularisedBeta(0.1, 0.5, 0.5), 0.20483276469913345))
        #expect(close(Statistics.regularisedBeta(0.99, 40, 0.5), 0.37138602325398434))
        #expect(Statistics.regularisedBeta(0, 2, 3) == 0 && Statistics.regularisedBeta(1, 2, 3) == 1)
    }

    @Test func intervalOfTheMean() throws {
        // scipy.stats.t.interval(.95, 9, loc=mean, scale=sem)
        let t = try #require(Statistics.meanInterval(x))
        #expect(close(t.low, 0.3993651526662614) && close(t.high, 20.30063484733374))
        #expect(Statistics.meanInterval([3]) == nil)
        // scipy.stats.bootstrap(method='percentile', n_resamples=200000): 2.6, 18.925; the tolerance is the resampling's own noise.
        let bootstrap = try #require(Statistics.meanInterval(x, method: .bootstrap(resamples: 20_000, seed: 3)))
        #expect(abs(bootstrap.low - 2.6) < 0.3 && abs(bootstrap.high - 18.925) < 0.3)
        #expect(Statistics.meanInterval(x, method: .bootstrap(resamples: 20_000, seed: 3)) == bootstrap)
        #expect(Statistics.meanInterval(x, method: .bootstrap(resamples: 20_000, seed: 4)) != bootstrap)
    }

    @Test(arguments: [
        (15, 20, 0.5312991223812561, 0.8881382985923344), (0, 20, 0, 0.16112515805281935), (20, 20, 0.8388748419471808, 1),
        (1, 3, 0.06149194472039626, 0.7923403991979523),
    ])
    func wilson(successes: Int, trials: Int, low: Double, high: Double) {
        // scipy.stats.binomtest(k, n).proportion_ci(method='wilson')
        let interval = Statistics.wilsonInterval(successes: successes, of: trials)
        #expect(close(interval.low, low) && close(interval.high, high))
    }

    @Test func differences() throws {
        // scipy.stats.ttest_rel(x, y).confidence_interval()
        let paired = try #require(Statistics.pairedDifference(x, y))
        #expect(close(paired.mean, 2.8) && close(paired.interval.low, -0.2950612784174931) && close(paired.interval.high, 5.895061278417493))
        #expect(!paired.isSignificant && paired.paired)
        // scipy.stats.ttest_ind(x, y[:7], equal_var=False).confidence_interval()
        func figures(_ values: [Double]) throws -> EvaluationFigures {
            try .summarise(returns: values, lengths: values.map { _ in 1 }, successes: values.map { _ in true })
        }
        let welch = try #require(Statistics.difference(try figures(x), try figures(Array(y[..<7]))))
        #expect(close(welch.mean, 4.564285714285714) && close(welch.interval.low, -10.957345315235472) && close(welch.interval.high, 20.0859167438069))
        // No spread at all: the difference is exact.
        let exact = try #require(Statistics.difference(try figures([2, 2]), try figures([1, 1])))
        #expect(exact.interval == Interval(1, 1) && exact.isSignificant)
        #expect(Statistics.difference(try figures([2]), try figures([1, 1])) == nil)
    }

    @Test func summary() throws {
        let figures = try EvaluationFigures.summarise(
            returns: [1, 4, 2], lengths: [10, 20, 33], successes: [true, false, true], metrics: ["speed": [0.5, 1, 1.5]])
        #expect(figures.episodes == 3 && figures.min == 1 && figures.median == 2 && figures.max == 4 && figures.lengthMean == 21)
        #expect(close(figures.successRate, 2.0 / 3) && figures.metrics == ["speed": 1])
        let half = 4.302652729749462 * figures.std / 3.0.squareRoot()
        #expect(close(figures.ci95[0], figures.mean - half, 1e-9) && close(figures.ci95[1], figures.mean + half, 1e-9))
        #expect(figures.interval == Interval(figures.ci95[0], figures.ci95[1]))
        // One episode says nothing about the spread.
        let single = try EvaluationFigures.summarise(returns: [7], lengths: [1], successes: [true])
        #expect(single.ci95 == [] && single.interval == nil && single.mean == 7)
    }

    @Test func summaryRefusesWhatIsNotFiniteOrUneven() {
        #expect(throws: InsightError.self) { try EvaluationFigures.summarise(returns: [], lengths: [], successes: []) }
        let diverged = #expect(throws: InsightError.self) { try EvaluationFigures.summarise(returns: [1, .nan], lengths: [1, 1], successes: [true, true]) }
        #expect(diverged?.what == "episode 2 has return nan")
        let uneven = #expect(throws: InsightError.self) {
            try EvaluationFigures.summarise(returns: [1, 2], lengths: [1, 1], successes: [true, true], metrics: ["fuel": [1]])
        }
        #expect(uneven?.what == "1 values of fuel for 2 returns")
    }
}
