/// The keys whose value is a list of mappings: `environment.shaping` and `curriculum.stages`.
extension ValueReader {
    // MARK: Shaping

    /// `- forward_velocity: {weight: 0.1, limit: 3}` and so on, each term a mapping of one name.
    func shaping(_ node: SourceNode, of name: String) -> Outcome {
        guard case .sequence(let items) = node.content else {
            let isMapping = if case .mapping = node.content { true } else { false }
            let hint = isMapping ? "terms apply in order: begin each with '- '" : "write - balance: 0.05"
            return .problems([.init(at: node.position, "'\(name)' must be a list of terms, not \(node.shown)", suggestion: hint)])
        }
        var terms: [ConfigurationValue] = []
        var problems: [ConfigurationProblem] = []
        for item in items {
            switch term(item, of: name) {
            case .value(let value): terms.append(value)
            case .problems(let found): problems += found
            }
        }
        return problems.isEmpty ? .value(.list(terms)) : .problems(problems)
    }

    private func term(_ item: SourceNode, of name: String) -> Outcome {
        guard case .mapping(let entries) = item.content, entries.count == 1, let entry = entries.first else {
            let message = "each term of '\(name)' must be one name and its value, not \(item.shown)"
            return .problems([.init(at: item.position, message, suggestion: "write - balance: 0.05")])
        }
        func wrong(_ node: SourceNode, _ message: String, _ hint: String = "") -> Outcome {
            .problems([.init(at: node.position, message, suggestion: hint)])
        }
        func term(_ value: ConfigurationValue) -> Outcome { .value(.mapping([entry.key: value])) }
        switch entry.key {
        case "forward_velocity":
            let example = "write forward_velocity: {weight: 0.1, limit: 3}"
            guard case .mapping = entry.value.content else {
                return wrong(entry.value, "'forward_velocity' needs a weight and a limit, not \(entry.value.shown)", example)
            }
            var fields = FieldReader(entry.value, place: entry.value.position, names: ["weight", "limit"])
            let weight = fields.number("weight", isRequired: true)
            let limit = fields.number("limit", in: .atLeast(0), isRequired: true)
            guard fields.problems.isEmpty, let weight, let limit else { return .problems(fields.problems) }
            return term(.mapping(["weight": .float(weight), "limit": .float(limit)]))
        case "balance", "effort", "fall_penalty", "scale":
            guard let number = entry.value.plainText.flatMap(NumberText.number) else {
                return wrong(entry.value, "'\(entry.key)' must be a number, not \(entry.value.shown)")
            }
            return term(.float(number))
        case "clip":
            guard case .sequence(let ends) = entry.value.content, ends.count == 2,
                let low = ends[0].plainText.flatMap(NumberText.number), let high = ends[1].plainText.flatMap(NumberText.number)
            else { return wrong(entry.value, "'clip' must be [low, high], two numbers, not \(entry.value.shown)", "write clip: [-1, 1]") }
            guard low <= high else {
                return wrong(entry.value, "'clip' has its low end \(NumberText.short(low)) above its high end \(NumberText.short(high))")
            }
            return term(.list([.float(low), .float(high)]))
        default:
            let near = Schema.nearest(to: entry.key, among: ShapingTerm.names).map { "did you mean '\($0)'?" }
            let hint = near ?? "known are \(ShapingTerm.names.joined(separator: ", "))"
            return .problems([.init(at: entry.keyPosition, "unknown shaping term '\(entry.key)'", suggestion: hint)])
        }
    }

    // MARK: Stages

    /// A curriculum's stages, every setting filled in that has an effect at its place.
    func stages(_ node: SourceNode, of name: String) -> Outcome {
        let example = "write - {environment: ID, promote_at: {success_rate: 0.8}}, and last - {environment: ID}"
        guard case .sequence(let items) = node.content else {
            return .problems([.init(at: node.position, "'\(name)' must be a list of stages, not \(node.shown)", suggestion: example)])
        }
        guard !items.isEmpty else {
            return .problems([.init(at: node.position, "a curriculum needs at least one stage", suggestion: example)])
        }
        var stages: [CurriculumStage] = []
        var problems: [ConfigurationProblem] = []
        var least = 0
        for (index, item) in items.enumerated() {
            guard case .mapping = item.content else {
                problems.append(.init(at: item.position, "a stage must be a mapping of keys and values, not \(item.shown)", suggestion: example))
                continue
            }
            var fields = FieldReader(item, place: item.position, names: CurriculumStage.names, aliases: CurriculumStage.aliases)
            if let stage = stage(&fields, isFirst: index == 0, isLast: index == items.count - 1) {
                stages.append(stage)
                add(stage, to: &least, &fields)
            }
            problems += fields.problems
        }
        return problems.isEmpty ? .value(CurriculumSettings(stages: stages).configurationValue) : .problems(problems)
    }

    private func stage(_ fields: inout FieldReader, isFirst: Bool, isLast: Bool) -> CurriculumStage? {
        guard let environment = fields.text("environment", isRequired: true) else { return nil }
        var stage = CurriculumStage(environment: environment)
        stage.parameters = fields.parameters("parameters")
        stage.learningRateFactor = fields.number("learning_rate_factor", in: .positive) ?? 1

        // What decides about the next stage has no place in the last one.
        if isLast {
            for name in ["promote_at", "window", "min_steps"] { fields.refuse(name, "the last stage: nothing comes after it") }
        } else {
            stage.promoteAt = criterion(&fields)
            stage.window = fields.integer("window", in: .atLeast(1)) ?? CurriculumStage.standardWindow
            stage.minSteps = fields.integer("min_steps", in: .atLeast(0)) ?? 0
        }
        // What decides about things learned before has no place in the first one.
        if isFirst {
            for name in ["optimizer", "normalizer"] { fields.refuse(name, "the first stage: nothing comes before it") }
        } else {
            stage.optimizer = fields.choice("optimizer") ?? .keep
            stage.normalizer = fields.choice("normalizer") ?? .keep
        }
        return stage
    }

