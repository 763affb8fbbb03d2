/// A line of text for terminals, in pieces of one look each. Its width is counted before any escape sequence is added.
struct StyledLine {
    enum Style {
        case plain, strong, dim, good, bad

        var code: String {
            switch self {
            case .plain: ""
            case .strong: ANSI.bold
            case .dim: ANSI.dim
            case .good: ANSI.green
            case .bad: ANSI.bold + ANSI.red
            }
        }
    }

    private(set) var pieces: [(text: String, style: Style)] = []

    init(_ text: String = "", _ style: Style = .plain) { add(text, style) }

    /// Control characters, which could move the cursor, become question marks.
    mutating func add(_ text: String, _ style: Style = .plain) {
        let safe = String(text.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "?" : $0 })
        if !safe.isEmpty { pieces.append((safe, style)) }
    }

    var width: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// At most `width` characters; what is cut off ends in `…`.
    func text(width: Int, colour: Bool) -> String {
        var left = width
        let isCut = self.width > width
        if isCut { left -= 1 }
        var result = ""
        for piece in pieces where left > 0 {
            let shown = String(piece.text.prefix(left))
            left -= shown.count
            result += colour && piece.style != .plain ? piece.style.code + shown + ANSI.reset : shown
        }
        return isCut && width > 0 ? result + "…" : result
    }

    /// A text broken at spaces into lines of at most `width` characters, all but the first indented.
    static func wrapped(_ text: String, _ style: Style = .plain, width: Int, indent: Int = 0) -> [StyledLine] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: min(indent, max(0, width - 1))) + word
            } else {
                line += line.isEmpty ? String(word) : " " + word
            }
        }
        return (lines + [line]).map { StyledLine($0, style) }
    }
}
