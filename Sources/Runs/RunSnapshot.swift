import Foundation

/// What a run's folder tells at one moment.
public struct RunSnapshot: Sendable {
    public var information: RunInformation
    /// As ``RunFolder/presentStatus(_:)``: a run whose process is gone is interrupted, whatever `run.json` says.
    public var status: RunStatus
    public var progress: ProgressTable
    public var evaluations: [EvaluationRecord]
    public var events: [RunEvent]
    /// When the youngest of the logs and `run.json` was written.
    public var lastWritten: Date

    public init(
        information: RunInformation, status: RunStatus, progress: ProgressTable, evaluations: [EvaluationRecord], events: [RunEvent], lastWritten: Date
    ) {
        self.information = information
        self.status = status
        self.progress = progress
        self.evaluations = evaluations
        self.events = events
        self.lastWritten = lastWritten
    }

    /// The process ended without a word: killed, or out of memory, or the machine went down.
    public var wasKilled: Bool { status == .interrupted && information.status == .running }
}
