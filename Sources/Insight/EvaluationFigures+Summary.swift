import Runs

extension EvaluationFigures {
    /// The figures of finished episodes; `ci95` is the t interval of the mean return, empty for a single episode.
    ///
    /// - Parameters:
    ///   - returns: undiscounted return of each episode.
    ///   - lengths: steps of each episode.
    ///   - successes: whether the environment counts it as a success.
    ///   - metrics: the environment's measures, name → one value an episode; their means are kept.
    /// - Throws: `InsightError` for no episodes, columns of unequal length, or a value that is not finite.
    public static func summarise(
        returns: [Double], lengths: [Int], successes: [Bool], metrics: [String: [Double]] = [:]
    ) throws -> EvaluationFigures {
        guard !returns.isEmpty else { throw InsightError("an evaluation of no episodes has no figures", place: "evaluation", hint: "run at least one episode") }
        let columns = [("return", returns)] + metrics.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (name, count) in [("length", lengths.count), ("success", successes.count)] + columns.map({ ($0.0, $0.1.count) })
        where count != returns.count {
            throw InsightError("\(count) values of \(name) for \(returns.count) returns", place: "evaluation")
        }
        for (name, values) in columns {
            if let episode = values.firstIndex(where: { !$0.isFinite }) {
                throw InsightError("episode \(episode + 1) has \(name) \(values[episode])", place: "evaluation", hint: "the policy or the simulation diverged; take an earlier checkpoint")
            }
        }
        let sorted = returns.sorted()
        let interval = Statistics.meanInterval(returns)
        return EvaluationFigures(
            episodes: returns.count, mean: Statistics.mean(returns), std: Statistics.deviation(returns), min: sorted[0],
            median: Statistics.quantile(sorted: sorted, 0.5), max: sorted[sorted.count - 1], lengthMean: Statistics.mean(lengths.map(Double.init)),
            successRate: Double(successes.count { $0 }) / Double(successes.count), ci95: interval.map { [$0.low, $0.high] } ?? [],
            metrics: metrics.mapValues(Statistics.mean))
    }

    /// `ci95` as a value; nil where it is unknown.
    public var interval: Interval? { ci95.count == 2 ? Interval(ci95[0], ci95[1]) : nil }

    /// Wilson interval of the success rate.
    public var successInterval: Interval {
        Statistics.wilsonInterval(successes: successes, of: episodes)
    }

    /// Number of episodes that succeeded.
    public var successes: Int { Int((successRate * Double(episodes)).rounded()) }
}
