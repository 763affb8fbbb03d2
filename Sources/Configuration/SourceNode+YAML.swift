import Yams

extension SourceNode {
    /// Largest number of values in one file; anchors that expand without end stop here.
    private static let nodeLimit = 20_000

    /// Parses one YAML document.
    ///
    /// - Parameters:
    ///   - text: the YAML text.
    ///   - place: the position of a line and column of `text`, both from 1.
    /// - Returns: nil for a text without any value.
    /// - Throws: `ConfigurationError` for text that is not YAML.
    static func parse(_ text: String, place: @Sendable (Int, Int) -> SourcePosition) throws -> SourceNode? {
        var lines = Lines(text)
        var renamed: [SourcePosition: String] = [:]
        while true {
            do {
                guard let root = try Yams.compose(yaml: lines.joined, .basic) else { return nil }
                var budget = nodeLimit
                return try SourceNode(root, place: place, renamed: renamed, budget: &budget)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                // Yams stops at a key written twice. Mark the first of the two, at its own place, and go on,
                // so that this error is reported together with all others.
                let position = place(context.mark.line, context.mark.column)
                guard let key = keys.first, lines.mark(key, at: context.mark, number: renamed.count) else {
                    throw ConfigurationError([.init(at: position, "duplicate key '\(keys.first ?? "")'")])
                }
                renamed[position] = key
            } catch let error as YamlError {
                throw ConfigurationError([problem(error, lines: lines, place: place)])
            }
        }
    }

    private init(
        _ node: Node, place: (Int, Int) -> SourcePosition, renamed: [SourcePosition: String], budget: inout Int
    ) throws {
        let mark = node.mark
        position = place(mark?.line ?? 1, mark?.column ?? 1)
        budget -= 1
        guard budget > 0 else {
            throw ConfigurationError([.init(at: position, "the file has more than \(Self.nodeLimit) values")])
        }
        switch node {
        case .scalar(let scalar):
            content = .scalar(scalar.string, quoted: scalar.style != .plain && scalar.style != .any)
        case .sequence(let items):
            var nodes: [SourceNode] = []
            for item in items {
                nodes.append(try SourceNode(item, place: place, renamed: renamed, budget: &budget))
            }
            content = .sequence(nodes)
        case .mapping(let pairs):
            var entries: [Entry] = []
            for (key, value) in pairs {
                let keyPosition = place(key.mark?.line ?? 1, key.mark?.column ?? 1)
                guard let name = renamed[keyPosition] ?? key.scalar?.string else {
                    throw ConfigurationError([.init(at: keyPosition, "a key must be a single word")])
                }
                let value = try SourceNode(value, place: place, renamed: renamed, budget: &budget)
                entries.append(Entry(key: name, keyPosition: keyPosition, value: value))
            }
            content = .mapping(entries)
        case .alias:
            throw ConfigurationError([.init(at: position, "an alias without its anchor")])
        }
    }

    /// The parser's complaint in this module's words.
    private static func problem(
        _ error: YamlError, lines: Lines, place: (Int, Int) -> SourcePosition
    ) -> ConfigurationProblem {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let position = place(mark.line, mark.column)
            // Lines mean nothing inside an option.
            var around = context.map { " \($0.text)" } ?? ""
            if case .file = position, let context { around += " that starts at line \(context.mark.line)" }
            let hint = lines.isIndentedByTab(mark.line) ? "indent with spaces, not with tabs" : ""
            return .init(at: position, "not valid YAML: \(problem)\(around)", suggestion: hint)
        case .reader(let problem, let offset, _, _):
            let (line, column) = lines.place(ofCharacter: offset ?? 0)
            return .init(at: place(line, column), "not valid YAML: \(problem)")
        default:
            return .init(at: place(1, 1), "not valid YAML: \(error)")
        }
    }
}

/// The lines of a text as Unicode scalars, which is how the YAML parser counts columns.
private struct Lines {
    private var lines: [[Unicode.Scalar]]

    init(_ text: String) {
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    }

    var joined: String {
        var scalars = String.UnicodeScalarView()
        for (index, line) in lines.enumerated() {
            if index > 0 { scalars.append("\n") }
            scalars.append(contentsOf: line)
        }
        return String(scalars)
    }

    /// Replaces the first letter of `key` at `mark` by a private one, so that the key becomes unique and keeps its length.
    mutating func mark(_ key: String, at mark: Mark, number: Int) -> Bool {
        guard let first = key.unicodeScalars.first, number < 0x1000, let stand = Unicode.Scalar(0xE000 + UInt32(number)),
            lines.indices.contains(mark.line - 1)
        else { return false }
        var column = mark.column - 1
        let line = lines[mark.line - 1]
        guard line.indices.contains(column) else { return false }
        if line[column] == "\"" || line[column] == "'" { column += 1 }
        guard line.indices.contains(column), line[column] == first else { return false }
        lines[mark.line - 1][column] = stand
        return true
    }

    /// Whether a tab stands in the indentation of line `number` (from 1).
    func isIndentedByTab(_ number: Int) -> Bool {
        guard lines.indices.contains(number - 1) else { return false }
        return lines[number - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    /// Line and column, from 1, of the character at `offset`.
    func place(ofCharacter offset: Int) -> (Int, Int) {
        var rest = offset
        for (index, line) in lines.enumerated() {
            if rest <= line.count { return (index + 1, rest + 1) }
            rest -= line.count + 1
        }
        return (max(lines.count, 1), 1)
    }
}
