import Configuration
import Environments
import Foundation
import Insight
import Runs

/// A run to look at again and again while another process trains it. Only reads.
public struct RunWatch {
    public let folder: RunFolder
    private var follower: RunFollower
    private let configuration: Configuration?
    private let successIsReturn: Bool
    private let episodeLimit: Int?

    /// - Throws: `RunError` for a reference that names no run.
    public init(_ reference: String, root: String = "runs") throws {
        folder = try TrainingCommands.folder(reference, root: root)
        follower = RunFollower(folder)
        // What success means and how long an episode lasts the environment knows. Without it (MuJoCo may be missing here) the page stays readable.
        configuration = (try? folder.configuration()).flatMap { try? Configuration.parse(text: $0) }
        let spec = configuration.flatMap { c in try? EnvironmentCatalogue.entry(of: c).factory(c).make().spec }
        successIsReturn = spec?.success.hasPrefix("return") ?? true
        episodeLimit = spec?.maxEpisodeSteps
    }

    /// The run as it is now.
    ///
    /// - Throws: `RunError` for files that can't be read or are damaged.
    public mutating func look(at now: Date = Date()) throws -> RunPicture {
        let snapshot = try follower.read()
        let history = RunHistory(snapshot, successIsReturn: successIsReturn, episodeLimit: episodeLimit)
        return RunPicture(
            snapshot, history, stages: configuration?.curriculum?.stages.map(\.environment) ?? [],
            notes: configuration.flatMap { Self.patience(snapshot, stage: history.stage, $0.guard) }.map { [$0] } ?? [], now: now)
    }

    /// How near early stopping is; nil where it is off or nothing has been evaluated.
    static func patience(_ snapshot: RunSnapshot, stage: Int?, _ configuration: GuardConfiguration) -> String? {
        guard let stopping = configuration.earlyStopping else { return nil }
        let records = snapshot.evaluations.filter { $0.stage == stage }
        guard !records.isEmpty else { return nil }
        let count = Guard(records, configuration).sinceImprovement
        return "early stopping: \(count) of \(stopping.patience) evaluations without improvement of more than \(NumberText.trimmed(stopping.minDelta, decimals: 6))"
    }
}
