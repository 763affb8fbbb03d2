import Algorithms
import Configuration
import Core
import Foundation
import Runs
import Testing

@testable import Training

/// Runs that are killed, interrupted, damaged or edited, and go on.
@Suite(.serialized) struct ResumeTests {
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

    @Test func aChangedConfigurationIsSpokenOf() throws {
        let folder = try TemporaryFolder()
        let run = try interruptedRun(try smallRun("InvertedPendulum-v5"), after: 4, root: folder.path)
        try rewrite(run, try run.configuration().replacingOccurrences(of: "total_timesteps: 6144", with: "total_timesteps: 8192"))
        var training = try Training.resume(run, root: folder.path)
        #expect(training.notices.contains { $0.contains("config.yaml was changed") })
        while try training.advance() != nil {}
        _ = consume training
        #expect(try run.events().count { $0.kind == "configuration_changed" } == 1)
        let information = try run.information()
        #expect(information.totalTimesteps == 8192 && information.steps == 8192 && information.status == .finished)
    }

    /// A run that began without rollbacks and has a best policy, and then is asked for them.
    private func runAskedForRollbacks(root: String) throws -> (run: RunFolder, best: Checkpoint) {
        let text = try smallRun("InvertedPendulum-v5").resolvedYAML()
        let warning = try Configuration.parse(text: text, overrides: ["on_collapse=warn", "max_rollbacks=default"])
        let run = try interruptedRun(warning, after: 6, root: root)
        try rewrite(run, text)
        return (run, try #require(try CheckpointReader(folder: run.checkpointsPath).best()))
    }

    /// A rollback that is asked for later goes back to the best policy's own file.
    @Test func rollbacksMayBeAskedForLater() throws {
        let folder = try TemporaryFolder()
        let (run, best) = try runAskedForRollbacks(root: folder.path)
        let training = try Training.resume(run, root: folder.path)
        #expect(try training.bestLearned == StateFiles.archive(try best.tensors(StoredPolicy.weightsFile)))
        _ = try runToTheEnd(training)
        #expect(try run.events().allSatisfy { !$0.message.contains("no best policy") })
    }

    /// Where the best policy is gone, a collapse is told and training goes on.
    @Test func aRollbackWithoutABestPolicyIsAWarning() throws {
        let folder = try TemporaryFolder()
        let (run, best) = try runAskedForRollbacks(root: folder.path)
        try FileManager.default.removeItem(atPath: best.path)
        var training = try Training.resume(run, root: folder.path)
        // No policy can be a new best, and each is a collapse.
        let outOfReach = """
            {"best": {"mean": 1e6, "std": 0, "episodes": 3}, "bestStep": \(best.step), "bestRegular": 1e6, "firstRegular": 0, "firstConfirmed": 0,
             "sinceImprovement": 0, "declines": 0, "rollbacks": 0}
            """
        training.state.watch = try JSONDecoder().decode(Guard.self, from: Data(outOfReach.utf8))
        let before = try run.events().count
        let finished = try runToTheEnd(training)
        let events = try finished.events().dropFirst(before)
        #expect(events.contains { $0.kind == "collapse_warned" && $0.message.contains("no best policy") })
        #expect(events.allSatisfy { $0.kind != "rolled_back" })
        #expect(try finished.information().status == .finished)
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

    /// How many checkpoints stay decides how long a replay file is made; one that is there is gone on with as it is.
    @Test func aReplayFileOutlivesOtherCheckpointSettings() throws {
        let folder = try TemporaryFolder()
        let configuration = try smallSAC()
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        let run = try interruptedRun(configuration, after: 4, root: folder.path)
        try rewrite(run, try run.configuration().replacingOccurrences(of: "keep_last: 2", with: "keep_last: 50"))
        let size = try Data(contentsOf: URL(fileURLWithPath: run.replayPath)).count
        _ = try runToTheEnd(try Training.resume(run, root: folder.path))
        #expect(try Data(contentsOf: URL(fileURLWithPath: run.replayPath)).count == size)
        #expect(try Traces(run).progress == whole.progress)
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
}
