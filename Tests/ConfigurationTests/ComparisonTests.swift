@testable import Configuration
import Core
import Foundation
import Testing

@Suite struct ComparisonTests {
    private func compare(_ texts: [String]) throws -> ConfigurationComparison {
        ConfigurationComparison(try texts.enumerated().map { ("c\($0)", try parse($1)) })
    }

    @Test func rowsThatDiffer() throws {
        let table = try compare([minimal, minimal + "algorithm: {lr: 1e-4}\nname: other\n", minimal + "seed: 3\n"])
        #expect(table.names == ["c0", "c1", "c2"])
        #expect(table.differing.map(\.key) == ["seed", "algorithm.learning_rate"])
        #expect(table.differing.map(\.texts) == [["0", "0", "3"], ["0.0003", "0.0001", "0.0003"]])
        // Each value is held against the first one.
        #expect(table.differing.map(\.differences) == [[false, false, true], [false, true, false]])
        // Every key with an effect has a row, in the order of the effective configuration; the name is none.
        #expect(table.rows.map(\.key) == (try parse(minimal).flattened()).map(\.key).filter { $0 != "name" })
    }

    @Test func equalOnesHaveNoDifference() throws {
        #expect(try compare([minimal, "# same\n" + minimal]).differing.isEmpty)
        #expect(try compare([minimal]).differing.isEmpty)
        #expect(ConfigurationComparison([]).rows.isEmpty)
    }

    @Test func acrossAlgorithms() throws {
        let table = try compare([minimal, minimal + "algorithm: {name: sac}\n"])
        func texts(_ key: String) -> [String]? { table.rows.first { $0.key == key }?.texts }
        #expect(texts("algorithm.name") == ["ppo", "sac"])
        #expect(texts("algorithm.n_steps") == ["2048", "–"] && texts("algorithm.tau") == ["–", "0.005"])
        #expect(texts("algorithm.ent_coef") == ["0.0", "auto"] && texts("algorithm.gamma") == ["0.99", "0.99"])
        #expect(Set(table.rows.map(\.key)).count == table.rows.count)
        #expect(table.rows.first { $0.key == "algorithm.gamma" }?.differs == false)
        #expect(table.rows.first { $0.key == "algorithm.tau" }?.differences == [false, true])
    }

    @Test func keysInsideMappingsAndLists() throws {
        let text = "total_timesteps: 1M\nenv: {parameters: {wind: 1, b: 2}}\n"
            + "curriculum: {stages: [{environment: A, promote_at: {return: 1}}, {environment: Humanoid-v5}]}\n"
        let table = try compare([text, minimal + "env2: 1\n"].map { $0.replacing("env2: 1\n", with: "") })
        let rows = table.differing.map(\.key)
        #expect(rows == ["total_timesteps", "environment.parameters.b", "environment.parameters.wind", "curriculum.stages.0", "curriculum.stages.1"])
        // Parameters of both, each once.
        let both = try compare(["{b: 1, c: 2}", "{a: 1, c: 3}"].map { minimal.replacing("id: Humanoid-v5", with: "id: A\n  parameters: \($0)") })
        #expect(both.differing.map(\.texts) == [["–", "1"], ["1", "–"], ["2", "3"]])
    }

    @Test func valuesAsJSON() throws {
        let row = try compare([minimal + "seed: 18446744073709551615\nalgorithm: {lr: 1e-3 -> 0, net_arch: [8], target_kl: null}\n"])
        func json(_ key: String) -> JSONValue? { row.rows.first { $0.key == key }?.values[0]?.json }
        #expect(json("seed") == .string("18446744073709551615") && json("algorithm.gamma") == .number(0.99))
        #expect(json("algorithm.clip_range") == .number(0.2) && json("algorithm.net_arch") == .array([.number(8)]))
        #expect(json("algorithm.learning_rate") == .string("{linear: {from: 0.001, to: 0.0, start: 0, end: 10000000}}"))
        #expect(json("algorithm.target_kl") == .null && json("total_timesteps") == .number(10_000_000))
    }

    @Test func countsOfStepsAreAsPeopleWriteThem() throws {
        let table = try compare([minimal + "algorithm: {name: sac, learning_starts: 12_345, batch_size: 20k}\nevaluation: {n_eval_episodes: 20_000}\nseed: 20_000\n"])
        func text(_ key: String) -> String? { table.rows.first { $0.key == key }?.texts[0] }
        #expect(text("total_timesteps") == "10M" && text("algorithm.buffer_size") == "1M" && text("evaluation.eval_freq") == "100k")
        #expect(text("algorithm.batch_size") == "20k" && text("algorithm.learning_starts") == "12345")
        // Seeds, episodes and the like are no such counts.
        #expect(text("seed") == "20000" && text("evaluation.n_eval_episodes") == "20000")
    }

    @Test func schedulesAreShort() throws {
        let text = "total_timesteps: 10M\nenvironment: {id: A}\nalgorithm:\n  ent_coef: 0.02 -> 0.001\n  learning_rate: {two_phase: {first: 3e-4, second: 5e-5, at: 2M}}\n"
            + "  clip_range: {piecewise: [[0, 0.2], [5M, 0.1]]}\n"
        let table = ConfigurationComparison([("a", try parse(text)), ("b", try parse(text, set: ["ent_coef={cosine: {from: 1, to: 0, start: 5, end: 9}}"]))])
        func texts(_ key: String) -> [String]? { table.rows.first { $0.key == "algorithm.\(key)" }?.texts }
        #expect(texts("ent_coef") == ["0.02 -> 0.001 by 10M", "cosine 1.0 -> 0.0 from 5 by 9"])
        #expect(texts("learning_rate")?[0] == "0.0003, from 2M on 5.0e-05" && texts("clip_range")?[0] == "lines 0.2 at 0, 0.1 at 5M")
    }
}
