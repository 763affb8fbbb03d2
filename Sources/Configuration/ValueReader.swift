import Core

/// Turns what is written into a typed value, or says what is wrong with it.
struct ValueReader {
    /// Where schedules without an end arrive: total_timesteps.
    var horizon: Int

    enum Outcome {
        case value(ConfigurationValue)
        /// At least one.
        case problems([ConfigurationProblem])
    }

    func read(_ setting: Setting, as key: KeyDescription) -> Outcome {
        let node = setting.value
        func wrong(_ message: String, _ suggestion: String = "") -> Outcome {
            .problems([.init(at: node.position, "'\(setting.name)' \(message)", suggestion: suggestion)])
        }
        let expected = key.type.phrase + (key.isOptional ? " or null" : "")
        let mismatch = wrong("must be \(expected), not \(node.shown)", hint(node, for: key))

        // Nothing, null
        if node.isNull {
            if key.isOptional { return .value(.null) }
            if key.type == .parameters { return .value(.mapping([:])) }
            return wrong("has no value", "write \(expected), or leave the key out")
        }

        switch key.type {
        case .integer:
            guard let value = node.plainText.flatMap(NumberText.integer) else { return mismatch }
            return inBounds([Double(value)], key) ? .value(.int(value)) : outside(setting, key)
        case .unsigned:
            guard let value = node.plainText.flatMap(NumberText.unsigned) else {
                return node.plainText.flatMap(NumberText.number).map { $0 < 0 } == true ? outside(setting, key) : mismatch
            }
            return .value(.unsigned(value))
        case .number:
            guard let value = node.plainText.flatMap(NumberText.number) else { return mismatch }
            return inBounds([value], key) ? .value(.float(value)) : outside(setting, key)
        case .boolean:
            switch node.plainText {
            case "true", "True", "TRUE": return .value(.bool(true))
            case "false", "False", "FALSE": return .value(.bool(false))
            default: return mismatch
            }
        case .text:
            guard case .scalar(let text, _) = node.content, !text.isEmpty else { return mismatch }
            return .value(.string(text))
        case .choice(let names):
            guard case .scalar(let text, _) = node.content, names.contains(text) else { return mismatch }
            return .value(.string(text))
        case .schedule, .automaticSchedule:
            if key.type == .automaticSchedule, case .scalar(let text, _) = node.content, let value = AutomaticNumber(.string(text)) {
                return .value(value.configurationValue)
            }
            do {
                guard let schedule = try ScheduleText.schedule(node, horizon: horizon) else { return mismatch }
                return inBounds(schedule.extremes, key) ? .value(.schedule(schedule)) : outside(setting, key)
            } catch {
                return .problems([.init(at: error.position, "'\(setting.name)': \(error.message)", suggestion: error.suggestion)])
            }
        case .automatic:
            guard case .scalar(let text, _) = node.content else { return mismatch }
            if let value = node.plainText.flatMap(NumberText.number) { return inBounds([value], key) ? .value(.float(value)) : outside(setting, key) }
            guard let value = AutomaticNumber(.string(text)) else { return mismatch }
            return .value(value.configurationValue)
        case .layers(let second):
            guard let value = layers(node, second) else { return mismatch }
            let sizes = NetworkSizes(value).policy + NetworkSizes(value).value
            return inBounds(sizes.map(Double.init), key) ? .value(value) : outside(setting, key)
        case .parameters:
            guard case .mapping = node.content else { return mismatch }
            return .value(ConfigurationValue(free: node))
        case .shaping: return shaping(node, of: setting.name)
        case .stages: return stages(node, of: setting.name)
        }
    }

    private func inBounds(_ values: [Double], _ key: KeyDescription) -> Bool {
        values.allSatisfy(key.bounds.contains)
    }

    private func outside(_ setting: Setting, _ key: KeyDescription) -> Outcome {
        let text: String
        switch setting.value.content {
        case .scalar(let written, _): text = written
        default: text = ConfigurationValue(free: setting.value).text
        }
        let isList = if case .layers = key.type { true } else { false }
        let subject = isList ? "every width of '\(setting.name)'" : "'\(setting.name)'"
        return .problems([.init(at: setting.value.position, "\(subject) must be \(key.bounds.phrase), not \(text)")])
    }

    /// `[64, 64]` or `{pi: [...], vf: [...]}`; where the second one has another name, `vf` is understood too.
    private func layers(_ node: SourceNode, _ second: String) -> ConfigurationValue? {
        switch node.content {
        case .scalar: return nil
        case .sequence(let items):
            let widths = items.compactMap { $0.plainText.flatMap(NumberText.integer) }
            return widths.count == items.count ? .list(widths.map { .int($0) }) : nil
        case .mapping(let entries):
            guard entries.count == 2, let policy = entries.first(where: { $0.key == "pi" }),
                let value = entries.first(where: { $0.key == second || $0.key == "vf" }), case .sequence = policy.value.content,
                case .sequence = value.value.content, let left = layers(policy.value, second), let right = layers(value.value, second)
            else { return nil }
            return left == right ? left : .mapping(["pi": left, second: right])
        }
    }

    /// What the writer may have meant.
    private func hint(_ node: SourceNode, for key: KeyDescription) -> String {
        guard case .scalar(let text, let quoted) = node.content else { return "" }
        // A number or switch in quotes is text.
        if quoted, [.integer, .unsigned, .number, .boolean].contains(key.type) { return "leave out the quotes" }
        switch key.type {
        case .boolean where ["yes", "on", "y", "1"].contains(text.lowercased()): return "write true"
        case .boolean where ["no", "off", "n", "0"].contains(text.lowercased()): return "write false"
        case .choice(let names): return Schema.nearest(to: text, among: names).map { "did you mean '\($0)'?" } ?? ""
        case .layers where NumberText.integer(text) != nil: return "write [\(text)]"
        default: return key.isOptional && ["none", "off", "false"].contains(text.lowercased()) ? "write null" : ""
        }
    }
}
