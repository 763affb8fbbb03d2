@testable import Configuration
import Core
import Foundation
import Testing

@Suite struct ResolvedTests {
    /// Files that between them reach every branch of the writer.
    static let files = [
        minimal,
        minimal + "algorithm:\n  recipe: robust\n",
        minimal + "name: run.1\nseed: 18446744073709551615\nalgorithm:\n  learning_rate: 3e-4 -> 3e-5\n  ent_coef: lin_0.01\n",
        minimal + "algorithm:\n  net_arch: {pi: [8, 4], vf: []}\n  target_kl: 0.02\n  normalize_rewards: true\n  normalize_until: 5M\n",
        minimal + "algorithm:\n  recipe: robust\n  learning_rate: 3e-4 -> 3e-5\n",
        minimal + "algorithm:\n  lr_schedule: linear\nguard:\n  early_stopping: {patience: 3}\n  on_collapse: rollback\n",
        minimal + "algorithm:\n  learning_rate: cos_3e-4\n  clip_range: {piecewise: [[10, 0.2], [5M, 0.1]]}\n  ent_coef: {two_phase: {first: 0.01, second: 0.0, at: 1M}}\n",
        minimal + "algorithm:\n  name: sac\n  recipe: robust\n  learning_rate: 3e-4 -> 3e-5\n  critic_lr: cos_1e-3\n  alpha_lr: 1e-4\n  gradient_steps: -1\n  n_envs: 8\n",
        minimal + "algorithm:\n  name: sac\n  crossq: true\n  alpha: 0.2\n  net_arch: {pi: [400, 300], qf: [512]}\n  replay_storage: memory\n  max_grad_norm: 1\n",
        minimal + "algorithm:\n  name: sac\n  alpha: 0.2 -> 0.05\n  n_step: 1024\n  n_envs: 64\n  train_freq: 100\n",
        "env:\n  shaping: [forward_velocity: {weight: 0.1, limit: 3}, balance: 0.05, effort: 1e-3, fall_penalty: -20, clip: [-1, 1], scale: 0.1]\n"
            + "total_timesteps: 10M\ncurriculum:\n  stages:\n    - {environment: Flat, promote_at: {success_rate: 0.8}, window: 5, min_steps: 500k}\n"
            + "    - {environment: Walker, parameters: {wind: 2}, promote_at: {return: 250}, optimizer: reset, learning_rate_factor: 0.5}\n"
            + "    - {environment: Hard, normalizer: reset, parameters: {'odd key': [1, x]}}\n",
        "environment:\n  id: 'ALE/Pong-v5'\n  max_episode_steps: 500\n  parameters:\n    text: \"a: b # c\"\n    number_text: '12'\n    'odd key': 1\n"
            + "    list: [1, 2.5, null, true, 'no', \"tab\\t\"]\n    map: {a: {b: [x]}}\n    tiny: 1e-9\n    whole: 3.0\ntotal_timesteps: 5\n",
    ]

    static var last: String { files[files.count - 1] }

    @Test(arguments: files)
    func resolvedTextReadsBackEqual(_ text: String) throws {
        let configuration = try parse(text)
        let again = try parse(configuration.resolvedYAML())
        #expect(again == configuration)
        #expect(again.resolvedYAML() == configuration.resolvedYAML())
        #expect(again.hash == configuration.hash)
    }

