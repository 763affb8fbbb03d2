import Testing

@testable import Insight

@Suite struct TextPlotTests {
    private let rising = (0...40).map { CurvePoint(Double($0) * 25_000, Double($0) * 10) }

    @Test func brailleDrawsTheDiagonal() {
        let text = TextPlot(title: "return", series: [("a", rising)], columns: 10, rows: 5).text()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == 8 && lines[0] == "return")
        #expect(lines[1].hasPrefix("400┤") && lines[3].hasPrefix("200┤") && lines[5].hasPrefix("  0┤"))
        // 20 × 20 dots: each cell of 2 × 4 holds a piece of the diagonal, two cells a row.
        for row in 1...5 {
            let cells = lines[row].drop { $0 != "┤" && $0 != "│" }.dropFirst()
            let inked = cells.enumerated().filter { $0.element != "\u{2800}" }.map(\.offset)
            #expect(inked == [10 - 2 * row, 11 - 2 * row])
        }
        #expect(lines[5].contains("⡠⠊"))
        #expect(lines[6] == "   └──────────" && lines[7] == "    0       1M")
    }

    @Test func severalSeriesHaveColoursAndNames() {
        let plot = TextPlot(series: [("up", rising), ("flat", [CurvePoint(0, 100), CurvePoint(1e6, 100)])], columns: 20, rows: 6)
        #expect(plot.text().hasSuffix("up   flat\n") && !plot.text().contains("\u{1B}"))
        #expect(plot.text(colour: true).contains("\u{1B}[34m━\u{1B}[0m up") && plot.text(colour: true).contains("\u{1B}[33m⠒"))
    }

    @Test func blocksRise() {
        // Column means 20, 70, … 320, 375 of 400, in eighths.
        let text = TextPlot(series: [("a", rising)], columns: 8, rows: 1, glyphs: .blocks, range: 0...400).text()
        #expect(text.split(separator: "\n")[0] == "400┤▁▁▂▃▄▅▆█")
        let tall = TextPlot(series: [("a", rising)], columns: 8, rows: 4, glyphs: .blocks).text().split(separator: "\n")
        #expect(tall[3].hasSuffix("█") && tall[0].contains(" "))
    }

    @Test func survivesOddInput() {
        #expect(TextPlot(title: "t", series: []).text() == "t\n  (no values yet)\n")
        #expect(TextPlot(series: [("a", [CurvePoint(0, .nan)])]).text() == "  (no values yet)\n")
        #expect(!TextPlot(series: [("a", [CurvePoint(5, 3)])], columns: 4, rows: 1).text().isEmpty)
        // Values outside a given range stay inside the plot.
        #expect(TextPlot(series: [("a", [CurvePoint(0, -1e9), CurvePoint(1, 1e9)])], columns: 4, rows: 2, range: 0...1).text().contains("┤"))
    }

    @Test func sparklines() {
        #expect(TextPlot.sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(TextPlot.sparkline([1, .nan, 1]) == "▄ ▄" && TextPlot.sparkline([]).isEmpty)
        #expect(TextPlot.sparkline((0..<1000).map(Double.init), width: 8) == "▁▂▃▄▅▆▇█")
    }
}
