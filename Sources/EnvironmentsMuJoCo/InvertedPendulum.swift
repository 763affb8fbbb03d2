import Environments

/// InvertedPendulum-v5: a cart shall keep a pole upright.
///
/// Observation (4): the cart's position, the pole's angle, their velocities. Action: one force in ±3, before the gear. Reward: 1 a step while
/// the angle stays within ±0.2 rad; otherwise 0, and the episode terminates.
///
/// Source: Gymnasium 1.4.0, `inverted_pendulum_v5.py`.
public struct InvertedPendulumTask: MuJoCoTask {
    public static let id = "InvertedPendulum-v5"
    public static let modelFile = "gymnasium/inverted_pendulum.xml"
    public static let rewardTerms: [RewardTerm] = [.survive]
    public static let isLocomotion = false
    public static let successReturn = 950.0

    public var frameSkip = 2
    public var resetNoiseScale = 0.01

    /// Always.
    public var terminateWhenUnhealthy: Bool { true }

    public init() {}

    public func observationWidth(_ model: MuJoCoModel) -> Int { model.positionCount + model.velocityCount }

    public func observe(_ simulation: MuJoCoSimulation, into observation: inout MutableSpan<Float>) {
        var writer = ObservationWriter()
        writer.write(simulation.fields.qpos, simulation.model.positionCount, to: &observation)
        writer.write(simulation.fields.qvel, simulation.model.velocityCount, to: &observation)
    }

    public func trackedX(_ simulation: MuJoCoSimulation) -> Double { simulation.fields.qpos[0] }

    public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
        let model = simulation.model
        for i in 0..<model.positionCount where !simulation.fields.qpos[i].isFinite { return false }
        for i in 0..<model.velocityCount where !simulation.fields.qvel[i].isFinite { return false }
        return simulation.fields.qpos[1].magnitude <= 0.2
    }

    public func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms {
        RewardTerms(survive: healthy ? 1 : 0)
    }
}

/// InvertedPendulum-v5 as an environment.
public typealias InvertedPendulum = MuJoCoEnvironment<InvertedPendulumTask>
