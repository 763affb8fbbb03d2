import Configuration
import Foundation
import Runs
import Testing

@testable import Training

@Suite struct GuardTests {
    /// A configuration with the guard's keys as given.
    private func configuration(_ guardKeys: String) throws -> GuardConfiguration {
        try Configuration.parse(text: "environment: {id: Dummy-v1}\ntotal_timesteps: 1M\nguard: {\(guardKeys)}").guard
    }

    /// Figures of 50 episodes.
    private func figures(_ mean: Double, std: Double = 1) -> EvaluationFigures {
        EvaluationFigures(
            episodes: 50, mean: mean, std: std, min: mean - std, median: mean, max: mean + std, lengthMean: 10, successRate: 0.5, ci95: [], metrics: [:])
    }

    /// Plays one evaluation as the training loop does; its confirmation gives the same mean unless told otherwise.
    private func evaluate(
        _ watch: inout Guard, _ mean: Double, confirmed: Double? = nil, std: Double = 1, step: Int, _ c: GuardConfiguration
    ) -> (best: Bool, decision: Guard.Decision) {
        watch.note(mean: mean)
        guard watch.isCandidate(mean: mean) || watch.isDecline(mean: mean, c) else { return (false, watch.judge(declined: false, c)) }
        let outcome = watch.confirm(figures(confirmed ?? mean, std: std), regular: mean, step: step, c)
        return (outcome.isBest, watch.judge(declined: outcome.hasDeclined, c))
    }

    @Test func keepsTheConfirmedBest() throws {
        let c = try configuration("on_collapse: warn")
        var watch = Guard()
        let result1 = evaluate(&watch, 10, step: 1, c)
        #expect(result1.best)
        let result2 = evaluate(&watch, 30, step: 2, c)
        #expect(result2.best)
        let result3 = evaluate(&watch, 20, step: 3, c)
        #expect(!result3.best)
        #expect(watch.bestMean == 30 && watch.bestStep == 2)

        // A candidate whose confirmation disappoints does not replace the best.
        watch.note(mean: 50)
        #expect(watch.isCandidate(mean: 50))
        let replaced = watch.confirm(figures(29), regular: 50, step: 4, c)
        #expect(!replaced.isBest)
        #expect(watch.bestMean == 30 && watch.bestStep == 2)
    }

    @Test func warnsAfterAsManyDeclinesAsConfigured() throws {
        let c = try configuration("on_collapse: warn, collapse_margin: 0.2, collapse_count: 3")
        var watch = Guard()
        _ = evaluate(&watch, 0, step: 1, c)
        _ = evaluate(&watch, 100, step: 2, c)
        // The limit is 100 − 0.2 · (100 − 0) = 80.
        #expect(watch.limit(c) == 80)
        let result4 = evaluate(&watch, 79, step: 3, c)
        #expect(result4.decision == .carryOn)
        let result5 = evaluate(&watch, 81, step: 4, c)
        #expect(result5.decision == .carryOn)
        let result6 = evaluate(&watch, 79, step: 5, c)
        #expect(result6.decision == .carryOn)
        let result7 = evaluate(&watch, 50, step: 6, c)
        #expect(result7.decision == .carryOn)
        guard case .warn(let sentence) = evaluate(&watch, 40, step: 7, c).decision else {
            Issue.record("three declines in a row must warn")
            return
        }
        #expect(sentence.contains("below 80") && sentence.contains("step 2"))
    }

    @Test func stopsOrRollsBackAndGivesUpAfterTheLastRollback() throws {
        let stop = try configuration("on_collapse: stop, collapse_count: 1")
        var watch = Guard()
        _ = evaluate(&watch, 0, step: 1, stop)
        _ = evaluate(&watch, 100, step: 2, stop)
        guard case .stop = evaluate(&watch, 10, step: 3, stop).decision else {
            Issue.record("on_collapse: stop must stop")
            return
        }

        let rollback = try configuration("on_collapse: rollback, collapse_count: 1, max_rollbacks: 2")
        watch = Guard()
        _ = evaluate(&watch, 0, step: 1, rollback)
        _ = evaluate(&watch, 100, step: 2, rollback)
        for step in 3...4 {
            guard case .rollBack = evaluate(&watch, 10, step: step, rollback).decision else {
                Issue.record("rollback \(step - 2) expected")
                return
            }
        }
        guard case .stop(let reason) = evaluate(&watch, 10, step: 5, rollback).decision else {
            Issue.record("after max_rollbacks the run must stop")
            return
        }
        #expect(reason.contains("2 rollbacks"))
    }

