/// Where a run stands.
public enum RunStatus: String, Codable, Sendable, CaseIterable {
    /// A process trains in it (or died without a word: see ``RunFolder/presentStatus(_:)``).
    case running
    /// It took all its steps.
    case finished
    /// It was killed or stopped by a signal and can be resumed.
    case interrupted
    /// It ended with an error.
    case failed
    /// The guard or early stopping ended it.
    case stopped
}
