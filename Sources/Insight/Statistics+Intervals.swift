import Core
import Foundation
import Runs

/// A confidence interval; in JSON an object of `low` and `high`.
public struct Interval: Sendable, Codable, Equatable {
    public var low: Double
    public var high: Double

    public init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// An estimated difference of two means, first minus second.
public struct Difference: Sendable, Codable, Equatable {
    public var mean: Double
    /// Confidence interval of the difference.
    public var interval: Interval
    /// Whether the values were compared pair by pair, on the same episode seeds.
    public var paired: Bool
    /// Whether the interval leaves out 0.
    public var isSignificant: Bool { !interval.contains(0) }
}

extension Statistics {
    /// How a mean's interval is made.
    public enum IntervalMethod: Sendable {
        /// mean ± t · s/√n. Right on average for near-normal means; with few bimodal returns it is wide and may pass the possible range.
        case studentT
        /// Percentiles of the means of resampled data (Efron 1979), the same for the same seed; too narrow below about ten values.
        case bootstrap(resamples: Int = 10_000, seed: UInt64 = 0)
    }

    /// Confidence interval of the mean; nil for fewer than two values, which say nothing about it.
    public static func meanInterval(_ values: [Double], confidence: Double = 0.95, method: IntervalMethod = .studentT) -> Interval? {
        guard values.count > 1 else { return nil }
        switch method {
        case .studentT:
            return studentInterval(
                mean: mean(values), error: deviation(values) / Double(values.count).squareRoot(), degrees: Double(values.count - 1),
                confidence: confidence)
        case .bootstrap(let resamples, let seed):
            precondition(resamples > 0, "a bootstrap needs at least one resample")
            // Drawing stored values with replacement: the stream of replay sampling, under a seed of its own.
            var random = Philox(seed: seed, purpose: .replaySampling)
            let means = (0..<resamples).map { _ in
                (0..<values.count).reduce(0) { sum, _ in sum + values[random.below(values.count)] } / Double(values.count)
            }.sorted()
            return Interval(quantile(sorted: means, (1 - confidence) / 2), quantile(sorted: means, (1 + confidence) / 2))
        }
    }

    /// Interval of a success rate, good at 0 and 1 and for few trials (Wilson 1927).
    public static func wilsonInterval(successes: Int, of trials: Int, confidence: Double = 0.95) -> Interval {
        precondition(trials > 0 && (0...trials).contains(successes), "a success rate needs 0 ≤ successes ≤ trials and at least one trial")
        let (n, rate) = (Double(trials), Double(successes) / Double(trials))
        let z = normalQuantile((1 + confidence) / 2)
        let centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
        // Rounding must not push the ends past what a rate can be.
        return Interval(successes == 0 ? 0 : max(0, centre - half), successes == trials ? 1 : min(1, centre + half))
    }

    /// Difference of the means of values measured in pairs (the same episode seeds); nil for fewer than two pairs.
    public static func pairedDifference(_ first: [Double], _ second: [Double], confidence: Double = 0.95) -> Difference? {
        precondition(first.count == second.count, "a paired comparison needs equally many values on both sides")
        let differences = zip(first, second).map { $0 - $1 }
        guard let interval = meanInterval(differences, confidence: confidence) else { return nil }
        return Difference(mean: mean(differences), interval: interval, paired: true)
    }

    /// Difference of two independent means known by their figures (Welch 1947); nil where a side has fewer than two episodes.
    public static func difference(_ first: EvaluationFigures, _ second: EvaluationFigures, confidence: Double = 0.95) -> Difference? {
        difference(
            mean: first.mean, std: first.std, episodes: first.episodes, minus: second.mean, std: second.std, episodes: second.episodes,
            confidence: confidence)
    }

    /// The same from means, sample deviations and numbers of episodes.
    public static func difference(
        mean firstMean: Double, std firstStd: Double, episodes firstEpisodes: Int, minus secondMean: Double, std secondStd: Double,
        episodes secondEpisodes: Int, confidence: Double = 0.95
    ) -> Difference? {
        guard firstEpisodes > 1, secondEpisodes > 1 else { return nil }
        let (n1, n2) = (Double(firstEpisodes), Double(secondEpisodes))
        let (v1, v2) = (firstStd * firstStd / n1, secondStd * secondStd / n2)
        // Welch–Satterthwaite; two samples without spread have any number of degrees.
        let degrees = v1 + v2 > 0 ? (v1 + v2) * (v1 + v2) / (v1 * v1 / (n1 - 1) + v2 * v2 / (n2 - 1)) : n1 + n2 - 2
        let mean = firstMean - secondMean
        return Difference(
            mean: mean, interval: studentInterval(mean: mean, error: (v1 + v2).squareRoot(), degrees: degrees, confidence: confidence),
            paired: false)
    }

    private static func studentInterval(mean: Double, error: Double, degrees: Double, confidence: Double) -> Interval {
        let half = studentQuantile((1 + confidence) / 2, degrees: degrees) * error
        return Interval(mean - half, mean + half)
    }
}
