import Core
import Foundation
import Runs
import Testing

@testable import Insight

@Suite struct ControllerComparisonTests {
    private let measures: [ControllerComparison.Measure] = [
        .init(key: "speed", title: "forward velocity", unit: "m/s"), .init(key: "fell", title: "fall rate", isShare: true),
        .init(key: "return", title: "return"),
    ]

    private func controller(_ name: String, baseline: Bool = false, speed: [Double]) -> ControllerComparison.Controller {
        .init(name: name, isBaseline: baseline, columns: ["speed": speed, "fell": [1, 0, 0, 0], "return": speed.map { 100 * $0 }, "more": [1]])
    }

    private func comparison(baselines: Int = 1) throws -> ControllerComparison {
        try ControllerComparison(
            head: "Task-v1, 4 episodes", measures: measures,
            controllers: (0..<baselines).map { controller("base\($0)", baseline: true, speed: [0.1, 0.2, 0.1, 0.2]) }
                + [controller("ours", speed: [0.2, 0.4, 0.3, 0.3]), controller("copy", speed: [0.2, 0.4, 0.3, 0.3])])
    }

    @Test func differencesArePairedPolicyMinusBaseline() throws {
        let comparison = try comparison()
        #expect(comparison.controllers.map(\.name) == ["ours", "copy", "base0"])
        let gap = try #require(comparison.gaps(comparison.policies[0], comparison.baselines[0]).first)
        // Differences 0.1, 0.2, 0.2, 0.1: mean 0.15, deviation 0.057735, t(3) 3.182446: half width 0.0918693.
        #expect(abs(gap.policy - 0.3) < 1e-12 && abs(gap.baseline - 0.15) < 1e-12)
        let difference = try #require(gap.difference)
        #expect(difference.paired && difference.isSignificant)
        #expect(abs(difference.interval.low - 0.0581307) < 1e-6 && abs(difference.interval.high - 0.2418693) < 1e-6)
        let file = comparison.differences(comparison.policies[0], comparison.baselines[0])
        #expect(Set(file.keys) == ["speed", "fell", "return"])
        // One fall of four each, in the same episode: equal, but four episodes don't prove it.
        let falls = try #require(file["fell"])
        #expect(falls.mean == 0 && abs(falls.ci95[0] + 0.4271662) < 1e-6 && abs(falls.ci95[1] - 0.4271662) < 1e-6)
    }

    @Test func tablesShowEveryControllerOnceAndRepeatNothing() throws {
        let text = try comparison().text()
        #expect(text.hasPrefix("Task-v1, 4 episodes\nController  forward velocity, m/s  fall rate, %  return\n"))
        #expect(text.contains("ours against base0, 4 paired episodes") && !text.contains("copy against"))
        #expect(text.contains("forward velocity, m/s  0.3000    0.1500     +0.1500  0.0581 to 0.2419  yes"))
        #expect(text.contains("fall rate, %             25.0      25.0         0.0     -42.7 to 42.7  no"), "\(text)")
        #expect(try comparison().markdown().contains("| **ours** | **0.3000** | **25.0** | **30.00** |"))
        // With many baselines only the first is shown by every measure.
        let many = try comparison(baselines: 4).text(title: "Side by side")
        #expect(many.hasPrefix("Side by side\n") && many.contains("ours against base0") && !many.contains("ours against base1"))
        #expect(many.contains("base3     0.0 (-42.7 to 42.7)  +15.00 (5.81 to 24.19)"), "\(many)")
        #expect(try comparison(baselines: 4).csvTable().rows.count == 2 * 4 * 3)
    }

    @Test func partsShowEveryMeasureOfTheirEpisodes() throws {
        var comparison = try comparison(baselines: 4)
        comparison.breakdown = .init(
            title: "By weather", heading: "Weather",
            parts: [.init(name: "calm", episodes: [0, 2]), .init(name: "fog", episodes: []), .init(name: "storm", episodes: [1, 3])])
        let text = comparison.markdown()
        #expect(text.contains("### By weather\n\n| Weather | Episodes | Controller | forward velocity, m/s | fall rate, % | return |"), "\(text)")
        #expect(text.contains("| **calm** | **2** | **ours** | **0.2500** | **50.0** | **25.00** |\n| calm | 2 | base0 | 0.1000 | 50.0 | 10.00 |"), "\(text)")
        #expect(text.contains("| **storm** | **2** | **ours** | **0.3500** | **0.0** | **35.00** |\n| storm | 2 | base0 | 0.2000 | 0.0 | 20.00 |"))
        // Neither the policy's copy, nor the other baselines, nor a part without episodes.
        #expect(!text.contains("| **copy** | **0.2500**") && !text.contains("| base1 | 0.1000") && !text.contains("fog"))
    }

    @Test func oneEpisodeHasNoInterval() throws {
        let single = try ControllerComparison(
            head: "", measures: [measures[0]],
            controllers: [.init(name: "a", isBaseline: false, columns: ["speed": [1]]), .init(name: "b", isBaseline: true, columns: ["speed": [3]])])
        #expect(single.differences(single.policies[0], single.baselines[0]) == ["speed": PairedDifference(mean: -2, ci95: [])])
        #expect(single.text().contains("unknown"))
    }

    @Test func unequalColumnsAreRefused() {
        #expect(throws: InsightError.self) { try ControllerComparison(head: "", measures: measures, controllers: []) }
        #expect {
            _ = try ControllerComparison(
                head: "", measures: [measures[0]],
                controllers: [.init(name: "a", isBaseline: false, columns: ["speed": [1, 2]]), .init(name: "b", isBaseline: true, columns: ["speed": [3]])])
        } throws: { "\($0)".contains("b has 1 values of speed for 2 episodes") }
    }

    @Test func resultsCarryBaselinesThroughJSON() throws {
        let figures = EvaluationFigures(
            episodes: 2, mean: 1, std: 0.5, min: 0, median: 1, max: 2, lengthMean: 10, successRate: 0.5, ci95: [0, 2], metrics: ["speed": 0.2])
        var result = EvaluationResult(
            config: "c", seed: 1, steps: 2, wallSeconds: 3, checkpoint: "p", environment: "Task-v1",
            conditions: ["terrain": .string("steps"), "radius": .array([.number(150), .number(20)])], evaluationSeed: 4, figures: figures,
            baselines: ["plain_gait": figures], command: "crest evaluate")
        #expect(!String(decoding: try JSONEncoder().encode(result), as: UTF8.self).contains("differences"))
        result.differences = ["plain_gait": ["speed": PairedDifference(mean: 0.1, ci95: [0.05, 0.15])]]
        for value in [result] { #expect(try JSONDecoder().decode(EvaluationResult.self, from: try JSONEncoder().encode(value)) == value) }
        #expect(JSONValue.array([.number(150), .number(12.5), .string("x"), .bool(true)]).text == "150, 12.5, x, true")
    }
}