    @Test func stopsEarlyWithoutImprovement() throws {
        let c = try configuration("early_stopping: {patience: 3, min_delta: 5}, collapse_margin: 1")
        var watch = Guard()
        _ = evaluate(&watch, 100, step: 1, c)
        // 104 is a new best, yet not by more than min_delta.
        let result8 = evaluate(&watch, 104, step: 2, c)
        #expect(result8.best)
        let result9 = evaluate(&watch, 100, step: 3, c)
        #expect(result9.decision == .carryOn)
        let result10 = evaluate(&watch, 106, step: 4, c)
        #expect(result10.decision == .carryOn)
        let result11 = evaluate(&watch, 100, step: 5, c)
        #expect(result11.decision == .carryOn)
        let result12 = evaluate(&watch, 100, step: 6, c)
        #expect(result12.decision == .carryOn)
        guard case .stop = evaluate(&watch, 100, step: 7, c).decision else {
            Issue.record("three evaluations without improvement must stop the run")
            return
        }
    }

    @Test func nothingFallsBeforeSomethingRose() throws {
        let c = try configuration("on_collapse: stop, collapse_count: 1")
        var watch = Guard()
        for step in 1...5 { #expect(evaluate(&watch, 100 - Double(step), step: step, c).decision == .carryOn) }
        #expect(watch.limit(c) == nil)
    }

    /// The regular episodes may be harder than others, or easier: neither keeps a better policy from being proven, nor makes a fall of it.
    @Test(arguments: [-40.0, 40]) func regularEpisodesAreHeldAgainstThemselves(hardness: Double) throws {
        let c = try configuration("on_collapse: stop, collapse_count: 1")
        var watch = Guard()
        func play(_ regular: Double, _ confirmed: Double, step: Int) -> (best: Bool, decision: Guard.Decision) {
            evaluate(&watch, regular + hardness, confirmed: confirmed, step: step, c)
        }
        let first = play(0, 0, step: 1)
        let risen = play(100, 100, step: 2)
        #expect(first.best && risen.best)
        // Better by 10, and worse by 10 of the gained 100.
        let better = play(110, 110, step: 3)
        #expect(better.best && watch.bestMean == 110 && watch.bestRegular == 110 + hardness)
        #expect(!watch.isCandidate(mean: 105 + hardness) && !watch.isDecline(mean: 100 + hardness, c))
        let worse = play(100, 100, step: 4)
        #expect(!worse.best && worse.decision == .carryOn)
        guard case .stop = play(50, 50, step: 5).decision else {
            Issue.record("half of the gain is a fall")
            return
        }
    }

    /// A suspected decline that turns out better than the best on fresh episodes is the best.
    @Test func aProofIsAProof() throws {
        let c = try configuration("on_collapse: stop, collapse_count: 1")
        var watch = Guard()
        _ = evaluate(&watch, 0, step: 1, c)
        _ = evaluate(&watch, 100, step: 2, c)
        let result = evaluate(&watch, 60, confirmed: 130, step: 3, c)
        #expect(result.best && result.decision == .carryOn && watch.bestMean == 130 && watch.bestStep == 3)
    }

    /// What chance explains is no decline, however small the gain that the margin is a share of.
    @Test func noiseIsNoDecline() throws {
        let c = try configuration("on_collapse: stop, collapse_count: 1")
        for (std, declines) in [(100.0, false), (10, true)] {
            var watch = Guard()
            _ = evaluate(&watch, 1000, std: std, step: 1, c)
            _ = evaluate(&watch, 1020, std: std, step: 2, c)
            // Standard error of the difference: √2/√50 of the deviation, 20 or 2.
            let decision = evaluate(&watch, 1000, std: std, step: 3, c).decision
            #expect((decision != .carryOn) == declines)
        }
    }

    /// Checkpoints of older versions have one best and one first mean.
    @Test func oldStatesAreRead() throws {
        let text = #"{"bestMean": 120, "bestStep": 7, "firstMean": 20, "sinceImprovement": 2, "improvementBase": 120, "declines": 1, "rollbacks": 0}"#
        let c = try configuration("on_collapse: stop")
        var watch = try JSONDecoder().decode(Guard.self, from: Data(text.utf8))
        #expect(watch.bestMean == 120 && watch.bestStep == 7 && watch.limit(c) == 100 && !watch.isCandidate(mean: 119))
        guard case .stop = evaluate(&watch, 90, step: 8, c).decision else {
            Issue.record("the decline of before counts")
            return
        }
        #expect(try JSONDecoder().decode(Guard.self, from: try JSONEncoder().encode(watch)) == watch)
    }
}
