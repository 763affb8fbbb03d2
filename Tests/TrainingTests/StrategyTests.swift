import Configuration
import Foundation
import Insight
import Runs
import Testing

@testable import Training

/// What the interceptor report's strategies 3 and 4 ask for, through the whole loop.
@Suite(.serialized) struct StrategyTests {
    /// 24 iterations of 256 steps.
    private func configuration(_ algorithm: String, _ rest: String) throws -> Configuration {
        try Configuration.parse(
            text: """
                environment: {id: Interceptor-v1, max_episode_steps: 40}
                seed: 3
                total_timesteps: 6144
                algorithm: {n_envs: 4, n_steps: 64, batch_size: 128, n_epochs: 1, net_arch: [16], \(algorithm)}
                \(rest)
                """)
    }

    @Test(arguments: ["use_lstm: false", "use_lstm: true, lstm_hidden_size: 8, bptt_length: 16"])
    func twoPhasesChangeAtTheirStepAlsoAfterAResume(_ memory: String) throws {
        let root = try TemporaryFolder()
        let c = try configuration(
            "\(memory), learning_rate: {two_phase: {first: 3e-4, second: 5e-5, at: 2048}}, clip_range: {two_phase: {first: 0.2, second: 0.1, at: 2048}}, "
                + "ent_coef: {two_phase: {first: 0.02, second: 0.001, at: 4096}}",
            "evaluation: {eval_freq: 0}\ncheckpoint: {save_freq: 512}")
        let whole = try runToTheEnd(try Training.start(c, configurationPath: "test", root: root.path))
        let table = try whole.progress()
        let steps = try #require(table.column("steps"))
        // A row tells what its iteration began with.
        for (name, first, second, at) in [("learning_rate", 3e-4, 5e-5, 2048.0), ("clip_range", 0.2, 0.1, 2048), ("ent_coef", 0.02, 0.001, 4096)] {
            let values = try #require(table.column(name))
            for (step, value) in zip(steps, values) { #expect(abs(value - (step - 256 < at ? first : second)) < 1e-7, "\(name) at \(step)") }
        }

        // Abandoned in the first phase and in the second.
        let folder = try runWithInterruptions(c, after: [7, 5], root: root.path)
        for name in ["learning_rate", "clip_range", "ent_coef", "return_mean"] {
            let (resumed, uninterrupted) = (try folder.progress().column(name), table.column(name))
            #expect(resumed.map { $0.map(\.bitPattern) } == uninterrupted.map { $0.map(\.bitPattern) }, "\(name)")
        }
    }

    @Test func earlyStoppingEndsTheRunSaysWhyAndKeepsTheBest() throws {
        let root = try TemporaryFolder()
        // Nothing gains a million: the first evaluation counts as improvement, three more as none.
        let rest = """
            evaluation: {eval_freq: 512, n_eval_episodes: 2, confirm_episodes: 2}
            early_stopping: {enabled: true, patience: 3, min_delta: 1e6}
            checkpoint: {save_freq: 256}
            """
        let c = try configuration("learning_rate: 1e-3", rest)
        var training = try Training.start(c, configurationPath: "test", root: root.path)
        let folder = training.folder
        var end: Training.End?
        var messages: [String] = []
        while let progress = try training.advance() {
            messages += progress.messages
            end = progress.end ?? end
        }
        _ = consume training
        guard case .stopped(let reason) = end else {
            Issue.record("the run must be stopped, not \(String(describing: end))")
            return
        }
        #expect(reason.hasPrefix("no improvement of more than 1000000 in 3 evaluations; the best, ") && reason.contains("at step") && messages.contains(reason), "\(reason)")
        let information = try folder.information()
        #expect(information.status == .stopped && information.statusReason == reason && information.steps == 2048)
        #expect(try folder.events().last { $0.kind == "stopped" }?.message == reason)
        // The best policy is the one that was confirmed, whatever came after it.
        let best = try #require(try CheckpointReader(folder: folder.checkpointsPath).best())
        #expect(best.step == information.bestStep)
        #expect(throws: TrainingError.self) { _ = try Training.resume(folder, root: root.path) }
        let whole = try Traces(folder)

        // The patience that is used up survives a kill, anywhere.
        for iterations in [3, 5, 7] {
            var training = try Training.start(c, configurationPath: "test", root: root.path)
            let resumed = training.folder
            for _ in 0..<iterations { _ = try training.advance() }
            let since = training.state.watch.sinceImprovement
            _ = consume training
            training = try Training.resume(resumed, root: root.path)
            #expect(training.state.watch.sinceImprovement == since)
            // From the records alone comes the same count.
            let records = try resumed.evaluations()
            #expect(Guard(records, c.guard) == training.state.watch)
            _ = try runToTheEnd(training)
            #expect(try Traces(resumed) == whole && resumed.information().statusReason == reason)
        }
    }

    @Test func theGuardCanBeToldFromTheRecords() throws {
        let root = try TemporaryFolder()
        // The recorded evaluations of a run that learns: the guard rebuilt from them equals the guard that lived through them.
        let c = try Configuration.parse(
            text: try smallRun("InvertedPendulum-v5").resolvedYAML(), overrides: ["early_stopping.enabled=true", "early_stopping.patience=4", "early_stopping.min_delta=0.5", "on_collapse=warn", "max_rollbacks=default"])
        var training = try Training.start(c, configurationPath: "test", root: root.path)
        var judged = 0
        while try training.advance() != nil {
            let records = try training.folder.evaluations()
            let regular = records.filter { $0.kind == .periodic }
            if records.count > judged, regular.count == training.state.evaluations {
                judged = records.count
                #expect(Guard(records, c.guard) == training.state.watch)
            }
        }
        #expect(judged > 0)
    }

    @Test func theWatchSaysHowNearTheStopIs() throws {
        let root = try TemporaryFolder()
        let rest = "evaluation: {eval_freq: 512, n_eval_episodes: 2, confirm_episodes: 2}\nearly_stopping: {patience: 3, min_delta: 1e6}\ncheckpoint: {save_freq: 256}"
        var training = try Training.start(try configuration("learning_rate: 1e-3", rest), configurationPath: "test", root: root.path)
        for _ in 0..<5 { _ = try training.advance() }
        var watch = try RunWatch(training.folder.path, root: root.path)
        let lines = try watch.look().lines(width: 200)
        #expect(lines.contains("early stopping: 1 of 3 evaluations without improvement of more than 1000000"), "\(lines)")
        #expect(lines[1].hasPrefix("running, last written") && lines.contains { $0.contains("20.8 %  1.28k of 6.14k steps") }, "\(lines)")
        // The process that trains goes away without a word.
        let folder = training.folder
        _ = consume training
        #expect(try watch.look().lines(width: 200)[1].hasPrefix("killed: process "))
        _ = try runToTheEnd(try Training.resume(folder, root: root.path))
        let over = try watch.look()
        #expect(over.isOver && over.lines(width: 200)[1].hasPrefix("stopped: no improvement"))
    }
}
