/// Reads the environment's own settings (`environment.parameters`), keeping an account of what is wrong.
///
///     var parameters = configuration.environmentParameters
///     let radius = parameters.number("radius", default: 150, in: .above(0))
///     try parameters.finish()
public struct ParameterReader {
    /// A setting that was asked for.
    public struct Parameter: Sendable, Equatable {
        public let name: String
        /// The value in force: the one written, or else the default.
        public let value: ConfigurationValue
        /// The words that it may be; empty where it is none.
        public let choices: [String]
    }

    private let values: [String: ConfigurationValue]
    private let origins: Origins
    private let path: String
    /// The settings there are, as far as they have been asked for, in that order.
    public private(set) var parameters: [Parameter] = []
    private var problems: [ConfigurationProblem] = []
    /// The settings that `problems` are about.
    private var unsound: Set<String> = []
    /// What only a run that begins is refused for, by setting: those without the effect that was meant, foremost those with none. A policy or a run
    /// that was stored with one never had that effect, and goes on as it was.
    public private(set) var newRunProblems: [(name: String, problem: ConfigurationProblem)] = []

    init(values: [String: ConfigurationValue], origins: Origins, path: String) {
        self.values = values
        self.origins = origins
        self.path = path
    }

    /// A finite number; whole ones count.
    public mutating func number(_ name: String, default fallback: Double, in bounds: Bounds = .any) -> Double {
        read(name, fallback, "a number", bounds, { $0 }, { .float($0) }) {
            switch $0 {
            case .float(let value): value
            case .int(let value): Double(value)
            default: nil
            }
        }
    }

    /// A whole number.
    public mutating func integer(_ name: String, default fallback: Int, in bounds: Bounds = .any) -> Int {
        read(name, fallback, "a whole number", bounds, Double.init, { .int($0) }) {
            switch $0 {
            case .int(let value): value
            case .float(let value): Int(exactly: value)
            default: nil
            }
        }
    }

    /// `true` or `false`.
    public mutating func boolean(_ name: String, default fallback: Bool) -> Bool {
        read(name, fallback, "true or false", .any, { _ in nil }, { .bool($0) }) { if case .bool(let value) = $0 { value } else { nil } }
    }

    /// One of `names`.
    public mutating func choice(_ name: String, default fallback: String, of names: [String]) -> String {
        read(name, fallback, KeyType.choice(names).phrase, .any, { _ in nil }, { .string($0) }, choices: names) {
            if case .string(let value) = $0, names.contains(value) { value } else { nil }
        }
    }

    /// A list of numbers, each within `bounds`.
    public mutating func numbers(_ name: String, default fallback: [Double], count: Int? = nil, in bounds: Bounds = .any) -> [Double] {
        let phrase = count.map { "a list of \($0) numbers" } ?? "a list of numbers"
        return read(name, fallback, phrase, .any, { _ in nil }, { .list($0.map { .float($0) }) }) {
            guard case .list(let items) = $0, count == nil || items.count == count else { return nil }
            let numbers = items.compactMap { item -> Double? in
                switch item {
                case .float(let value): value
                case .int(let value): Double(value)
                default: nil
                }
            }
            return numbers.count == items.count && numbers.allSatisfy(bounds.contains) ? numbers : nil
        }
    }

    /// Records a problem that only the environment can see.
    public mutating func complain(_ name: String, _ message: String, suggestion: String = "") {
        problems.append(.init(at: origins.position(of: "\(path).\(name)"), message, suggestion: suggestion))
        unsound.insert(name)
    }

    /// Records a problem in `newRunProblems`.
    public mutating func refuseNew(_ name: String, _ message: String, suggestion: String = "") {
        newRunProblems.append((name, .init(at: origins.position(of: "\(path).\(name)"), message, suggestion: suggestion)))
    }

    /// Records in `newRunProblems` each of some settings that was written although it has no effect.
    ///
    /// - Parameters:
    ///   - reason: when it has none: `launch_cue is false`.
    ///   - need: what would give it one: `launch_cue: true`.
    public mutating func refuseNew(unused names: [String], when reason: String, need: String) {
        for name in names where values.keys.contains(name) {
            refuseNew(name, "key '\(name)' is not used when \(reason)", suggestion: "it needs \(need)")
        }
    }

    /// Whether no problem was found with any of some settings, so that they can be held against each other.
    public func isSound(_ names: String...) -> Bool { unsound.isDisjoint(with: names) }

    /// - Throws: `ConfigurationError` for everything wrong, and for every key that was never asked for.
    public func finish() throws {
        let known = parameters.map(\.name)
        let all = problems
            + values.keys.filter { !known.contains($0) }.sorted().map { name in
                let near = Schema.nearest(to: name, among: known).map { "did you mean '\($0)'?" } ?? ""
                return .init(at: origins.position(of: "\(path).\(name)"), "unknown key '\(name)'", suggestion: near)
            }
        if !all.isEmpty { throw ConfigurationError(all) }
    }

    private mutating func read<Value>(
        _ name: String, _ fallback: Value, _ phrase: String, _ bounds: Bounds, _ size: (Value) -> Double?,
        _ wrap: (Value) -> ConfigurationValue, choices: [String] = [], _ convert: (ConfigurationValue) -> Value?
    ) -> Value {
        let value = checked(name, fallback, phrase, bounds, size, convert)
        parameters.append(Parameter(name: name, value: wrap(value), choices: choices))
        return value
    }

    /// The value that was written where it is good, else `fallback`.
    private mutating func checked<Value>(
        _ name: String, _ fallback: Value, _ phrase: String, _ bounds: Bounds, _ size: (Value) -> Double?,
        _ convert: (ConfigurationValue) -> Value?
    ) -> Value {
        guard let written = values[name] else { return fallback }
        guard let value = convert(written) else {
            complain(name, "'\(name)' must be \(phrase), not \(written.text)")
            return fallback
        }
        if let size = size(value), !bounds.contains(size) {
            complain(name, "'\(name)' must be \(bounds.phrase), not \(written.text)")
            return fallback
        }
        return value
    }
}

extension Configuration {
    /// A reader of the environment's own settings that knows where each stands.
    public var environmentParameters: ParameterReader {
        ParameterReader(values: environment.parameters, origins: origins, path: "environment.parameters")
    }
}
