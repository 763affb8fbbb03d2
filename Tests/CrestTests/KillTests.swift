import Core
import Foundation
import Testing

/// Kills the real executable at random instants, resumes it, and compares what it leaves behind with a run never interrupted.
///
/// `CREST_KILLS` sets the number of kills for each kind of run (10 here; Scripts/kill-test does 50).
@Suite(.serialized) struct KillTests {
    private static let kills = ProcessInfo.processInfo.environment["CREST_KILLS"].flatMap { Int($0) } ?? 10

    /// Runs that keep different things: simulations, a curriculum whose environments are restored by replay, a replay buffer in a file.
    enum Kind: String, CaseIterable {
        case pendulum, humanoid, curriculum, sac

        var configuration: String {
            switch self {
            case .pendulum: Self.ppo("InvertedPendulum-v5", steps: 24576)
            case .humanoid: Self.ppo("Humanoid-v5", steps: 8192)
            case .curriculum:
                Self.ppo("BipedalWalker-v3", steps: 12288) + """

                    curriculum:
                      stages:
                        - {environment: BipedalWalkerFlat-v3, promote_at: {return: -1000}, window: 2}
                        - {environment: BipedalWalker-v3, optimizer: reset}
                    """
            case .sac:
                """
                name: kill
                environment: {id: InvertedPendulum-v5, max_episode_steps: 100}
                total_timesteps: 16000
                seed: 11
                algorithm:
                  {name: sac, n_envs: 2, buffer_size: 2000, learning_starts: 500, batch_size: 64, train_freq: 8, gradient_steps: 4, net_arch: [32, 32]}
                evaluation: {eval_freq: 4000, n_eval_episodes: 4, confirm_episodes: 4}
                checkpoint: {save_freq: 1000, keep_last: 3}
                """
            }
        }

        private static func ppo(_ environment: String, steps: Int) -> String {
            """
            name: kill
            environment: {id: \(environment), max_episode_steps: 100}
            total_timesteps: \(steps)
            seed: 11
            algorithm: {recipe: robust, n_envs: 4, n_steps: 64, batch_size: 128, n_epochs: 3, net_arch: [32, 32]}
            evaluation: {eval_freq: 2048, n_eval_episodes: 4, confirm_episodes: 4}
            checkpoint: {save_freq: 512, keep_last: 3, milestone_freq: 4096}
            """
        }
    }

    @Test(arguments: Kind.allCases)
    func killedAndResumedGivesTheSameBits(_ kind: Kind) throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(kind.configuration, to: "kill.yaml")
        let start = Date()
        let whole = try crest.run("train", "kill.yaml", "--quiet", "--runs", "whole")
        #expect(whole.status == 0, "\(whole.errors)")
        let duration = Date().timeIntervalSince(start)
        let expected = try leftBehind(crest, "whole")

        // Each life is a random part of the whole run's time, the first moments included.
        var random = Philox(seed: 21, purpose: .test)
        var kills = 0
        var lives = 0
        while kills < Self.kills {
            let root = "killed-\(lives)"
            lives += 1
            var process = try crest.start(["train", "kill.yaml", "--quiet", "--runs", root])
            var killedAfterItsEnd = false
            while true {
                let deadline = Date().addingTimeInterval(random.uniform(0.02, 0.7) * duration)
                while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.005) }
                guard process.isRunning else { break }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                kills += 1
                // Killed between its last word and its exit: the run is over, and crest refuses to resume it.
                if let folder = try? runFolder(crest, root), try isOver(folder) {
                    killedAfterItsEnd = true
                    break
                }
                // Killed before there was a run: nothing to resume, a user would start again.
                guard let folder = try? runFolder(crest, root), FileManager.default.fileExists(atPath: "\(folder)/run.json") else {
                    process = try crest.start(["train", "kill.yaml", "--quiet", "--runs", root])
                    continue
                }
                process = try crest.start(["resume", folder, "--runs", root])
            }
            let errors = try String(contentsOfFile: "\(crest.folder)/.err", encoding: .utf8)
            #expect(killedAfterItsEnd || process.terminationStatus == 0, "after \(kills) kills, life \(lives): \(errors)")
            let got = try leftBehind(crest, root)
            for (name, bytes) in expected { #expect(got[name] == bytes, "\(name) differs after \(kills) kills") }
            #expect(got.keys.sorted() == expected.keys.sorted())
        }
    }

    /// The only complete run under a root.
    private func runFolder(_ crest: Executable, _ root: String) throws -> String {
        let manager = FileManager.default
        let base = "\(crest.folder)/\(root)"
        for day in try manager.contentsOfDirectory(atPath: base).sorted() where !day.contains("registry") {
            for run in try manager.contentsOfDirectory(atPath: "\(base)/\(day)").sorted() where manager.fileExists(atPath: "\(base)/\(day)/\(run)/run.json") {
                return "\(base)/\(day)/\(run)"
            }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    private func isOver(_ folder: String) throws -> Bool {
        struct Status: Decodable { var status: String }
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/run.json"))
        return try JSONDecoder().decode(Status.self, from: data).status == "finished"
    }

    /// Name → bytes of everything that must not differ: rows without the clock's columns, evaluations, weights, state, normalisers.
    private func leftBehind(_ crest: Executable, _ root: String) throws -> [String: Data] {
        let folder = try runFolder(crest, root)
        var result: [String: Data] = [:]
        let progress = try String(contentsOfFile: "\(folder)/progress.csv", encoding: .utf8)
        result["progress"] = Data(progress.split(separator: "\n").map { $0.split(separator: ",").dropLast(2).joined(separator: ",") }.joined(separator: "\n").utf8)
        result["evaluations"] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/evaluations.jsonl"))
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/monitor") {
            let lines = try String(contentsOfFile: "\(folder)/monitor/\(name)", encoding: .utf8).split(separator: "\n").dropFirst(2)
            // Without the clock's column, r, l, t and with a curriculum its stage.
            result[name] = Data(lines.map { $0.split(separator: ",").enumerated().filter { $0.offset != 2 }.map(\.element).joined(separator: ",") }.joined(separator: "\n").utf8)
        }
        for checkpoint in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/checkpoints") where !checkpoint.hasPrefix(".") {
            for file in ["policy.safetensors", "state.safetensors", "policy.json"] {
                if let data = FileManager.default.contents(atPath: "\(folder)/checkpoints/\(checkpoint)/\(file)") { result["\(checkpoint)/\(file)"] = data }
            }
        }
        return result
    }
}
