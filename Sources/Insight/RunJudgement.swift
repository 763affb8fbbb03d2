import Runs

/// What a run's history says about it: its trend, and what its owner should be warned of.
///
/// Alerts rest on intervals and rank tests rather than on fixed drops, so that few episodes make them slower and not louder. A run is looked at
/// hundreds of times, so each test is stricter than for a single look: peaks are judged at a level divided by the number of evaluations that could
/// have been one, and a fall has to show in two evaluations in a row.
public struct RunJudgement: Sendable {
    /// When an alert is due.
    public struct Rules: Sendable {
        public var confidence = 0.95
        /// Evaluations that the trend is taken over, at most.
        public var trendWindow = 10
        /// Least share of the gain since the first evaluation whose loss is called forgetting.
        public var lostShare = 0.2
        /// Least success that must be lost, 0 to 1.
        public var lostSuccess = 0.1
        /// Share of the run after which something must have been learned, and the one after which success must be seen.
        public var poorShare = 0.25
        public var noSuccessShare = 0.5
        /// Success up to which there is none to speak of, and success with which nobody is poor or farms.
        public var noSuccess = 0.05
        public var goodSuccess = 0.9
        /// Evaluations that a judgement of slow learning takes at least.
        public var poorEvaluations = 6
        /// Evaluations in which return and success are compared, at most and at least.
        public var farmingWindow = 8
        public var farmingEvaluations = 6
        /// What the training return must rise by within the window, as a share of its whole range, and of the deviation between episodes.
        public var farmingRise = 0.25
        /// Level at which a fall of success has to show between the window's halves.
        public var farmingConfidence = 0.99
        /// Success in the window below which a rising return with no rise of success is suspect.
        public var farmingSuccess = 0.5
        /// Share of the longest possible episode from which on episodes are long.
        public var longShare = 0.8

        public init() {}
    }

    public let history: RunHistory
    public let rules: Rules

    public init(_ history: RunHistory, rules: Rules = Rules()) {
        self.history = history
        self.rules = rules
    }

    /// All alerts there are, the worst first.
    public var alerts: [RunAlert] { [forgetting, farming, poor].compactMap { $0 } }

    /// The latest evaluations' course, of the success where it differs among them, else of the return; nil for too few.
    public var trend: (isSuccess: Bool, trend: Trend)? {
        let latest = history.evaluations.suffix(rules.trendWindow)
        let isSuccess = Set(latest.map(\.figures.successRate)).count > 1
        let points = (isSuccess ? history.successCurve : history.returnCurve).suffix(rules.trendWindow)
        return Trend(Array(points), confidence: rules.confidence).map { (isSuccess, $0) }
    }

    // MARK: Forgetting

    /// The last two evaluations both lie below the peak: significantly, and by a good part of what had been gained.
    var forgetting: RunAlert? {
        let evaluations = history.evaluations
        guard evaluations.count >= 3, let first = evaluations.first else { return nil }
        let earlier = evaluations.dropLast(2)
        let latest = evaluations.suffix(2)
        let confidence = corrected(candidates: earlier.count)

        if let peak = earlier.max(by: { $0.figures.successRate < $1.figures.successRate }) {
            let least = max(rules.lostSuccess, rules.lostShare * (peak.figures.successRate - first.figures.successRate))
            let isLost = latest.allSatisfy { record in
                peak.figures.successRate - record.figures.successRate >= least && Self.successDifference(peak, record, confidence).interval.low > 0
            }
            if isLost, let last = latest.last { return RunAlert(.forgetting, Self.successSentence(peak, last, rules.confidence)) }
        }
        if let peak = earlier.max(by: { $0.figures.mean < $1.figures.mean }), peak.figures.mean > first.figures.mean {
            let least = rules.lostShare * (peak.figures.mean - first.figures.mean)
            let isLost = latest.allSatisfy { record in
                peak.figures.mean - record.figures.mean >= least && (Self.returnDifference(peak, record, confidence)?.interval.low ?? -1) > 0
            }
            if isLost, let last = latest.last, let difference = Self.returnDifference(peak, last, rules.confidence) {
                let share = (peak.figures.mean - last.figures.mean) / (peak.figures.mean - first.figures.mean)
                return RunAlert(
                    .forgetting,
                    "return \(Self.number(last.figures.mean)) at \(Self.steps(last)), \(Self.number(peak.figures.mean)) at \(Self.steps(peak)): "
                        + "\(Self.number(difference.mean)) lost (95 % interval \(Self.number(difference.interval.low)) to \(Self.number(difference.interval.high))), "
                        + "\(NumberText.percent((share * 100).rounded() / 100)) of the gain; the two last evaluations agree")
            }
        }
        return nil
    }

