import Core

/// Carries values between keys and fields, so that each key is named once for both ways.
struct Binder {
    enum Direction {
        /// From `values` into the fields.
        case fill
        /// From the fields into `values`.
        case collect
    }

    let direction: Direction
    var values: [String: ConfigurationValue]

    mutating func int(_ path: String, _ field: inout Int) {
        bind(path, &field, { .int($0) }) { if case .int(let value) = $0 { value } else { nil } }
    }
    mutating func unsigned(_ path: String, _ field: inout UInt64) {
        bind(path, &field, { .unsigned($0) }) {
            switch $0 {
            case .unsigned(let value): value
            case .int(let value): UInt64(exactly: value)
            default: nil
            }
        }
    }
    mutating func number(_ path: String, _ field: inout Double) {
        bind(path, &field, { .float($0) }) { if case .float(let value) = $0 { value } else { nil } }
    }
    mutating func bool(_ path: String, _ field: inout Bool) {
        bind(path, &field, { .bool($0) }) { if case .bool(let value) = $0 { value } else { nil } }
    }
    mutating func text(_ path: String, _ field: inout String) {
        bind(path, &field, { .string($0) }) { if case .string(let value) = $0 { value } else { nil } }
    }
    mutating func schedule(_ path: String, _ field: inout Schedule) {
        bind(path, &field, { .schedule($0) }) { if case .schedule(let value) = $0 { value } else { nil } }
    }
    mutating func optionalSchedule(_ path: String, _ field: inout Schedule?) {
        bind(path, &field, { $0.map { .schedule($0) } ?? .null }) {
            switch $0 {
            case .null: .some(nil)
            case .schedule(let value): value
            default: nil
            }
        }
    }
    mutating func automatic(_ path: String, _ field: inout AutomaticNumber) {
        bind(path, &field, \.configurationValue) { AutomaticNumber($0) }
    }
    mutating func temperature(_ path: String, _ field: inout Temperature) {
        bind(path, &field, \.configurationValue) { Temperature($0) }
    }
    /// - Parameter second: the name of the widths that are not the policy's.
    mutating func layers(_ path: String, second: String, _ field: inout NetworkSizes) {
        bind(path, &field, { $0.configurationValue(second: second) }) { NetworkSizes($0) }
    }
    mutating func mapping(_ path: String, _ field: inout [String: ConfigurationValue]) {
        bind(path, &field, { .mapping($0) }) { if case .mapping(let value) = $0 { value } else { nil } }
    }
    mutating func shaping(_ path: String, _ field: inout [ShapingTerm]) {
        bind(path, &field, { .list($0.map(\.configurationValue)) }) {
            guard case .list(let items) = $0 else { return nil }
            return items.compactMap(ShapingTerm.init)
        }
    }
    mutating func curriculum(_ path: String, _ field: inout CurriculumSettings?) {
        bind(path, &field, { $0?.configurationValue ?? .null }) {
            switch $0 {
            case .null: .some(nil)
            case .list(let items): CurriculumSettings(stages: items.compactMap(CurriculumStage.init))
            default: nil
            }
        }
    }
    mutating func choice<Choice: RawRepresentable<String>>(_ path: String, _ field: inout Choice) {
        bind(path, &field, { .string($0.rawValue) }) { if case .string(let name) = $0 { Choice(rawValue: name) } else { nil } }
    }
    mutating func optionalInt(_ path: String, _ field: inout Int?) {
        bind(path, &field, { $0.map { .int($0) } ?? .null }) {
            switch $0 {
            case .null: .some(nil)
            case .int(let value): value
            default: nil
            }
        }
    }
    mutating func optionalNumber(_ path: String, _ field: inout Double?) {
        bind(path, &field, { $0.map { .float($0) } ?? .null }) {
            switch $0 {
            case .null: .some(nil)
            case .float(let value): value
            default: nil
            }
        }
    }
    mutating func optionalText(_ path: String, _ field: inout String?) {
        bind(path, &field, { $0.map { .string($0) } ?? .null }) {
            switch $0 {
            case .null: .some(nil)
            case .string(let value): value
            default: nil
            }
        }
    }

    private mutating func bind<Field>(
        _ path: String, _ field: inout Field, _ collect: (Field) -> ConfigurationValue,
        _ fill: (ConfigurationValue) -> Field?
    ) {
        switch direction {
        case .collect: values[path] = collect(field)
        case .fill:
            guard let value = values[path].flatMap(fill) else {
                preconditionFailure("The key \(path) has no value of its type; the schema or a recipe lacks a default.")
            }
            field = value
        }
    }
}
