import Core

/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    public let position: SourcePosition
    /// What is wrong: `unknown key 'learning_rte'`.
    public let message: String
    /// What to do about it: `did you mean 'learning_rate'?`; empty if nothing is known.
    public let suggestion: String

    public init(at position: SourcePosition, _ message: String, suggestion: String = "") {
        self.position = position
        self.message = message
        self.suggestion = suggestion
    }

    /// `configs/x.yaml:12:3: unknown key 'learning_rte'; did you mean 'learning_rate'?`
    public var description: String {
        "\(position): \(message)" + (suggestion.isEmpty ? "" : "; \(suggestion)")
    }
}

/// Everything that is wrong with a configuration, found in one pass and in reading order.
public struct ConfigurationError: DescribedError, Equatable {
    public let problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty, "An error needs at least one problem.")
        // Equal positions keep the order in which they were found.
        self.problems = problems.enumerated()
            .sorted { ($0.element.position.order, $0.offset) < ($1.element.position.order, $1.offset) }
            .map(\.element)
    }

    public var what: String {
        problems.count == 1 ? problems[0].message : "\(problems.count) problems in the configuration"
    }
    public var place: String { problems[0].position.description }
    public var hint: String { problems.count == 1 ? problems[0].suggestion : "" }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

private func < (left: ((Int, Int, Int), Int), right: ((Int, Int, Int), Int)) -> Bool {
    left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}
