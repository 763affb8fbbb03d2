import Core
import Foundation
import Runs
import Testing

@testable import Insight

@Suite struct LeaderboardTests {
    /// An entry with the figures of 20 Humanoid episodes; the interval is the t interval that the deviation gives.
    private func entry(
        _ run: String, _ checkpoint: Leaderboard.Checkpoint = .last, steps: Int = 1_000_000, seed: UInt64 = 42, hash: String = "", weights: String = "",
        configuration: [(key: String, value: String)] = [], mean: Double, std: Double = 50, range: (Double, Double, Double) = (0, 0, 0),
        length: Double = 1000, success: Double = 1, returns: [Double] = [], evaluationSeed: UInt64 = 123, environment: String = "Humanoid-v5",
        conditions: [String: JSONValue] = [:]
    ) -> Leaderboard.Entry {
        let half = 2.0930240544083087 * std / 20.0.squareRoot()
        let figures = EvaluationFigures(
            episodes: returns.isEmpty ? 20 : returns.count, mean: mean, std: std, min: range.0, median: range.1, max: range.2, lengthMean: length,
            successRate: success, ci95: [mean - half, mean + half], metrics: [:])
        let result = EvaluationResult(
            config: hash, seed: seed, steps: steps, wallSeconds: 1, checkpoint: "", environment: environment, conditions: conditions,
            evaluationSeed: evaluationSeed, figures: figures, baselines: [:], command: "")
        return Leaderboard.Entry(
            run: run, checkpoint: checkpoint, seed: seed, configurationHash: hash, configuration: configuration, weightsChecksum: weights,
            result: result, returns: returns)
    }

    private func configuration(steps: String, rate: String, rollout: String, entropy: String, name: String) -> [(key: String, value: String)] {
        [("name", name), ("seed", "42"), ("total_timesteps", steps), ("learning_rate", rate), ("n_steps", rollout), ("batch_size", "8192"), ("ent_coef", entropy)]
    }

    /// The seven models of reports/humanoid.md in the order of their training; the missing figures from facts/systems.md, table 1.4.
    private var humanoid: [Leaderboard.Entry] {
        func tuned(_ steps: String, _ name: String) -> [(key: String, value: String)] {
            configuration(steps: steps, rate: "0.00025", rollout: "1024", entropy: "0.005", name: name)
        }
        let short = configuration(steps: "1000000", rate: "0.0003", rollout: "2048", entropy: "0", name: "short")
        let long = configuration(steps: "100000000", rate: "0.0003", rollout: "2048", entropy: "0", name: "long")
        return [
            entry("11-33-29", hash: "1M", weights: "a1", configuration: short, mean: 489.76, std: 64.03, range: (404, 472, 657), length: 94, success: 0),
            entry("12-17-01", hash: "1M", weights: "a1", configuration: short, mean: 489.76, std: 64.03, range: (404, 472, 657), length: 94, success: 0),
            entry("12-25-32", steps: 10_000_000, hash: "10M", configuration: tuned("10000000", "c"), mean: 6920.77, std: 74.14, range: (6759, 6914, 7085)),
            entry("13-02-09", steps: 30_000_000, hash: "30M", configuration: tuned("30000000", "d"), mean: 9870.22, std: 73.74, range: (9716, 9888, 9974)),
            entry("16-30-12", steps: 50_000_000, hash: "50M", configuration: tuned("50000000", "e"), mean: 7435.45, std: 3955.75, range: (446, 9713, 9882), length: 774, success: 0.75),
            entry("17-47-25", steps: 50_000_000, hash: "50M", configuration: tuned("50000000", "f"), mean: 7435.45, std: 3955.75, range: (446, 9713, 9882), length: 774, success: 0.75),
            entry("21-33-51", steps: 100_000_000, hash: "100M", configuration: long, mean: 4331.37, std: 4075.44, range: (485, 1347, 9853), length: 475, success: 0.4),
        ]
    }

