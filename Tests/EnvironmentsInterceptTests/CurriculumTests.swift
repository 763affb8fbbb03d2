@testable import EnvironmentsIntercept
import Environments
import Testing

/// The curriculum changes what it should, when it should, and never in an evaluation.
@Suite struct CurriculumTests {
    @Test func frozenByDefault() throws {
        let parameters = InterceptorParameters()
        #expect(parameters.curriculum.isFrozen && parameters.interceptRadius == 150)
        var stage = try Stage(parameters)
        stage.environment.state.lifetime = 100_000_000
        try stage.reset(1)
        #expect(stage.environment.interceptRadius == 150)
    }

    @Test func stagesFollowTheStepsOfTheWholeRun() {
        let curriculum = Curriculum.standard(steps: 4000, environments: 10)
        func radius(_ own: Int64) -> Double { curriculum.values(ownSteps: own, radius: 7, beam: 60).radius }
        #expect(radius(0) == 150 && radius(99) == 150 && radius(100) == 100 && radius(199) == 100 && radius(200) == 50 && radius(1_000_000) == 20)
    }

    @Test func linearRadiusAndBeam() {
        // The report's run as it really was: from 200 m to 20 m over 5M steps.
        let shrinking = Curriculum(stages: [.init(step: 0, radius: 200, beam: 120), .init(step: 5e6, radius: 20)], isLinear: true, environments: 16)
        let half = shrinking.values(ownSteps: 2_500_000 / 16, radius: 150, beam: 60)
        #expect((half.radius - 110).magnitude < 1e-3 && (half.beam - 90).magnitude < 1e-3)
        let end = shrinking.values(ownSteps: 10_000_000, radius: 150, beam: 60)
        #expect(end.radius == 20 && end.beam == 60)
    }

    /// An episode keeps its stage; the count outlives resets and is part of the snapshot.
    @Test func environmentCountsItsSteps() throws {
        var parameters = InterceptorParameters()
        parameters.curriculum = Curriculum(stages: [.init(step: 0, radius: 150), .init(step: 50, radius: 30, beam: 20)])
        var stage = try Stage(parameters)
        try stage.reset(1)
        for _ in 0..<60 { try stage.step([0, 0, 1, 0, 0, 0]) }
        #expect(stage.environment.interceptRadius == 150)
        let snapshot = try stage.environment.snapshot()
        try stage.reset(2)
        #expect(stage.environment.interceptRadius == 30)
        #expect(stage.metrics()["intercept_radius"] == 30)
        #expect(stage.environment.state.cosHalfBeam > 0.98)
        try stage.reset(3)
        #expect(stage.environment.interceptRadius == 30)
        var other = try Stage(parameters)
        try other.environment.restore(snapshot)
        #expect(other.environment.interceptRadius == 150)
        try other.reset(2)
        #expect(other.environment.interceptRadius == 30)
    }

    @Test func evaluationStatesItsRadius() throws {
        var parameters = InterceptorParameters()
        parameters.curriculum = .standard(steps: 100)
        let evaluation = parameters.evaluating(atRadius: 50)
        #expect(evaluation.curriculum.isFrozen && evaluation.interceptRadius == 50)
        // A policy trained with the curriculum is not refused there.
        #expect(try Interceptor(evaluation).spec == Interceptor(parameters).spec)
        var stage = try Stage(evaluation)
        stage.environment.state.lifetime = 1_000_000
        try stage.reset(3)
        #expect(stage.environment.interceptRadius == 50)
    }

    @Test func settingsAreCheckedAndReachTheirFields() throws {
        let names = InterceptorParameters.numbers.map(\.name) + InterceptorParameters.ranges.map(\.name) + InterceptorParameters.integers.map(\.name)
        #expect(Set(names).count == names.count)
        for scenario in InterceptorParameters.Scenario.allCases { try InterceptorParameters(scenario).validate() }
        // Each setting changes the parameters, and changes no other setting.
        for setting in InterceptorParameters.numbers {
            var parameters = InterceptorParameters()
            parameters[keyPath: setting.path] = 0.12345
            #expect(parameters != InterceptorParameters())
            #expect(InterceptorParameters.numbers.filter { parameters[keyPath: $0.path] == 0.12345 }.map(\.name) == [setting.name])
        }
        for name in ["intercept_radius", "missile_mass", "seeker_quality", "ground_packet_loss", "exhaust_velocity"] {
            let setting = try #require(InterceptorParameters.numbers.first { $0.name == name })
            for value in [-1, Double.nan, .infinity] {
                var parameters = InterceptorParameters()
                parameters[keyPath: setting.path] = value
                #expect(throws: EnvironmentError.self) { try Interceptor(parameters) }
            }
        }
        var delayed = InterceptorParameters()
        delayed.ground.delaySteps = 32
        #expect(throws: EnvironmentError.self) { try Interceptor(delayed) }
        var disordered = InterceptorParameters()
        disordered.curriculum = Curriculum(stages: [.init(step: 0, radius: 90), .init(step: 10, radius: 50), .init(step: 5, radius: 20)])
        #expect(throws: EnvironmentError.self) { try Interceptor(disordered) }
        // A new run's configuration has to begin with step 0; what is stored with a late first stage goes on as it was.
        let late = Curriculum(stages: [.init(step: 10, radius: 50), .init(step: 20, radius: 30)])
        #expect(late.problem == nil && late.values(ownSteps: 0, radius: 150, beam: 1).radius == 50)
    }
}
