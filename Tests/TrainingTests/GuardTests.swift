import Configuration
import Testing

@testable import Training

@Suite struct GuardTests {
    /// A configuration with the guard's keys as given.
    private func configuration(_ guardKeys: String) throws -> GuardConfiguration {
        try Configuration.parse(text: "environment: {id: Dummy-v1}\ntotal_timesteps: 1M\nguard: {\(guardKeys)}").guard
    }

    /// Plays one evaluation whose confirmation gives the same mean.
    private func evaluate(_ watch: inout Guard, _ mean: Double, step: Int, _ c: GuardConfiguration) -> (best: Bool, decision: Guard.Decision) {
        watch.note(mean: mean)
        let candidate = watch.isCandidate(mean: mean)
        let declined = !candidate && watch.isDecline(mean: mean, c)
        let best = candidate && watch.confirm(mean: mean, step: step)
        return (best, watch.judge(declined: declined, c))
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
        let replaced = watch.confirm(mean: 29, step: 4)
        #expect(!replaced)
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
}
