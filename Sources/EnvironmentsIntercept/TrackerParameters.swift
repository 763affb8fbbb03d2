/// How the tracker sees the world.
public struct TrackerParameters: Sendable, Equatable {
    /// Whether the interceptor is launched with a first position and velocity from the ground.
    public var hasCue = true
    /// Standard deviations of that cue along each axis, m and m/s.
    public var cuePositionNoise = 30.0
    public var cueVelocityNoise = 20.0
    /// Without a velocity in the first measurement it is taken as 0 with this standard deviation, m/s.
    public var priorSpeed = 150.0
    /// Standard deviation of what wind and gusts, which it does not know, add to the missile's acceleration, m/s².
    public var windAcceleration = 0.2

    public init() {}
}

/// Where the missile is taken to be, in the world's axes.
public struct TargetEstimate: BitwiseCopyable, Sendable, Equatable {
    public var position = Vector3.zero
    public var velocity = Vector3.zero
    /// All of it: gravity, drag, manoeuvre.
    public var acceleration = Vector3.zero
}
