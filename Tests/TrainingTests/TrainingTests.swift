import Algorithms
import Configuration
import Core
import Foundation
import Insight
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

@Suite(.serialized) struct TrainingTests {
    @Test(arguments: ["InvertedPendulum-v5", "Humanoid-v5"])
    func abandonedAtAnyIterationAndResumedGivesTheSameBits(_ environment: String) throws {
        let folder = try TemporaryFolder()
        let configuration = try smallRun(environment)
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        #expect(whole.progress.count == 25)
        #expect(whole.milestones == [2048, 4096, 6144])

        // Dropping the run without a word is what a kill between two iterations leaves behind.
        var random = Philox(seed: 5, purpose: .test)
        for _ in 0..<3 {
            var training = try Training.start(configuration, configurationPath: "test", root: folder.path)
            let run = training.folder
            for _ in 0..<random.below(23) { _ = try training.advance() }
            _ = consume training
            training = try Training.resume(run, root: folder.path)
            for _ in 0..<random.below(8) { _ = try training.advance() }
            _ = consume training
            let resumed = try Traces(try runToTheEnd(try Training.resume(run, root: folder.path)))
            #expect(resumed == whole)
        }
    }

    /// A replay buffer in a file, whose ring is overwritten many times while the run lasts.
    private func smallSAC(_ extra: String = "") throws -> Configuration {
        try Configuration.parse(
            text: """
                environment: {id: InvertedPendulum-v5, max_episode_steps: 60}
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
                evaluation: {eval_freq: 2000, n_eval_episodes: 3, confirm_episodes: 3, n_eval_envs: 3}
                checkpoint: {save_freq: 1000, keep_last: 2}
                \(extra)
                """)
    }

    @Test(arguments: ["file", "memory"])
    func sacAbandonedAndResumedGivesTheSameBits(_ storage: String) throws {
        let folder = try TemporaryFolder()
        let configuration = try Configuration.parse(text: try smallSAC().resolvedYAML(), overrides: ["algorithm.replay_storage=\(storage)"])
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        // Early, before the ring is full, and after it has been overwritten.
        let run = try runWithInterruptions(configuration, after: [0, 2, 4], root: folder.path)
        #expect(try Traces(run) == whole)
        #expect(FileManager.default.fileExists(atPath: run.replayPath) == (storage == "file"))
    }

