import Environments

/// Ant-v5: four legs shall walk forward without falling or leaping.
///
/// Observation (105 with all parts): positions without x and y 13, velocities 14, contact forces 6 for each of the 13 bodies, each clipped.
/// Action: 8 torques in ±1, before the gears.
///
/// Source: Gymnasium 1.4.0, `ant_v5.py`.
public struct AntTask: MuJoCoTask {
    public static let id = "Ant-v5"
    public static let modelFile = "gymnasium/ant.xml"
    public static let rewardTerms: [RewardTerm] = [.forward, .survive, .ctrl, .contact]
    public static let needsContactForces = true
    public static let startsWithNormalVelocities = true
    public static let successReturn = 6000.0

    public var frameSkip = 5
    /// Per m/s of the main body.
    public var forwardRewardWeight = 1.0
    /// Per squared control.
    public var ctrlCostWeight = 0.5
    /// Per squared clipped contact force.
    public var contactCostWeight = 5e-4
    /// Per step while healthy.
    public var healthyReward = 1.0
    /// The body whose x counts; 1 is the torso.
    public var mainBody = 1
    public var terminateWhenUnhealthy = true
    /// Healthy while the torso's height lies inside or on the bounds, m, and everything is finite.
    public var healthyZRange: ClosedRange<Double> = 0.2...1
    /// What contact forces are clipped to, N and N·m.
    public var contactForceRange: ClosedRange<Double> = -1...1
    public var resetNoiseScale = 0.1
    /// Leaves x and y out of the observation.
    public var excludeCurrentPositions = true
    public var includeContactForces = true

    public init() {}

    public func observationWidth(_ model: MuJoCoModel) -> Int {
        model.positionCount - (excludeCurrentPositions ? 2 : 0) + model.velocityCount
            + (includeContactForces ? 6 * (model.bodyCount - 1) : 0)
    }

    public func observe(_ simulation: MuJoCoSimulation, into observation: inout MutableSpan<Float>) {
        let model = simulation.model
        let skipped = excludeCurrentPositions ? 2 : 0
        var writer = ObservationWriter()
        writer.write(simulation.fields.qpos + skipped, model.positionCount - skipped, to: &observation)
        writer.write(simulation.fields.qvel, model.velocityCount, to: &observation)
        guard includeContactForces else { return }
        // Body 0, the world, is left out.
        writer.write(simulation.fields.cfrc_ext + 6, 6 * (model.bodyCount - 1), to: &observation, within: contactForceRange)
    }

    public func trackedX(_ simulation: MuJoCoSimulation) -> Double { simulation.fields.xpos[3 * mainBody] }

    public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
        let model = simulation.model
        for i in 0..<model.positionCount where !simulation.fields.qpos[i].isFinite { return false }
        for i in 0..<model.velocityCount where !simulation.fields.qvel[i].isFinite { return false }
        return healthyZRange.contains(simulation.fields.qpos[2])
    }

    public func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms {
        // The world's force counts here, though it is not observed.
        let forces = simulation.fields.cfrc_ext
        var squares = 0.0
        for i in 0..<(6 * simulation.model.bodyCount) {
            let force = min(max(forces[i], contactForceRange.lowerBound), contactForceRange.upperBound)
            squares += force * force
        }
        return RewardTerms(
            forward: velocity * forwardRewardWeight, survive: healthy ? healthyReward : 0,
            ctrl: -ctrlCostWeight * simulation.controlEffort, contact: -contactCostWeight * squares)
    }
}

/// Ant-v5 as an environment.
public typealias Ant = MuJoCoEnvironment<AntTask>
