import Runs

extension RunJudgement {
    /// Training is paid more and more, and evaluations don't succeed more, or less, over the same window: the reward is earned without the task.
    ///
    /// Falling success is enough by itself. Success that merely stays is suspect only where it is low, where it is not a return above a limit (then a
    /// rising return is progress by definition), and after the part of the run that learning may take to begin.
    var farming: RunAlert? {
        let count = min(rules.farmingWindow, history.evaluations.count)
        guard count >= rules.farmingEvaluations else { return nil }
        let window = Array(history.evaluations.suffix(count))
        let returns = history.training(\.return)
        guard let paid = Trend(Array(returns.suffix(count)), confidence: rules.confidence), paid.direction == .rising else { return nil }

        // A rise that is small beside what the run has seen, or beside how episodes differ anyway, is fine tuning or luck.
        let all = returns.map(\.value).filter(\.isFinite)
        guard let low = all.min(), let high = all.max() else { return nil }
        let spread = Statistics.mean(window.map(\.figures.std))
        guard paid.slope * paid.span >= rules.farmingRise * max(high - low, spread) else { return nil }
        let ends = returns.suffix(count).map(\.value).filter(\.isFinite)
        let rise = "training return has risen from \(Self.number(ends[0])) to \(Self.number(ends[ends.count - 1])) over the last \(count) evaluations"

        // Both halves of the window, all their episodes together: many looks at few episodes would find a fall somewhere.
        let success = Trend(Array(history.successCurve.suffix(count)), confidence: rules.confidence)
        let (before, after) = (Self.pooled(window.prefix(count / 2)), Self.pooled(window.suffix(count / 2)))
        let change = Statistics.rateDifference(
            successes: after.successes, of: after.episodes, minus: before.successes, of: before.episodes, confidence: rules.farmingConfidence)
        if success?.direction == .falling, change.interval.high < 0, change.mean <= -rules.noSuccess {
            return RunAlert(.rewardFarming, "\(rise), while success has fallen from \(Self.percent(window[0])) to \(Self.percent(window[count - 1]))")
        }
        // Where success is a return, shaping is what can be farmed: the environment's own return then falls.
        if history.successIsReturn {
            guard let own = Trend(Array(history.returnCurve.suffix(count)), confidence: rules.confidence), own.direction == .falling else { return nil }
            return RunAlert(
                .rewardFarming,
                "\(rise), while the evaluations' return has fallen from \(Self.number(window[0].figures.mean)) to \(Self.number(window[count - 1].figures.mean))")
        }

        // That no rise is proven does not prove that there is none: the halves have to be alike.
        let (successes, episodes) = Self.pooled(window[...])
        guard history.share >= rules.poorShare, success?.direction != .rising, change.mean <= rules.noSuccess,
            Double(successes) < rules.farmingSuccess * Double(episodes)
        else { return nil }
        return RunAlert(.rewardFarming, "\(rise), while success stays at \(NumberText.percent(Double(successes) / Double(episodes))) (\(successes) of \(episodes) episodes)" + lengthSentence(count))
    }

    private static func pooled(_ records: ArraySlice<EvaluationRecord>) -> (successes: Int, episodes: Int) {
        (records.reduce(0) { $0 + $1.figures.successes }, records.reduce(0) { $0 + $1.figures.episodes })
    }

    /// Long or growing episodes hint at what pays: staying alive.
    private func lengthSentence(_ count: Int) -> String {
        let lengths = history.training(\.length).suffix(count).filter { $0.value.isFinite }
        guard let first = lengths.first, let last = lengths.last else { return "" }
        func steps(_ value: Double) -> String { NumberText.trimmed(value, decimals: 0) }
        if let trend = Trend(Array(lengths), confidence: rules.confidence), trend.direction == .rising, last.value > 1.1 * first.value {
            return "; episodes grow longer (\(steps(first.value)) to \(steps(last.value)) steps), so lasting may be what pays"
        }
        if let limit = history.episodeLimit, last.value >= rules.longShare * Double(limit) {
            return "; episodes last \(steps(last.value)) of at most \(limit) steps, so lasting may be what pays"
        }
        return ""
    }
}
