import Core

/// The zero action: the interceptor falls, the seeker does not turn.
public struct NoThrust: GuidanceLaw {
    public let name = "zero"
    public let usesTarget = false
    public init() {}
    public func command(_ picture: GuidancePicture) -> GuidanceCommand { GuidanceCommand(thrust: .zero, rates: .zero) }
}

/// Uniform random thrust and rates, anew at each step.
public struct RandomThrust: GuidanceLaw {
    public let name = "random"
    public let usesTarget = false
    private var random = Philox(seed: 0, purpose: .actionNoise)

    public init() {}

    public mutating func begin(seed: UInt64) { random = Philox(seed: seed, purpose: .actionNoise) }

    public mutating func command(_ picture: GuidancePicture) -> GuidanceCommand {
        func vector(_ size: Double) -> Vector3 {
            Vector3(random.uniform(-size, size), random.uniform(-size, size), random.uniform(-size, size))
        }
        return GuidanceCommand(thrust: vector(picture.maxThrust), rates: vector(picture.maxRate))
    }
}

/// The same thrust all the time, in the world's axes; the seeker does not turn.
public struct ConstantThrust: GuidanceLaw {
    public let name = "constant_thrust"
    public let usesTarget = false
    /// Shares of the largest thrust east, north and up.
    public var shares: Vector3

    public init(shares: Vector3 = Vector3(1, 1, 1)) { self.shares = shares }

    public func command(_ picture: GuidancePicture) -> GuidanceCommand {
        GuidanceCommand(thrust: picture.maxThrust * shares, rates: .zero)
    }
}
