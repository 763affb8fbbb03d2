import EnvironmentContract
import Environments
import Testing

@Suite struct TimeLimitTests {
    @Test(arguments: EnvironmentContract.Check.allCases)
    func keepsTheContract(_ check: EnvironmentContract.Check) throws {
        let contract = EnvironmentContract(
            .init(id: "Dummy-v1", observationWidth: 2, actionSpace: .box(count: 1, low: -1, high: 1), maxEpisodeSteps: 30)
        ) { limit in TimeLimit(DummyEnvironment(limit: 1000), steps: limit ?? 30) }
        try contract.verify(check)
    }

    @Test func theShorterLimitHolds() {
        #expect(TimeLimit(DummyEnvironment(limit: 10), steps: 20).spec.maxEpisodeSteps == 10)
        #expect(TimeLimit(DummyEnvironment(limit: 20), steps: 10).spec.maxEpisodeSteps == 10)
    }

    @Test func terminationAtTheLimitIsNoTruncation() throws {
        var observation: [Float] = [0, 0]
        // Always to the right: find the step that terminates, then put the limit there.
        var free = DummyEnvironment(limit: 1000)
        var span = observation.mutableSpan
        try free.reset(seed: 1, observation: &span)
        var length = 1
        while try !free.step(action: [1].span, observation: &span).terminated { length += 1 }

        var limited = TimeLimit(DummyEnvironment(limit: 1000), steps: length)
        try limited.reset(seed: 1, observation: &span)
        var step = Step(reward: 0, terminated: false)
        for _ in 0..<length { step = try limited.step(action: [1].span, observation: &span) }
        #expect(step.terminated && !step.truncated)
    }
}
