import Core

/// An environment that says what a policy in it is compared with, and by which of its measures.
public protocol BaselineEnvironment: Environment {
    /// Names of the controllers that a policy is compared with, the most telling first; never empty.
    var baselineNames: [String] { get }

    /// The same task with a baseline at the controls.
    ///
    /// The episode of a seed is the one that a policy meets under this seed. The spec is this environment's; the actions passed to `step` are
    /// ignored, whatever is in them.
    ///
    /// - Throws: `EnvironmentError` with the names there are for an unknown one.
    func playing(baseline name: String) throws -> any Environment

    /// Whether the baselines stand in every evaluation, rather than in those that ask for them.
    var comparesByDefault: Bool { get }

    /// What a comparison shows beside return and length, in this order; empty: every metric of the spec.
    var comparedMeasures: [Measure] { get }

    /// The settings of the task without which its figures mean nothing (terrain, radius), by name.
    var conditions: [String: JSONValue] { get }

    /// Names of the parameters that a baseline's episode does not depend on: what the policy sees and how it acts, and what counts in training
    /// alone.
    var policyParameters: Set<String> { get }
}

/// One of an environment's metrics as people read it.
public struct Measure: Sendable, Equatable {
    /// Its name in `EnvironmentSpec.metricNames`.
    public var metric: String
    /// What tables call it: `fall rate`.
    public var title: String
    /// Unit of the values; empty for pure numbers.
    public var unit: String
    /// Whether the episodes' values are 0 or 1, or shares, so that their mean is a percentage.
    public var isShare: Bool

    public init(_ metric: String, _ title: String, unit: String = "", isShare: Bool = false) {
        self.metric = metric
        self.title = title
        self.unit = unit
        self.isShare = isShare
    }
}

// Without anything better, doing nothing and doing anything are what a policy has to beat.
extension BaselineEnvironment {
    public var baselineNames: [String] { OpenLoopBaseline.Kind.allCases.map(\.rawValue) }

    public func playing(baseline name: String) throws -> any Environment {
        guard let kind = OpenLoopBaseline.Kind(rawValue: name) else { throw unknownBaseline(name) }
        return OpenLoopBaseline(kind, in: self)
    }

    public var comparesByDefault: Bool { false }
    public var comparedMeasures: [Measure] { [] }
    public var conditions: [String: JSONValue] { [:] }
    public var policyParameters: Set<String> { [] }

    /// Those of `policyParameters` on which a trained policy rests: what it sees and how it acts. The others, a curriculum's, count in training
    /// alone.
    public var fixedParameters: Set<String> { policyParameters.filter { !$0.hasPrefix("curriculum_") } }

    /// The error for a name that is not among `baselineNames`.
    public func unknownBaseline(_ name: String) -> EnvironmentError {
        EnvironmentError("there is no baseline '\(name)'", place: spec.id, hint: "baselines are \(baselineNames.joined(separator: ", "))")
    }
}
