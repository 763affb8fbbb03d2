import Environments

@testable import EnvironmentsMuJoCo

/// Plays quadruped episodes for tests.
struct QuadrupedPlayer {
    var environment: Quadruped
    var observation: [Float]
    var last = Step(reward: 0, terminated: false)

    init(_ parameters: QuadrupedParameters = QuadrupedParameters()) throws {
        environment = try Quadruped(parameters)
        observation = Array(repeating: 0, count: environment.spec.observationSpace.width)
    }

    mutating func begin(seed: UInt64) throws {
        last = Step(reward: 0, terminated: false)
        var seen = observation
        var span = seen.mutableSpan
        try environment.reset(seed: seed, observation: &span)
        observation = seen
    }

    mutating func step(_ action: [Float]) throws {
        var seen = observation
        var span = seen.mutableSpan
        last = try environment.step(action: action.span, observation: &span)
        observation = seen
    }

    /// A whole episode, or so many steps, under one action; the plain gait where none is given.
    mutating func play(seed: UInt64, _ action: [Float]? = nil, steps: Int = .max) throws {
        try begin(seed: seed)
        let action = action ?? environment.baselineAction
        var left = steps
        while !last.isLast && left > 0 {
            try step(action)
            left -= 1
        }
    }

    /// A metric of the episode so far.
    func metric(_ name: String) -> Double {
        var values = Array(repeating: Double.nan, count: environment.spec.metricNames.count)
        var span = values.mutableSpan
        environment.metrics(into: &span)
        return environment.spec.metricNames.firstIndex(of: name).map { values[$0] } ?? .nan
    }

    /// Positions of the robot and its joints.
    var positions: [Double] { Array(UnsafeBufferPointer(start: environment.world.simulation.fields.qpos, count: 27)) }
    var velocities: [Double] { Array(UnsafeBufferPointer(start: environment.world.simulation.fields.qvel, count: 26)) }
}
