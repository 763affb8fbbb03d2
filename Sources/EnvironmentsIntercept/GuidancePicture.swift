/// Where a law takes the missile from.
public enum GuidanceSource: String, Sendable, Codable, CaseIterable { case tracker, truth }

/// What a guidance law knows at one instant. World axes, SI units.
public struct GuidancePicture: Sendable {
    public var own: Motion
    /// Own acceleration without the engine: gravity, and drag in still air, m/s².
    public var uncontrolled: Vector3
    /// Direction of the seeker's axis.
    public var axis: Vector3
    /// Own mass, kg.
    public var mass: Double
    public var target: TargetEstimate
    /// Whether there is a target at all.
    public var isTracked: Bool
    /// Largest thrust along an axis, N.
    public var maxThrust: Double
    /// Fastest turn of the seeker, rad/s.
    public var maxRate: Double

    /// Vector to the target, m.
    public var offset: Vector3 { target.position - own.position }

    /// Velocity of the target relative to the interceptor, m/s.
    public var relativeVelocity: Vector3 { target.velocity - own.velocity }

    /// Rates that turn the seeker towards the target, no faster than allowed, rad/s.
    public var ratesTowardsTarget: Vector3 {
        guard isTracked else { return .zero }
        let wanted = offset.direction(or: axis)
        let turn = axis.cross(wanted)
        // Behind the shoulder the sine shrinks again, although the way is longer.
        let gain = axis.dot(wanted) < 0 ? maxRate / max(turn.length, 1e-6) : 10
        return (gain * turn).limited(to: maxRate)
    }

    /// Splits the engine between acceleration across the line of sight, which comes first, and full thrust along it with what is left.
    func command(across: Vector3) -> GuidanceCommand {
        let lateral = (mass * across).limited(to: maxThrust)
        let rest = max(maxThrust * maxThrust - lateral.squaredLength, 0).squareRoot()
        return GuidanceCommand(thrust: lateral + rest * offset.direction(or: .up), rates: ratesTowardsTarget)
    }

    /// Straight up, as long as there is no target.
    var climb: GuidanceCommand { GuidanceCommand(thrust: maxThrust * Vector3.up, rates: .zero) }
}
