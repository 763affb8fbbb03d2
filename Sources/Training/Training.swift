import Algorithms
import Configuration
import Core
import Environments
import Foundation
import Insight
import Runs

/// A training run: the loop that owns clocks, evaluation, guard, checkpoints and metrics.
///
///     var training = try Training.start(configuration, …)        or Training.resume(folder)
///     while let progress = try training.advance() { show(progress) }
///
/// `advance` does one iteration of the algorithm and what falls due after it. Whatever it throws, the run folder stays whole and the run
/// can be resumed from its last checkpoint.
public struct Training: ~Copyable {
    public let configuration: Configuration
    public let folder: RunFolder
    public internal(set) var information: RunInformation
    /// Things to tell the user that happened before the first iteration (a damaged checkpoint, say).
    public private(set) var notices: [String] = []

    let algorithm: any Learner
    var state: TrainingState
    /// What a rollback returns to. Part of the checkpoints: the `best` folder may be newer than the checkpoint that a run resumes from.
    var bestLearned: StateArchive?
    let logs: RunLogs
    let store: CheckpointStore
    let registry: Registry?
    let parts: RunParts
    var evaluator: Evaluator
    private let lock: RunLock
    let sessionStart: ContinuousClock.Instant
    let wallBefore: Double
    let sessionSteps: Int
    private var isOver = false

    /// What has happened in one call of `advance`.
    public struct Progress: Sendable {
        public var steps: Int
        public var totalSteps: Int
        /// Environment steps a second in this session.
        public var stepsPerSecond: Double
        public var secondsLeft: Double
        /// Means of the last 100 training episodes; NaN before the first one. The return is the one without shaping.
        public var meanReturn: Double
        public var meanLength: Double
        public var successRate: Double
        /// The stage of the curriculum, counted from 1, and how many there are; nil without a curriculum.
        public var stage: RunStage?
        /// A few numbers of the algorithm's own, each with a short label.
        public var highlights: [(label: String, value: Double)]
        public var bestMean: Double?
        /// Evaluations, new bests, guard actions, as sentences.
        public var messages: [String]
        /// Set when the run has ended.
        public var end: End?
    }

    /// How a run ended.
    public enum End: Sendable, Equatable {
        case finished
        /// By the guard or by early stopping.
        case stopped(String)
    }

    init(
        _ parts: RunParts, _ folder: RunFolder, _ information: RunInformation, _ algorithm: any Learner, _ state: TrainingState,
        _ bestLearned: StateArchive?, _ lock: RunLock, _ registry: Registry?, logs: RunLogs, store: CheckpointStore, notices: [String]
    ) {
        self.parts = parts
        configuration = parts.configuration
        self.folder = folder
        self.information = information
        sessionSteps = algorithm.steps
        self.algorithm = algorithm
        self.state = state
        self.bestLearned = bestLearned
        self.lock = lock
        self.registry = registry
        self.logs = logs
        self.store = store
        evaluator = parts.makeEvaluator(stage: state.curriculum.stage)
        self.notices = notices
        sessionStart = .now
        wallBefore = state.wallSeconds
    }

    // MARK: The loop

    /// Environment steps taken.
    public var steps: Int { algorithm.steps }

    /// One iteration and what falls due after it; nil once the run is over.
    ///
    /// - Throws: `RunError` when the disk is full or broken, `AlgorithmError` when the numbers are no longer finite, `EnvironmentError`.
    public mutating func advance() throws -> Progress? {
        guard !isOver else { return nil }
        // Killed between the last checkpoint and the last word: only the status was missing.
        if let end {
            isOver = true
            try finish(end)
            return nil
        }

        let before = algorithm.steps
        var messages: [String] = []
        let report = try algorithm.advance()
        state.episodes += report.episodes.count
        state.window.add(report.episodes)
        try log(report)

        // The checkpoint comes last: what falls due in the same iteration is done again after a kill, never left out.
        // A milestone is what was trained, so it comes before an evaluation that may roll back or change the stage.
        if store.isMilestoneDue(after: before, at: algorithm.steps) { _ = try store.saveMilestone(step: algorithm.steps, files: try policyFiles()) }
        // The end of a run competes too, wherever the last multiple of eval_freq was.
        let isLast = algorithm.steps >= configuration.totalTimesteps && configuration.evaluation.evalFreq > 0
        if isLast || isDue(every: configuration.evaluation.evalFreq, after: before) { try evaluate(&messages) }
        if end != nil || isDue(every: configuration.checkpoint.saveFreq, after: before) { try saveCheckpoint() }
        if let end {
            isOver = true
            try finish(end)
        }
        return progress(report, messages, end)
    }

    /// How the run has ended, if it has.
    private var end: End? {
        state.stopReason.map { .stopped($0) } ?? (algorithm.steps >= configuration.totalTimesteps ? .finished : nil)
    }

    /// Saves a checkpoint and marks the run as interrupted; for Ctrl-C.
    public mutating func interrupt() throws {
        guard !isOver else { return }
        try saveCheckpoint()
        try setStatus(.interrupted, "stopped by the user at step \(algorithm.steps)")
        isOver = true
    }

    /// Marks the run as failed. The logs and checkpoints stay as they are.
    public mutating func fail(_ error: any Error) {
        try? logs.flush()
        try? setStatus(.failed, "\(error)")
        isOver = true
    }

    private func isDue(every frequency: Int, after before: Int) -> Bool {
        frequency > 0 && algorithm.steps / frequency > before / frequency
    }
}
