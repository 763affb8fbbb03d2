import Core

/// From settings to one checked value for every key. Collects everything that is wrong on the way.
struct SettingsResolver {
    let schema: Schema
    let settings: Settings
    let file: String
    /// The value of every key of the effective algorithm, set or default.
    private(set) var values: [String: ConfigurationValue] = [:]
    private(set) var problems: [ConfigurationProblem]
    /// Keys whose value is wrong; checks that lean on them stay silent.
    private var broken: Set<String> = []

    init(schema: Schema, settings: Settings, file: String) {
        self.schema = schema
        self.settings = settings
        self.file = file
        problems = settings.problems
    }

    mutating func resolve() {
        // The length of the run comes first: schedules end with it. Then what decides over defaults.
        readSet("total_timesteps", horizon: 1)
        readSet("algorithm.name", horizon: 1)
        readSet("algorithm.recipe", horizon: 1)
        let horizon = int("total_timesteps") ?? .max
        for path in schema.paths where values[path] == nil && !broken.contains(path) {
            // Whose values these are is not known.
            if broken.contains("algorithm.name"), schema.keys.filter({ $0.path == path }).count > 1 { continue }
            readSet(path, horizon: horizon)
        }
        settleCurriculum()
        reportMissing()
        fillDefaults()
        settleLearningRate(horizon: horizon)
        reportUnused()
        crossCheck()
    }

    /// The algorithm named so far.
    private var algorithm: AlgorithmName { string("algorithm.name").flatMap(AlgorithmName.init) ?? .ppo }

    private mutating func readSet(_ path: String, horizon: Int) {
        guard let setting = settings.byPath[path], let key = schema.key(path, for: algorithm) ?? schema.key(path) else { return }
        switch ValueReader(horizon: horizon).read(setting, as: key) {
        case .value(let value): values[path] = value
        case .problems(let found):
            problems += found
            broken.insert(path)
        }
    }

    private mutating func reportMissing() {
        for key in schema.keys where key.isRequired && settings.byPath[key.path] == nil && values[key.path] == nil {
            // A curriculum that could not be read may well have said it.
            if key.path == "environment.id", broken.contains("curriculum.stages") { continue }
            let example = key.path == "environment.id" ? "write environment: {id: Humanoid-v5}" : "write \(key.path): 10M"
            let position = settings.sectionPositions[key.section] ?? .file(file, line: 1, column: 1)
            problems.append(.init(at: position, "missing key '\(key.path)'", suggestion: example))
            broken.insert(key.path)
        }
    }

    /// Values of keys that nobody set: the recipe's, else the schema's.
    private mutating func fillDefaults() {
        let recipe = Recipe(rawValue: string("algorithm.recipe") ?? "") ?? .standard
        let defaults = recipe.defaults(for: algorithm)

        // Patience without `enabled: true` means that early stopping is wanted.
        let stopping = "guard.early_stopping"
        if settings.byPath["\(stopping).enabled"] == nil {
            let isWanted = ["patience", "min_delta"].contains { settings.byPath["\(stopping).\($0)"] != nil }
            values["\(stopping).enabled"] = .bool(isWanted)
        }
        for key in schema.keys where values[key.path] == nil {
            guard key.isUsed(by: algorithm) else { continue }
            values[key.path] = (key.section == "algorithm" ? defaults[key.leaf] : nil) ?? key.fallback
        }
    }

    /// The last stage is the environment that counts: makes the two agree or says that they do not.
    private mutating func settleCurriculum() {
        let (stagesPath, idPath, parametersPath) = ("curriculum.stages", "environment.id", "environment.parameters")
        guard case .list(var stages)? = values[stagesPath], var last = stages.last.flatMap(CurriculumStage.init) else { return }
        if settings.byPath[idPath] == nil {
            values[idPath] = .string(last.environment)
        } else if let id = string(idPath), id != last.environment {
            report(
                at: [idPath], "'id' is \(id), but the curriculum ends in \(last.environment)",
                suggestion: "the last stage is the environment that counts; leave 'id' out, or end the curriculum in \(id)")
        }

        // Parameters may stand at either place.
        guard case .mapping(let own)? = values[parametersPath], settings.byPath[parametersPath] != nil else {
            if !broken.contains(parametersPath) { values[parametersPath] = .mapping(last.parameters) }
            return
        }
        if last.parameters.isEmpty {
            last.parameters = own
            stages[stages.count - 1] = last.configurationValue(isFirst: stages.count == 1)
            values[stagesPath] = .list(stages)
        } else if last.parameters != own {
            report(
                at: [parametersPath], "'parameters' are not those of the curriculum's last stage",
                suggestion: "give them in one of the two places")
        }
    }

