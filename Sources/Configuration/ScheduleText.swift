import Core

/// Schedules as written: `3e-4`, `3e-4 -> 3e-5`, `lin_3e-4`, `cos_3e-4`, `{linear: {from: 3e-4, to: 3e-5, end: 2M}}`, `{cosine: {…}}`,
/// `{piecewise: [[0, 3e-4], [1M, 3e-5]]}`, `{steps: [[0, 3e-4], [1M, 3e-5]]}`, `{two_phase: {first: 3e-4, second: 3e-5, at: 2M}}`.
enum ScheduleText {
    static let forms = "a number, 'FROM -> TO', 'lin_FROM', 'cos_FROM', or a mapping of \(kinds.joined(separator: ", "))"
    private static let kinds = ["linear", "cosine", "piecewise", "steps", "two_phase"]

    /// Something wrong inside a schedule: where, what, and what to do.
    struct Fault: Error {
        var position: SourcePosition
        var message: String
        var suggestion = ""
    }

    /// - Parameter horizon: the step at which a schedule without an `end` arrives (total_timesteps).
    /// - Returns: nil if `node` is none of the forms.
    /// - Throws: `Fault` if it is one of them with a mistake inside.
    static func schedule(_ node: SourceNode, horizon: Int) throws(Fault) -> Schedule? {
        switch node.content {
        case .scalar(let text, _): return schedule(text, quoted: node.plainText == nil, horizon: horizon)
        case .mapping(let entries): return try schedule(entries, horizon: horizon)
        case .sequence: return nil
        }
    }

    /// Whether `node` is `FROM -> TO`, which names the ends and leaves the way between them to a rule.
    static func isArrow(_ node: SourceNode) -> Bool {
        guard case .scalar(let text, _) = node.content else { return false }
        return text.contains("->") || text.contains("→")
    }

