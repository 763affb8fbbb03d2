import Configuration
import Core
import Environments
import EnvironmentsIntercept
import EnvironmentsMuJoCo
import Runs

/// What an evaluation changes of the conditions that a policy was trained under. As it is made: nothing, the checkpoint's own conditions count.
public struct EvaluationConditions: Sendable, Equatable {
    /// `key=value` each, the value in YAML: `environment.parameters.NAME`, `environment.max_episode_steps`, `environment.id`.
    public var settings: [String] = []
    /// Kind of ground and seed of the one ground on which all episodes are played (quadruped).
    public var terrain: String?
    public var terrainSeed: Int?
    /// Length of an episode in simulated time.
    public var seconds: Double?
    /// Scenario (interceptor).
    public var scenario: String?
    /// Intercept radii, m (interceptor).
    public var radii: [Double] = []

    public init() {}

    public var isEmpty: Bool { self == EvaluationConditions() }

    private static let changeable = ["environment.max_episode_steps", "environment.id"]
    private static let parameterPrefix = "environment.parameters."

    /// The configuration of a checkpoint under these conditions; with several radii at the largest.
    ///
    /// - Parameters:
    ///   - trained: the checkpoint's configuration.
    ///   - text: the same as its file has it.
    /// - Throws: `TrainingError` for a condition that this environment does not have or that makes no sense, and for one that changes what the policy
    ///   sees or how it acts; `ConfigurationError` for settings that can't be read.
    func apply(to trained: Configuration, text: String, file: String) throws -> Configuration {
        for setting in settings {
            let key = String(setting.prefix { $0 != "=" })
            guard Self.changeable.contains(key) || key.hasPrefix(Self.parameterPrefix) else {
                throw TrainingError(
                    "an evaluation can't change '\(key)'", place: "--set \(setting)",
                    hint: "it can change environment.parameters.NAME, \(Self.changeable.joined(separator: " and "))")
            }
        }
        let set = try Configuration.parse(text: text, file: file, overrides: settings)
        let entry = try EnvironmentCatalogue.entry(of: set)
        if !settings.isEmpty { try check(entry.read(set), trained) }
        return try Configuration.parse(text: text, file: file, overrides: settings + named(entry, set))
    }

    /// Refuses settings that have no effect, and those under which the policy's observations or actions would mean something else although their
    /// spaces are the same.
    private func check(_ asked: ParameterReader, _ trained: Configuration) throws {
        func place(_ name: String) -> String? { settings.last { $0.hasPrefix("\(Self.parameterPrefix)\(name)=") }.map { "--set \($0)" } }
        let entry = try EnvironmentCatalogue.entry(of: trained)
        let task = try entry.factory(trained).make().innermost as? any BaselineEnvironment
        for known in entry.parameters(trained) where task?.fixedParameters.contains(known.name) ?? false {
            // A value that can't be is the factory's to refuse.
            guard let now = asked.parameters.first(where: { $0.name == known.name }), asked.isSound(known.name), now.value != known.value else { continue }
            throw TrainingError(
                "the policy was trained with \(known.name): \(known.value.json.text), not with \(known.name): \(now.value.json.text)",
                place: place(known.name) ?? Self.parameterPrefix + known.name,
                hint: "what a policy sees and how it acts have to stay: leave it out, or train a policy with it")
        }
        // The policy's own are about training, and may be said.
        for (name, problem) in asked.newRunProblems where place(name) != nil && !(task?.policyParameters.contains(name) ?? false) {
            throw ConfigurationError([problem])
        }
    }

