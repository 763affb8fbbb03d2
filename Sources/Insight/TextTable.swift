/// A small table of strings, written as aligned text, Markdown or CSV.
public struct TextTable: Sendable, Equatable {
    public enum Alignment: Sendable { case left, right }
    /// How a row stands out where the terminal has colours.
    public enum Emphasis: Sendable { case plain, strong, dim }

    public struct Column: Sendable, Equatable {
        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    public var columns: [Column]
    public private(set) var rows: [[String]] = []
    private var emphases: [Emphasis] = []

    public init(_ columns: [Column]) { self.columns = columns }

    public mutating func add(_ cells: [String], emphasis: Emphasis = .plain) {
        precondition(cells.count == columns.count, "a row needs one cell for each column")
        rows.append(cells)
        emphases.append(emphasis)
    }

    /// Aligned columns two spaces apart under a rule, each line ended by a newline and without trailing spaces.
    public func text(colour: Bool = false) -> String {
        let widths = columns.indices.map { c in max(columns[c].title.count, rows.map { $0[c].count }.max() ?? 0) }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { c, cell in
                let space = String(repeating: " ", count: widths[c] - cell.count)
                return columns[c].alignment == .left ? cell + space : space + cell
            }
            let joined = padded.joined(separator: "  ")
            return String(joined.reversed().drop { $0 == " " }.reversed())
        }
        var lines = [line(columns.map(\.title)), widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")]
        for (cells, emphasis) in zip(rows, emphases) {
            let code = emphasis == .strong ? ANSI.bold : ANSI.dim
            lines.append(colour && emphasis != .plain ? code + line(cells) + ANSI.reset : line(cells))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    public func markdown() -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        func escaped(_ cell: String) -> String { cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
        return line(columns.map { escaped($0.title) }) + line(columns.map { $0.alignment == .left ? "---" : "---:" })
            + zip(rows, emphases).map { cells, emphasis in
                line(cells.map { emphasis == .strong && !$0.isEmpty ? "**\(escaped($0))**" : escaped($0) })
            }.joined()
    }

    /// RFC 4180 with plain newlines.
    public func csv() -> String {
        func quoted(_ cell: String) -> String {
            guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
            return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        return ([columns.map(\.title)] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
    }
}

/// Escape sequences for terminals.
enum ANSI {
    static let bold = "\u{1B}[1m"
    static let dim = "\u{1B}[2m"
    static let green = "\u{1B}[32m"
    static let red = "\u{1B}[31m"
    static let reset = "\u{1B}[0m"
}
