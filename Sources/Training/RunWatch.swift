import Configuration
import Environments
import Foundation
import Insight
import Runs

/// A run to look at again and again while another process trains it. Only reads.
public struct RunWatch {
    public let folder: RunFolder
    private var follower: RunFollower
    private let stages: [String]
    private let successIsReturn: Bool
    private let episodeLimit: Int?

    /// - Throws: `RunError` for a reference that names no run.
    public init(_ reference: String, root: String = "runs") throws {
        folder = try TrainingCommands.folder(reference, root: root)
        follower = RunFollower(folder)
        // What success means and how long an episode lasts the environment knows. Without it (MuJoCo may be missing here) the page stays readable.
        let configuration = (try? folder.configuration()).flatMap { try? Configuration.parse(text: $0) }
        let spec = configuration.flatMap { c in try? EnvironmentCatalogue.entry(of: c).factory(c).make().spec }
        stages = configuration?.curriculum?.stages.map(\.environment) ?? []
        successIsReturn = spec?.success.hasPrefix("return") ?? true
        episodeLimit = spec?.maxEpisodeSteps
    }

    /// The run as it is now.
    ///
    /// - Throws: `RunError` for files that can't be read or are damaged.
    public mutating func look(at now: Date = Date()) throws -> RunPicture {
        let snapshot = try follower.read()
        return RunPicture(
            snapshot, RunHistory(snapshot, successIsReturn: successIsReturn, episodeLimit: episodeLimit), stages: stages, now: now)
    }
}