    @Test func ranksTheHumanoidReportAndFindsItsDuplicates() throws {
        let board = try Leaderboard(humanoid)
        #expect(board.rows.map(\.run) == ["13-02-09", "16-30-12", "17-47-25", "12-25-32", "21-33-51", "11-33-29", "12-17-01"])
        #expect(board.rows.map(\.rank) == [1, 2, 2, 4, 5, 6, 6])
        #expect(board.rows.map { $0.duplicate?.run } == [nil, nil, "16-30-12", nil, nil, nil, "11-33-29"])
        #expect(board.rows[2].duplicate == .init(rank: 2, run: "16-30-12", checkpoint: .last, reason: .sameSeedAndConfiguration))
        #expect(board.rows[6].duplicate?.reason == .sameWeights)
        #expect(board.notes == ["7 rows, 5 distinct policies: a duplicate is no independent repetition."])
        // The order of the input changes nothing.
        #expect(try Leaderboard(humanoid.reversed()).rows == board.rows)
        // Welch by SciPy (standard errors and degrees by hand, stats.t.ppf): difference 2434.77, interval 583.187 to 4286.353.
        let lead = try #require(board.lead?.difference)
        #expect(abs(lead.mean - 2434.77) < 1e-9 && lead.isSignificant && !lead.paired)
        #expect(abs(lead.interval.low - 583.187408734726) < 1e-6 && abs(lead.interval.high - 4286.352591265273) < 1e-6)
        #expect(board.lead?.sentence == "13-02-09 (last, 30M steps) is ahead of 16-30-12 (last, 50M steps) by 2434.77 (95 % interval 583.19 to 4286.35, 20 and 20 unpaired episodes): significant.")
        #expect(board.bestAgainstLast.isEmpty)
    }

