/// Weights of the quadruped's reward, each of the term with the same name. Costs have positive weights.
public struct QuadrupedRewards: Sendable, Equatable {
    /// 1 at the commanded velocity toward the command, 0 at rest, falling off equally beyond the command.
    public var forward = 5.0
    /// Per m/s across the command.
    public var lateral = 1.0
    /// Per metre between the trunk's height over the ground and the wanted one.
    public var height = 2.0
    /// Per rad² of roll and pitch.
    public var tilt = 1.0
    /// Per watt that the servos exchange with the joints.
    public var energy = 0.05
    /// Per unit of the length of the action's change.
    public var smoothness = 0.05
    /// When all four legs touch or don't as the gait's clock says; the negative of it when none does.
    public var contacts = 0.1
    /// Once, at a fall.
    public var fall = 20.0

    public init() {}
}

/// The terms of one step's reward or their sums; costs are negative.
struct QuadrupedTerms: BitwiseCopyable, Equatable {
    var forward = 0.0
    var lateral = 0.0
    var height = 0.0
    var tilt = 0.0
    var energy = 0.0
    var smoothness = 0.0
    var contacts = 0.0
    var fall = 0.0

    /// Names of the metrics that hold an episode's sums, in the order in which `write` writes them.
    static let names = [
        "reward_forward", "reward_lateral", "reward_height", "reward_tilt", "reward_energy", "reward_smoothness", "reward_contacts", "reward_fall",
    ]

    var total: Double { forward + lateral + height + tilt + energy + smoothness + contacts + fall }

    static func += (a: inout QuadrupedTerms, b: QuadrupedTerms) {
        a.forward += b.forward
        a.lateral += b.lateral
        a.height += b.height
        a.tilt += b.tilt
        a.energy += b.energy
        a.smoothness += b.smoothness
        a.contacts += b.contacts
        a.fall += b.fall
    }

    /// Writes the terms from `first` on.
    func write(to values: inout MutableSpan<Double>, from first: Int) {
        values[first] = forward
        values[first + 1] = lateral
        values[first + 2] = height
        values[first + 3] = tilt
        values[first + 4] = energy
        values[first + 5] = smoothness
        values[first + 6] = contacts
        values[first + 7] = fall
    }
}
