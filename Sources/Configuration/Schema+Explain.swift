extension Schema {
    /// What `crest config explain KEY` prints: meaning, type, range, default of each recipe, other names, use.
    ///
    /// - Parameter name: a full path, a key's name, another name of it, or a section.
    /// - Throws: `ConfigurationError` with the nearest name if nothing is called so.
    public static func explain(_ name: String) throws -> String {
        let schema = Schema.standard
        let found = schema.find(name)
        if !found.keys.isEmpty, found.rest.isEmpty { return found.keys.map { schema.text(of: $0) }.joined(separator: "\n\n") }
        if let section = found.section, !section.isEmpty, schema.sections.contains(where: { $0.path == section }) {
            return schema.overview(of: section)
        }
        // Positions of a command-line argument read like an option.
        let problem = ConfigurationProblem(
            at: .option("config explain \(name)"), "unknown key '\(name)'", suggestion: schema.suggestion(forPath: name))
        throw ConfigurationError([problem])
    }

    /// `explain` of every key, in the order of the sections.
    public static func explainAll() -> String {
        var blocks: [String] = []
        var open: String?
        for key in Schema.standard.keys {
            if key.section != open, let section = Schema.standard.sections.first(where: { $0.path == key.section }) {
                blocks.append("[\(section.path)] \(section.summary)")
            }
            open = key.section
            blocks.append(Schema.standard.text(of: key))
        }
        return blocks.joined(separator: "\n\n")
    }

    private func text(of key: KeyDescription) -> String {
        let unit = key.unit.isEmpty ? "" : " (\(key.unit))"
        let null = key.isOptional ? ", or null" : ""
        let range = key.bounds.phrase.isEmpty ? "" : ", \(key.bounds.phrase)"
        var rows = [("type", key.type.phrase + unit + null + range), ("default", defaultText(key))]
        if !key.aliases.isEmpty { rows.append(("aliases", key.aliases.joined(separator: ", "))) }
        if !key.algorithms.isEmpty { rows.append(("used by", key.algorithms.joined(separator: ", "))) }
        for condition in key.conditions { rows.append(("only if", Self.phrase(condition))) }
        let meaning = key.details.isEmpty ? [key.summary] : [key.summary, key.details]
        let lines = meaning.map { "  " + $0 } + rows.map { "  " + $0.0.padded(to: 9) + $0.1 }
        return ([key.path] + lines).joined(separator: "\n")
    }

    /// One value, or one for each recipe where they differ.
    private func defaultText(_ key: KeyDescription) -> String {
        if key.isRequired { return "none; the key is required" }
        if key.path == "guard.early_stopping.enabled" { return "true if patience or min_delta is set, else false" }
        guard key.fallback == nil else { return key.fallback?.text ?? "" }
        var defaults: [(owner: String, text: String)] = []
        for algorithm in AlgorithmName.allCases where key.algorithms.contains(algorithm.rawValue) {
            for recipe in Recipe.allCases {
                guard let value = recipe.defaults(for: algorithm)[key.leaf] else { continue }
                let owner = key.algorithms.count == 1 ? recipe.rawValue : "\(algorithm.rawValue) \(recipe.rawValue)"
                defaults.append((owner, value.text))
            }
        }
        if Set(defaults.map(\.text)).count == 1 { return defaults[0].text }
        return defaults.map { "\($0.text) (\($0.owner))" }.joined(separator: ", ")
    }

    private static func phrase(_ condition: Condition) -> String {
        switch condition {
        case .equals(let path, let wanted): "\(path) is \(wanted.joined(separator: " or "))"
        case .automatic(let path): "\(path) is auto"
        case .anyTrue(let paths): "one of these is true: " + paths.joined(separator: ", ")
        }
    }

    /// A section's keys, one line each.
    private func overview(of section: String) -> String {
        let summary = sections.first { $0.path == section }?.summary ?? ""
        let inside = keys.filter { $0.section == section || $0.section.hasPrefix(section + ".") }
        let names = inside.map { String($0.path.dropFirst(section.count + 1)) }
        let width = (names.map(\.count).max() ?? 0) + 2
        return (["\(section): \(summary)"] + zip(names, inside).map { "  " + $0.padded(to: width) + $1.summary })
            .joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