    /// However `eval_freq` divides the run, its end competes for the best.
    @Test func theEndIsEvaluated() throws {
        let folder = try TemporaryFolder()
        for (total, evaluated) in [("1400", [1024, 1536]), ("1024", [1024]), ("300", [512])] {
            let configuration = try Configuration.parse(text: try smallRun("InvertedPendulum-v5").resolvedYAML(), overrides: ["total_timesteps=\(total)"])
            let run = try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path))
            #expect(try run.evaluations().filter { $0.kind == .periodic }.map(\.step) == evaluated)
            #expect(try CheckpointReader(folder: run.checkpointsPath).best() != nil)
        }
    }

    @Test func aChangedConfigurationIsSpokenOf() throws {
        let folder = try TemporaryFolder()
        var training = try Training.start(try smallRun("InvertedPendulum-v5"), configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<4 { _ = try training.advance() }
        try training.interrupt()
        _ = consume training
        let text = try String(contentsOfFile: run.configPath, encoding: .utf8).replacingOccurrences(of: "total_timesteps: 6144", with: "total_timesteps: 8192")
        try Data(text.utf8).write(to: URL(fileURLWithPath: run.configPath))
        training = try Training.resume(run, root: folder.path)
        #expect(training.notices.contains { $0.contains("config.yaml was changed") })
        while try training.advance() != nil {}
        _ = consume training
        #expect(try run.events().count { $0.kind == "configuration_changed" } == 1)
        let information = try run.information()
        #expect(information.totalTimesteps == 8192 && information.steps == 8192 && information.status == .finished)
    }

    /// A run in its second stage can't go on with one stage.
    @Test func stagesThatAreGoneAreMissed() throws {
        let folder = try TemporaryFolder()
        var training = try Training.start(
            try smallRun("BipedalWalker-v3", extra: curriculum), configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<9 { _ = try training.advance() }
        try training.interrupt()
        _ = consume training
        let plain = try smallRun("BipedalWalker-v3").resolvedYAML()
        try Data(plain.utf8).write(to: URL(fileURLWithPath: run.configPath))
        #expect { _ = try Training.resume(run, root: folder.path) } throws: {
            $0 is TrainingError && "\($0)".contains("in stage 2") && "\($0)".contains("only 1")
        }
    }

    /// A rollback that is asked for later goes back to the best policy's own file.
    @Test func rollbacksMayBeAskedForLater() throws {
        let folder = try TemporaryFolder()
        let warning = try Configuration.parse(
            text: try smallRun("InvertedPendulum-v5").resolvedYAML(), overrides: ["on_collapse=warn", "max_rollbacks=default"])
        var training = try Training.start(warning, configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<6 { _ = try training.advance() }
        try training.interrupt()
        _ = consume training
        let best = try #require(try CheckpointReader(folder: run.checkpointsPath).best())
        try Data(try smallRun("InvertedPendulum-v5").resolvedYAML().utf8).write(to: URL(fileURLWithPath: run.configPath))
        training = try Training.resume(run, root: folder.path)
        #expect(try training.bestLearned == StateFiles.archive(try best.tensors(StoredPolicy.weightsFile)))
        while try training.advance() != nil {}
        _ = consume training
        #expect(try run.events().allSatisfy { !$0.message.contains("no best policy") })
    }

    /// Each algorithm's curve shows what explains it, and no panel is empty.
    @Test func curvesExplainTheirAlgorithm() throws {
        let folder = try TemporaryFolder()
        for (configuration, panel) in [(try smallSAC(), "mean Q"), (try smallRun("InvertedPendulum-v5"), "approximate KL")] {
            let run = try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path))
            let figure = try TrainingCommands.curves(of: [run], title: nil, lines: [])
            #expect(figure.panels.map(\.title).contains(panel))
            for panel in figure.panels { #expect(panel.series.allSatisfy { !$0.raw.isEmpty || !$0.band.isEmpty }, "\(panel.title)") }
        }
    }

    /// How many checkpoints stay decides how long a replay file is made; one that is there is gone on with as it is.
    @Test func aReplayFileOutlivesOtherCheckpointSettings() throws {
        let folder = try TemporaryFolder()
        let configuration = try smallSAC()
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        var training = try Training.start(configuration, configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<4 { _ = try training.advance() }
        try training.interrupt()
        _ = consume training
        let text = try String(contentsOfFile: run.configPath, encoding: .utf8).replacingOccurrences(of: "keep_last: 2", with: "keep_last: 50")
        try Data(text.utf8).write(to: URL(fileURLWithPath: run.configPath))
        let size = try Data(contentsOf: URL(fileURLWithPath: run.replayPath)).count
        training = try Training.resume(run, root: folder.path)
        while try training.advance() != nil {}
        #expect(try Data(contentsOf: URL(fileURLWithPath: run.replayPath)).count == size)
        #expect(try Traces(run).progress == whole.progress)
    }

    /// What only the algorithm refuses is an error at its place in the file, before there is anything of a run.
    @Test(arguments: [
        ("environment: {id: InvertedPendulum-v5}\nalgorithm: {name: ppo, batch_size: 64}\nmachine: {shards: 1000}", "shards"),
        ("environment: {id: Dummy-v1, parameters: {actions: discrete}}\nalgorithm: {name: sac}", "continuous actions"),
        ("environment: {id: InvertedPendulum-v5}\nalgorithm: {name: sac}\nmachine: {shards: 1000}", "shards"),
        ("environment: {id: Humanoid-v5}\nalgorithm: {name: ppo, n_envs: 1000, n_steps: 2M, batch_size: 1000}", "GiB"),
    ])
    func whatTheAlgorithmRefusesLeavesNothingBehind(text: String, word: String) throws {
        let folder = try TemporaryFolder()
        let configuration = try Configuration.parse(text: text + "\ntotal_timesteps: 10k\n", file: "run.yaml")
        #expect { _ = try Training.start(configuration, configurationPath: "test", root: folder.path + "/runs") } throws: {
            $0 is ConfigurationError && "\($0)".contains("run.yaml:2:") && "\($0)".contains(word)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/runs"))
    }

    /// A replay file serves the oldest checkpoint that is kept, without ever being longer than the run.
    @Test func replayFilesAreLongEnoughAndNotTooLong() throws {
        func sizes(_ checkpoint: String) throws -> (slack: Int, iteration: Int) {
            let configuration = try Configuration.parse(
                text: "environment: {id: InvertedPendulum-v5}\ntotal_timesteps: 50k\nalgorithm: {name: sac}\nevaluation: {eval_freq: 5k}\ncheckpoint: {\(checkpoint)}\n")
            guard case .sac(let sac) = configuration.algorithm else { return (0, 0) }
            let c = SACConfiguration(
                sac, actions: 1, checkpoints: configuration.checkpoint, totalTimesteps: 50_000, frequencies: [5_000, configuration.checkpoint.saveFreq],
                shards: nil)
            return (c.replaySlack, c.iterationSize)
        }
        #expect(try sizes("save_freq: 2k, keep_last: 3") == (2 * 8_000, 1000))
        // Checkpoints every iteration, and iterations as short as they are far apart.
        #expect(try sizes("save_freq: 100, keep_last: 3") == (2 * 400, 100))
        #expect(try sizes("save_freq: 2k, keep_last: 1000") == (2 * 51_000, 1000))
        #expect(try sizes("save_freq: 1k, keep_last: 9223372036854775807") == (2 * 51_000, 1000))
    }

    @Test func aReplayFileThatIsDamagedIsRefused() throws {
        let folder = try TemporaryFolder()
        var training = try Training.start(try smallSAC(), configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<5 { _ = try training.advance() }
        _ = consume training
        // A bit of each of the first rows: some of them belong to the checkpoint.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: run.replayPath))
        for i in stride(from: 0, to: bytes.count / 2, by: 64) { bytes[i] ^= 1 }
        try bytes.write(to: URL(fileURLWithPath: run.replayPath))
        #expect { _ = try Training.resume(run, root: folder.path) } throws: { "\($0)".contains("replay.bin") }
        try FileManager.default.removeItem(atPath: run.replayPath)
        #expect(throws: (any Error).self) { _ = try Training.resume(run, root: folder.path) }
    }

    /// Every evaluation is good enough, so the first stage lasts two of them.
    private let curriculum = """
        curriculum:
          stages:
            - {environment: BipedalWalkerFlat-v3, promote_at: {return: -1000}, window: 2, learning_rate_factor: 2}
            - {environment: BipedalWalker-v3, optimizer: reset, normalizer: reset}
        """

    @Test func aCurriculumGoesThroughItsStages() throws {
        let folder = try TemporaryFolder()
        let configuration = try smallRun("BipedalWalker-v3", extra: curriculum)
        let run = try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path))
        let evaluations = try run.evaluations().filter { $0.kind == .periodic }
        #expect(evaluations.map(\.stage) == [1, 1, 2, 2, 2, 2])
        let stages = try #require(try run.progress().column("stage"))
        #expect(stages == Array(repeating: 1, count: 8) + Array(repeating: 2, count: 16))
        let events = try run.events()
        #expect(events.contains { $0.kind == "promoted" && $0.step == 2048 && $0.stage == 1 && $0.message.contains("BipedalWalkerFlat-v3") })
        #expect(events.allSatisfy { $0.stage == ($0.step <= 2048 ? 1 : 2) })
        let monitor = try String(contentsOfFile: "\(run.monitorPath)/0.monitor.csv", encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(monitor.first == "r,l,t,stage" && monitor.dropFirst().allSatisfy { $0.hasSuffix(",1") || $0.hasSuffix(",2") })
        #expect(try run.information().stage == RunStage(number: 2, of: 2, environment: "BipedalWalker-v3"))
        let table = try TrainingCommands.runsTable(root: folder.path, environment: nil, status: nil, sort: "started", limit: nil, rescan: false)
        #expect(table.contains("BipedalWalker-v3 (2/2)"))

        // The policy of the passed stage belongs to that stage's environment, the best one to the last stage's.
        let reader = CheckpointReader(folder: run.checkpointsPath)
        #expect(try StoredPolicy(try reader.milestone(step: 2048)).description.environment.id == "BipedalWalkerFlat-v3")
        #expect(try StoredPolicy(try #require(try reader.best())).description.environment.id == "BipedalWalker-v3")
        #expect(try run.information().bestStep.map { $0 > 2048 } == true)
    }

    /// Step size, optimiser and statistics after a promotion are what the entered stage asks for.
    @Test(arguments: ["reset", "keep"]) func aPromotionDoesWhatItsStageSays(_ action: String) throws {
        let folder = try TemporaryFolder()
        let text = try smallRun("BipedalWalker-v3", extra: curriculum).resolvedYAML()
            .replacingOccurrences(of: "optimizer: reset", with: "optimizer: \(action)")
            .replacingOccurrences(of: "normalizer: reset", with: "normalizer: \(action)")
        let configuration = try Configuration.parse(
            text: text,
            overrides: ["lr_schedule=constant", "learning_rate=1e-3"] + ["lr_min", "lr_max", "desired_kl"].map { "\($0)=default" }
                + ["on_collapse=warn", "max_rollbacks=default"])
        let run = try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path))
        // 8 iterations in the first stage, 16 in the second.
        let rates = try #require(try run.progress().column("learning_rate"))
        #expect(rates == Array(repeating: 2e-3, count: 8) + Array(repeating: 1e-3, count: 16))
        let last = try #require(try CheckpointReader(folder: run.checkpointsPath).latestValid().checkpoint)
        let state = try StateFiles.archive(try last.tensors(TrainingState.stateFile))
        let iterations = action == "reset" ? 16.0 : 24
        #expect(try state.scalar("adam.updates") == iterations * 2 * 2)
        // What was known counts as one row where it is forgotten.
        #expect(try state.scalar("observations.count") == iterations * 4 * 64 + (action == "reset" ? 1 : 0))
    }

    /// The stage under way is in `run.json` at once, not with the next checkpoint, and a resumed run corrects what is ahead of it.
    @Test func theStageIsToldAtOnce() throws {
        let folder = try TemporaryFolder()
        let text = try smallRun("BipedalWalker-v3", extra: curriculum).resolvedYAML()
        var training = try Training.start(
            try Configuration.parse(text: text, overrides: ["save_freq=100k"]), configurationPath: "test", root: folder.path)
        let run = training.folder
        let stages = ["BipedalWalkerFlat-v3", "BipedalWalker-v3"].enumerated().map { RunStage(number: $0 + 1, of: 2, environment: $1) }
        #expect(try run.information().stage == stages[0])
        for _ in 0..<7 { _ = try training.advance() }
        let reader = CheckpointReader(folder: run.checkpointsPath)
        #expect(try reader.best() != nil)
        _ = try training.advance()
        #expect(try run.information().stage == stages[1])
        // The passed stage's best is none of the next one's.
        #expect(try reader.best() == nil && run.information().bestMean == nil && run.information().weightsHash == nil)
        _ = consume training
        training = try Training.resume(run, root: folder.path)
        #expect(training.steps == 0 && training.information.stage == stages[0])
        #expect(try run.information().stage == stages[0])
    }

    /// A curriculum for SAC: the stage is passed at the second evaluation, in the middle of a ring that is overwritten several times.
    private func sacCurriculum(storage: String) throws -> Configuration {
        try Configuration.parse(
            text: """
                environment: {id: BipedalWalker-v3, max_episode_steps: 60}
                seed: 5
                total_timesteps: 4096
                algorithm:
                  name: sac
                  n_envs: 2
                  buffer_size: 600
                  replay_storage: \(storage)
                  learning_starts: 200
                  batch_size: 32
                  train_freq: 8
                  gradient_steps: 2
                  net_arch: [16, 16]
                  normalize_observations: true
                  normalize_rewards: true
                evaluation: {eval_freq: 512, n_eval_episodes: 2, confirm_episodes: 2, n_eval_envs: 2}
                checkpoint: {save_freq: 1024, keep_last: 2}
                \(curriculum)
                """)
    }

    /// Dropped before the promotion and behind it, after a checkpoint and some iterations later.
    @Test(arguments: [("ppo", [5, 4, 9]), ("file", [1, 3, 2]), ("memory", [1, 3, 2])])
    func aCurriculumResumedGivesTheSameBits(kind: String, iterations: [Int]) throws {
        let folder = try TemporaryFolder()
        let configuration = try kind == "ppo" ? smallRun("BipedalWalker-v3", extra: curriculum) : sacCurriculum(storage: kind)
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        // The stage is the first column, under its name.
        #expect(whole.progress.dropFirst().first?.hasPrefix("1,") == true && whole.progress.last?.hasPrefix("2,") == true)
        var training = try Training.start(configuration, configurationPath: "test", root: folder.path)
        let run = training.folder
        for steps in iterations {
            for _ in 0..<steps { _ = try training.advance() }
            _ = consume training
            training = try Training.resume(run, root: folder.path)
        }
        while try training.advance() != nil {}
        _ = consume training
        #expect(try Traces(run) == whole)
    }

    @Test func stagesOfAnotherShapeAreRefused() throws {
        let configuration = try smallRun(
            "BipedalWalker-v3",
            extra: "curriculum: {stages: [{environment: Hopper-v5, promote_at: {return: 0}}, {environment: BipedalWalker-v3}]}")
        #expect { _ = try RunParts(configuration) } throws: { "\($0)".contains("stage 2") }
    }

    @Test func shapingChangesTrainingAlone() throws {
        let folder = try TemporaryFolder()
        let plain = try smallRun("BipedalWalker-v3")
        let shaped = try Configuration.parse(text: plain.resolvedYAML(), overrides: ["environment.shaping=[{scale: 0.5}, {fall_penalty: -7}]"])
        let run = try runToTheEnd(try Training.start(shaped, configurationPath: "test", root: folder.path))
        let progress = try run.progress()
        let returns = try #require(progress.column("return_mean"))
        let unshaped = try #require(progress.column("env/unshaped_return"))
        #expect(zip(returns, unshaped).contains { $0.isFinite && abs($0 - $1) > 1 })
        // The policy plays the bare environment, with its measures, when it is evaluated too.
        let best = try StoredPolicy(try #require(try CheckpointReader(folder: run.checkpointsPath).best()))
        #expect(!best.description.environment.metricNames.contains("unshaped_return"))
        let evaluations = try run.evaluations()
        let confirmed = try #require(evaluations.last { $0.becameBest && $0.kind == .confirmation })
        let earlier = evaluations.count { $0.kind == .periodic && $0.step < confirmed.step }
        let bare = Evaluator(factory: try EnvironmentCatalogue.entry(of: plain).factory(plain), pool: WorkerPool(threads: 1), lanes: 3)
        let again = try bare.evaluate(
            best.policy, episodes: 3, set: EpisodeSet(seed: 3, purpose: .confirmationEpisodes, index: UInt32(earlier)))
        #expect(confirmed.returns == again.returns)
        #expect(evaluations.allSatisfy { $0.figures.metrics["unshaped_return"] == nil })

        // So do the monitor files: until the first update both runs do the same.
        var unshapedRun = try Training.start(plain, configurationPath: "test", root: folder.path)
        _ = try unshapedRun.advance()
        #expect(try firstEpisode(unshapedRun.folder) == firstEpisode(run))
        #expect { _ = try RunParts(try Configuration.parse(text: smallRun("Hopper-v5").resolvedYAML(), overrides: ["environment.shaping=[{scale: 0.5}]"])) } throws: {
            "\($0)".contains("can't be shaped")
        }
    }

    /// Return and length of the first episode that the first environment's monitor file has.
    private func firstEpisode(_ run: RunFolder) throws -> [Substring] {
        let lines = try String(contentsOfFile: "\(run.monitorPath)/0.monitor.csv", encoding: .utf8).split(separator: "\n")
        return Array(try #require(lines.dropFirst(2).first).split(separator: ",").prefix(2))
    }

    @Test func numberOfThreadsDoesNotMatter() throws {
        let folder = try TemporaryFolder()
        let one = try Traces(try runToTheEnd(try Training.start(try smallRun("InvertedPendulum-v5", extra: "machine: {threads: 1}"), configurationPath: "test", root: folder.path)))
        let four = try Traces(try runToTheEnd(try Training.start(try smallRun("InvertedPendulum-v5", extra: "machine: {threads: 4}"), configurationPath: "test", root: folder.path)))
        // The resolved configuration names the threads, so the policies' files differ in that line alone; weights and state don't.
        #expect(one == four)
    }

    @Test func aDamagedLastCheckpointIsPassedOverAndSaid() throws {
        let folder = try TemporaryFolder()
        let configuration = try smallRun("InvertedPendulum-v5")
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))

        var training = try Training.start(configuration, configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<16 { _ = try training.advance() }
        _ = consume training
        let reader = CheckpointReader(folder: run.checkpointsPath)
        let last = try #require(try reader.latestValid().checkpoint)
        let path = "\(last.path)/\(TrainingState.stateFile)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))

        training = try Training.resume(run, root: folder.path)
        #expect(training.notices.contains { $0.contains("damaged") })
        #expect(training.steps < last.step)
        while try training.advance() != nil {}
        #expect(try Traces(run) == whole)
    }

    @Test func interruptedRunsGoOnAndFinishedOnesDont() throws {
        let folder = try TemporaryFolder()
        var training = try Training.start(try smallRun("InvertedPendulum-v5"), configurationPath: "test", root: folder.path)
        let run = training.folder
        for _ in 0..<5 { _ = try training.advance() }
        // While it trains, nobody else may.
        #expect(throws: RunError.self) { _ = try Training.resume(run, root: folder.path) }
        try training.interrupt()
        #expect(try training.advance() == nil)
        _ = consume training
        #expect(try run.information().status == .interrupted)

        training = try Training.resume(run, root: folder.path)
        #expect(training.steps == 5 * 256)
        while try training.advance() != nil {}
        _ = consume training
        #expect(try run.information().status == .finished)
        #expect(throws: TrainingError.self) { _ = try Training.resume(run, root: folder.path) }
    }

    @Test func evaluationsKeepToTheirSeeds() throws {
        let folder = try TemporaryFolder()
        let run = try runToTheEnd(try Training.start(try smallRun("InvertedPendulum-v5"), configurationPath: "test", root: folder.path))
        let records = try run.evaluations()
        let periodic = records.filter { $0.kind == .periodic }
        let confirmations = records.filter { $0.kind == .confirmation }
        #expect(periodic.count == 6)
        #expect(Set(periodic.map(\.seedsStart)).count == 1)
        #expect(Set(confirmations.map(\.seedsStart)).count == confirmations.count)
        #expect(!confirmations.contains { $0.seedsStart == periodic[0].seedsStart })
        // The best is the one that the records say it is.
        let best = try #require(records.last { $0.becameBest && $0.kind == .confirmation })
        #expect(try run.information().bestStep == best.step)
        #expect(try run.information().bestMean == best.figures.mean)
    }

    @Test func aPolicyRefusesAnotherEnvironment() throws {
        let folder = try TemporaryFolder()
        let run = try runToTheEnd(try Training.start(try smallRun("InvertedPendulum-v5"), configurationPath: "test", root: folder.path))
        let best = try #require(try CheckpointReader(folder: run.checkpointsPath).best())
        _ = try StoredPolicy(best)

        // The same weights with a configuration of longer episodes: a manifest that agrees, so that only the comparison can refuse.
        let store = try CheckpointStore(folder: folder.path + "/forged", keepLast: 1)
        let text = String(decoding: try best.data("config.yaml"), as: UTF8.self).replacingOccurrences(of: "max_episode_steps: 60", with: "max_episode_steps: 61")
        let forged = try store.save(step: 1, files: [
            CheckpointFile("policy.safetensors", try best.data("policy.safetensors")), CheckpointFile("policy.json", try best.data("policy.json")),
            CheckpointFile("config.yaml", Data(text.utf8)),
        ])
        #expect { _ = try StoredPolicy(forged) } throws: { "\($0)".contains("episodes of 60 steps, these have 61") }
    }
}
