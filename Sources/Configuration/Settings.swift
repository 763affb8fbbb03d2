/// One key as somebody set it.
struct Setting: Sendable {
    /// The name as written: `rollout_steps`.
    var name: String
    var keyPosition: SourcePosition
    var value: SourceNode
    /// Algorithms that know the key by this name; empty for all.
    var algorithms: [String] = []
}

/// What a file and the command line set, by full key, before anything is known about types.
struct Settings: Sendable {
    private(set) var byPath: [String: Setting] = [:]
    /// Where each section begins.
    private(set) var sectionPositions: [String: SourcePosition] = [:]
    private(set) var problems: [ConfigurationProblem] = []
    private let schema: Schema
    /// Sections around the entry that is being read.
    private var openSections: [String] = []

    init(schema: Schema) { self.schema = schema }

    // MARK: The file

    /// Takes over all keys of a parsed file.
    mutating func read(_ entries: [SourceNode.Entry]) { read(entries, section: "") }

    private mutating func read(_ entries: [SourceNode.Entry], section: String) {
        for entry in entries {
            switch schema.child(of: section, named: entry.key) {
            case .key(let keys): set(keys, entry)
            case .section(let path): readSection(path, entry)
            case .unknown:
                let suggestion = schema.suggestion(for: entry.key, in: section)
                problems.append(.init(at: entry.keyPosition, "unknown key '\(entry.key)'", suggestion: suggestion))
            }
        }
    }

    private mutating func set(_ keys: [KeyDescription], _ entry: SourceNode.Entry) {
        let key = keys[0]
        if let first = byPath[key.path] {
            let alias = first.name == entry.key ? "" : " as '\(first.name)'"
            problems.append(
                .init(at: entry.keyPosition, "duplicate key '\(entry.key)'", suggestion: "first given\(alias) at \(first.keyPosition)"))
            return
        }
        byPath[key.path] = Setting(name: entry.key, keyPosition: entry.keyPosition, value: entry.value, algorithms: keys.flatMap(\.algorithms))
        if key.type == .parameters { reportDuplicates(in: entry.value) }
    }

    private mutating func readSection(_ path: String, _ entry: SourceNode.Entry) {
        // `hyperparams:` inside `algorithm:` is the same section, not a second one.
        if let first = sectionPositions[path], !openSections.contains(path) {
            problems.append(.init(at: entry.keyPosition, "duplicate key '\(entry.key)'", suggestion: "first given at \(first)"))
        }
        sectionPositions[path] = sectionPositions[path] ?? entry.keyPosition
        if entry.value.isNull { return }
        guard case .mapping(let entries) = entry.value.content else {
            let example = schema.keys.first { $0.section == path }.map { "{\($0.leaf): …}" } ?? "{…}"
            problems.append(
                .init(
                    at: entry.value.position, "'\(entry.key)' is a section and needs keys, not \(entry.value.shown)",
                    suggestion: "write \(entry.key): \(example)"))
            return
        }
        openSections.append(path)
        read(entries, section: path)
        openSections.removeLast()
    }

    /// Keys written twice inside a free mapping.
    private mutating func reportDuplicates(in node: SourceNode) {
        switch node.content {
        case .scalar: return
        case .sequence(let items): items.forEach { reportDuplicates(in: $0) }
        case .mapping(let entries):
            var first: [String: SourcePosition] = [:]
            for entry in entries {
                if let position = first[entry.key] {
                    problems.append(
                        .init(at: entry.keyPosition, "duplicate key '\(entry.key)'", suggestion: "first given at \(position)"))
                }
                first[entry.key] = first[entry.key] ?? entry.keyPosition
                reportDuplicates(in: entry.value)
            }
        }
    }

    // MARK: The command line

    /// Lays `key.path=value` over the file. The value is YAML; the word `default` takes the file's value away.
    /// Of two overrides of one key the last counts.
    mutating func override(_ text: String) {
        let position = SourcePosition.option("--set \(text)")
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            problems.append(.init(at: position, "not of the form key=value", suggestion: "write --set algorithm.n_steps=1024"))
            return
        }
        let name = String(text[..<equals])
        let valueText = String(text[text.index(after: equals)...])
        let value: SourceNode
        do {
            value =
                try SourceNode.parse(valueText) { _, _ in position }
                ?? SourceNode(content: .scalar("", quoted: false), position: position)
        } catch {
            let message = (error as? ConfigurationError)?.problems.first?.message ?? "\(error)"
            problems.append(.init(at: position, message))
            return
        }
        apply(name, value, at: position)
    }

    private mutating func apply(_ name: String, _ value: SourceNode, at position: SourcePosition) {
        let found = schema.find(name)
        // Several sections have this key.
        let others = found.keys.filter { $0.path != found.keys[0].path }
        if !others.isEmpty {
            let paths = ([found.keys[0]] + others).map { "'\($0.path)'" }.joined(separator: " or ")
            problems.append(.init(at: position, "'\(name)' stands for more than one key", suggestion: "write \(paths)"))
        } else if let key = found.keys.first, !found.rest.isEmpty {
            setParameter(key, found.rest, value, at: position)
        } else if let key = found.keys.first {
            if value.plainText == "default" {
                byPath[key.path] = nil
            } else {
                byPath[key.path] = Setting(name: name, keyPosition: position, value: value, algorithms: found.keys.flatMap(\.algorithms))
                if key.type == .parameters { reportDuplicates(in: value) }
            }
        } else if let section = found.section {
            guard value.isNull || value.plainText == "default" else {
                let message = "'\(name)' is a section"
                problems.append(.init(at: position, message, suggestion: "set one of its keys, or null to clear it"))
                return
            }
            // An empty section is one whose keys were never set.
            for path in byPath.keys where path.hasPrefix(section + ".") { byPath[path] = nil }
        } else {
            problems.append(.init(at: position, "unknown key '\(name)'", suggestion: schema.suggestion(forPath: name)))
        }
    }

    /// Sets one value inside a free mapping and keeps the others.
    private mutating func setParameter(
        _ key: KeyDescription, _ path: [String], _ value: SourceNode, at position: SourcePosition
    ) {
        guard !path.contains("") else {
            problems.append(.init(at: position, "a key may not be empty"))
            return
        }
        var setting =
            byPath[key.path]
            ?? Setting(name: key.leaf, keyPosition: position, value: SourceNode(content: .mapping([]), position: position))
        setting.value = Self.setting(setting.value, path[...], to: value, at: position)
        byPath[key.path] = setting
    }

    private static func setting(
        _ node: SourceNode, _ path: ArraySlice<String>, to value: SourceNode, at position: SourcePosition
    ) -> SourceNode {
        guard let name = path.first else { return value }
        // Anything but a mapping gives way to one.
        var entries: [SourceNode.Entry] = []
        if case .mapping(let present) = node.content { entries = present }
        let old = entries.first { $0.key == name }?.value ?? SourceNode(content: .mapping([]), position: position)
        entries.removeAll { $0.key == name }
        if !(path.count == 1 && value.plainText == "default") {
            let new = setting(old, path.dropFirst(), to: value, at: position)
            entries.append(.init(key: name, keyPosition: position, value: new))
        }
        return SourceNode(content: .mapping(entries), position: node.position)
    }
}
