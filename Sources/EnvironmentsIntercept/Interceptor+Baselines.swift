import Core
import Environments

extension Interceptor: BaselineEnvironment {
    /// A law and where it takes the missile from, as `playing(baseline:)` names them.
    private struct NamedLaw {
        let name: String
        let baseline: Baseline
        let source: GuidanceSource
    }

    /// All laws, those that look at the missile from either source. Proportional navigation from the tracker is what a policy shall beat.
    private static let laws: [NamedLaw] = [
        Baseline.proportionalNavigation, .augmentedProportionalNavigation, .cornerNavigation, .leadPursuit, .purePursuit, .constantThrust, .random, .zero,
    ].flatMap { baseline in
        guard baseline.law.usesTarget else { return [NamedLaw(name: baseline.rawValue, baseline: baseline, source: .tracker)] }
        return GuidanceSource.allCases.map { NamedLaw(name: "\(baseline.rawValue)@\($0.rawValue)", baseline: baseline, source: $0) }
    }

    /// The eight laws: `proportional_navigation@tracker`, `proportional_navigation@truth` …; the blind ones by their names alone.
    public var baselineNames: [String] { Self.laws.map(\.name) }

    public func playing(baseline name: String) throws -> any Environment {
        guard let law = Self.laws.first(where: { $0.name == name }) else { throw unknownBaseline(name) }
        return GuidedInterceptor(self, law.baseline.law, from: law.source)
    }

    public var comparesByDefault: Bool { true }

    public var comparedMeasures: [Measure] {
        [
            Measure("final_distance", "final distance", unit: "m"), Measure("miss_distance", "minimum distance", unit: "m"),
            Measure("fuel_used", "fuel", unit: "kg"), Measure("time", "time", unit: "s"),
        ]
    }

    public var conditions: [String: JSONValue] {
        [
            "scenario": .string(parameters.scenario.rawValue), "radius": .number(parameters.interceptRadius),
            "seconds": .number(Double(parameters.maxEpisodeSteps) * parameters.timeStep),
        ]
    }

    public var policyParameters: Set<String> {
        [
            "observation", "frame", "actions", "residual", "residual_scale", "residual_gain", "curriculum_steps", "curriculum_radii",
            "curriculum_beams", "curriculum_linear", "curriculum_environments",
        ]
    }
}