    /// `learning_rate` and `lr_schedule` describe one thing; makes them agree or says that they do not.
    private mutating func settleLearningRate(horizon: Int) {
        let (ratePath, rulePath) = ("algorithm.learning_rate", "algorithm.lr_schedule")
        guard !broken.contains(ratePath), !broken.contains(rulePath), case .schedule(let rate)? = values[ratePath],
            let rule = string(rulePath)
        else { return }
        let shape = ScheduleText.shape(of: rate)
        switch (rate, rule) {
        case (.constant, "constant"), (.constant, "adaptive"): break
        case (.constant(let start), "linear"): values[ratePath] = .schedule(.linear(from: start, to: 0, start: 0, end: horizon))
        case (.constant(let start), "cosine"): values[ratePath] = .schedule(.cosine(from: start, to: 0, start: 0, end: horizon))
        case _ where settings.byPath[rulePath] == nil: values[rulePath] = .string(shape)
        case (.constant, _):
            report(
                at: [rulePath], "'lr_schedule' is \(rule), but 'learning_rate' is a number",
                suggestion: "write learning_rate: {\(rule): [[0, 3e-4], [1M, 3e-5]]}")
        // An arrow names the two ends; the rule says how to get from one to the other.
        case (.linear(let from, let to, let start, let end), "cosine") where settings.byPath[ratePath].map { ScheduleText.isArrow($0.value) } == true:
            values[ratePath] = .schedule(.cosine(from: from, to: to, start: start, end: end))
        default:
            if rule != shape {
                report(
                    at: [ratePath], "'learning_rate' is a \(shape) schedule, but 'lr_schedule' is \(rule)",
                    suggestion: "give a number, or write lr_schedule: \(shape)")
            }
        }
        if case .schedule(let settled)? = values[ratePath], settled.value(at: 0) <= 0 {
            problems.append(.init(at: position(of: ratePath), "'learning_rate' must begin above 0"))
        }
    }

    /// A key that is set and has no effect.
    private mutating func reportUnused() {
        for path in schema.paths {
            guard let setting = settings.byPath[path] else { continue }
            // The name counts: `alpha` means nothing to PPO, though the key that it stands for does.
            let isForeign = !setting.algorithms.isEmpty && !setting.algorithms.contains(algorithm.rawValue)
            if isForeign, !broken.contains("algorithm.name") {
                problems.append(
                    .init(
                        at: setting.keyPosition, "key '\(setting.name)' is not used when algorithm.name is \(algorithm.rawValue)",
                        suggestion: "it belongs to \(setting.algorithms.joined(separator: ", "))"))
                continue
            }
            guard let key = schema.key(path, for: algorithm) else { continue }
            for condition in key.conditions where !holds(condition) {
                problems.append(unused(setting, condition))
                break
            }
        }
    }

    private func unused(_ setting: Setting, _ condition: Condition) -> ConfigurationProblem {
        switch condition {
        case .equals(let path, let wanted):
            return .init(
                at: setting.keyPosition, "key '\(setting.name)' is not used when \(path) is \(values[path]?.text ?? "null")",
                suggestion: "it needs \(path): \(wanted.joined(separator: " or "))")
        case .automatic(let path):
            return .init(
                at: setting.keyPosition, "key '\(setting.name)' is not used when \(path) is \(values[path]?.text ?? "null")",
                suggestion: "it needs \(path): auto")
        case .anyTrue(let paths):
            let all = paths.joined(separator: " and ")
            return .init(
                at: setting.keyPosition, "key '\(setting.name)' is not used when \(all) are false",
                suggestion: "set one of them to true, or leave the key out")
        }
    }

    /// A condition on a broken key counts as met, so that one mistake gives one error.
    private func holds(_ condition: Condition) -> Bool {
        switch condition {
        case .equals(let path, _) where broken.contains(path): return true
        case .automatic(let path) where broken.contains(path): return true
        case .anyTrue(let paths) where paths.contains(where: broken.contains): return true
        default: return condition.holds(in: values)
        }
    }

    // MARK: For the checks across keys

    mutating func report(at paths: [String], _ message: String, suggestion: String = "") {
        problems.append(.init(at: position(of: paths), message, suggestion: suggestion))
    }

    /// Whether every one of the keys has a value worth checking.
    func isSound(_ paths: String...) -> Bool { !paths.contains(where: broken.contains) }

    func int(_ path: String) -> Int? { if case .int(let value)? = values[path] { value } else { nil } }
    func number(_ path: String) -> Double? { if case .float(let value)? = values[path] { value } else { nil } }
    func string(_ path: String) -> String? { if case .string(let value)? = values[path] { value } else { nil } }
    func bool(_ path: String) -> Bool { values[path] == .bool(true) }

    /// Where the first of the keys that somebody set has its value; the file's first line if none was.
    func position(of paths: [String]) -> SourcePosition {
        for path in paths {
            if let setting = settings.byPath[path] { return setting.value.position }
        }
        return .file(file, line: 1, column: 1)
    }
    func position(of path: String) -> SourcePosition { position(of: [path]) }
}

extension Condition {
    /// Whether the condition holds for effective values.
    func holds(in values: [String: ConfigurationValue]) -> Bool {
        switch self {
        case .equals(let path, let wanted): return values[path].map { wanted.contains($0.text) } ?? false
        case .anyTrue(let paths): return paths.contains { values[$0] == .bool(true) }
        case .automatic(let path): return if case .automatic? = values[path].flatMap(AutomaticNumber.init) { true } else { false }
        }
    }
}
