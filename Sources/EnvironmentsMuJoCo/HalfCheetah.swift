import Environments

/// HalfCheetah-v5: a two-legged animal in a plane shall run forward. It never terminates.
///
/// Observation (17): positions without x 8, velocities 9. Action: 6 torques in ±1, before the gears.
///
/// Source: Gymnasium 1.4.0, `half_cheetah_v5.py`.
public struct HalfCheetahTask: MuJoCoTask {
    public static let id = "HalfCheetah-v5"
    public static let modelFile = "gymnasium/half_cheetah.xml"
    public static let rewardTerms: [RewardTerm] = [.forward, .ctrl]
    public static let startsWithNormalVelocities = true
    public static let successReturn = 4800.0

    public var frameSkip = 5
    /// Per m/s of the torso.
    public var forwardRewardWeight = 1.0
    /// Per squared control.
    public var ctrlCostWeight = 0.1
    public var resetNoiseScale = 0.1
    /// Leaves x out of the observation.
    public var excludeCurrentPositions = true

    /// There is no unhealthy state.
    public var terminateWhenUnhealthy: Bool { false }

    public init() {}

    public func observationWidth(_ model: MuJoCoModel) -> Int {
        model.positionCount - (excludeCurrentPositions ? 1 : 0) + model.velocityCount
    }

    public func observe(_ simulation: MuJoCoSimulation, into observation: inout MutableSpan<Float>) {
        let model = simulation.model
        let skipped = excludeCurrentPositions ? 1 : 0
        var writer = ObservationWriter()
        writer.write(simulation.fields.qpos + skipped, model.positionCount - skipped, to: &observation)
        writer.write(simulation.fields.qvel, model.velocityCount, to: &observation)
    }

    public func trackedX(_ simulation: MuJoCoSimulation) -> Double { simulation.fields.qpos[0] }

    public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool { true }

    public func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms {
        RewardTerms(forward: forwardRewardWeight * velocity, ctrl: -ctrlCostWeight * simulation.controlEffort)
    }
}

/// HalfCheetah-v5 as an environment.
public typealias HalfCheetah = MuJoCoEnvironment<HalfCheetahTask>
