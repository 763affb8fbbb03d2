/// The baselines of every evaluation table, by name.
public enum Baseline: String, Sendable, Codable, CaseIterable {
    case zero
    case random
    case constantThrust = "constant_thrust"
    case purePursuit = "pure_pursuit"
    case leadPursuit = "lead_pursuit"
    case proportionalNavigation = "proportional_navigation"
    case augmentedProportionalNavigation = "augmented_proportional_navigation"
    case cornerNavigation = "corner_navigation"

    /// The law with its default settings.
    public var law: any GuidanceLaw {
        switch self {
        case .zero: NoThrust()
        case .random: RandomThrust()
        case .constantThrust: ConstantThrust()
        case .purePursuit: Pursuit(leads: false)
        case .leadPursuit: Pursuit(leads: true)
        case .proportionalNavigation: ProportionalNavigation()
        case .augmentedProportionalNavigation: ProportionalNavigation(isAugmented: true)
        case .cornerNavigation: ProportionalNavigation(isAugmented: true, usesCorners: true)
        }
    }
}
