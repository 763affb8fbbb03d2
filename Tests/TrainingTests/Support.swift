import Configuration
import Foundation
import Runs
import Testing

@testable import Training

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/crest-training-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A small complete run: 24 iterations, 6 evaluations, frequent checkpoints, all normalisers, a rollback now and then.
func smallRun(_ environment: String, extra: String = "") throws -> Configuration {
    try Configuration.parse(
        text: """
            environment: {id: \(environment), max_episode_steps: 60}
            seed: 3
            total_timesteps: 6144
            algorithm:
              recipe: robust
              n_envs: 4
              n_steps: 64
              batch_size: 128
              n_epochs: 2
              net_arch: [16, 16]
              normalize_rewards: true
            evaluation: {eval_freq: 1024, n_eval_episodes: 3, confirm_episodes: 3, n_eval_envs: 3}
            guard: {on_collapse: rollback, collapse_margin: 0.05, collapse_count: 1, max_rollbacks: 9}
            checkpoint: {save_freq: 768, keep_last: 2, milestone_freq: 2048}
            \(extra)
            """)
}

/// What a run leaves behind that must be the same bits: metrics without the clock's columns, evaluations, episodes, weights, state.
struct Traces: Equatable {
    var progress: [String]
    var evaluations: Data
    var monitors: [String]
    var best: Data
    var state: Data
    var milestones: [Int]

    init(_ folder: RunFolder) throws {
        let text = try String(contentsOfFile: folder.progressPath, encoding: .utf8)
        progress = text.split(separator: "\n").map { $0.split(separator: ",").dropLast(2).joined(separator: ",") }
        evaluations = try Data(contentsOf: URL(fileURLWithPath: folder.evaluationsPath))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.monitorPath).sorted()
        monitors = try names.map { name in
            let lines = try String(contentsOfFile: "\(folder.monitorPath)/\(name)", encoding: .utf8).split(separator: "\n").dropFirst(2)
            // r, l, the clock's t, and with a curriculum its stage.
            return lines.map { $0.split(separator: ",").enumerated().filter { $0.offset != 2 }.map(\.element).joined(separator: ",") }.joined(separator: "\n")
        }
        let reader = CheckpointReader(folder: folder.checkpointsPath)
        best = try #require(try reader.best()).data(StoredPolicy.weightsFile)
        let last = try #require(try reader.latestValid().checkpoint)
        state = try last.data(TrainingState.stateFile)
        milestones = try reader.milestones()
    }
}

func runToTheEnd(_ training: consuming Training) throws -> RunFolder {
    var training = training
    while try training.advance() != nil {}
    return training.folder
}

/// A run that is abandoned and resumed after each of some numbers of iterations, and then goes to its end.
func runWithInterruptions(_ configuration: Configuration, after pauses: [Int], root: String) throws -> RunFolder {
    var training = try Training.start(configuration, configurationPath: "test", root: root)
    let folder = training.folder
    for iterations in pauses {
        for _ in 0..<iterations { _ = try training.advance() }
        _ = consume training
        training = try Training.resume(folder, root: root)
    }
    return try runToTheEnd(training)
}

/// A run that was interrupted after some iterations.
func interruptedRun(_ configuration: Configuration, after iterations: Int, root: String) throws -> RunFolder {
    var training = try Training.start(configuration, configurationPath: "test", root: root)
    for _ in 0..<iterations { _ = try training.advance() }
    try training.interrupt()
    return training.folder
}

/// Puts another configuration into a run's folder, as an editor would.
func rewrite(_ run: RunFolder, _ configuration: String) throws {
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: run.configPath))
}

/// A replay buffer in a file, whose ring is overwritten many times while the run lasts.
func smallSAC(_ environment: String = "InvertedPendulum-v5", extra: String = "") throws -> Configuration {
    try Configuration.parse(
        text: """
            environment: {id: \(environment), max_episode_steps: 60}
            seed: 4
            total_timesteps: 9000
            algorithm:
              name: sac
              n_envs: 2
              buffer_size: 1000
              learning_starts: 500
              batch_size: 32
              train_freq: 8
              gradient_steps: 1
              net_arch: [16, 16]
              normalize_observations: true
              normalize_rewards: true
            evaluation: {eval_freq: 2000, n_eval_episodes: 3, confirm_episodes: 3, n_eval_envs: 3}
            checkpoint: {save_freq: 1000, keep_last: 2}
            \(extra)
            """)
}
