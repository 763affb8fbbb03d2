import Configuration
import Foundation
import Runs
import Testing

@testable import Training

/// Runs that go through the stages of a curriculum.
@Suite(.serialized) struct PromotionTests {
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
            text: try smallSAC("BipedalWalker-v3", extra: curriculum).resolvedYAML(),
            overrides: ["total_timesteps=4096", "buffer_size=600", "learning_starts=200", "gradient_steps=2", "eval_freq=512", "replay_storage=\(storage)"])
    }

    /// Dropped before the promotion and behind it, after a checkpoint and some iterations later.
    @Test(arguments: [("ppo", [5, 4, 9]), ("file", [1, 3, 2]), ("memory", [1, 3, 2])])
    func aCurriculumResumedGivesTheSameBits(kind: String, iterations: [Int]) throws {
        let folder = try TemporaryFolder()
        let configuration = try kind == "ppo" ? smallRun("BipedalWalker-v3", extra: curriculum) : sacCurriculum(storage: kind)
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        // The stage is the first column, under its name.
        #expect(whole.progress.dropFirst().first?.hasPrefix("1,") == true && whole.progress.last?.hasPrefix("2,") == true)
        #expect(try Traces(try runWithInterruptions(configuration, after: iterations, root: folder.path)) == whole)
    }

    /// A run in its second stage can't go on with one stage.
    @Test func stagesThatAreGoneAreMissed() throws {
        let folder = try TemporaryFolder()
        let run = try interruptedRun(try smallRun("BipedalWalker-v3", extra: curriculum), after: 9, root: folder.path)
        try rewrite(run, try smallRun("BipedalWalker-v3").resolvedYAML())
        #expect { _ = try Training.resume(run, root: folder.path) } throws: {
            $0 is TrainingError && "\($0)".contains("in stage 2") && "\($0)".contains("only 1")
        }
    }

    @Test func stagesOfAnotherShapeAreRefused() throws {
        let configuration = try smallRun(
            "BipedalWalker-v3",
            extra: "curriculum: {stages: [{environment: Hopper-v5, promote_at: {return: 0}}, {environment: BipedalWalker-v3}]}")
        #expect { _ = try RunParts(configuration) } throws: { "\($0)".contains("stage 2") }
    }
}
