import Core
import EnvironmentContract
import Environments
@testable import EnvironmentsIntercept
import Testing

@Suite struct InterceptorBaselinesTests {
    /// Return and metrics of an episode; every action is `action`.
    private func play(_ environment: any Environment, seed: UInt64, action: Float = 0) throws -> [Double] {
        var environment = environment
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        let actions = [Float](repeating: action, count: environment.spec.actionSpace.width)
        var view = observation.mutableSpan
        var total = 0.0
        try environment.reset(seed: seed, observation: &view)
        while true {
            let step = try environment.step(action: actions.span, observation: &view)
            total += Double(step.reward)
            if step.isLast { break }
        }
        var values = [Double](repeating: 0, count: environment.spec.metricNames.count)
        var span = values.mutableSpan
        environment.metrics(into: &span)
        return [total] + values
    }

    @Test func allLawsStandInItFromBothSources() throws {
        let names = try Interceptor().baselineNames
        #expect(names.first == "proportional_navigation@tracker")
        for baseline in Baseline.allCases {
            let expected = baseline.law.usesTarget ? ["\(baseline.rawValue)@tracker", "\(baseline.rawValue)@truth"] : [baseline.rawValue]
            #expect(names.filter { $0 == baseline.rawValue || $0.hasPrefix(baseline.rawValue + "@") } == expected)
        }
        #expect(names.count == 13)
        #expect { _ = try Interceptor().playing(baseline: "pn") } throws: { "\($0)".contains("no baseline 'pn'") && "\($0)".contains("lead_pursuit@truth") }
    }

    @Test(arguments: Baseline.allCases, GuidanceSource.allCases)
    func playsWhatAnEngagementPlays(_ baseline: Baseline, _ source: GuidanceSource) throws {
        let parameters = InterceptorParameters(.hard).evaluating(atRadius: 50)
        var engagement = try Engagement(parameters)
        let name = baseline.law.usesTarget ? "\(baseline.rawValue)@\(source.rawValue)" : baseline.rawValue
        let task = try Interceptor(parameters)
        for seed in [UInt64(3), 4] {
            let expected = try engagement.play(baseline.law, from: source, seed: seed)
            let values = try play(try task.playing(baseline: name), seed: seed, action: .nan)
            #expect(values[0] == expected.return)
            let miss = try #require(task.spec.metricNames.firstIndex(of: "miss_distance"))
            #expect(values[1 + miss] == expected.missDistance)
        }
    }

    @Test func aPolicysWiringChangesNothing() throws {
        var wired = InterceptorParameters()
        wired.frame = .lineOfSight
        wired.actions = .thrust
        wired.residual = .proportionalNavigation
        let plain = try Interceptor()
        for name in ["proportional_navigation@tracker", "constant_thrust", "random"] {
            let baseline = try Interceptor(wired).playing(baseline: name)
            #expect(baseline.spec.actionSpace.width == 3)
            #expect(try play(baseline, seed: 11, action: 1) == play(try plain.playing(baseline: name), seed: 11))
        }
    }

    @Test(arguments: EnvironmentContract.Check.allCases.filter { $0 != .badActions }, ["random", "augmented_proportional_navigation@tracker"])
    func baselinesKeepTheContract(_ check: EnvironmentContract.Check, _ name: String) throws {
        let contract = EnvironmentContract(
            .init(
                id: "Interceptor-v1", observationWidth: 39, actionSpace: .box(count: 6, low: -1, high: 1), maxEpisodeSteps: 2000, survivableSteps: 100)
        ) { limit in
            var parameters = InterceptorParameters()
            parameters.maxEpisodeSteps = limit ?? 2000
            return try Interceptor(parameters).playing(baseline: name)
        }
        try contract.verify(check)
    }

    @Test func conditionsAreStated() throws {
        let conditions = try Interceptor(InterceptorParameters(.hard).evaluating(atRadius: 20)).conditions
        #expect(conditions == ["scenario": .string("hard"), "radius": .number(20), "seconds": .number(20)])
    }
}
