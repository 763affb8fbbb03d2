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

    /// The results as a JSON array, as `Results/<system>/results.json` has it.
    public func json() throws -> String { String(decoding: try JSON.encode(results), as: UTF8.self) }

    /// Writes `name.md`, `name.csv` and `name.json`; returns the paths.
    public func save(as name: String) throws -> [String] {
        let pieces = [("md", leaderboard.markdown()), ("csv", leaderboard.csv()), ("json", try json())]
        return try pieces.map { ending, text in
            let path = "\(name).\(ending)"
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
    }

    /// Evaluates policies and ranks them.
    ///
    /// - Parameters:
    ///   - paths: runs or folders that hold a policy.
    ///   - checkpoint: `best`, `last`, `both` or a step number; policy folders have one policy only.
    ///   - say: told what is being done.
    /// - Throws: `RunError` or `TrainingError` for what can't be found or does not fit.
    public static func rank(
        paths: [String], root: String, checkpoint: String, episodes: Int, seed: UInt64, stochastic: Bool, command: String,
        say: (String) -> Void
    ) throws -> Ranking {
        let pool = WorkerPool(threads: WorkerPool.processorCount)
        var entries: [Leaderboard.Entry] = []
        var results: [EvaluationResult] = []
        for candidate in try paths.flatMap({ try candidates($0, root: root, checkpoint: checkpoint) }) {
            let stored = try StoredPolicy(candidate.checkpoint)
            say("evaluating \(candidate.name) (\(candidate.kind)) on \(episodes) episodes of \(stored.description.environment.id)")
            let factory = try EnvironmentCatalogue.entry(of: stored.configuration).factory(stored.configuration)
            let outcome = try Evaluator(factory: factory, pool: pool).evaluate(
                stored.policy, episodes: episodes, set: EpisodeSet(seed: seed, purpose: .finalEvaluationEpisodes), stochastic: stochastic)
            let result = EvaluationResult(
                config: candidate.configPath, seed: stored.description.seed, steps: stored.description.steps, wallSeconds: candidate.wallSeconds,
                checkpoint: candidate.checkpoint.path, environment: stored.description.environment.id,
                conditions: stochastic ? ["actions": .string("stochastic")] : ["actions": .string("deterministic")], evaluationSeed: seed,
                figures: outcome.figures, baselines: [:], command: command)
            results.append(result)
            entries.append(
                Leaderboard.Entry(
                    run: candidate.name, checkpoint: candidate.kind, seed: stored.description.seed,
                    configurationHash: stored.description.configurationHash, configuration: stored.configuration.flattened(),
                    weightsChecksum: stored.checksum, result: result, returns: outcome.returns))
        }
        return Ranking(leaderboard: try Leaderboard(entries), results: results)
    }

    static func candidates(_ path: String, root: String, checkpoint: String) throws -> [Candidate] {
        // A folder with a policy and its manifest stands for itself.
        let url = URL(fileURLWithPath: path)
        if FileManager.default.fileExists(atPath: url.appendingPathComponent(StoredPolicy.descriptionFile).path) {
            return [
                Candidate(name: path, kind: .best, checkpoint: try Checkpoint(path: path), wallSeconds: 0, configPath: "\(path)/\(StoredPolicy.configurationFile)")
            ]
        }

        let folder = try folder(path, root: root)
        let reader = CheckpointReader(folder: folder.checkpointsPath)
        let information = try folder.information()
        func candidate(_ kind: Leaderboard.Checkpoint, _ checkpoint: Checkpoint) -> Candidate {
            Candidate(name: folder.folderName, kind: kind, checkpoint: checkpoint, wallSeconds: information.wallSeconds, configPath: information.configPath)
        }
        var found: [Candidate] = []
        if checkpoint == "best" || checkpoint == "both", let best = try reader.best() { found.append(candidate(.best, best)) }
        if checkpoint == "last" || checkpoint == "both", let last = try reader.latestValid().checkpoint { found.append(candidate(.last, last)) }
        if let step = Int(checkpoint) {
            if let milestone = try? reader.milestone(step: step) {
                found.append(candidate(.step(step), milestone))
            } else {
                found.append(candidate(.step(step), try reader.checkpoint(step: step)))
            }
        }
        guard !found.isEmpty else {
            throw TrainingError("the run has no such checkpoint yet", place: folder.path, hint: "wait for its first evaluation, or ask for --checkpoint last")
        }
        return found
    }
}
