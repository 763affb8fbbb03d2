import Foundation

/// A small plot in characters, for terminals.
public struct TextPlot: Sendable {
    public enum Glyphs: Sendable {
        /// Lines of 2 × 4 dots a character (U+2800 and up); several series.
        case braille
        /// Columns in eighths of a character; the first series only.
        case blocks
    }

    public var title: String
    public var series: [(label: String, points: [CurvePoint])]
    /// Characters inside the axes.
    public var columns: Int
    public var rows: Int
    public var glyphs: Glyphs
    /// Range of values shown; nil fits the data.
    public var range: ClosedRange<Double>?

    public init(
        title: String = "", series: [(label: String, points: [CurvePoint])], columns: Int = 60, rows: Int = 10, glyphs: Glyphs = .braille,
        range: ClosedRange<Double>? = nil
    ) {
        precondition(columns > 0 && rows > 0, "a text plot needs at least one column and one row")
        self.title = title
        self.series = series
        self.columns = columns
        self.rows = rows
        self.glyphs = glyphs
        self.range = range
    }

    /// Lines ended by newlines: title, plot with its greatest, middle and least value at the left, first and last step below, labels.
    public func text(colour: Bool = false) -> String {
        let shown = (glyphs == .blocks ? Array(series.prefix(1)) : series).map { ($0.label, $0.points.filter { $0.step.isFinite && $0.value.isFinite }) }
        let points = shown.flatMap(\.1)
        let head = title.isEmpty ? "" : title + "\n"
        guard !points.isEmpty else { return head + "  (no values yet)\n" }
        let x = Axis(covering: points.map(\.step), padding: 0)
        let y = range.map { Axis($0) } ?? Axis(covering: points.map(\.value), padding: 0)
        let cells = glyphs == .braille ? braille(shown.map(\.1), x, y) : blocks(shown[0].1, x, y)

        // Values at the left: one for the top, the middle and the bottom line.
        let largest = max(abs(y.low), abs(y.high))
        var decimals = largest >= 100 ? 0 : min(NumberText.decimals(for: largest), 6)
        // A narrow range far from 0 still needs labels that differ.
        while decimals < 6, (y.high - y.low) * pow(10, Double(decimals)) < 4 { decimals += 1 }
        var labels = [String](repeating: "", count: rows)
        labels[0] = NumberText.grouped(y.high, decimals: decimals)
        if rows > 4 { labels[rows / 2] = NumberText.grouped(y.high + (y.low - y.high) * (Double(rows / 2) + 0.5) / Double(rows), decimals: decimals) }
        if rows > 1 { labels[rows - 1] = NumberText.grouped(y.low, decimals: decimals) }
        let width = labels.map(\.count).max() ?? 0
        var lines = cells.enumerated().map { r, line in
            let mark = labels[r].isEmpty ? "│" : "┤"
            let characters = line.map { cell in
                guard colour, let owner = cell.owner, series.count > 1 else { return String(cell.character) }
                return Self.colours[owner % Self.colours.count] + String(cell.character) + ANSI.reset
            }
            return String(repeating: " ", count: width - labels[r].count) + labels[r] + mark + characters.joined()
        }

        // Steps below, legend last.
        let (first, last) = (NumberText.steps(x.low), NumberText.steps(x.high))
        let indent = String(repeating: " ", count: width)
        lines.append(indent + "└" + String(repeating: "─", count: columns))
        lines.append(indent + " " + first + String(repeating: " ", count: max(1, columns - first.count - last.count)) + last)
        if shown.count > 1 {
            let names = shown.enumerated().map { colour ? "\(Self.colours[$0 % Self.colours.count])━\(ANSI.reset) \($1.0)" : $1.0 }
            lines.append(indent + " " + names.joined(separator: "   "))
        }
        return head + lines.map { $0 + "\n" }.joined()
    }

    /// Values in one line of block characters, for tables; of more than `width` values neighbours are averaged. A gap is a space.
    public static func sparkline(_ values: [Double], width: Int = 20) -> String {
        precondition(width > 0, "a sparkline needs a width")
        let count = min(width, values.count)
        let means = (0..<count).map { i -> Double in
            let part = values[i * values.count / count..<(i + 1) * values.count / count].filter(\.isFinite)
            return part.isEmpty ? .nan : Statistics.mean(part)
        }
        let finite = means.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return String(repeating: " ", count: count) }
        return String(means.map { value in
            guard value.isFinite else { return " " }
            return eighths[high > low ? 1 + Int(((value - low) / (high - low) * 7).rounded()) : 4]
        })
    }

    private typealias Cell = (character: Character, owner: Int?)
    private static let eighths = Array(" ▁▂▃▄▅▆▇█")
    /// Blue, yellow, magenta, cyan, green.
    private static let colours = [34, 33, 35, 36, 32].map { "\u{1B}[\($0)m" }

    private func braille(_ curves: [[CurvePoint]], _ x: Axis, _ y: Axis) -> [[Cell]] {
        // Bits of a cell's dots, by column and row within it (Unicode 15, Braille Patterns).
        let bits: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
        let (width, height) = (2 * columns, 4 * rows)
        var masks = [UInt32](repeating: 0, count: columns * rows)
        var owners = [Int?](repeating: nil, count: columns * rows)
        for (number, curve) in curves.enumerated() {
            var previous: (x: Int, y: Int)?
            for point in curve {
                let dot = (x: Int((x.fraction(point.step) * Double(width - 1)).rounded()), y: height - 1 - Int((Self.inside(y.fraction(point.value)) * Double(height - 1)).rounded()))
                // From the dot before, in as many steps as the longer side.
                let from = previous ?? dot
                let length = max(abs(dot.x - from.x), abs(dot.y - from.y), 1)
                for i in 0...length {
                    let share = Double(i) / Double(length)
                    let column = from.x + Int((Double(dot.x - from.x) * share).rounded())
                    let row = from.y + Int((Double(dot.y - from.y) * share).rounded())
                    masks[row / 4 * columns + column / 2] |= bits[column % 2][row % 4]
                    owners[row / 4 * columns + column / 2] = number
                }
                previous = dot
            }
        }
        return (0..<rows).map { row in
            (0..<columns).map { column in
                let i = row * columns + column
                return (Unicode.Scalar(0x2800 + masks[i]).map(Character.init) ?? " ", owners[i])
            }
        }
    }

    private func blocks(_ curve: [CurvePoint], _ x: Axis, _ y: Axis) -> [[Cell]] {
        // Mean of the values in each column; a column between points takes the line between them.
        let levels = (0..<columns).map { column -> Int in
            let (start, end) = (Double(column) / Double(columns), Double(column + 1) / Double(columns))
            let inside = curve.filter { x.fraction($0.step) >= start && (x.fraction($0.step) < end || column == columns - 1) }.map(\.value)
            let value = inside.isEmpty ? Curve.value(of: curve, at: x.low + (start + end) / 2 * (x.high - x.low)) ?? y.low : Statistics.mean(inside)
            return max(1, Int((Self.inside(y.fraction(value)) * Double(8 * rows)).rounded()))
        }
        return (0..<rows).map { row in
            levels.map { (Self.eighths[min(8, max(0, $0 - 8 * (rows - 1 - row)))], 0) }
        }
    }

    private static func inside(_ fraction: Double) -> Double { min(1, max(0, fraction)) }
}