    private static func schedule(_ text: String, quoted: Bool, horizon: Int) -> Schedule? {
        if !quoted, let value = NumberText.number(text) { return .constant(value) }
        // Stable-Baselines3's zoo: straight to zero.
        if text.hasPrefix("lin_") {
            return NumberText.number(String(text.dropFirst(4))).map { .linear(from: $0, to: 0, start: 0, end: horizon) }
        }
        if text.hasPrefix("cos_") {
            return NumberText.number(String(text.dropFirst(4))).map { .cosine(from: $0, to: 0, start: 0, end: horizon) }
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

    private static func schedule(_ entries: [SourceNode.Entry], horizon: Int) throws(Fault) -> Schedule? {
        guard entries.count == 1, let entry = entries.first else { return nil }
        switch entry.key {
        case "linear", "cosine":
            let fields = try Fields(entry, names: ["from", "to", "start", "end"])
            let (from, to) = (try fields.number("from"), try fields.number("to"))
            let (start, end) = (try fields.step("start", default: 0), try fields.step("end", default: horizon))
            guard start < end else {
                let message = "'\(entry.key)' starts at step \(start), which is not before its end at \(end)"
                throw Fault(position: fields.position(of: "start", "end"), message: message)
            }
            return entry.key == "linear"
                ? .linear(from: from, to: to, start: start, end: end) : .cosine(from: from, to: to, start: start, end: end)
        case "piecewise": return .piecewise(try points(entry))
        case "steps": return .steps(try points(entry))
        case "two_phase":
            let fields = try Fields(entry, names: ["first", "second", "at"])
            let (first, second, at) = (try fields.number("first"), try fields.number("second"), try fields.step("at", default: nil))
            guard at > 0 else { throw Fault(position: fields.position(of: "at"), message: "'at' must be at least 1, not 0") }
            return .twoPhase(first: first, second: second, at: at)
        default:
            guard let near = Schema.nearest(to: entry.key, among: kinds) else { return nil }
            throw Fault(position: entry.keyPosition, message: "unknown schedule '\(entry.key)'", suggestion: "did you mean '\(near)'?")
        }
    }

    /// `[[STEP, VALUE], …]` with ascending steps.
    private static func points(_ entry: SourceNode.Entry) throws(Fault) -> [SchedulePoint] {
        let example = "write {\(entry.key): [[0, 3e-4], [1M, 3e-5]]}"
        guard case .sequence(let items) = entry.value.content else {
            let message = "'\(entry.key)' must be a list of [step, value], not \(entry.value.shown)"
            throw Fault(position: entry.value.position, message: message, suggestion: example)
        }
        guard !items.isEmpty else {
            throw Fault(position: entry.value.position, message: "'\(entry.key)' needs at least one [step, value]", suggestion: example)
        }
        var points: [SchedulePoint] = []
        for item in items {
            guard case .sequence(let pair) = item.content, pair.count == 2 else {
                let message = "a point of '\(entry.key)' must be [step, value], not \(item.shown)"
                throw Fault(position: item.position, message: message, suggestion: example)
            }
            guard let step = pair[0].plainText.flatMap(NumberText.integer), step >= 0 else {
                let message = "the step of a point must be a whole number, at least 0, not \(pair[0].shown)"
                throw Fault(position: pair[0].position, message: message)
            }
            guard let value = pair[1].plainText.flatMap(NumberText.number) else {
                throw Fault(position: pair[1].position, message: "the value of a point must be a number, not \(pair[1].shown)")
            }
            if let last = points.last, step <= last.step {
                let message = "the steps of '\(entry.key)' must ascend, but \(step) comes after \(last.step)"
                throw Fault(position: pair[0].position, message: message)
            }
            points.append(SchedulePoint(step: step, value: value))
        }
        return points
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// YAML text with every field written out, so that it no longer depends on total_timesteps.
    static func text(of schedule: Schedule) -> String {
        func text(_ kind: String, _ from: Double, _ to: Double, _ start: Int, _ end: Int) -> String {
            "{\(kind): {from: \(NumberText.text(of: from)), to: \(NumberText.text(of: to)), start: \(start), end: \(end)}}"
        }
        func text(_ kind: String, _ points: [SchedulePoint]) -> String {
            "{\(kind): [" + points.map { "[\($0.step), \(NumberText.text(of: $0.value))]" }.joined(separator: ", ") + "]}"
        }
        switch schedule {
        case .constant(let value): return NumberText.text(of: value)
        case .linear(let from, let to, let start, let end): return text("linear", from, to, start, end)
        case .cosine(let from, let to, let start, let end): return text("cosine", from, to, start, end)
        case .piecewise(let points): return text("piecewise", points)
        case .steps(let points): return text("steps", points)
        }
    }

    /// For tables of many columns: `0.02 -> 0.001 by 10M`, `0.0003, from 2M on 5.0e-05`.
    static func brief(_ schedule: Schedule) -> String {
        func number(_ value: Double) -> String { NumberText.text(of: value) }
        func steps(_ count: Int) -> String { NumberText.suffixed(count) }
        func way(_ from: Double, _ to: Double, _ start: Int, _ end: Int) -> String {
            "\(number(from)) -> \(number(to)) \(start > 0 ? "from \(steps(start)) " : "")by \(steps(end))"
        }
        switch schedule {
        case .constant(let value): return number(value)
        case .linear(let from, let to, let start, let end): return way(from, to, start, end)
        case .cosine(let from, let to, let start, let end): return "cosine " + way(from, to, start, end)
        case .piecewise(let points): return "lines " + points.map { "\(number($0.value)) at \(steps($0.step))" }.joined(separator: ", ")
        case .steps(let points):
            // The first value holds before its step, too.
            return points.enumerated().map { $0 == 0 ? number($1.value) : "from \(steps($1.step)) on \(number($1.value))" }.joined(separator: ", ")
        }
    }

    /// The name of the schedule's shape, as `lr_schedule` has it.
    static func shape(of schedule: Schedule) -> String {
        switch schedule {
        case .constant: "constant"
        case .linear: "linear"
        case .cosine: "cosine"
        case .piecewise: "piecewise"
        case .steps: "steps"
        }
    }

    /// The same schedule on a time axis stretched by `new / old`.
    static func rescaled(_ schedule: Schedule, from old: Int, to new: Int) -> Schedule {
        func moved(_ step: Int) -> Int { Int(min(Double(step) * Double(new) / Double(max(old, 1)), 0x1p62)) }
        // Squeezed together, points still keep a step between them.
        func moved(_ points: [SchedulePoint]) -> [SchedulePoint] {
            points.reduce(into: []) { result, point in
                let step = max(moved(point.step), (result.last?.step ?? -1) + 1)
                result.append(SchedulePoint(step: step, value: point.value))
            }
        }
        switch schedule {
        case .constant: return schedule
        case .linear(let from, let to, let start, let end):
            return .linear(from: from, to: to, start: moved(start), end: max(moved(start) + 1, moved(end)))
        case .cosine(let from, let to, let start, let end):
            return .cosine(from: from, to: to, start: moved(start), end: max(moved(start) + 1, moved(end)))
        case .piecewise(let points): return .piecewise(moved(points))
        case .steps(let points): return .steps(moved(points))
        }
    }

    /// The keys inside one schedule.
    private struct Fields {
        private let kind: String
        private let place: SourcePosition
        private var byName: [String: SourceNode] = [:]

        init(_ entry: SourceNode.Entry, names: [String]) throws(Fault) {
            kind = entry.key
            place = entry.value.position
            guard case .mapping(let fields) = entry.value.content else {
                let message = "'\(kind)' must be a mapping of \(names.joined(separator: ", ")), not \(entry.value.shown)"
                throw Fault(position: place, message: message)
            }
            for field in fields {
                guard names.contains(field.key) else {
                    let near = Schema.nearest(to: field.key, among: names).map { "did you mean '\($0)'?" }
                    let hint = near ?? "'\(kind)' has \(names.joined(separator: ", "))"
                    throw Fault(position: field.keyPosition, message: "unknown key '\(field.key)'", suggestion: hint)
                }
                guard byName[field.key] == nil else { throw Fault(position: field.keyPosition, message: "duplicate key '\(field.key)'") }
                byName[field.key] = field.value
            }
        }

        func position(of names: String...) -> SourcePosition { names.lazy.compactMap { byName[$0]?.position }.first ?? place }

        func number(_ name: String) throws(Fault) -> Double {
            guard let node = byName[name] else { throw Fault(position: place, message: "'\(kind)' lacks '\(name)'") }
            guard let value = node.plainText.flatMap(NumberText.number) else {
                throw Fault(position: node.position, message: "'\(name)' must be a number, not \(node.shown)")
            }
            return value
        }

        func step(_ name: String, default fallback: Int?) throws(Fault) -> Int {
            guard let node = byName[name] else {
                guard let fallback else { throw Fault(position: place, message: "'\(kind)' lacks '\(name)'") }
                return fallback
            }
            guard let value = node.plainText.flatMap(NumberText.integer), value >= 0 else {
                throw Fault(position: node.position, message: "'\(name)' must be a whole number, at least 0, not \(node.shown)")
            }
            return value
        }
    }
}
