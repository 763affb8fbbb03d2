import Core
import Environments
import Testing

@testable import EnvironmentsMuJoCo

@Suite struct QuadrupedBaselineTests {
    /// Observations, rewards and metrics of an episode under one action.
    private func trace(_ environment: any Environment, seed: UInt64, action: Float) throws -> [Double] {
        var environment = environment
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        let actions = [Float](repeating: action, count: environment.spec.actionSpace.width)
        var view = observation.mutableSpan
        try environment.reset(seed: seed, observation: &view)
        var trace: [Double] = []
        while true {
            let step = try environment.step(action: actions.span, observation: &view)
            trace += (0..<view.count).map { Double(view[$0]) } + [Double(step.reward)]
            if step.isLast { break }
        }
        var values = [Double](repeating: 0, count: environment.spec.metricNames.count)
        var span = values.mutableSpan
        environment.metrics(into: &span)
        return trace + values
    }

    private func short(_ actions: QuadrupedParameters.Actions) -> QuadrupedParameters {
        var parameters = QuadrupedParameters(actions)
        parameters.maxEpisodeSteps = 25
        parameters.randomisation.pushes = 0.3
        return parameters
    }

    @Test(arguments: QuadrupedParameters.Actions.allCases)
    func thePlainGaitIsTheZeroActionToTheBit(_ actions: QuadrupedParameters.Actions) throws {
        let task = try Quadruped(short(actions))
        #expect(task.baselineNames == ["plain_gait"])
        let gait = try task.playing(baseline: "plain_gait")
        #expect(gait.spec == task.spec)
        let expected = try trace(task, seed: 5, action: 0)
        #expect(try trace(gait, seed: 5, action: 0.7) == expected)
        #expect(try trace(gait, seed: 5, action: .nan) == expected)
        #expect(try trace(task, seed: 5, action: 0.7) != expected)
        #expect(try trace(gait, seed: 6, action: 0) != expected)
        #expect { _ = try task.playing(baseline: "trot") } throws: { "\($0)".contains("plain_gait") }
    }

    @Test func anotherGaitIsComparedWithTheDefaultOneToo() throws {
        var parameters = short(.adaptive)
        parameters.gait = GaitParameters(bodyHeight: 0.07, stepLength: 0.1, stepHeight: 0.06, cycleTime: 0.35)
        // The default gait lies outside.
        parameters.gaitBounds.bodyHeight = 0.06...0.08
        parameters.gaitBounds.cycleTime = 0.3...0.4
        let task = try Quadruped(parameters)
        #expect(task.baselineNames == ["plain_gait", "default_gait"])
        let names = task.spec.metricNames
        for (name, gait) in [("plain_gait", parameters.gait), ("default_gait", GaitParameters())] {
            let values = try trace(try task.playing(baseline: name), seed: 5, action: 1).suffix(names.count)
            let metrics = Dictionary(uniqueKeysWithValues: zip(names, values))
            #expect(abs((metrics["body_height"] ?? 0) - gait.bodyHeight) < 1e-12 && abs((metrics["cycle_time"] ?? 0) - gait.cycleTime) < 1e-12)
        }
    }

    @Test func aTerrainSeedFixesTheGroundAndNothingElse() throws {
        func ground(_ seed: UInt64, fixed: UInt64?) throws -> (heights: [Float], heading: Double) {
            var parameters = short(.residual)
            parameters.terrain.seed = fixed
            var player = try QuadrupedPlayer(parameters)
            try player.begin(seed: seed)
            let samples = UnsafeBufferPointer(start: player.environment.world.samples, count: Terrain.count * Terrain.count)
            return (Array(samples), player.metric("draw_heading"))
        }
        let (one, two) = (try ground(1, fixed: 9), try ground(2, fixed: 9))
        #expect(one.heights == two.heights && one.heading != two.heading)
        let (free, other) = (try ground(1, fixed: nil), try ground(2, fixed: nil))
        #expect(free.heights != other.heights && free.heights != one.heights && free.heading == one.heading)
        // The seed stands in the snapshot with the rest.
        var parameters = short(.residual)
        parameters.terrain.seed = 9
        #expect(try Quadruped(parameters).conditions["terrain_seed"] == .number(9))
        #expect(try Quadruped(parameters).conditions["seconds"] == .number(0.5))
    }

    @Test func physicsTasksDeclareZeroAndRandom() throws {
        let task = try MuJoCoEnvironment(InvertedPendulumTask(), maxEpisodeSteps: 40)
        #expect(task.baselineNames == ["zero", "random"])
        let zero = try task.playing(baseline: "zero")
        #expect(try trace(zero, seed: 1, action: 1) == trace(task, seed: 1, action: 0))
        #expect(try trace(try task.playing(baseline: "random"), seed: 1, action: 0) != trace(task, seed: 1, action: 0))
    }
}
