/// One change to the reward that a policy learns from (`environment.shaping`); the terms apply in order, in training only.
public enum ShapingTerm: Sendable, Codable, Equatable {
    /// Adds `weight` × forward velocity (m/s), the velocity cut to ±`limit` (≥ 0).
    case forwardVelocity(weight: Double, limit: Double)
    /// Adds `weight` × max(0, cos tilt).
    case balance(weight: Double)
    /// Takes off `weight` × the sum of the sizes of the commands.
    case effort(weight: Double)
    /// The reward of a step that ends in a fall, whatever it was.
    case fallPenalty(reward: Double)
    /// Cuts the reward to `low...high`, `low` ≤ `high`.
    case clip(low: Double, high: Double)
    /// Multiplies the reward.
    case scale(Double)

    static let names = ["forward_velocity", "balance", "effort", "fall_penalty", "clip", "scale"]

    /// From a mapping of one name, as `ValueReader` leaves it.
    init?(_ value: ConfigurationValue) {
        guard case .mapping(let entries) = value, entries.count == 1, let (name, content) = entries.first else { return nil }
        switch (name, content) {
        case ("forward_velocity", .mapping(let fields)):
            guard case .float(let weight)? = fields["weight"], case .float(let limit)? = fields["limit"] else { return nil }
            self = .forwardVelocity(weight: weight, limit: limit)
        case ("balance", .float(let weight)): self = .balance(weight: weight)
        case ("effort", .float(let weight)): self = .effort(weight: weight)
        case ("fall_penalty", .float(let reward)): self = .fallPenalty(reward: reward)
        case ("clip", .list(let ends)):
            guard ends.count == 2, case .float(let low) = ends[0], case .float(let high) = ends[1] else { return nil }
            self = .clip(low: low, high: high)
        case ("scale", .float(let factor)): self = .scale(factor)
        default: return nil
        }
    }

    var configurationValue: ConfigurationValue {
        switch self {
        case .forwardVelocity(let weight, let limit):
            .mapping(["forward_velocity": .mapping(["weight": .float(weight), "limit": .float(limit)])])
        case .balance(let weight): .mapping(["balance": .float(weight)])
        case .effort(let weight): .mapping(["effort": .float(weight)])
        case .fallPenalty(let reward): .mapping(["fall_penalty": .float(reward)])
        case .clip(let low, let high): .mapping(["clip": .list([.float(low), .float(high)])])
        case .scale(let factor): .mapping(["scale": .float(factor)])
        }
    }
}
