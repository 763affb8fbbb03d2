import Environments

/// Humanoid-v5: a torso with arms and legs shall run forward without falling.
///
/// Observation (348 with all parts): positions without x and y 22, velocities 23, then for each of the 13 bodies its inertia about the centre
/// of mass 10 and its velocity 6, actuator forces on the 17 joints, contact forces 6 a body. Action: 17 torques in ±0.4, before the gears.
///
/// Source: Gymnasium 1.4.0, `humanoid_v5.py`.
public struct HumanoidTask: MuJoCoTask {
    public static let id = "Humanoid-v5"
    public static let modelFile = "gymnasium/humanoid.xml"
    public static let rewardTerms: [RewardTerm] = [.forward, .survive, .ctrl, .contact]
    public static let needsContactForces = true
    public static let successReturn = 5000.0

    public var frameSkip = 5
    /// Per m/s of the centre of mass.
    public var forwardRewardWeight = 1.25
    /// Per squared control.
    public var ctrlCostWeight = 0.1
    /// Per squared contact force (N², (N·m)²), clipped to the range below.
    public var contactCostWeight = 5e-7
    public var contactCostRange: ClosedRange<Double> = -.infinity...10
    /// Per step while healthy.
    public var healthyReward = 5.0
    public var terminateWhenUnhealthy = true
    /// Healthy while the torso's height lies strictly inside, m.
    public var healthyZRange: ClosedRange<Double> = 1...2
    public var resetNoiseScale = 1e-2
    /// Leaves x and y out of the observation.
    public var excludeCurrentPositions = true
    /// Which further parts the observation has.
    public var includeInertia = true
    public var includeVelocity = true
    public var includeActuatorForces = true
    public var includeContactForces = true

    public init() {}

    public func observationWidth(_ model: MuJoCoModel) -> Int {
        let bodies = model.bodyCount - 1
        var width = model.positionCount - (excludeCurrentPositions ? 2 : 0) + model.velocityCount
        if includeInertia { width += 10 * bodies }
        if includeVelocity { width += 6 * bodies }
        if includeActuatorForces { width += model.velocityCount - 6 }
        if includeContactForces { width += 6 * bodies }
        return width
    }

    public func observe(_ simulation: MuJoCoSimulation, into observation: inout MutableSpan<Float>) {
        let model = simulation.model
        let fields = simulation.fields
        let bodies = model.bodyCount - 1
        let skipped = excludeCurrentPositions ? 2 : 0
        var writer = ObservationWriter()
        writer.write(fields.qpos + skipped, model.positionCount - skipped, to: &observation)
        writer.write(fields.qvel, model.velocityCount, to: &observation)
        // Body 0 is the world, which neither moves nor weighs; the first six velocities belong to the free root joint, which has no motor.
        if includeInertia { writer.write(fields.cinert + 10, 10 * bodies, to: &observation) }
        if includeVelocity { writer.write(fields.cvel + 6, 6 * bodies, to: &observation) }
        if includeActuatorForces { writer.write(fields.qfrc_actuator + 6, model.velocityCount - 6, to: &observation) }
        if includeContactForces { writer.write(fields.cfrc_ext + 6, 6 * bodies, to: &observation) }
    }

    public func trackedX(_ simulation: MuJoCoSimulation) -> Double { simulation.centreOfMassX }

    public func isHealthy(_ simulation: MuJoCoSimulation) -> Bool {
        let z = simulation.fields.qpos[2]
        return healthyZRange.lowerBound < z && z < healthyZRange.upperBound
    }

    public func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms {
        let contact = contactCostWeight * MuJoCoSimulation.squares(simulation.fields.cfrc_ext, 6 * simulation.model.bodyCount)
        return RewardTerms(
            forward: forwardRewardWeight * velocity, survive: healthy ? healthyReward : 0,
            ctrl: -ctrlCostWeight * simulation.controlEffort,
            contact: -min(max(contact, contactCostRange.lowerBound), contactCostRange.upperBound))
    }
}

/// Humanoid-v5 as an environment.
public typealias Humanoid = MuJoCoEnvironment<HumanoidTask>
