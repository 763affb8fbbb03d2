extension Configuration {
    /// The complete effective configuration as commented YAML in a fixed order; parsing it gives an equal value.
    public func resolvedYAML() -> String {
        let values = values
        var lines = [
            "# Effective configuration, written by Crest. Training from this file gives the same run.",
            "# hash \(hash)",
        ]
        var open = ""
        for key in activeKeys(values) {
            if key.section != open {
                lines += Self.header(of: key.section, after: open)
                open = key.section
            }
            let indent = String(repeating: "  ", count: key.section.isEmpty ? 0 : key.section.split(separator: ".").count)
            let value = values[key.path] ?? .null
            if case .mapping(let entries) = value, key.type == .parameters, !entries.isEmpty {
                lines.append("\(indent)\(key.leaf):  # \(key.summary)")
                for (name, inner) in entries.sorted(by: { $0.key < $1.key }) {
                    lines.append("\(indent)  \(ConfigurationValue.quotedIfNeeded(name)): \(inner.text)")
                }
            } else if case .list(let items) = value, key.type == .shaping || key.type == .stages {
                lines.append("\(indent)\(key.leaf):  # \(key.summary)")
                lines += items.map { "\(indent)  - \($0.text)" }
            } else {
                lines.append(Self.commented("\(indent)\(key.leaf): \(value.text)", key.summary))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Every key that has an effect with its value as YAML text, in a fixed order; the environment's own and the stages of a
    /// curriculum (numbered from 0) one by one.
    public func flattened() -> [(key: String, value: String)] { flattenedValues().map { ($0.key, $0.value.text) } }

    /// The same with the values as they are.
    func flattenedValues() -> [(key: String, value: ConfigurationValue)] {
        let values = values
        var rows: [(key: String, value: ConfigurationValue)] = []
        for key in activeKeys(values) {
            let value = values[key.path] ?? .null
            if case .mapping(let entries) = value, key.type == .parameters {
                for (name, inner) in entries.sorted(by: { $0.key < $1.key }) { rows.append(("\(key.path).\(name)", inner)) }
            } else if case .list(let items) = value, key.type == .stages {
                for (index, item) in items.enumerated() { rows.append(("\(key.path).\(index)", item)) }
            } else {
                rows.append((key.path, value))
            }
        }
        return rows
    }

    /// 64-bit FNV-1a in 16 hex digits over `flattened()`: all that decides the bits of a run, seed included.
    /// Not covered: `name`, `machine.threads` and `logging`, which change no result.
    public var hash: String { digest { _ in true } }

    /// Whether a hash was made of this configuration, by this version or by an older one, whose files lack the keys that came later: their defaults
    /// are what it did.
    public func hasHash(_ stored: String) -> Bool { stored == hash || stored == digest { origins.isWritten($0) } }

    private func digest(of isCounted: (String) -> Bool) -> String {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        for (key, value) in flattened() where key != "name" && key != "machine.threads" && !key.hasPrefix("logging.") && isCounted(key) {
            // Runs from before there was memory keep their hash.
            if key == "algorithm.use_lstm", value == "false" { continue }
            for byte in "\(key): \(value)\n".utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Keys of this algorithm whose conditions hold, in the schema's order; shaping and curriculum only if there are any.
    private func activeKeys(_ values: [String: ConfigurationValue]) -> [KeyDescription] {
        Schema.standard.keys.filter { key in
            if key.type == .shaping || key.type == .stages, values[key.path] == key.fallback { return false }
            return key.isUsed(by: algorithm.name)
                && key.conditions.allSatisfy { $0.holds(in: values) }
        }
    }

    /// Lines that open a section; the outer one too if it is not open yet.
    private static func header(of section: String, after open: String) -> [String] {
        let parts = section.split(separator: ".").map(String.init)
        let opened = open.split(separator: ".").map(String.init)
        var lines: [String] = []
        for depth in parts.indices where depth >= opened.count || opened[depth] != parts[depth] {
            let path = parts[...depth].joined(separator: ".")
            let indent = String(repeating: "  ", count: depth)
            if depth == 0 { lines.append("") }
            if let summary = Schema.standard.sections.first(where: { $0.path == path })?.summary {
                lines.append("\(indent)# \(summary)")
            }
            lines.append("\(indent)\(parts[depth]):")
        }
        return lines
    }

    /// `setting` with `comment` beside it, in one column as far as possible.
    private static func commented(_ setting: String, _ comment: String) -> String {
        setting + String(repeating: " ", count: max(2, 40 - setting.count)) + "# " + comment
    }
}
