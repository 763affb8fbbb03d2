import Core

/// The value of one key, typed, without its place.
public indirect enum ConfigurationValue: Sendable, Codable, Equatable {
    case null
    case bool(Bool)
    case int(Int)
    /// Seeds, which use all 64 bits.
    case unsigned(UInt64)
    case float(Double)
    case string(String)
    case schedule(Schedule)
    case list([ConfigurationValue])
    case mapping([String: ConfigurationValue])
}

// Literals keep the tables of keys and recipes readable.
extension ConfigurationValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: ConfigurationValue...) { self = .list(elements) }

    static func constant(_ value: Double) -> ConfigurationValue { .schedule(.constant(value)) }
}

extension ConfigurationValue {
    /// YAML text on one line that reads back as this value.
    public var text: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .unsigned(let value): return String(value)
        case .float(let value): return NumberText.text(of: value)
        case .string(let value): return Self.quotedIfNeeded(value)
        case .schedule(let schedule): return ScheduleText.text(of: schedule)
        case .list(let items): return "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .mapping(let entries):
            let parts = entries.sorted { $0.key < $1.key }.map { "\(Self.quotedIfNeeded($0.key)): \($0.value.text)" }
            return "{" + parts.joined(separator: ", ") + "}"
        }
    }

    /// Plain text where YAML reads it back as the same text, else double-quoted with escapes.
    static func quotedIfNeeded(_ text: String) -> String {
        let plainLetters = text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || "_-./".unicodeScalars.contains($0)
        }
        let firstIsPlain = text.first.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        // Older YAML readers take these for booleans.
        let isOldBoolean = ["y", "n", "yes", "no", "on", "off"].contains(text.lowercased())
        if plainLetters, firstIsPlain, !isOldBoolean, ConfigurationValue(plain: text) == .string(text) { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0xFEFF:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// A plain scalar without a schema: null, boolean, number, else text.
    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        default:
            let looksFractional = text.contains { ".eE".contains($0) } && !NumberText.hasSuffix(text)
            if !looksFractional, let value = NumberText.integer(text) {
                self = .int(value)
            } else if let value = NumberText.number(text) {
                self = .float(value)
            } else {
                self = .string(text)
            }
        }
    }

    /// A free YAML value without a schema; of keys written twice the last counts (they are reported elsewhere).
    init(free node: SourceNode) {
        switch node.content {
        case .scalar(let text, let quoted): self = quoted ? .string(text) : ConfigurationValue(plain: text)
        case .sequence(let items): self = .list(items.map(ConfigurationValue.init(free:)))
        case .mapping(let entries):
            self = .mapping(Dictionary(entries.map { ($0.key, ConfigurationValue(free: $0.value)) }) { $1 })
        }
    }
}