    @Test func listsWhereTheBestConfigurationDiffers() throws {
        let board = try Leaderboard(humanoid)
        #expect(board.configurationDifferences.map(\.key) == ["total_timesteps", "learning_rate", "n_steps", "ent_coef"])
        #expect(board.configurationDifferences[1] == .init(key: "learning_rate", best: "0.00025", others: [.init(value: "0.0003", runs: ["21-33-51", "11-33-29", "12-17-01"])]))
        #expect(board.configurationDifferences[0].others.map(\.runs.count) == [2, 1, 1, 2])
        #expect(try Leaderboard(humanoid, ignoredKeys: []).configurationDifferences.first?.key == "name")
        // A key that only one side has.
        let uneven = try Leaderboard([entry("a", configuration: [("x", "1")], mean: 2), entry("b", configuration: [("y", "1")], mean: 1), entry("c", mean: 0)])
        #expect(uneven.configurationDifferences == [
            .init(key: "x", best: "1", others: [.init(value: nil, runs: ["b"])]), .init(key: "y", best: nil, others: [.init(value: "1", runs: ["b"])]),
        ])
    }

    @Test func checkpointsOfOneTrainingAreNoDuplicatesUnlessTheirWeightsAgree() throws {
        let board = try Leaderboard([
            entry("a", .best, steps: 5, hash: "h", weights: "1", mean: 10), entry("a", .last, steps: 9, hash: "h", weights: "2", mean: 9),
            entry("b", .best, steps: 7, hash: "h", weights: "3", mean: 8), entry("c", .last, steps: 9, seed: 1, hash: "h", weights: "4", mean: 7),
            entry("d", .last, steps: 9, hash: "", weights: "", mean: 6), entry("e", .last, steps: 9, hash: "", weights: "", mean: 5),
        ])
        #expect(board.rows.allSatisfy { $0.duplicate == nil })
        // Best and last of one run that ended at its peak: best stands first.
        let peak = try Leaderboard([entry("a", .last, weights: "1", mean: 10), entry("a", .best, weights: "1", mean: 10)])
        #expect(peak.rows.map(\.checkpoint) == [.best, .last] && peak.rows[1].duplicate?.checkpoint == .best)
        #expect(peak.lead == nil)
        #expect(peak.bestAgainstLast[0].sentence == "a (best, 1M steps) and last (1M steps) have the same weights.")
    }

    @Test func comparesBestWithLast() throws {
        let best = [9800.0, 9850, 9900, 9950, 9875]
        func board(last: [Double], seed: UInt64 = 123, lastReturns: [Double]? = nil) throws -> Leaderboard {
            try Leaderboard([
                entry("a", .best, steps: 30_000_000, mean: Statistics.mean(best), std: Statistics.deviation(best), returns: best),
                entry("a", .last, steps: 50_000_000, mean: Statistics.mean(last), std: Statistics.deviation(last), returns: lastReturns ?? last, evaluationSeed: seed),
                entry("b", .last, mean: 1),
            ])
        }
        // scipy.stats.ttest_rel: difference 97, interval 86.61 to 107.39.
        let clear = try #require(try board(last: [9700, 9760, 9810, 9840, 9780]).bestAgainstLast.first)
        let difference = try #require(clear.difference)
        #expect(difference.paired && difference.isSignificant && abs(difference.mean - 97) < 1e-9)
        #expect(abs(difference.interval.low - 86.61149366) < 1e-4 && abs(difference.interval.high - 107.38850634) < 1e-4)
        #expect(clear.sentence == "a (best, 30M steps) is ahead of last (50M steps) by 97.00 (95 % interval 86.61 to 107.39, 5 paired episodes): significant.")
        // Two falls in five episodes are a great difference of means and yet no proof.
        let open = try #require(try board(last: [9790, 400, 9850, 500, 9800]).bestAgainstLast.first)
        #expect(open.difference?.isSignificant == false && open.sentence.contains("can't be told apart: difference 3807.00"))
        // The worse policy was called best.
        let behind = try #require(try board(last: [9900, 9955, 9999, 10_049, 9976]).bestAgainstLast.first)
        #expect(behind.sentence.hasPrefix("a (best, 30M steps) is behind last (50M steps) by 100.8") && behind.difference.map { $0.mean < 0 } == true)
        // Other episode seeds: not paired.
        #expect(try board(last: [9700, 9760, 9810, 9840, 9780], seed: 5).bestAgainstLast[0].difference?.paired == false)
        // A single episode: nothing can be said.
        let single = try Leaderboard([entry("a", .best, mean: 3, returns: [3]), entry("a", .last, mean: 1, returns: [1])])
        #expect(single.bestAgainstLast[0].difference == nil && single.bestAgainstLast[0].sentence.hasSuffix("nothing can be said."))
    }

    @Test func saysWhenRowsAreUnlike() throws {
        let board = try Leaderboard([
            entry("a", mean: 3), entry("b", mean: 2, evaluationSeed: 9, environment: "Ant-v5", conditions: ["terrain": .string("rough")]),
        ])
        #expect(board.notes.count == 3 && board.notes[0].contains("Ant-v5, Humanoid-v5"))
        #expect(throws: InsightError.self) { try Leaderboard([]) }
        #expect(throws: InsightError.self) { try Leaderboard([entry("a", mean: .nan)]) }
        #expect(throws: InsightError.self) { try Leaderboard([entry("a", mean: 1, success: 40)]) }
        var empty = entry("a", mean: 1)
        empty.result.figures.episodes = 0
        #expect(throws: InsightError.self) { try Leaderboard([empty]) }
    }

    @Test func textShowsTheTable() throws {
        let text = try Leaderboard(humanoid).text()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("Rank  Run       Checkpoint  Steps   Mean ± deviation"))
        #expect(lines[2] == "   1  13-02-09  last          30M    9870.22 ± 73.74  9716.00  9888.00  9974.00    1000    100 %  9835.71 to 9904.73")
        #expect(lines[4] == "   2  17-47-25  last          50M  7435.45 ± 3955.75   446.00  9713.00  9882.00     774     75 %  5584.10 to 9286.80  duplicate of rank 2, 16-30-12 (last): same seed and configuration")
        #expect(text.contains("ent_coef            0.005  0 in 21-33-51, 11-33-29, 12-17-01\n"))
        #expect(!text.contains("\u{1B}"))
        let coloured = try Leaderboard(humanoid).text(colour: true)
        #expect(coloured.contains("\u{1B}[1m   1  13-02-09") && coloured.contains("\u{1B}[32m13-02-09 (last"))
    }

    @Test func markdownCSVAndJSON() throws {
        let board = try Leaderboard(humanoid)
        #expect(board.markdown().contains("| **1** | **13-02-09** | **last** | **30M** | **9870.22 ± 73.74** |"))
        #expect(board.markdown().contains("| learning_rate | 0.00025 | 0.0003 in 21-33-51, 11-33-29, 12-17-01 |"))

        let lines = board.csv().split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(lines.count == 8 && lines.allSatisfy { $0.count == lines[0].count })
        #expect(lines[3].prefix(9) == ["2", "17-47-25", "last", "50000000", "42", "20", "7435.45", "3955.75", "446.0"])
        #expect(lines[3].suffix(3) == ["2", "16-30-12", "same seed and configuration"] && lines[1].suffix(3) == ["", "", ""])

        // The JSON reads back as the same board, and the figures keep the names of results.json.
        let stepped = try Leaderboard(humanoid + [entry("z", .step(5_000_000), mean: 12)])
        let json = try stepped.json()
        #expect(json.contains("\"length_mean\" : 774") && json.contains("\"reason\" : \"same weights\"") && json.contains("\"checkpoint\" : 5000000"))
        #expect(try JSONDecoder().decode(Leaderboard.self, from: Data(json.utf8)) == stepped)
    }
}