    // MARK: Poor

    /// After a good part of the run nothing shows that it has learned; or it is half over and there is no success.
    var poor: RunAlert? {
        let evaluations = history.evaluations
        guard history.share >= rules.poorShare, evaluations.count >= rules.poorEvaluations, let first = evaluations.first, let last = evaluations.last,
            first.figures.successRate < rules.goodSuccess, last.figures.successRate < rules.goodSuccess
        else { return nil }
        let done = NumberText.percent((history.share * 100).rounded() / 100)

        if !hasImproved {
            return RunAlert(
                .poor,
                "after \(done) of the run no evaluation is provably better than the first: success \(Self.percent(last)) and return "
                    + "\(Self.number(last.figures.mean)) at \(Self.steps(last)), \(Self.percent(first)) and \(Self.number(first.figures.mean)) at \(Self.steps(first))")
        }
        let latest = evaluations.suffix(3)
        let (successes, episodes) = (latest.reduce(0) { $0 + $1.figures.successes }, latest.reduce(0) { $0 + $1.figures.episodes })
        guard history.share >= rules.noSuccessShare, Double(successes) < rules.noSuccess * Double(episodes),
            !evaluations.contains(where: { $0.figures.successRate >= 2 * rules.noSuccess })
        else { return nil }
        return RunAlert(
            .poor, "after \(done) of the run hardly an episode succeeds: \(successes) of \(episodes) in the last \(latest.count) evaluations; the return has risen from "
                + "\(Self.number(first.figures.mean)) to \(Self.number(last.figures.mean))")
    }

    /// Some evaluation is significantly above the first, or all together rise.
    private var hasImproved: Bool {
        let evaluations = history.evaluations
        guard let first = evaluations.first else { return false }
        if [history.successCurve, history.returnCurve].contains(where: { Trend($0, confidence: rules.confidence)?.direction == .rising }) { return true }
        let confidence = corrected(candidates: evaluations.count - 1)
        return evaluations.dropFirst().contains { record in
            Self.successDifference(record, first, confidence).interval.low > 0
                || (record.figures.mean > first.figures.mean && (Self.returnDifference(record, first, confidence)?.interval.low ?? -1) > 0)
        }
    }

    // MARK: Means of judging

    /// The level at which one of so many comparisons is judged, so that all together keep to `confidence` (Bonferroni).
    private func corrected(candidates: Int) -> Double { 1 - (1 - rules.confidence) / Double(max(candidates, 1)) }

    static func successDifference(_ a: EvaluationRecord, _ b: EvaluationRecord, _ confidence: Double) -> Difference {
        Statistics.rateDifference(
            successes: a.figures.successes, of: a.figures.episodes, minus: b.figures.successes, of: b.figures.episodes, confidence: confidence)
    }

    /// Episode by episode where both played the same ones; nil for single episodes.
    static func returnDifference(_ a: EvaluationRecord, _ b: EvaluationRecord, _ confidence: Double) -> Difference? {
        if a.seedsStart == b.seedsStart, a.kind == b.kind, a.returns.count == b.returns.count {
            return Statistics.pairedDifference(a.returns, b.returns, confidence: confidence)
        }
        return Statistics.difference(a.figures, b.figures, confidence: confidence)
    }

    private static func successSentence(_ peak: EvaluationRecord, _ last: EvaluationRecord, _ confidence: Double) -> String {
        let difference = successDifference(peak, last, confidence)
        func points(_ share: Double) -> String { NumberText.trimmed(100 * share, decimals: 0) }
        return "success \(percent(last)) at \(steps(last)), \(percent(peak)) at \(steps(peak)) (\(last.figures.episodes) episodes each): \(points(difference.mean)) points lost "
            + "(95 % interval \(points(difference.interval.low)) to \(points(difference.interval.high))); the two last evaluations agree"
    }

    static func percent(_ record: EvaluationRecord) -> String { NumberText.percent(record.figures.successRate) }
    static func steps(_ record: EvaluationRecord) -> String { NumberText.steps(Double(record.step)) }

    static func number(_ value: Double) -> String { NumberText.grouped(value, decimals: abs(value) >= 100 ? 0 : NumberText.decimals(for: value)) }
}
