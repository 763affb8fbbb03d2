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

    // Regular evaluations play the same episodes every time, confirmations fresh ones. How hard the regular ones are never averages out, so a mean
    // is only ever held against one of its own kind.

    /// The best policy's confirmation on fresh episodes, and its step.
    public private(set) var best: Proof?
    public private(set) var bestStep: Int?
    /// Mean of the best policy's regular evaluation.
    public private(set) var bestRegular: Double?
    /// Means of the first evaluation and of its confirmation: the feet from which a fall is measured.
    public private(set) var firstRegular: Double?
    public private(set) var firstConfirmed: Double?
    /// Evaluations since the best last rose by more than `min_delta`.
    public private(set) var sinceImprovement = 0
    /// The mean that `sinceImprovement` counts from.
    public private(set) var improvementBase: Double?
    /// Confirmed declines in a row.
    public private(set) var declines = 0
    public private(set) var rollbacks = 0

    /// What a confirmation showed.
    public struct Proof: Sendable, Codable, Equatable {
        /// Mean return, its sample deviation, and the number of episodes.
        public var mean: Double
        public var std: Double
        public var episodes: Int
    }

    public init() {}

    /// The guard as the records of a run (of one stage) left it: a confirmation stands before the evaluation that asked for it.
    init(_ records: [EvaluationRecord], _ configuration: GuardConfiguration) {
        var confirmation: EvaluationFigures?
        for record in records {
            guard record.kind == .periodic else {
                confirmation = record.figures
                continue
            }
            note(mean: record.figures.mean)
            let outcome = confirmation.map { confirm($0, regular: record.figures.mean, step: record.step, configuration) }
            confirmation = nil
            _ = judge(declined: outcome?.hasDeclined ?? false, configuration)
        }
    }

    /// Runs from before regular and fresh episodes were told apart have one mean for both.
    private enum OldKeys: String, CodingKey {
        case bestMean, firstMean
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let old = try decoder.container(keyedBy: OldKeys.self)
        let (oldBest, oldFirst) = (try old.decodeIfPresent(Double.self, forKey: .bestMean), try old.decodeIfPresent(Double.self, forKey: .firstMean))
        best = try container.decodeIfPresent(Proof.self, forKey: .best) ?? oldBest.map { Proof(mean: $0, std: 0, episodes: 1) }
        bestStep = try container.decodeIfPresent(Int.self, forKey: .bestStep)
        bestRegular = try container.decodeIfPresent(Double.self, forKey: .bestRegular) ?? oldBest
        firstRegular = try container.decodeIfPresent(Double.self, forKey: .firstRegular) ?? oldFirst
        firstConfirmed = try container.decodeIfPresent(Double.self, forKey: .firstConfirmed) ?? oldFirst
        sinceImprovement = try container.decode(Int.self, forKey: .sinceImprovement)
        improvementBase = try container.decodeIfPresent(Double.self, forKey: .improvementBase)
        declines = try container.decode(Int.self, forKey: .declines)
        rollbacks = try container.decode(Int.self, forKey: .rollbacks)
    }

    /// Mean return of the best policy's confirmation.
    public var bestMean: Double? { best?.mean }

    /// Notes a regular evaluation. Call it before anything else about that evaluation.
    public mutating func note(mean: Double) {
        if firstRegular == nil { firstRegular = mean }
    }

    /// Whether a policy with this mean of the regular episodes deserves a confirmation as the best one.
    public func isCandidate(mean: Double) -> Bool { bestRegular.map { mean > $0 } ?? true }

    /// Whether a mean of the regular episodes is so far below the best's that it has to be looked at again.
    public func isDecline(mean: Double, _ configuration: GuardConfiguration) -> Bool { limit(configuration).map { mean < $0 } ?? false }

    /// The mean of the regular episodes below which a policy may have fallen, best − margin · (best − first); nil while the best is not above the first.
    public func limit(_ configuration: GuardConfiguration) -> Double? { Self.limit(bestRegular, firstRegular, configuration) }

    private static func limit(_ best: Double?, _ first: Double?, _ configuration: GuardConfiguration) -> Double? {
        guard let best, let first, best > first else { return nil }
        return best - configuration.collapseMargin * (best - first)
    }

    /// Takes the confirmation on fresh episodes of a candidate or a suspected decline. Whatever it was asked for, it is a proof.
    ///
    /// - Parameter regular: the policy's mean of the regular episodes.
    /// - Returns: whether the policy is the new best, and whether it has fallen from the best.
    public mutating func confirm(
        _ figures: EvaluationFigures, regular: Double, step: Int, _ configuration: GuardConfiguration
    ) -> (isBest: Bool, hasDeclined: Bool) {
        if firstConfirmed == nil { firstConfirmed = figures.mean }
        guard best.map({ figures.mean > $0.mean }) ?? true else {
            return (false, isDecline(mean: regular, configuration) && confirmsDecline(figures, configuration))
        }
        best = Proof(mean: figures.mean, std: figures.std, episodes: figures.episodes)
        bestRegular = regular
        bestStep = step
        return (true, false)
    }

    /// Whether the confirmation of a suspected decline bears it out: below its own limit, and by more than chance explains (Welch, 95 %). A single
    /// episode says nothing of chance; its mean alone counts.
    private func confirmsDecline(_ figures: EvaluationFigures, _ configuration: GuardConfiguration) -> Bool {
        guard let best, let limit = Self.limit(best.mean, firstConfirmed, configuration), figures.mean < limit else { return false }
        let difference = Statistics.difference(
            mean: best.mean, std: best.std, episodes: best.episodes, minus: figures.mean, std: figures.std, episodes: figures.episodes)
        return difference?.isSignificant ?? true
    }

    /// Judges an evaluation whose candidate or decline has been confirmed or dismissed.
    ///
    /// - Parameter declined: the evaluation lies below `limit`, and its confirmation bears that out.
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
        if declines >= configuration.collapseCount, let bestMean, let bestStep, let limit = Self.limit(bestMean, firstConfirmed, configuration) {
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

    private func format(_ value: Double) -> String { NumberText.trimmed(value, decimals: 1) }
}
