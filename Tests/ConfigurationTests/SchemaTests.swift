@testable import Configuration
import Core
import Foundation
import Testing

@Suite struct SchemaTests {
    @Test func everyDefaultIsAValueOfItsKey() {
        for key in Schema.standard.keys {
            var defaults = key.fallback.map { [$0] } ?? []
            for name in key.algorithms {
                guard let algorithm = AlgorithmName(rawValue: name) else { continue }
                defaults += Recipe.allCases.compactMap { $0.defaults(for: algorithm)[key.leaf] }
            }
            #expect(key.isRequired == defaults.isEmpty, "\(key.path)")
            for value in defaults {
                let node = try? SourceNode.parse(value.text) { _, _ in .wholeFile("default") }
                let setting = Setting(name: key.leaf, keyPosition: .wholeFile("default"), value: node ?? SourceNode(content: .scalar("", quoted: false), position: .wholeFile("")))
                guard case .value(let read) = ValueReader(horizon: 1).read(setting, as: key) else {
                    Issue.record("\(key.path): \(value.text) is not a value of the key")
                    continue
                }
                #expect(read == value || (key.type == .unsigned && value == 0), "\(key.path): \(value)")
            }
        }
    }

    @Test func recipesHaveTheSameKeysAndNoOthers() {
        for algorithm in AlgorithmName.allCases {
            let expected = Set(Schema.standard.keys.filter { $0.algorithms.contains(algorithm.rawValue) }.map(\.leaf))
            #expect(expected.count > 20)
            for recipe in Recipe.allCases { #expect(Set(recipe.defaults(for: algorithm).keys) == expected, "\(algorithm) \(recipe)") }
        }
    }

    @Test func conditionsNameKeys() {
        for condition in Schema.standard.keys.flatMap(\.conditions) {
            switch condition {
            case .equals(let path, _): #expect(Schema.standard.key(path) != nil, "\(path)")
            case .automatic(let path): #expect(Schema.standard.keys.contains { $0.path == path && [.automatic, .automaticSchedule].contains($0.type) }, "\(path)")
            case .anyTrue(let paths): #expect(paths.allSatisfy { Schema.standard.key($0)?.type == .boolean }, "\(paths)")
            }
        }
    }

    @Test func sb3RecipeIsWhatStableBaselines3Does() throws {
        let settings = try ppo(minimal)
        #expect(settings.recipe == .sb3 && settings.nEnvs == 1 && settings.nSteps == 2048 && settings.batchSize == 64 && settings.nEpochs == 10)
        #expect(settings.learningRate == .scheduled(.constant(3e-4)) && settings.gamma == 0.99 && settings.gaeLambda == 0.95)
        #expect(settings.clipRange == .constant(0.2) && settings.clipRangeVF == nil && settings.entCoef == .constant(0))
        #expect(settings.vfCoef == 0.5 && settings.maxGradNorm == 0.5 && settings.targetKL == nil && settings.normalizeAdvantage)
        #expect(settings.netArch.policy == [64, 64] && settings.activation == .tanh && settings.orthoInit && !settings.shareFeatures)
        #expect(settings.adamEps == 1e-5 && settings.adamBeta1 == 0.9 && settings.adamBeta2 == 0.999 && settings.weightDecay == 0)
        #expect(!settings.normalizeObservations && !settings.normalizeRewards && !settings.normalizeValues && settings.logStdMin == nil)
    }

    @Test func robustRecipe() throws {
        let settings = try ppo(minimal + "algorithm:\n  recipe: robust\n")
        #expect(settings.learningRate == .adaptive(initial: 3e-4, minimum: 1e-5, maximum: 1e-3, desiredKL: 0.008))
        #expect(settings.adamBeta1 == settings.adamBeta2 && settings.weightDecay > 0 && settings.normalizeValues)
        #expect(settings.logStdMin != nil && settings.logStdMax != nil && settings.entCoef == .constant(0))
        #expect(try ppo(minimal + "algorithm:\n  recipe: robust\n  adam_beta1: 0.9\n").adamBeta1 == 0.9)
    }

    @Test(arguments: [
        ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("ab", "ba", 1), ("learning_rte", "learning_rate", 1), ("abcd", "acbd", 1),
    ])
    func editDistances(_ a: String, _ b: String, _ expected: Int) {
        #expect(Schema.editDistance(Array(a), Array(b)) == expected)
        #expect(Schema.editDistance(Array(b), Array(a)) == expected)
    }

    @Test(arguments: [(2048, 100, 64, 128), (100, 64, 50, 100), (7, 3, 1, 7), (12, 12, 12, 12), (36, 6, 6, 6), (1, 1, 1, 1)])
    func nearestDivisors(_ number: Int, _ target: Int, _ below: Int, _ above: Int) {
        #expect(SettingsResolver.nearestDivisors(of: number, to: target) == (below, above))
    }

    // MARK: Explain

    @Test func explainTellsEverythingAboutAKey() throws {
        #expect(
            try Schema.explain("batch_size") == """
                algorithm.batch_size
                  samples in one minibatch
                  Must divide n_envs · n_steps, so that every minibatch is full.
                  type     a whole number (steps), at least 1
                  default  64 (sb3), 2048 (robust)
                  aliases  mini_batch_size, minibatch_size
                  used by  ppo

                algorithm.batch_size
                  transitions drawn for one update
                  type     a whole number (transitions), at least 1
                  default  256
                  aliases  mini_batch_size, minibatch_size, buffer.batch_size
                  used by  sac
                """)
        #expect(try Schema.explain("n_envs").contains("  default  1 (ppo sb3), 64 (ppo robust), 1 (sac sb3), 1 (sac robust)\n"))
        #expect(try Schema.explain("alpha_min").contains("  only if  algorithm.ent_coef is auto"))
        #expect(try Schema.explain("gamma").contains("  default  0.99\n"))
        #expect(try Schema.explain("desired_kl").contains("  only if  algorithm.lr_schedule is adaptive"))
        #expect(try Schema.explain("environment.id").contains("  default  none; the key is required"))
        #expect(try Schema.explain("target_kl").contains("  type     a number (nats), or null, greater than 0"))
    }

