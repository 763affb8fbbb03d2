/// What a guidance law wants. World axes.
public struct GuidanceCommand: Sendable, Equatable {
    /// Thrust, N.
    public var thrust: Vector3
    /// Turning rate of the seeker, rad/s.
    public var rates: Vector3

    public init(thrust: Vector3, rates: Vector3) {
        self.thrust = thrust
        self.rates = rates
    }
}

/// A rule that steers the interceptor without learning: a baseline for policies.
public protocol GuidanceLaw: Sendable {
    /// As it stands in tables.
    var name: String { get }
    /// Whether it looks at the missile at all; if not, it makes no difference where the picture comes from.
    var usesTarget: Bool { get }
    /// Begins an episode.
    mutating func begin(seed: UInt64)
    /// Chooses the command for the next step.
    mutating func command(_ picture: GuidancePicture) -> GuidanceCommand
}

extension GuidanceLaw {
    public var usesTarget: Bool { true }
    public mutating func begin(seed: UInt64) {}
}