    /// Every key, one at a time, with a value that is not its default: none may be lost on the way to fields and back.
    @Test(arguments: AlgorithmName.allCases)
    func everyKeySurvivesTheRoundTrip(_ algorithm: AlgorithmName) throws {
        for key in Schema.standard.keys where key.path != "algorithm.name" && key.isUsed(by: algorithm) {
            var overrides = ["algorithm.name=\(algorithm.rawValue)"]
            overrides += key.conditions.flatMap { condition -> [String] in
                switch condition {
                case .equals(let path, let wanted): ["\(path)=\(wanted[0])"]
                case .anyTrue(let paths): ["\(paths[0])=true"]
                case .automatic(let path): ["\(path)=auto"]
                }
            }
            if algorithm == .ppo, key.path != "algorithm.n_steps" { overrides.append("n_steps=2048") }
            let base = try parse(minimal, set: overrides)
            let value = other(than: base.values[key.path], key)
            let changed = try parse(minimal, set: overrides + ["\(key.path)=\(value)"])
            #expect(changed != base, "\(key.path)=\(value)")
            #expect(try parse(changed.resolvedYAML()) == changed, "\(key.path)=\(value)")
            let isCovered = !["name", "machine.threads", "logging.tensorboard", "logging.monitor"].contains(key.path)
            #expect((changed.hash != base.hash) == isCovered, "\(key.path)")
        }
    }

    /// A value that the key takes and that differs from the one in force.
    private func other(than current: ConfigurationValue?, _ key: KeyDescription) -> String {
        switch key.type {
        case .boolean: return current == .bool(true) ? "false" : "true"
        case .choice(let names): return names.first { .string($0) != current } ?? ""
        case .text: return "Other-1"
        case .layers: return "{pi: [7], vf: [9]}"
        case .automatic: return "auto_0.25"
        case .parameters: return "{a: 1}"
        case .shaping: return "[{scale: 0.5}, {clip: [-1, 1]}]"
        case .stages: return "[{environment: Easy, promote_at: {return: 5}}, {environment: Humanoid-v5}]"
        case .schedule, .automaticSchedule: return "{linear: {from: 0.5, to: 0.25, start: 10, end: 20}}"
        case .unsigned: return "5"
        case .integer:
            let fitting: [String: String] = [
                "total_timesteps": "6000", "algorithm.n_envs": "2", "algorithm.batch_size": "32", "algorithm.n_steps": "128", "algorithm.buffer_size": "5000",
                "algorithm.bptt_length": "32",
            ]
            return fitting[key.path] ?? "6"
        case .number:
            let inside: [String: String] = [
                "algorithm.lr_min": "2e-5", "algorithm.lr_max": "5e-3", "algorithm.log_std_min": "-4", "algorithm.log_std_max": "1.5",
            ]
            return inside[key.path] ?? "0.375"
        }
    }

    @Test func jsonRoundTrip() throws {
        for text in Self.files {
            let configuration = try parse(text)
            let data = try JSONEncoder().encode(configuration)
            #expect(try JSONDecoder().decode(Configuration.self, from: data) == configuration)
        }
    }