    /// Steps that the stages so far last at least: some of the run's have to be left for the last one. Said once.
    private func add(_ stage: CurriculumStage, to least: inout Int, _ fields: inout FieldReader) {
        guard least < horizon, let node = fields.node("min_steps") else { return }
        least += min(stage.minSteps, horizon - least)
        if least == horizon {
            fields.complain(
                at: node.position, "'min_steps' of the stages up to here take all \(horizon) steps of the run: the last stage would never begin",
                "use less, or raise total_timesteps")
        }
    }

    private func criterion(_ fields: inout FieldReader) -> PromotionCriterion? {
        let example = "write promote_at: {success_rate: 0.8} or promote_at: {return: 250}"
        guard let node = fields.node("promote_at") else {
            fields.complain(at: fields.place, "a stage before the last needs 'promote_at'", example)
            return nil
        }
        guard case .mapping(let entries) = node.content, !entries.isEmpty else {
            fields.complain(at: node.position, "'promote_at' must name a measure and its threshold, not \(node.shown)", example)
            return nil
        }
        var inner = FieldReader(node, place: node.position, names: ["success_rate", "return"])
        let share = inner.number("success_rate", in: .range(0, 1, openBelow: true))
        let mean = inner.number("return")
        if inner.problems.isEmpty, share != nil, mean != nil {
            inner.complain(at: node.position, "'promote_at' has two criteria", "keep success_rate or return")
        }
        fields.problems += inner.problems
        return share.map(PromotionCriterion.successRate) ?? mean.map(PromotionCriterion.meanReturn)
    }
}

/// The keys of one mapping inside a value; keeps an account of what is wrong.
struct FieldReader {
    /// Where to say that something is missing.
    let place: SourcePosition
    var problems: [ConfigurationProblem] = []
    private var byName: [String: SourceNode.Entry] = [:]

    /// Unknown keys and keys given twice are problems at once; a node that is no mapping has no keys.
    init(_ node: SourceNode, place: SourcePosition, names: [String], aliases: [String: String] = [:]) {
        self.place = place
        guard case .mapping(let entries) = node.content else { return }
        for entry in entries {
            let name = aliases[entry.key] ?? entry.key
            if !names.contains(name) {
                let near = Schema.nearest(to: entry.key, among: names + aliases.keys.sorted()).map { "did you mean '\($0)'?" }
                complain(at: entry.keyPosition, "unknown key '\(entry.key)'", near ?? "known are \(names.joined(separator: ", "))")
            } else if let first = byName[name] {
                let alias = first.key == entry.key ? "" : " as '\(first.key)'"
                complain(at: entry.keyPosition, "duplicate key '\(entry.key)'", "first given\(alias) at \(first.keyPosition)")
            } else {
                byName[name] = entry
            }
        }
    }

    mutating func complain(at position: SourcePosition, _ message: String, _ hint: String = "") {
        problems.append(.init(at: position, message, suggestion: hint))
    }

    func node(_ name: String) -> SourceNode? { byName[name]?.value }

    /// A key that has no effect where it stands.
    mutating func refuse(_ name: String, _ reason: String) {
        if let entry = byName[name] { complain(at: entry.keyPosition, "key '\(entry.key)' is not used in \(reason)", "leave it out") }
    }

    mutating func number(_ name: String, in bounds: Bounds = .any, isRequired: Bool = false) -> Double? {
        read(name, "a number", isRequired, bounds, { $0 }) { $0.plainText.flatMap(NumberText.number) }
    }

    mutating func integer(_ name: String, in bounds: Bounds) -> Int? {
        read(name, "a whole number", false, bounds, Double.init) { $0.plainText.flatMap(NumberText.integer) }
    }

    mutating func text(_ name: String, isRequired: Bool) -> String? {
        read(name, "text", isRequired, .any, { _ in 0 }) {
            if case .scalar(let text, _) = $0.content, !$0.isNull { text } else { nil }
        }
    }

    mutating func choice(_ name: String) -> CurriculumCarry? {
        read(name, "one of " + CurriculumCarry.names.joined(separator: ", "), false, .any, { _ in 0 }) {
            if case .scalar(let text, _) = $0.content { CurriculumCarry(rawValue: text) } else { nil }
        }
    }

    /// A free mapping; nothing and null are an empty one.
    mutating func parameters(_ name: String) -> [String: ConfigurationValue] {
        guard let node = node(name), !node.isNull else { return [:] }
        guard case .mapping(let own) = ConfigurationValue(free: node) else {
            complain(at: node.position, "'\(name)' must be a mapping of keys and values, not \(node.shown)")
            return [:]
        }
        return own
    }

    private mutating func read<Value>(
        _ name: String, _ phrase: String, _ isRequired: Bool, _ bounds: Bounds, _ size: (Value) -> Double, _ convert: (SourceNode) -> Value?
    ) -> Value? {
        guard let entry = byName[name] else {
            if isRequired { complain(at: place, "missing key '\(name)'") }
            return nil
        }
        guard let value = convert(entry.value) else {
            complain(at: entry.value.position, "'\(entry.key)' must be \(phrase), not \(entry.value.shown)")
            return nil
        }
        guard bounds.contains(size(value)) else {
            complain(at: entry.value.position, "'\(entry.key)' must be \(bounds.phrase), not \(NumberText.short(size(value)))")
            return nil
        }
        return value
    }
}
