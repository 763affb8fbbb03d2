import Configuration
import Insight
import Runs

/// Watches the evaluations of a run: keeps the record of the best policy, and notices when there is no more progress or a decline.
///
/// A value; its state is part of every checkpoint.
public struct Guard: Sendable, Codable, Equatable {
    /// What the training loop has to do.
    public enum Decision: Sendable, Equatable {
        case carryOn
        /// The decline is confirmed; nothing but a warning is configured.
        case warn(String)
        case stop(String)
        case rollBack(String)
    }

    /// Mean return and step of the best policy, as its confirmation on fresh episodes had it.
    public private(set) var bestMean: Double?
    public private(set) var bestStep: Int?
    /// Mean of the first evaluation: the foot from which a fall is measured.
    public private(set) var firstMean: Double?
    /// Evaluations since the best last rose by more than `min_delta`.
    public private(set) var sinceImprovement = 0
    /// The mean that `sinceImprovement` counts from.
    public private(set) var improvementBase: Double?
    /// Confirmed declines in a row.
    public private(set) var declines = 0
    public private(set) var rollbacks = 0

    public init() {}

    /// The guard as the records of a run (of one stage) left it: a confirmation stands before the evaluation that asked for it.
    init(_ records: [EvaluationRecord], _ configuration: GuardConfiguration) {
        var confirmation: Double?
        for record in records {
            guard record.kind == .periodic else {
                confirmation = record.figures.mean
                continue
            }
            let mean = record.figures.mean
            note(mean: mean)
            var declined = false
            if let confirmed = confirmation {
                if isCandidate(mean: mean) {
                    _ = confirm(mean: confirmed, step: record.step)
                } else {
                    declined = isDecline(mean: mean, configuration) && isDecline(mean: confirmed, configuration)
                }
            }
            confirmation = nil
            _ = judge(declined: declined, configuration)
        }
    }

    /// Notes a regular evaluation. Call it before anything else about that evaluation.
    public mutating func note(mean: Double) {
        if firstMean == nil { firstMean = mean }
    }

    /// Whether a policy with this mean deserves confirmation as the best one.
    public func isCandidate(mean: Double) -> Bool { bestMean.map { mean > $0 } ?? true }

    /// Whether a mean is so far below the best that it has to be looked at again: best − margin · (best − first).
    public func isDecline(mean: Double, _ configuration: GuardConfiguration) -> Bool { limit(configuration).map { mean < $0 } ?? false }

    /// The mean below which a policy counts as fallen; nil while nothing has risen above the first evaluation.
    public func limit(_ configuration: GuardConfiguration) -> Double? {
        guard let bestMean, let firstMean, bestMean > firstMean else { return nil }
        return bestMean - configuration.collapseMargin * (bestMean - firstMean)
    }

    /// Takes a candidate's confirmation; returns whether it is the new best.
    public mutating func confirm(mean: Double, step: Int) -> Bool {
        guard isCandidate(mean: mean) else { return false }
        bestMean = mean
        bestStep = step
        return true
    }

    /// Judges an evaluation whose candidate or decline has been confirmed or dismissed.
    ///
    /// - Parameter declined: the evaluation and its confirmation both lie below `limit`.
    public mutating func judge(declined: Bool, _ configuration: GuardConfiguration) -> Decision {
        // Progress is counted from confirmed bests only, so that luck doesn't prolong a run.
        let delta = configuration.earlyStopping?.minDelta ?? 0
        if let bestMean, improvementBase.map({ bestMean > $0 + delta }) ?? true {
            improvementBase = bestMean
            sinceImprovement = 0
        } else {
            sinceImprovement += 1
        }

        declines = declined ? declines + 1 : 0
        if declines >= configuration.collapseCount, let bestMean, let bestStep, let limit = limit(configuration) {
            declines = 0
            let sentence = "the last \(configuration.collapseCount) evaluations lie below \(format(limit)); the best was \(format(bestMean)) at step \(bestStep)"
            switch configuration.onCollapse {
            case .warn: return .warn(sentence)
            case .stop: return .stop("collapse: \(sentence)")
            case .rollback:
                guard rollbacks < configuration.maxRollbacks else { return .stop("collapse after \(rollbacks) rollbacks: \(sentence)") }
                rollbacks += 1
                return .rollBack(sentence)
            }
        }
        if let stopping = configuration.earlyStopping, sinceImprovement >= stopping.patience {
            let kept = bestMean.flatMap { mean in bestStep.map { "; the best, \(format(mean)) at step \($0), is kept" } } ?? ""
            return .stop("no improvement of more than \(NumberText.trimmed(stopping.minDelta, decimals: 6)) in \(stopping.patience) evaluations\(kept)")
        }
        return .carryOn
    }

    private func format(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