    @Test(arguments: ["algorithm.n_steps", "n_steps", "rollout_steps", "agent.rollout_steps", "algorithm.hyperparams.n_steps"])
    func explainFindsAKeyByAnyName(_ name: String) throws {
        #expect(try Schema.explain(name).hasPrefix("algorithm.n_steps\n"))
    }

    @Test func explainPrefersTheFullPath() throws {
        #expect(try Schema.explain("name").hasPrefix("name\n"))
    }

    @Test func explainListsASection() throws {
        let text = try Schema.explain("guard")
        #expect(text.hasPrefix("guard: "))
        #expect(text.contains("  early_stopping.patience  ") && text.contains("  on_collapse  "))
        #expect(try Schema.explain("early_stopping").contains("min_delta"))
    }

    @Test(arguments: [
        ("learning_rte", "config explain learning_rte: unknown key 'learning_rte'; did you mean 'learning_rate'?"),
        ("algorithm.gama", "config explain algorithm.gama: unknown key 'algorithm.gama'; did you mean 'gamma'?"),
        ("xyzzy", "config explain xyzzy: unknown key 'xyzzy'"),
        ("", "config explain : unknown key ''"),
        ("training", "config explain training: unknown key 'training'"),
    ])
    func explainSuggests(_ name: String, _ expected: String) {
        let error = #expect(throws: ConfigurationError.self) { try Schema.explain(name) }
        #expect(error?.description == expected)
    }

    /// The page's tables, line by line; a failure prints the line to put there.
    @Test func theDocumentationListsEveryKey() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("Documentation/Configuration.md"), encoding: .utf8)
        let lines = Set(page.split(separator: "\n").map(String.init))
        for key in Schema.standard.keys {
            var columns = [[key.isRequired ? "required" : key.fallback?.text ?? ""]]
            if !key.algorithms.isEmpty {
                columns = key.algorithms.compactMap(AlgorithmName.init).map { name in Recipe.allCases.map { $0.defaults(for: name)[key.leaf]?.text ?? "" } }
            }
            for defaults in columns {
                let cells = ["`\(key.path)`", key.summary] + defaults + [key.aliases.map { "`\($0)`" }.joined(separator: " ")]
                let row = "| " + cells.joined(separator: " | ") + " |"
                // Apart, or a failure would print the whole page.
                let isListed = lines.contains(row)
                #expect(isListed, "\(row)")
            }
        }
    }

    @Test func explainAllCoversEveryKey() {
        let text = Schema.explainAll()
        for key in Schema.standard.keys { #expect(text.contains("\n\(key.path)\n") || text.hasPrefix("\(key.path)\n"), "\(key.path)") }
    }
}
