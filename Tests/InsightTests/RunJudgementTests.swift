import Core
import Testing

@testable import Insight

@Suite struct RunJudgementTests {
    /// The alerts that a run raises at any of the looks that its owner takes, one after each evaluation.
    private func alertsAtEveryLook(_ history: RunHistory) -> Set<RunAlert.Kind> {
        var result: Set<RunAlert.Kind> = []
        for count in 1...history.evaluations.count {
            var part = history
            part.evaluations = Array(history.evaluations.prefix(count))
            part.training = history.training.filter { $0.step <= Double(part.evaluations[count - 1].step) }
            result.formUnion(RunJudgement(part).alerts.map(\.kind))
        }
        return result
    }

    /// In how many of so many made-up runs an alert of a kind comes at some look.
    private func share(_ kind: RunAlert.Kind, of runs: UInt64, _ make: (inout MadeUpRun) throws -> RunHistory) throws -> Double {
        let found = try (0..<runs).filter { seed in
            var run = MadeUpRun(seed: seed)
            return alertsAtEveryLook(try make(&run)).contains(kind)
        }
        return Double(found.count) / Double(runs)
    }

    // MARK: Forgetting

    @Test func aCollapseIsForgetting() throws {
        // The report's course: 22 % early, nothing late.
        var run = MadeUpRun(seed: 1)
        let history = try run.history(25, success: { $0 < 0.3 ? 0.3 : 0.01 }, return: { $0 < 0.3 ? 1100 : -1000 })
        let alert = try #require(RunJudgement(history).forgetting)
        #expect(alert.kind == .forgetting && alert.evidence.contains("success") && alert.evidence.contains("points lost (95 % interval"), "\(alert.evidence)")
        #expect(RunJudgement(history).alerts.first == alert)
    }

    @Test func aFallingReturnIsForgettingWhereSuccessSaysNothing() throws {
        var run = MadeUpRun(seed: 2)
        let history = try run.history(12, success: { _ in 0 }, return: { $0 < 0.7 ? 3000 * $0 : 500 })
        let alert = try #require(RunJudgement(history).forgetting)
        #expect(alert.evidence.hasPrefix("return ") && alert.evidence.contains("% of the gain"), "\(alert.evidence)")
    }

    @Test func noiseOnAPlateauIsNotForgetting() throws {
        for rate in [0.1, 0.5, 0.95] {
            // Learning, then 30 evaluations of the same policy; 10 episodes are as good as 50 at keeping quiet.
            for episodes in [10, 50] {
                let found = try share(.forgetting, of: 30) { run in
                    run.episodes = episodes
                    return try run.history(35, success: { min(rate, 4 * $0) }, return: { min(500, 4000 * $0) })
                }
                #expect(found <= 0.04, "success \(rate), \(episodes) episodes: \(found)")
            }
        }
    }

    @Test func oneBadEvaluationIsNotEnough() throws {
        var run = MadeUpRun(seed: 3)
        var history = try run.history(10, success: { _ in 0.8 }, return: { $0 * 1000 })
        history.evaluations.append(try run.evaluation(step: 7e6, success: 0, return: -1000))
        #expect(RunJudgement(history).forgetting == nil)
        history.evaluations.append(try run.evaluation(step: 7.5e6, success: 0, return: -1000))
        #expect(RunJudgement(history).forgetting != nil)
    }

    @Test func aSmallLossIsNotForgettingHoweverSureItIs() throws {
        // Returns without spread: any difference is significant.
        var run = MadeUpRun(seed: 4)
        var history = RunHistory(totalSteps: 1e7)
        for (i, mean) in [0, 500, 1000, 1000, 950, 950].enumerated() {
            history.evaluations.append(try run.evaluation(step: 1e6 * Double(i + 1), success: 1, return: Double(mean), spread: 0))
        }
        #expect(RunJudgement(history).forgetting == nil)
    }

    // MARK: Poor

    @Test func aRunThatLearnsNothingIsPoor() throws {
        var run = MadeUpRun(seed: 5)
        let history = try run.history(15, success: { _ in 0.03 }, return: { _ in -1000 })
        let alert = try #require(RunJudgement(history).poor)
        #expect(alert.evidence.hasPrefix("after 60 % of the run no evaluation is provably better than the first"), "\(alert.evidence)")
        // Early on there is nothing to complain of.
        run.share = 0.2
        #expect(RunJudgement(try run.history(15, success: { _ in 0.03 }, return: { _ in -1000 })).poor == nil)
    }

    @Test func aRisingReturnWithoutSuccessIsPoorFromHalfTheRunOn() throws {
        var run = MadeUpRun(seed: 6)
        let alert = try #require(RunJudgement(try run.history(15, success: { _ in 0 }, return: { 2000 * $0 })).poor)
        #expect(alert.evidence.contains("0 of 150 in the last 3 evaluations"), "\(alert.evidence)")
        run.share = 0.4
        #expect(RunJudgement(try run.history(15, success: { _ in 0 }, return: { 2000 * $0 })).poor == nil)
    }

