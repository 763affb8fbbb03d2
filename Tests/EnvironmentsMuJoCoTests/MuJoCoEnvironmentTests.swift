import Core
import Environments
import Testing

@testable import EnvironmentsMuJoCo

@Suite struct MuJoCoEnvironmentTests {
    @Test func copiesAreIndependentAndContinueWithTheSameBits() throws {
        var original = try Humanoid()
        var observation = [Float](repeating: 0, count: 348)
        try reset(&original, seed: 1, &observation)
        _ = try step(&original, 0.1, &observation)
        var copy = original
        var untouched = try Humanoid()
        try reset(&untouched, seed: 1, &observation)
        _ = try step(&untouched, 0.1, &observation)

        // The original goes another way first; the copy must not notice.
        for _ in 0..<10 { _ = try step(&original, -0.4, &observation) }
        for _ in 0..<10 {
            let expected = try step(&untouched, 0.2, &observation)
            #expect(try step(&copy, 0.2, &observation) == expected)
        }
        #expect(copy.positions == untouched.positions)
        #expect(copy.positions != original.positions)
    }

    @Test func startingNoiseHasTheTasksDistribution() throws {
        // Uniform within the scale for both; normal velocities leave it.
        let uniform = try starts(Hopper())
        let scale = HopperTask().resetNoiseScale
        #expect(uniform.velocities.allSatisfy { $0.magnitude <= scale })
        #expect(uniform.velocities.contains { $0.magnitude > 0.95 * scale })
        #expect((uniform.moments.deviation / (scale / 3.0.squareRoot()) - 1).magnitude < 0.05)

        let normal = try starts(HalfCheetah())
        #expect(normal.velocities.contains { $0.magnitude > 0.2 })
        #expect((normal.moments.deviation / 0.1 - 1).magnitude < 0.05)
        #expect(normal.moments.mean.magnitude < 0.01)
        #expect(normal.positions.allSatisfy { $0.magnitude <= 0.1 })
    }

    @Test func metricsAddUpToTheReturn() throws {
        var environment = try Ant()
        #expect(
            environment.spec.metricNames == [
                "forward_velocity", "distance", "reward_forward", "reward_survive", "reward_ctrl", "reward_contact", "full_length",
            ])
        var observation = [Float](repeating: 0, count: 105)
        try reset(&environment, seed: 4, &observation)
        var total = 0.0
        for _ in 0..<50 { total += Double(try step(&environment, 0.5, &observation).reward) }
        let metrics = metrics(of: environment)
        #expect((metrics[2...5].reduce(0, +) - total).magnitude < 1e-4)
        // The weight of the forward reward is 1, so its sum over time is the distance.
        #expect((metrics[1] / (50 * environment.spec.timeStep) - metrics[0]).magnitude < 1e-12)
        #expect((metrics[2] * environment.spec.timeStep - metrics[1]).magnitude < 1e-9)
        #expect(metrics[6] == 0)
    }

    @Test func fullLengthTellsThatTheLimitWasReached() throws {
        var environment = try HalfCheetah(maxEpisodeSteps: 3)
        var observation = [Float](repeating: 0, count: 17)
        try reset(&environment, seed: 4, &observation)
        for _ in 0..<2 { _ = try step(&environment, 0, &observation) }
        #expect(metrics(of: environment).last == 0)
        #expect(try step(&environment, 0, &observation).truncated)
        #expect(metrics(of: environment).last == 1)
    }

    @Test func parametersChangeWhatTheySay() throws {
        // Each part of the observation can be left out.
        func width(_ change: (inout HumanoidTask) -> Void) throws -> Int {
            var task = HumanoidTask()
            change(&task)
            return try Humanoid(task).spec.observationSpace.width
        }
        #expect(try width { $0.excludeCurrentPositions = false } == 350)
        #expect(try width { $0.includeInertia = false } == 218)
        #expect(try width { $0.includeVelocity = false } == 270)
        #expect(try width { $0.includeActuatorForces = false } == 331)
        #expect(try width { $0.includeContactForces = false } == 270)

        // A fallen Hopper ends the episode, unless told otherwise.
        for terminates in [true, false] {
            var task = HopperTask()
            task.terminateWhenUnhealthy = terminates
            task.excludeCurrentPositions = false
            var environment = try Hopper(task)
            var observation = [Float](repeating: 0, count: 12)
            let fallen = [0.5, 1.25, 0.3, 0, 0, 0]
            let still = [Double](repeating: 0, count: 6)
            var span = observation.mutableSpan
            try environment.begin(positions: fallen.span, velocities: still.span, observation: &span)
            #expect(observation[0] == 0.5)
            let result = try step(&environment, 0, &observation)
            #expect(result.terminated == terminates)
            #expect(environment.terms.survive == 0)
        }
    }

    @Test func successIsAReturnAboveTheThreshold() throws {
        let environment = try Humanoid()
        #expect(!environment.succeeded(EpisodeTotals(return: 5000, length: 1000, truncated: true)))
        #expect(environment.succeeded(EpisodeTotals(return: 5000.1, length: 900, truncated: false)))
        #expect(environment.spec.success == "return above 5000")
    }

    @Test func snapshotsOfOtherTasksAreRefused() throws {
        var hopper = try Hopper()
        let walker = try Walker2d()
        #expect(throws: EnvironmentError.self) { try hopper.restore(try walker.snapshot()) }
    }

    @Test func anActionOfTheWrongWidthStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            var environment = try Hopper()
            var observation = [Float](repeating: 0, count: 11)
            var span = observation.mutableSpan
            try environment.reset(seed: 1, observation: &span)
            _ = try environment.step(action: [0, 0].span, observation: &span)
        }
    }

    @Test func aMissingOrBrokenModelGivesMuJoCosReason() throws {
        let files = try MuJoCoFiles.locate()
        let error = #expect(throws: EnvironmentError.self) { try MuJoCoModel(path: "/nowhere/robot.xml", files: files) }
        #expect(error?.place == "/nowhere/robot.xml")
        #expect(error?.what.isEmpty == false)
    }

    // MARK: helpers

    private func reset(_ environment: inout some Environment, seed: UInt64, _ observation: inout [Float]) throws {
        var span = observation.mutableSpan
        try environment.reset(seed: seed, observation: &span)
    }

    private func step(_ environment: inout some Environment, _ value: Float, _ observation: inout [Float]) throws -> Step {
        let action = [Float](repeating: value, count: environment.spec.actionSpace.width)
        var span = observation.mutableSpan
        return try environment.step(action: action.span, observation: &span)
    }

    private func metrics(of environment: some Environment) -> [Double] {
        var values = [Double](repeating: .nan, count: environment.spec.metricNames.count)
        var span = values.mutableSpan
        environment.metrics(into: &span)
        return values
    }

    private struct Starts {
        var positions: [Double] = []
        var velocities: [Double] = []

        var moments: (mean: Double, deviation: Double) {
            let mean = velocities.reduce(0, +) / Double(velocities.count)
            let square = velocities.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return (mean, (square / Double(velocities.count)).squareRoot())
        }
    }

    private func starts<Task: MuJoCoTask>(_ environment: MuJoCoEnvironment<Task>) throws -> Starts {
        var environment = environment
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        var starts = Starts()
        for seed in 0..<500 {
            try reset(&environment, seed: UInt64(seed), &observation)
            // The last position is a joint angle that rests at zero in both tasks.
            starts.positions.append(environment.positions[environment.positions.count - 1])
            starts.velocities += environment.velocities
        }
        return starts
    }
}
