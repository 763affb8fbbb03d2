import Core

/// Schedules as written: `3e-4`, `3e-4 -> 3e-5`, `lin_3e-4`, `{linear: {from: 3e-4, to: 3e-5, end: 2M}}`.
enum ScheduleText {
    static let forms = "a number, 'FROM -> TO', 'lin_FROM' or {linear: {from: …, to: …, end: …}}"

    /// - Parameter horizon: the step at which a schedule without an `end` arrives (total_timesteps).
    /// - Returns: nil if `node` is none of the forms.
    static func schedule(_ node: SourceNode, horizon: Int) -> Schedule? {
        switch node.content {
        case .scalar(let text, _): return schedule(text, quoted: node.plainText == nil, horizon: horizon)
        case .mapping(let entries): return schedule(entries, horizon: horizon)
        case .sequence: return nil
        }
    }

    private static func schedule(_ text: String, quoted: Bool, horizon: Int) -> Schedule? {
        if !quoted, let value = NumberText.number(text) { return .constant(value) }
        // Stable-Baselines3's zoo: straight to zero.
        if text.hasPrefix("lin_") {
            return NumberText.number(String(text.dropFirst(4))).map { .linear(from: $0, to: 0, start: 0, end: horizon) }
        }
        for arrow in ["->", "→"] {
            let parts = text.split(separator: arrow, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            guard let from = NumberText.number(trimmed(parts[0])), let to = NumberText.number(trimmed(parts[1])) else {
                return nil
            }
            return .linear(from: from, to: to, start: 0, end: horizon)
        }
        return nil
    }

    private static func schedule(_ entries: [SourceNode.Entry], horizon: Int) -> Schedule? {
        guard entries.count == 1, let entry = entries.first, entry.key == "linear",
            case .mapping(let fields) = entry.value.content
        else { return nil }
        var ends: [String: Double] = [:]
        var steps = ["start": 0, "end": horizon]
        for field in fields {
            guard let text = field.value.plainText else { return nil }
            switch field.key {
            case "from" where ends["from"] == nil, "to" where ends["to"] == nil:
                guard let value = NumberText.number(text) else { return nil }
                ends[field.key] = value
            case "start", "end":
                guard let value = NumberText.integer(text), value >= 0 else { return nil }
                steps[field.key] = value
            default: return nil
            }
        }
        guard let from = ends["from"], let to = ends["to"], let start = steps["start"], let end = steps["end"],
            start < end
        else { return nil }
        return .linear(from: from, to: to, start: start, end: end)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// YAML text with every field written out, so that it no longer depends on total_timesteps.
    static func text(of schedule: Schedule) -> String {
        switch schedule {
        case .constant(let value): return NumberText.text(of: value)
        case .linear(let from, let to, let start, let end):
            let ends = "from: \(NumberText.text(of: from)), to: \(NumberText.text(of: to))"
            return "{linear: {\(ends), start: \(start), end: \(end)}}"
        }
    }

    /// Every value that a schedule passes between, for range checks.
    static func extremes(of schedule: Schedule) -> [Double] {
        switch schedule {
        case .constant(let value): return [value]
        case .linear(let from, let to, _, _): return [from, to]
        }
    }

    /// The same schedule on a time axis stretched by `new / old`.
    static func rescaled(_ schedule: Schedule, from old: Int, to new: Int) -> Schedule {
        switch schedule {
        case .constant: return schedule
        case .linear(let from, let to, let start, let end):
            let scale = Double(new) / Double(max(old, 1))
            let newStart = Int(Double(start) * scale)
            return .linear(from: from, to: to, start: newStart, end: max(newStart + 1, Int(Double(end) * scale)))
        }
    }
}
