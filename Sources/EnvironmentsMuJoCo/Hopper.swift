import Environments

/// Hopper-v5: one leg in a plane shall hop forward without falling.
///
/// Observation (11): positions without x 5, velocities 6, kept within ±10. Action: 3 torques in ±1, before the gears.
///
/// Source: Gymnasium 1.4.0, `hopper_v5.py`.
public struct HopperTask: MuJoCoTask {
    public static let id = "Hopper-v5"
    public static let modelFile = "gymnasium/hopper.xml"
    public static let rewardTerms: [RewardTerm] = [.forward, .survive, .ctrl]
    public static let successReturn = 3800.0

    public var frameSkip = 4
    /// Per m/s of the torso.
    public var forwardRewardWeight = 1.0
    /// Per squared control.
    public var ctrlCostWeight = 1e-3
    /// Per step while healthy.
    public var healthyReward = 1.0
    public var terminateWhenUnhealthy = true
    /// Healthy while all of these lie strictly inside: every position from the torso's angle on and every velocity,
    public var healthyStateRange: ClosedRange<Double> = -100...100
    /// the torso's height, m,
    public var healthyZRange: ClosedRange<Double> = 0.7...(.infinity)
    /// and the torso's angle, rad.
    public var healthyAngleRange: ClosedRange<Double> = -0.2...0.2
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
        let model = simulation.model
        let positions = simulation.fields.qpos
        let velocities = simulation.fields.qvel
        for i in 2..<model.positionCount where !Self.lies(positions[i], inside: healthyStateRange) { return false }
        for i in 0..<model.velocityCount where !Self.lies(velocities[i], inside: healthyStateRange) { return false }
        return Self.lies(positions[1], inside: healthyZRange) && Self.lies(positions[2], inside: healthyAngleRange)
    }

    public func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms {
        RewardTerms(
            forward: forwardRewardWeight * velocity, survive: healthy ? healthyReward : 0, ctrl: -ctrlCostWeight * simulation.controlEffort)
    }

    private static func lies(_ value: Double, inside range: ClosedRange<Double>) -> Bool {
        range.lowerBound < value && value < range.upperBound
    }
}

/// Hopper-v5 as an environment.
public typealias Hopper = MuJoCoEnvironment<HopperTask>
