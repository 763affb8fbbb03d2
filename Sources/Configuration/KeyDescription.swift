/// What kind of value a key takes.
public enum KeyType: Sendable, Equatable {
    case integer
    /// 64 bits without sign: seeds.
    case unsigned
    case number
    case boolean
    case text
    case choice([String])
    /// A number or how it changes over the steps.
    case schedule
    /// A number, or `auto` and `auto_NUMBER` for one that the algorithm finds.
    case automatic
    /// Either of the two: a number, how it changes over the steps, or `auto` and `auto_NUMBER`.
    case automaticSchedule
    /// Layer widths: one list, or `{pi: [...], vf: [...]}`, where `value` names the second one.
    case layers(value: String)
    /// A free mapping that is passed on.
    case parameters
    /// Terms of the reward's shaping, a list of mappings of one name.
    case shaping
    /// Stages of a curriculum, a list of mappings.
    case stages

    /// As in "'n_steps' must be …".
    var phrase: String {
        switch self {
        case .integer, .unsigned: return "a whole number"
        case .number: return "a number"
        case .boolean: return "true or false"
        case .text: return "text"
        case .choice(let names): return names.count == 1 ? "'\(names[0])'" : "one of " + names.joined(separator: ", ")
        case .schedule: return ScheduleText.forms
        case .automatic: return "a number, 'auto' or 'auto_NUMBER'"
        case .automaticSchedule: return "'auto', 'auto_NUMBER', \(ScheduleText.forms)"
        case .layers(let value): return "a list of layer widths such as [64, 64], or {pi: [...], \(value): [...]}"
        case .parameters: return "a mapping of keys and values"
        case .shaping: return "a list of terms"
        case .stages: return "a list of stages"
        }
    }
}

/// The values that a number may have.
public struct Bounds: Sendable, Equatable {
    public var lower: Double?
    public var lowerIsOpen: Bool
    public var upper: Double?
    public var upperIsOpen: Bool

    public static let any = Bounds(lower: nil, lowerIsOpen: false, upper: nil, upperIsOpen: false)
    public static let positive = above(0)
    public static func atLeast(_ lower: Double) -> Bounds { .init(lower: lower, lowerIsOpen: false, upper: nil, upperIsOpen: false) }
    public static func above(_ lower: Double) -> Bounds { .init(lower: lower, lowerIsOpen: true, upper: nil, upperIsOpen: false) }
    /// `[lower, upper]`, either end left out of the range on request.
    public static func range(_ lower: Double, _ upper: Double, openBelow: Bool = false, openAbove: Bool = false) -> Bounds {
        .init(lower: lower, lowerIsOpen: openBelow, upper: upper, upperIsOpen: openAbove)
    }

    func contains(_ value: Double) -> Bool {
        if let lower, lowerIsOpen ? value <= lower : value < lower { return false }
        if let upper, upperIsOpen ? value >= upper : value > upper { return false }
        return true
    }

    /// `at least 1`, `greater than 0`, `in (0, 1]`; empty without bounds.
    var phrase: String {
        switch (lower.map(NumberText.short), upper.map(NumberText.short)) {
        case (let lower?, let upper?):
            return "in \(lowerIsOpen ? "(" : "[")\(lower), \(upper)\(upperIsOpen ? ")" : "]")"
        case (let lower?, nil): return (lowerIsOpen ? "greater than " : "at least ") + lower
        case (nil, let upper?): return (upperIsOpen ? "less than " : "at most ") + upper
        case (nil, nil): return ""
        }
    }
}

/// When a key has an effect. A key that is set and has none is an error.
public enum Condition: Sendable, Equatable {
    /// The key at `path` has one of the values.
    case equals(path: String, [String])
    /// At least one of the switches is true.
    case anyTrue([String])
    /// The key at `path` is `auto` or `auto_NUMBER`.
    case automatic(path: String)
}

/// One key of a configuration: all that is known about it, in one place.
public struct KeyDescription: Sendable {
    /// Full name: `algorithm.n_steps`.
    public let path: String
    public let type: KeyType
    /// Value if the key is left out and no recipe has one; nil for required keys and for keys of a recipe.
    public let fallback: ConfigurationValue?
    /// Whether `null` is a value (feature off, or chosen by Crest).
    public let isOptional: Bool
    public let isRequired: Bool
    public let bounds: Bounds
    /// Unit of numbers: `steps`, `episodes`; empty for pure numbers.
    public let unit: String
    /// One short phrase, as a comment beside the value.
    public let summary: String
    /// Further sentences for `explain`.
    public let details: String
    /// Other names. Without a dot: in the same section; with a dot: a full path.
    public let aliases: [String]
    /// Algorithms that use the key; empty for all.
    public let algorithms: [String]
    /// All must hold for the key to have an effect.
    public let conditions: [Condition]

    init(
        _ path: String, _ type: KeyType, default fallback: ConfigurationValue? = nil, optional: Bool = false,
        required: Bool = false, in bounds: Bounds = .any, unit: String = "", _ summary: String, details: String = "",
        aliases: [String] = [], algorithms: [String] = [], when conditions: [Condition] = []
    ) {
        self.path = path
        self.type = type
        self.fallback = fallback
        self.isOptional = optional
        self.isRequired = required
        self.bounds = bounds
        self.unit = unit
        self.summary = summary
        self.details = details
        self.aliases = aliases
        self.algorithms = algorithms
        self.conditions = conditions
    }

    func isUsed(by algorithm: AlgorithmName) -> Bool { algorithms.isEmpty || algorithms.contains(algorithm.rawValue) }

    /// Last part of the path: `n_steps`.
    public var leaf: String { path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path }
    /// Path of the section around it: `algorithm`; empty at the top level.
    public var section: String { path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "" }

    /// Every full path under which the key may be written, its own first.
    var allPaths: [String] {
        let prefix = section.isEmpty ? "" : section + "."
        return [path] + aliases.map { $0.contains(".") ? $0 : prefix + $0 }
    }
}
