import EnvironmentContract
import Environments
import Testing

@Suite struct DummyEnvironmentTests {
    @Test(arguments: EnvironmentContract.Check.allCases)
    func box(_ check: EnvironmentContract.Check) throws {
        try verify(check, id: "Dummy-v1", actions: .box, space: .box(count: 1, low: -1, high: 1))
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func discrete(_ check: EnvironmentContract.Check) throws {
        try verify(check, id: "DummyDiscrete-v1", actions: .discrete, space: .discrete(count: 3))
    }

    @Test func strayingTerminates() throws {
        var environment = DummyEnvironment(limit: 100)
        var observation: [Float] = [0, 0]
        var span = observation.mutableSpan
        try environment.reset(seed: 1, observation: &span)
        var step = Step(reward: 0, terminated: false)
        while !step.isLast { step = try environment.step(action: [1].span, observation: &span) }
        #expect(step.terminated && !step.truncated)
        #expect(observation[0] > 2)
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete])
    func theOptimalPolicySucceedsAndNothingElseDoesBetter(actions: DummyEnvironment.Actions) throws {
        var observation: [Float] = [0, 0]
        for seed in UInt64(0)..<20 {
            var best = 0.0
            var random = 0.0
            for optimal in [true, false] {
                var environment = DummyEnvironment(actions: actions, limit: 50)
                var span = observation.mutableSpan
                try environment.reset(seed: seed, observation: &span)
                var step = Step(reward: 0, terminated: false)
                var total = 0.0
                var count = 0
                while !step.isLast {
                    // Half the speed, every second time, stands for a policy that is not optimal.
                    let idle: Float = actions == .box ? 0.5 * environment.optimalAction : (count % 2 == 0 ? 1 : environment.optimalAction)
                    step = try environment.step(action: [optimal ? environment.optimalAction : idle].span, observation: &span)
                    total += Double(step.reward)
                    count += 1
                }
                if optimal {
                    best = total
                    #expect(environment.succeeded(EpisodeTotals(return: total, length: count, truncated: step.truncated)))
                } else {
                    random = total
                }
            }
            #expect(best >= random)
            #expect(best <= 50)
        }
    }

    private func verify(_ check: EnvironmentContract.Check, id: String, actions: DummyEnvironment.Actions, space: Space) throws {
        let contract = EnvironmentContract(.init(id: id, observationWidth: 2, actionSpace: space, maxEpisodeSteps: 50)) { limit in
            DummyEnvironment(actions: actions, limit: limit ?? 50)
        }
        try contract.verify(check)
    }
}