    @Test func resolvedTextIsCommentedAndOrdered() throws {
        let lines = try parse(minimal).resolvedYAML().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("# "))
        #expect(lines.contains("  n_steps: 2048                         # steps of each environment in one rollout"))
        #expect(lines.contains("  learning_rate: 0.0003                 # Adam's step size, or its schedule"))
        let sections = lines.filter { $0.hasSuffix(":") && !$0.hasPrefix(" ") && !$0.hasPrefix("#") }
        #expect(sections == ["environment:", "algorithm:", "evaluation:", "guard:", "checkpoint:", "logging:", "machine:"])
        #expect(!lines.contains { $0.contains("desired_kl") }, "a key without effect must not be written")
    }

    @Test func flattenedListsEveryActiveKey() throws {
        let rows = try parse(Self.last).flattened()
        #expect(rows.first { $0.key == "algorithm.net_arch" }?.value == "[64, 64]")
        #expect(rows.first { $0.key == "environment.parameters.text" }?.value == "\"a: b # c\"")
        #expect(rows.first { $0.key == "environment.parameters.map" }?.value == "{a: {b: [x]}}")
        #expect(Set(rows.map(\.key)).count == rows.count)
        // The difference of two runs.
        let other = try parse(Self.last, set: ["gamma=0.9"]).flattened()
        #expect(zip(rows, other).filter { $0 != $1 }.map(\.0.key) == ["algorithm.gamma"])
    }

    @Test func hashIsStableAndSensitive() throws {
        let base = try parse(minimal)
        #expect(base.hash.count == 16)
        #expect(try parse("# moved\ntotal_timesteps: 10_000_000\nenv: {id: Humanoid-v5}\n").hash == base.hash)
        #expect(try parse(minimal, set: ["name=other", "machine.threads=3", "logging.monitor=false"]).hash == base.hash)
        #expect(try parse(minimal, set: ["seed=1"]).hash != base.hash)
        #expect(try parse(minimal, set: ["machine.shards=4"]).hash != base.hash)
    }

    /// Files of older versions, without the keys that came later, are known by the hash that they were given then. A change is not.
    @Test func storedRunsKeepTheirHash() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var (files, older) = (0, 0)
        for path in FileManager.default.enumerator(atPath: root.path + "/Results")?.compactMap({ $0 as? String }) ?? [] where path.hasSuffix("/config.yaml") {
            let text = try String(contentsOf: root.appending(path: "Results/\(path)"), encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("# hash ") }) else { continue }
            let hash = String(line.dropFirst(7))
            let configuration = try parse(text)
            #expect(configuration.hasHash(hash), "\(path)")
            #expect(try !parse(text, set: ["seed=987"]).hasHash(hash), "\(path)")
            files += 1
            older += configuration.hash == hash ? 0 : 1
        }
        #expect(files > 20 && older > 0)
    }

    @Test func originsAreNoPartOfTheValue() throws {
        #expect(try parse(minimal) == parse("\n\n" + minimal))
    }

    // MARK: Debug

    @Test(arguments: files + [minimal + "algorithm: {n_envs: 3, n_steps: 7, batch_size: 21}\n", minimal + "evaluation: {eval_freq: 0}\n"])
    func debugShrinksAndStaysConsistent(_ text: String) throws {
        let full = try parse(text)
        let small = try parse(text, debug: true)
        #expect(small == full.debugOverlay())
        #expect(try parse(small.resolvedYAML()) == small, "the small one passes every check")
        #expect(small.debugOverlay().debugOverlay() == small.debugOverlay())
        #expect(small.totalTimesteps <= 1024 && small.evaluation.nEvalEpisodes <= 2 && small.evaluation.confirmEpisodes <= 2)
        #expect((small.evaluation.evalFreq == 0) == (full.evaluation.evalFreq == 0))
        #expect(small.environment.maxEpisodeSteps.map { $0 <= 100 } == true)
        if case .sac(let before) = full.algorithm, case .sac(let after) = small.algorithm {
            #expect(after.nStep <= before.nStep && after.bufferSize / after.nEnvs > after.nStep)
            #expect(after.batchSize <= 64 && after.bufferSize <= 1024 && after.batchSize <= after.bufferSize)
            #expect(after.learningStarts <= before.learningStarts && after.learningStarts < small.totalTimesteps / 2)
            #expect((after.netArch.policy + after.netArch.value).allSatisfy { $0 <= 16 } && after.gradientSteps <= before.gradientSteps)
        }
        guard case .ppo(let before) = full.algorithm, case .ppo(let after) = small.algorithm else { return }
        #expect(after.rolloutSize <= 256 && after.rolloutSize % after.batchSize == 0 && after.nEpochs <= 2)
        #expect(after.nEnvs <= before.nEnvs && after.nSteps <= before.nSteps && after.batchSize <= before.batchSize)
        #expect((after.netArch.policy + after.netArch.value).allSatisfy { $0 <= 16 } && after.netArch.policy.count <= 2)
    }

    @Test func debugKeepsSchedulesInTheirPlace() throws {
        let settings = try parse(minimal + "algorithm:\n  clip_range: {linear: {from: 1, to: 0.5, start: 2.5M, end: 5M}}\n", debug: true)
        guard case .ppo(let ppo) = settings.algorithm else { return }
        #expect(settings.totalTimesteps == 256)
        #expect(ppo.clipRange == .linear(from: 1, to: 0.5, start: 64, end: 128))
    }
}
