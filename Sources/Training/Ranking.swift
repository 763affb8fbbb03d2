import Configuration
import Core
import Foundation
import Insight
import Runs

/// Policies measured on the same fresh episodes.
public struct Ranking: Sendable {
    public let leaderboard: Leaderboard
    /// One object a policy, in the order in which they were named.
    public let results: [EvaluationResult]
    /// Policies and baselines by the environment's own measures, one a task; tasks that declare no measures have one only where baselines were
    /// asked for.
    public let comparisons: [ControllerComparison]
    /// What was played and under which conditions, a line a task.
    public let heads: [String]

    /// Conditions, ranking and comparisons for a terminal.
    public func text(colour: Bool = false) -> String {
        ([heads.joined(separator: "\n") + "\n", leaderboard.text(colour: colour)] + comparisons.map { $0.text(title: title, colour: colour) })
            .joined(separator: "\n")
    }

    public func markdown() -> String {
        ([heads.map { "\($0)\n" }.joined(separator: "\n"), leaderboard.markdown()] + comparisons.map { $0.markdown(title: title) }).joined(separator: "\n")
    }

    /// Over a comparison; nil where several need their heads.
    private var title: String? { heads.count == 1 ? "Side by side" : nil }

    /// The results as a JSON array, as `Results/<system>/results.json` has it.
    public func json() throws -> String { String(decoding: try JSONCoding.encode(results, pretty: true).dropLast(), as: UTF8.self) }

    /// Writes `name.md`, `name.csv`, `name.json` and, where there are baselines, `name-baselines.csv`; returns the paths.
    public func save(as name: String) throws -> [String] {
        var pieces = [(".md", markdown()), (".csv", leaderboard.csv()), (".json", try json())]
        let compared = comparisons.filter { !$0.baselines.isEmpty }
        if let first = compared.first {
            var table = TextTable([.init("task")] + first.csvTable().columns)
            for comparison in compared { for row in comparison.csvTable().rows { table.add([comparison.head] + row) } }
            pieces.append(("-baselines.csv", table.csv()))
        }
        return try pieces.map { ending, text in
            let path = name + ending
            do {
                try Data((text.hasSuffix("\n") ? text : text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            } catch {
                throw TrainingError("the file can't be written (\(error.localizedDescription))", place: path, hint: "name a folder that exists and has room")
            }
            return path
        }
    }
}

extension TrainingCommands {
    /// A policy that was named for evaluation.
    struct Candidate {
        let name: String
        let kind: Leaderboard.Checkpoint
        let checkpoint: Checkpoint
        let wallSeconds: Double
        let configPath: String
        /// The run's own configuration as it stands in its folder; nil for a policy folder.
        let runConfigurationPath: String?
    }

    /// The policies that a path and `--checkpoint` name.
    ///
    /// - Parameter say: told of damaged checkpoints that were passed over for an older one.
    static func candidates(_ path: String, root: String, checkpoint: String, say: (String) -> Void) throws -> [Candidate] {
        // A folder with a policy and its manifest stands for itself.
        let url = URL(fileURLWithPath: path)
        if FileManager.default.fileExists(atPath: url.appendingPathComponent(StoredPolicy.descriptionFile).path) {
            return [
                Candidate(name: path, kind: .best, checkpoint: try Checkpoint(path: path), wallSeconds: 0, configPath: "\(path)/\(StoredPolicy.configurationFile)",
                    runConfigurationPath: nil)
            ]
        }

        let folder = try folder(path, root: root)
        let reader = CheckpointReader(folder: folder.checkpointsPath)
        let information = try folder.information()
        func candidate(_ kind: Leaderboard.Checkpoint, _ checkpoint: Checkpoint) -> Candidate {
            Candidate(
                name: folder.folderName, kind: kind, checkpoint: checkpoint, wallSeconds: information.wallSeconds, configPath: information.configPath,
                runConfigurationPath: folder.configPath)
        }
        var found: [Candidate] = []
        if checkpoint == "best" || checkpoint == "both", let best = try StoredPolicy.explainingEdits({ try reader.best() }) { found.append(candidate(.best, best)) }
        if checkpoint == "last" || checkpoint == "both" {
            let (last, skipped) = try reader.latestValid()
            for damaged in skipped { say("note: \(damaged.path) is damaged and passed over; \(damaged.reason)") }
            if let last {
                found.append(candidate(.last, last))
            } else if let damaged = skipped.first {
                throw TrainingError("no checkpoint of the run is sound; the newest: \(damaged.reason)", place: folder.path)
            }
        }
        if let step = Int(checkpoint) {
            let isMilestone = try reader.milestones().contains(step)
            let stored = try StoredPolicy.explainingEdits { try isMilestone ? reader.milestone(step: step) : reader.checkpoint(step: step) }
            found.append(candidate(.step(step), stored))
        }
        guard !found.isEmpty else {
            throw TrainingError("the run has no such checkpoint yet", place: folder.path, hint: "wait for its first evaluation, or ask for --checkpoint last")
        }
        return found
    }
}
