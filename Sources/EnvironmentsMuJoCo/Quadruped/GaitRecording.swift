import Environments

/// The plain gait's controls over some time on one episode's ground, to be played to MuJoCo alone: what the physics cost without Crest around
/// them. Also shows that the environment adds nothing to them: the replay ends in the same state, to the bit.
public struct GaitRecording: Sendable {
    private let world: QuadrupedWorld
    private let start: [Double]
    /// Twelve numbers a physics step.
    private let controls: [Double]
    /// The simulation's state after the last step, as the environment had it.
    public let end: [Double]

    /// Physics steps in the recording.
    public var physicsSteps: Int { controls.count / 12 }

    /// Lets the gait run on the ground of an episode.
    ///
    /// - Parameters:
    ///   - seed: the episode's seed.
    ///   - steps: environment steps to record.
    /// - Throws: what the environment throws.
    public init(_ parameters: QuadrupedParameters, model: MuJoCoModel, seed: UInt64, steps: Int) throws {
        var environment = try Quadruped(parameters, model: model)
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        var span = observation.mutableSpan
        try environment.reset(seed: seed, observation: &span)
        world = try environment.world.copy()
        start = environment.world.simulation.state
        var controls: [Double] = []
        for _ in 0..<steps * parameters.frameSkip {
            _ = environment.advance(delayed: nil)
            for i in 0..<12 { controls.append(environment.world.simulation.fields.ctrl[i]) }
        }
        self.controls = controls
        end = environment.world.simulation.state
    }

    /// Plays the recording from its start; returns the state at its end.
    public func replay() throws -> [Double] {
        let simulation = world.simulation
        try simulation.setState(start)
        for step in 0..<physicsSteps {
            for i in 0..<12 { simulation.fields.ctrl[i] = controls[12 * step + i] }
            simulation.step(frames: 1, contactForces: false)
        }
        return simulation.state
    }
}
