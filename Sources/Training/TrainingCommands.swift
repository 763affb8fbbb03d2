import Configuration
import Core
import Environments
import Foundation
import Insight
import Runs

/// What the command line asks of the library, without anything of a terminal.
public enum TrainingCommands {
    /// Reads a configuration with overrides; `seed` and `name` win over all.
    public static func configuration(path: String, overrides: [String], seed: UInt64?, name: String?, debug: Bool) throws -> Configuration {
        var all = overrides
        if let seed { all.append("seed=\(seed)") }
        if let name { all.append("name=\(name)") }
        let configuration = try Configuration.load(path: path, overrides: all, debug: debug)
        // Environments and parameters are checked here too, so that a wrong file fails before anything begins.
        try RunParts(configuration).checkNew()
        return configuration
    }

    /// The run that a user means by a path, a name, a unique part, or `latest`.
    public static func folder(_ reference: String, root: String) throws -> RunFolder {
        if reference != "latest", let folder = try? RunFolder.open(reference) { return folder }
        return try Registry(root: root).resolve(reference)
    }

    /// A key's explanation; of all keys when nil.
    public static func explain(_ key: String?) throws -> String {
        guard let key else { return Schema.explainAll() }
        return try Schema.explain(key)
    }

    // MARK: Lists

    public static var environmentNames: [String] { EnvironmentCatalogue.allCases.map(\.rawValue) }

    /// All environments, a line each.
    public static func environmentsTable() -> String {
        var table = TextTable([.init("environment"), .init("what it is")])
        for entry in EnvironmentCatalogue.allCases { table.add([entry.rawValue, entry.summary]) }
        return table.text() + "\n\ncrest environments NAME describes one."
    }

    /// Spaces, limits, success, measures and parameters of an environment.
    ///
    /// - Throws: `ConfigurationError` for an unknown name, `EnvironmentError` where libraries are missing.
    public static func describeEnvironment(_ id: String) throws -> String {
        let configuration = try Configuration.parse(text: "environment: {id: \(id)}\ntotal_timesteps: 1M", file: "environment")
        guard let entry = EnvironmentCatalogue(rawValue: id) else {
            throw TrainingError("unknown environment '\(id)'", hint: "known are \(environmentNames.joined(separator: ", "))")
        }
        let environment = try entry.factory(configuration).make()
        let spec = environment.spec
        let baselines = (environment.innermost as? any BaselineEnvironment)?.baselineNames ?? []
        let parameters = entry.parameters(configuration)
        let width = parameters.map(\.name.count).max() ?? 0
        let lines = parameters.map { parameter in
            let space = String(repeating: " ", count: width - parameter.name.count)
            let choices = parameter.choices.isEmpty ? "" : " (\(parameter.choices.joined(separator: ", ")))"
            return "\n    \(parameter.name)\(space)  \(text(parameter.value))\(choices)"
        }
        return """
            \(spec.id): \(entry.summary)
              observation  \(describe(spec.observationSpace))
              action       \(describe(spec.actionSpace))
              step         \(trimmed(spec.timeStep)) s of simulated time
              episode      \(spec.maxEpisodeSteps.map { "at most \($0) steps (\(trimmed(Double($0) * spec.timeStep)) s)" } ?? "without a limit")
              success      \(spec.success)
              measures     \(spec.metricNames.joined(separator: ", "))
              baselines    \(baselines.isEmpty ? "none" : baselines.joined(separator: ", "))
              parameters   \(lines.isEmpty ? "none" : "and their defaults\(lines.joined())")
            """
    }

    /// A parameter's value as people write it: whole numbers without a point.
    static func text(_ value: ConfigurationValue) -> String {
        switch value {
        case .float(let number) where number == number.rounded() && abs(number) < 1e15: "\(Int(number))"
        case .list(let items): "[\(items.map(text).joined(separator: ", "))]"
        default: value.text
        }
    }

    private static func trimmed(_ value: Double) -> String { NumberText.trimmed(value, decimals: 4) }

    private static func describe(_ space: Space) -> String {
        switch space {
        case .discrete(let count): return "one of \(count) choices"
        case .box(let low, let high):
            guard let first = low.first, let last = high.first, low.allSatisfy({ $0 == first }), high.allSatisfy({ $0 == last }) else {
                return "\(low.count) numbers, each with bounds of its own"
            }
            return "\(low.count) numbers" + (first.isFinite || last.isFinite ? " in [\(first), \(last)]" : "")
        }
    }

    /// The runs under a root as a table. With a curriculum it has the present stage's environment, its number and how many there are.
    ///
    /// - Throws: `TrainingError` for an unknown status or order, `RunError` for an unusable registry.
    public static func runsTable(root: String, environment: String?, status: String?, sort: String, limit: Int?, rescan: Bool) throws -> String {
        var filter = RunFilter()
        filter.environment = environment
        if let status {
            guard let known = RunStatus(rawValue: status) else {
                throw TrainingError("unknown status '\(status)'", hint: "known are \(RunStatus.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            filter.status = known
        }
        guard let order = RunOrder(rawValue: sort) else {
            throw TrainingError("unknown order '\(sort)'", hint: "known are \(RunOrder.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let registry = try Registry(root: root)
        var lines = registry.notices
        if rescan { lines.append(try registry.rescan().summary) }
        let runs = try registry.list(filter, order: order, limit: limit)
        guard !runs.isEmpty else { return (lines + ["no runs under \(registry.root); begin one with: crest train CONFIG.yaml"]).joined(separator: "\n") }
        var table = TextTable([
            .init("run"), .init("environment"), .init("algorithm"), .init("seed", .right), .init("status"), .init("steps", .right), .init("of", .right),
            .init("best", .right), .init("at step", .right), .init("minutes", .right),
        ])
        for run in runs {
            let environment = run.stage.map { "\($0.environment) (\($0.number)/\($0.of))" } ?? run.environment
            table.add([
                run.path, environment, run.algorithm, "\(run.seed)", run.status.rawValue, NumberText.steps(Double(run.steps)),
                NumberText.steps(Double(run.totalTimesteps)), run.bestMean.map { NumberText.fixed($0, decimals: 1) } ?? "–",
                run.bestStep.map { NumberText.steps(Double($0)) } ?? "–", NumberText.fixed(run.wallSeconds / 60, decimals: 1),
            ])
        }
        return (lines + [table.text()]).joined(separator: "\n")
    }
}
