import Configuration
import Core
import Environments
import EnvironmentsIntercept
import Insight

/// The task of an evaluation, as policies and baselines play it.
struct EvaluationTask: Sendable {
    let configuration: Configuration
    /// The bare task, for what it says of itself.
    let environment: any Environment
    let factory: EnvironmentFactory
    /// The same at the smallest of several intercept radii; nil where there are not several.
    private let finest: EnvironmentFactory?
    /// Intercept radii at which successes are counted, m, the largest first; empty for other tasks.
    let radii: [Double]

    /// - Parameters:
    ///   - configuration: at the largest of the radii.
    ///   - radii: those asked for; none: the configuration's own.
    init(_ configuration: Configuration, radii: [Double]) throws {
        self.configuration = configuration
        let entry = try EnvironmentCatalogue.entry(of: configuration)
        factory = try entry.factory(configuration)
        environment = try factory.make().innermost
        guard let interceptor = environment as? Interceptor else {
            (self.radii, finest) = ([], nil)
            return
        }
        self.radii = radii.isEmpty ? [interceptor.parameters.interceptRadius] : Set(radii).sorted(by: >)
        var fine = configuration
        fine.environment.parameters["intercept_radius"] = self.radii.last.map { .float($0) }
        finest = self.radii.count > 1 ? try entry.factory(fine) : nil
    }

    /// What the environment declares beside its spec; nil where it declares nothing.
    var compared: (any BaselineEnvironment)? { environment as? any BaselineEnvironment }

    /// The baseline that a user means; empty: the most telling one.
    ///
    /// - Throws: `TrainingError` where the environment declares none, with the names there are for an unknown one.
    func baselineName(_ name: String) throws -> String {
        guard let compared, let first = compared.baselineNames.first else { throw EnvironmentFactory.withoutBaselines(environment.spec.id) }
        guard !name.isEmpty else { return first }
        guard compared.baselineNames.contains(name) else {
            throw TrainingError("there is no baseline '\(name)'", place: "--baseline", hint: "known are \(compared.baselineNames.joined(separator: ", "))")
        }
        return name
    }

    /// Plays episodes, twice where there are several intercept radii.
    ///
    /// - Parameter play: plays them with an evaluator of these environments.
    func measure(_ play: (EnvironmentFactory) throws -> EvaluationOutcome) throws -> EvaluationOutcome {
        var outcome = try play(factory)
        if !radii.isEmpty { try outcome.countInterceptions(radii, from: try finest.map(play) ?? outcome) }
        return outcome
    }

    /// Whether episodes of two tasks are the same to a baseline.
    func sharesEpisodes(with other: EvaluationTask) -> Bool { bare == other.bare && radii == other.radii }

    /// Settings by which this is another task than `other`, as they are here, where the environments' own conditions need not tell.
    func settings(unlike other: EvaluationTask) -> [String: JSONValue] {
        var settings: [String: JSONValue] = [:]
        let (own, others) = (bare, other.bare)
        for name in Set(own.parameters.keys).union(others.parameters.keys) where own.parameters[name] != others.parameters[name] {
            settings[name] = own.parameters[name]?.json ?? .string("default")
        }
        if own.actionRepeat != others.actionRepeat { settings["action_repeat"] = .number(Double(own.actionRepeat)) }
        if own.maxEpisodeSteps != others.maxEpisodeSteps {
            settings["max_episode_steps"] = own.maxEpisodeSteps.map { .number(Double($0)) } ?? .string("default")
        }
        return settings
    }

    /// The environment without what belongs to the policy alone, and without the radius, which stands in `radii`.
    private var bare: EnvironmentConfiguration {
        var bare = configuration.environment
        bare.frameStack = 1
        bare.actionTransform = .clip
        bare.shaping = []
        for name in compared?.policyParameters ?? [] { bare.parameters[name] = nil }
        if !radii.isEmpty { bare.parameters["intercept_radius"] = nil }
        return bare
    }

    /// What a comparison shows.
    var measures: [ControllerComparison.Measure] {
        let shares = radii.isEmpty
            ? [ControllerComparison.Measure(key: "success", title: "success", isShare: true)]
            : radii.map { .init(key: InterceptRadius.metric($0), title: "success at \(InterceptRadius.text($0)) m", isShare: true) }
        var measures = shares + [.init(key: "return", title: "return")]
        let declared = compared?.comparedMeasures ?? []
        if declared.isEmpty {
            measures.append(.init(key: "length", title: "length"))
            measures += environment.spec.metricNames.map { .init(key: $0, title: NameText.words($0)) }
        }
        return measures + declared.map { .init(key: $0.metric, title: $0.title, unit: $0.unit, isShare: $0.isShare) }
    }
}

/// Names as people read them.
private enum NameText {
    static func words(_ name: String) -> String { name.split(separator: "_").joined(separator: " ") }
}
