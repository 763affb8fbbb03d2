import Core

/// Effective configurations side by side: a row for each key that has an effect in at least one of them.
public struct ConfigurationComparison: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        /// Full key; the environment's own keys and the stages of a curriculum have rows of their own.
        public let key: String
        /// One for each configuration; nil where the key has no effect (another algorithm's, or switched off).
        public let values: [ConfigurationValue?]

        /// For each value whether it is another than the first one; a missing one differs from any.
        public var differences: [Bool] { values.map { $0 != values[0] } }
        /// Whether the values are not all the same.
        public var differs: Bool { differences.contains(true) }
        /// The values as text, schedules in short, counts of steps and transitions as `2M`, `–` where there is none.
        public var texts: [String] {
            let isCount = Schema.standard.key(key).map { $0.type == .integer && ["steps", "transitions"].contains($0.unit) } ?? false
            return values.map { value in
                switch value {
                case .schedule(let schedule)?: ScheduleText.brief(schedule)
                case .int(let count)? where isCount: NumberText.suffixed(count)
                default: value?.text ?? "–"
                }
            }
        }
    }

    /// What the configurations are called, in the order of the values.
    public let names: [String]
    /// All rows in the schema's order; without `name`, which changes no result.
    public let rows: [Row]

    /// The rows whose values are not all the same.
    public var differing: [Row] { rows.filter(\.differs) }

    public init(_ configurations: [(name: String, configuration: Configuration)]) {
        names = configurations.map(\.name)
        let columns = configurations.map { $0.configuration.flattenedValues() }
        let values = columns.map { column in Dictionary(column.map { ($0.key, $0.value) }) { first, _ in first } }

        // Keys of all columns in one order; those inside a free mapping or a list follow where that stands.
        var inside: [String: [String]] = [:]
        for key in columns.joined().map(\.key) {
            let owner = Self.owner(of: key)
            if inside[owner]?.contains(key) != true { inside[owner, default: []].append(key) }
        }
        rows = Schema.standard.paths.filter { $0 != "name" }.flatMap { path in
            // Names in alphabetical order, as a resolved file has them; numbers as they come.
            let keys = inside[path] ?? []
            let ordered = path == "curriculum.stages" ? keys : keys.sorted()
            return ordered.map { key in Row(key: key, values: values.map { $0[key] }) }
        }
    }

    /// The schema's key that `key` is, or is part of.
    private static func owner(of key: String) -> String {
        ["environment.parameters", "curriculum.stages"].first { key.hasPrefix($0 + ".") } ?? key
    }
}

extension ConfigurationValue {
    /// The value as JSON; schedules that are not constant as their YAML text.
    public var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .number(Double(value))
        // JSON readers keep 53 bits of a number.
        case .unsigned(let value): value < 1 << 53 ? .number(Double(value)) : .string(String(value))
        case .float(let value), .schedule(.constant(let value)): .number(value)
        case .string(let value): .string(value)
        case .schedule: .string(text)
        case .list(let items): .array(items.map(\.json))
        case .mapping(let entries): .object(entries.mapValues(\.json))
        }
    }
}
