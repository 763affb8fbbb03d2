import Configuration
import Core
import Foundation
import Insight
import Runs
import Testing

@testable import Training

/// What whole runs do, leave behind and refuse.
@Suite(.serialized) struct TrainingTests {
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

    /// What only the algorithm refuses is an error at its place in the file, before there is anything of a run.
    @Test(arguments: [
        ("environment: {id: Dummy-v1, parameters: {actions: discrete}}\nalgorithm: {name: sac}", "continuous actions"),
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