    @Test func learningAndGoodRunsAreNotPoor() throws {
        #expect(try share(.poor, of: 20) { try $0.history(20, success: { 0.8 * $0 }, return: { 3000 * $0 }) } == 0)
        // Good from the first evaluation on: there is no room above.
        #expect(try share(.poor, of: 20) { try $0.history(20, success: { _ in 0.97 }, return: { _ in 1000 }) } == 0)
        // What rose and fell again has forgotten; it is not said twice.
        var run = MadeUpRun(seed: 7)
        #expect(RunJudgement(try run.history(20, success: { $0 > 0.2 && $0 < 0.6 ? 0.6 : 0.02 }, return: { _ in 0 })).alerts.map(\.kind) == [.forgetting])
    }

    // MARK: Reward farming

    @Test func aReturnThatRisesWhileSuccessFallsIsFarmed() throws {
        var run = MadeUpRun(seed: 8)
        let alert = try #require(RunJudgement(try run.history(10, success: { 0.9 - 0.8 * $0 }, training: { 3000 * $0 })).farming)
        #expect(alert.evidence.contains("while success has fallen from"), "\(alert.evidence)")
    }

    @Test func aReturnThatRisesWhileSuccessStaysLowIsFarmedAndLongEpisodesAreSaid() throws {
        var run = MadeUpRun(seed: 9)
        let plain = try #require(RunJudgement(try run.history(10, success: { _ in 0.05 }, training: { 3000 * $0 })).farming)
        #expect(plain.evidence.contains("while success stays at") && !plain.evidence.contains("episodes grow") && !plain.evidence.contains("episodes last"))
        let longer = try #require(RunJudgement(try run.history(10, success: { _ in 0.0 }, training: { 3000 * $0 }, length: { 500 + 1000 * $0 })).farming)
        #expect(longer.evidence.contains("episodes grow longer"), "\(longer.evidence)")
        run.episodeLimit = 1100
        let long = try #require(RunJudgement(try run.history(10, success: { _ in 0.0 }, training: { 3000 * $0 })).farming)
        #expect(long.evidence.contains("episodes last 1000 of at most 1100 steps"), "\(long.evidence)")
    }

    @Test func progressIsNotFarming() throws {
        // Success rises with the return; success is high and the return still improves; success is a return above a limit.
        #expect(try share(.rewardFarming, of: 20) { try $0.history(20, success: { $0 }, training: { 3000 * $0 }) } == 0)
        #expect(try share(.rewardFarming, of: 20) { try $0.history(20, success: { _ in 0.85 }, training: { 3000 * $0 }) } <= 0.1)
        #expect(
            try share(.rewardFarming, of: 20) { run in
                run.successIsReturn = true
                return try run.history(20, success: { _ in 0 }, return: { 3000 * $0 })
            } == 0)
        // Neither moves but for noise.
        #expect(try share(.rewardFarming, of: 30) { try $0.history(30, success: { _ in 0.3 }, return: { _ in 500 }) } <= 0.1)
    }

    @Test func shapingThatIsFarmedShowsInTheEnvironmentsOwnReturn() throws {
        var run = MadeUpRun(seed: 10)
        run.successIsReturn = true
        let alert = try #require(RunJudgement(try run.history(10, success: { _ in 0 }, return: { 1000 - 2000 * $0 }, training: { 3000 * $0 })).farming)
        #expect(alert.evidence.contains("while the evaluations' return has fallen"), "\(alert.evidence)")
    }

    // MARK: Trend, and nothing to judge by

    @Test func theTrendIsOfSuccessWhereItVaries() throws {
        var run = MadeUpRun(seed: 11)
        let rising = try #require(RunJudgement(try run.history(20, success: { $0 })).trend)
        #expect(rising.isSuccess && rising.trend.direction == .rising && rising.trend.count == 10)
        let returns = try #require(RunJudgement(try run.history(20, success: { _ in 0 }, return: { -5000 * $0 })).trend)
        #expect(!returns.isSuccess && returns.trend.direction == .falling)
    }

    @Test func fewEvaluationsRaiseNothing() throws {
        #expect(RunJudgement(RunHistory(totalSteps: 1e6)).alerts.isEmpty && RunJudgement(RunHistory(totalSteps: 1e6)).trend == nil)
        for episodes in [1, 2] {
            for seed in 0..<10 {
                var run = MadeUpRun(seed: UInt64(seed))
                run.episodes = episodes
                #expect(RunJudgement(try run.history(3, success: { _ in 0.5 }, return: { _ in 0 })).alerts.isEmpty)
            }
        }
    }
}
