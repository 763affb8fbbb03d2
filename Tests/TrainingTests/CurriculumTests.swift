import Configuration
import Testing

@testable import Training

@Suite struct CurriculumTests {
    private func settings(_ criterion: PromotionCriterion, window: Int = 2, minSteps: Int = 0) -> CurriculumSettings {
        var first = CurriculumStage(environment: "A", promoteAt: criterion)
        first.window = window
        first.minSteps = minSteps
        return CurriculumSettings(stages: [first, CurriculumStage(environment: "B")])
    }

    @Test func aStageIsPassedByTheMeanOverItsWindow() {
        let curriculum = settings(.meanReturn(100))
        var state = CurriculumState()
        #expect(state.note(mean: 300, successRate: 0, step: 10, curriculum) == nil)
        #expect(state.note(mean: -200, successRate: 0, step: 20, curriculum) == nil)
        #expect(state.note(mean: 399, successRate: 0, step: 30, curriculum) == nil)
        #expect(state.note(mean: -199, successRate: 0, step: 40, curriculum)?.contains("100") == true)
    }

    @Test func successRateCounts() {
        let curriculum = settings(.successRate(0.8), window: 1)
        var state = CurriculumState()
        #expect(state.note(mean: 1000, successRate: 0.79, step: 10, curriculum) == nil)
        #expect(state.note(mean: -1000, successRate: 0.8, step: 20, curriculum)?.contains("80.0 %") == true)
    }

    @Test func aStageLastsItsLeastSteps() {
        let curriculum = settings(.meanReturn(0), window: 1, minSteps: 50)
        var state = CurriculumState()
        #expect(state.note(mean: 1, successRate: 0, step: 49, curriculum) == nil)
        #expect(state.note(mean: 1, successRate: 0, step: 50, curriculum) != nil)
    }

    @Test func aNewStageForgetsTheOldOnesResultsAndTheLastIsNeverPassed() {
        let curriculum = CurriculumSettings(stages: settings(.meanReturn(0)).stages.dropLast() + settings(.meanReturn(0)).stages)
        var state = CurriculumState()
        _ = state.note(mean: 1, successRate: 0, step: 10, curriculum)
        #expect(state.note(mean: 1, successRate: 0, step: 20, curriculum) != nil)
        state.advance(at: 20)
        #expect(state.stage == 1 && state.begunAt == 20)
        #expect(state.note(mean: 1, successRate: 0, step: 30, curriculum) == nil)
        #expect(state.note(mean: 1, successRate: 0, step: 40, curriculum) != nil)
        state.advance(at: 40)
        for step in 5..<9 { #expect(state.note(mean: 1e9, successRate: 1, step: step * 10, curriculum) == nil) }
    }
}
