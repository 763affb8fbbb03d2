import Environments
import Runs

/// What the training loop itself remembers between iterations: part of every checkpoint, as `training.json`.
struct TrainingState: Codable, Equatable {
    var formatVersion = 1
    var watch = Guard()
    var curriculum = CurriculumState()
    var window = EpisodeWindow()
    /// Episodes ended and evaluations done so far.
    var episodes = 0
    var evaluations = 0
    /// Training time of all sessions, seconds.
    var wallSeconds = 0.0
    /// Lengths of the log files; a resumed run cuts them back to these.
    var logs = LogPositions()
    /// The guard ended the run, and why.
    var stopReason: String?
    var weightsHash: String?

    static let file = "training.json"
    static let stateFile = "state.safetensors"
    static let bestFile = "best.safetensors"
}

/// The last 100 episodes of training: what the progress columns are means of.
struct EpisodeWindow: Codable, Equatable {
    private(set) var returns: [Double] = []
    private(set) var lengths: [Double] = []
    private(set) var successes: [Double] = []
    private(set) var metrics: [[Double]] = []
    private static let capacity = 100

    mutating func add(_ episodes: [FinishedEpisode]) {
        returns = Array((returns + episodes.map(\.totals.return)).suffix(Self.capacity))
        lengths = Array((lengths + episodes.map { Double($0.totals.length) }).suffix(Self.capacity))
        successes = Array((successes + episodes.map { $0.success ? 1 : 0 }).suffix(Self.capacity))
        metrics = Array((metrics + episodes.map(\.metrics)).suffix(Self.capacity))
    }

    /// Mean of a column; NaN while no episode has ended.
    func mean(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }

    /// Mean of an environment's measure.
    func metric(_ i: Int) -> Double { mean(metrics.map { $0[i] }) }
}