    /// The named conditions as overrides.
    private func named(_ entry: EnvironmentCatalogue, _ configuration: Configuration) throws -> [String] {
        var overrides: [String] = []
        func need(_ entries: [EnvironmentCatalogue], _ option: String, _ what: String) throws {
            guard entries.contains(entry) else {
                let names = entries.map(\.rawValue).joined(separator: ", ")
                throw TrainingError("\(entry.rawValue) has no \(what)", place: option, hint: "\(what) is a condition of \(names)")
            }
        }
        func check(_ value: String, _ names: [String], _ option: String, _ what: String) throws {
            guard names.contains(value) else {
                throw TrainingError("there is no \(what) '\(value)'", place: "\(option) \(value)", hint: "known are \(names.joined(separator: ", "))")
            }
        }
        if let terrain {
            try need(EnvironmentCatalogue.onTerrain, "--terrain", "terrain")
            try check(terrain, TerrainParameters.Kind.allCases.map(\.rawValue), "--terrain", "terrain")
            overrides.append("environment.parameters.terrain=\(terrain)")
        }
        if let terrainSeed {
            try need(EnvironmentCatalogue.onTerrain, "--terrain-seed", "terrain")
            guard terrainSeed >= 0 else { throw TrainingError("a seed is at least 0", place: "--terrain-seed \(terrainSeed)") }
            overrides.append("environment.parameters.terrain_seed=\(terrainSeed)")
        }
        if let scenario {
            try need([.interceptor], "--scenario", "scenario")
            try check(scenario, InterceptorParameters.Scenario.allCases.map(\.rawValue), "--scenario", "scenario")
            overrides.append("environment.parameters.scenario=\(scenario)")
        }
        if let largest = radii.max() {
            try need([.interceptor], "--radius", "intercept radius")
            for radius in radii where !(radius > 0 && radius <= 10_000) {
                throw TrainingError("an intercept radius lies between 0 and 10000 m", place: "--radius \(radius)", hint: "write --radius 150,100,50,20")
            }
            overrides.append("environment.parameters.intercept_radius=\(largest)")
        }
        if let seconds {
            // The limit counts steps of the task itself, however often an action is repeated.
            let timeStep = try entry.factory(configuration).make().innermost.spec.timeStep
            let steps = (seconds / timeStep).rounded()
            guard steps >= 1, steps <= 1e9 else {
                throw TrainingError("an episode has 1 to 1e9 steps of \(timeStep) s", place: "--seconds \(seconds)")
            }
            overrides.append("environment.max_episode_steps=\(Int(steps))")
        }
        return overrides
    }

    /// What a table and a result say of the conditions: what the task itself states, and whatever was asked for.
    ///
    /// - Parameters:
    ///   - task: the bare task.
    ///   - configuration: the one with these conditions.
    ///   - trained: the environment that the policy was trained in.
    func stated(by task: any Environment, _ configuration: Configuration, trained: EnvironmentSpec) -> [String: JSONValue] {
        var stated = (task as? any BaselineEnvironment)?.conditions ?? [:]
        for setting in settings where setting.hasPrefix(Self.parameterPrefix) {
            let name = String(setting.dropFirst(Self.parameterPrefix.count).prefix { $0 != "=" && $0 != "." })
            if stated[name] == nil { stated[name] = configuration.environment.parameters[name]?.json ?? .string("default") }
        }
        let isLengthAsked = seconds != nil || settings.contains { $0.hasPrefix("environment.max_episode_steps=") }
        if isLengthAsked, let steps = task.spec.maxEpisodeSteps { stated["seconds"] = .number(Double(steps) * task.spec.timeStep) }
        if task.spec.id != trained.id { stated[EvaluationResult.originCondition] = .string(trained.id) }
        return stated
    }
}

extension EnvironmentCatalogue {
    /// Those that have ground of several kinds.
    static let onTerrain: [EnvironmentCatalogue] = [.residualQuadruped, .adaptiveQuadruped]
}

extension ConfigurationValue {
    /// The value as JSON; what JSON has no word for as its YAML text.
    var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .number(Double(value))
        case .unsigned(let value): .number(Double(value))
        case .float(let value): value.isFinite ? .number(value) : .string(text)
        case .string(let value): .string(value)
        case .schedule: .string(text)
        case .list(let items): .array(items.map(\.json))
        case .mapping(let entries): .object(entries.mapValues(\.json))
        }
    }
}
