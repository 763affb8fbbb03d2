import Environments

/// Walker2d-v5: two legs in a plane shall walk forward without falling.
///
/// Observation (17): positions without x 8, velocities 9, kept within ±10. Action: 6 torques in ±1, before the gears.
///
/// Source: Gymnasium 1.4.0, `walker2d_v5.py`, which registers no reward threshold; the success return is Crest's choice.
public struct Walker2dTask: MuJoCoTask {
    public static let id = "Walker2d-v5"
    public static let modelFile = "gymnasium/walker2d_v5.xml"
    public static let rewardTerms: [RewardTerm] = [.forward, .survive, .ctrl]
    public static let successReturn = 4000.0

    public var frameSkip = 4
    /// Per m/s of the torso.
    public var forwardRewardWeight = 1.0
    /// Per squared control.
    public var ctrlCostWeight = 1e-3
    /// Per step while healthy.
    public var healthyReward = 1.0
    public var terminateWhenUnhealthy = true
    /// Healthy while the torso's height, m, and angle, rad, lie strictly inside.
    public var healthyZRange: ClosedRange<Double> = 0.8...2
    public var healthyAngleRange: ClosedRange<Double> = -1...1
    public var resetNoiseScale = 5e-3
    /// Leaves x out of the observation.
    public var excludeCurrentPositions = true

    public init() {}

    public func observationWidth(_ model: MuJoCoModel) -> Int {
        model.positionCount - (excludeCurrentPositions ? 1 : 0) + model.velocityCount
    }

    public func observe(_ simulation: MuJoCoSimulation, into observation: inout MutableSpan<Float>) {
        let model = simulation.model
        let skipped = excludeCurrentPositions ? 1 : 0
        var writer = ObservationWriter()
        writer.write(simulation.fields.qpos + skipped, model.positionCount - skipped, to: &observation)
        writer.write(simulation.fields.qvel, model.velocityCount, to: &observation, within: -10...10)
    }

    public func trackedX(_ simulation: MuJoCoSimulation) -> Double { simulation.fields.qpos[0] }

    public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
        let z = simulation.fields.qpos[1]
        let angle = simulation.fields.qpos[2]
        return healthyZRange.lowerBound < z && z < healthyZRange.upperBound
            && healthyAngleRange.lowerBound < angle && angle < healthyAngleRange.upperBound
    }

    public func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms {
        RewardTerms(
            forward: forwardRewardWeight * velocity, survive: healthy ? healthyReward : 0, ctrl: -ctrlCostWeight * simulation.controlEffort)
    }
}

/// Walker2d-v5 as an environment.
public typealias Walker2d = MuJoCoEnvironment<Walker2dTask>
