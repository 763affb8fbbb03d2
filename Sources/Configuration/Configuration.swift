import Foundation

/// Everything that decides what a run does: one resolved, checked value, made from a YAML file, overrides and a recipe.
public struct Configuration: Sendable, Codable, Equatable {
    /// Part of the run folder's name; nil: from environment and algorithm.
    public var name: String?
    public var seed: UInt64 = 0
    /// Environment steps to train for, all environments together.
    public var totalTimesteps = 0
    public var environment = EnvironmentConfiguration()
    /// Environments in order, the last of which is `environment`; nil: `environment` from the beginning.
    public var curriculum: CurriculumSettings?
    public var algorithm: AlgorithmConfiguration
    public var evaluation = EvaluationConfiguration()
    public var `guard` = GuardConfiguration()
    public var checkpoint = CheckpointConfiguration()
    public var logging = LoggingConfiguration()
    public var machine = MachineConfiguration()
    /// Where each value was written, for later errors; neither compared nor encoded.
    public var origins = Origins()

    private enum CodingKeys: String, CodingKey {
        case name, seed, totalTimesteps, environment, curriculum, algorithm, evaluation, `guard`, checkpoint, logging, machine
    }

    // MARK: Reading

    /// Reads a configuration file.
    ///
    /// - Parameters:
    ///   - path: the file; also the name that errors give.
    ///   - overrides: `key.path=value` each, laid over the file in order.
    ///   - debug: shrink every size afterwards (`debugOverlay`).
    /// - Throws: `ConfigurationError` with all problems, each with its position.
    public static func load(path: String, overrides: [String] = [], debug: Bool = false) throws -> Configuration {
        try parse(text: readText(path), file: path, overrides: overrides, debug: debug)
    }

    /// Reads a configuration from YAML text; `file` is the name that errors give.
    public static func parse(
        text: String, file: String = "configuration", overrides: [String] = [], debug: Bool = false
    ) throws -> Configuration {
        let schema = Schema.standard
        let body = text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
        guard let root = try SourceNode.parse(body, place: { .file(file, line: $0, column: $1) }), !root.isNull else {
            let hint = "write at least environment: {id: …} and total_timesteps: …"
            throw ConfigurationError([.init(at: .file(file, line: 1, column: 1), "the file is empty", suggestion: hint)])
        }

        guard case .mapping(let entries) = root.content else {
            let message = "the file must consist of 'key: value' lines, not \(root.shown)"
            throw ConfigurationError([.init(at: root.position, message)])
        }

        // What was written, then what it means.
        var settings = Settings(schema: schema)
        settings.read(entries)
        overrides.forEach { settings.override($0) }
        var resolver = SettingsResolver(schema: schema, settings: settings, file: file)
        resolver.resolve()
        if !resolver.problems.isEmpty { throw ConfigurationError(resolver.problems) }

        var resolved = Configuration(values: resolver.values, origins: origins(of: settings, file: file))
        // Under their own names; the environment's settings may stand in the last stage alone.
        for stage in (resolved.curriculum?.stages ?? []).indices {
            let place = "curriculum.stages.\(stage)"
            for (alias, name) in CurriculumStage.aliases { resolved.origins.copy("\(place).\(alias)", to: "\(place).\(name)") }
        }
        if let last = resolved.curriculum?.stages.indices.last, settings.byPath["environment.parameters"] == nil {
            resolved.origins.copy("curriculum.stages.\(last).parameters", to: "environment.parameters")
        }
        return debug ? resolved.debugOverlay() : resolved
    }

    private static func readText(_ path: String) throws -> String {
        func failure(_ message: String, _ hint: String = "") -> ConfigurationError {
            ConfigurationError([.init(at: .wholeFile(path), message, suggestion: hint)])
        }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw failure("there is no such file", "the folder is \(FileManager.default.currentDirectoryPath)")
        }
        guard !isDirectory.boolValue else { throw failure("this is a folder, not a file") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw failure("the file cannot be read", "check its permissions")
        }
        if let text = String(data: data, encoding: .utf8) { return text }

        // The first line that is not UTF-8.
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(data: $0, encoding: .utf8) == nil } ?? 0
        let position = SourcePosition.file(path, line: bad + 1, column: 1)
        throw ConfigurationError([.init(at: position, "this line is not UTF-8 text", suggestion: "save the file as UTF-8")])
    }

    private static func origins(of settings: Settings, file: String) -> Origins {
        var origins = Origins(positions: settings.sectionPositions, fallback: .file(file, line: 1, column: 1))
        for (path, setting) in settings.byPath {
            origins.positions[path] = setting.value.position
            record(setting.value, path, in: &origins)
        }
        return origins
    }

    /// Positions of the keys inside free mappings; items of lists are numbered from 0.
    private static func record(_ node: SourceNode, _ path: String, in origins: inout Origins) {
        switch node.content {
        case .scalar: return
        case .sequence(let items):
            for (index, item) in items.enumerated() {
                origins.positions["\(path).\(index)"] = item.position
                record(item, "\(path).\(index)", in: &origins)
            }
        case .mapping(let entries):
            for entry in entries {
                let inner = "\(path).\(entry.key)"
                origins.positions[inner] = entry.keyPosition
                record(entry.value, inner, in: &origins)
            }
        }
    }

    // MARK: Keys and fields

    init(values: [String: ConfigurationValue], origins: Origins) {
        var name = AlgorithmName.ppo
        var binder = Binder(direction: .fill, values: values)
        binder.choice("algorithm.name", &name)
        algorithm = AlgorithmConfiguration(blank: name)
        self.origins = origins
        bind(&binder)
    }

    /// The value of every key, by full path.
    var values: [String: ConfigurationValue] {
        var copy = self
        var binder = Binder(direction: .collect, values: [:])
        copy.bind(&binder)
        return binder.values
    }

    private mutating func bind(_ binder: inout Binder) {
        binder.optionalText("name", &name)
        binder.unsigned("seed", &seed)
        binder.int("total_timesteps", &totalTimesteps)
        environment.bind(&binder)
        binder.curriculum("curriculum.stages", &curriculum)
        algorithm.bind(&binder)
        evaluation.bind(&binder)
        `guard`.bind(&binder)
        checkpoint.bind(&binder)
        logging.bind(&binder)
        machine.bind(&binder)
    }
}
