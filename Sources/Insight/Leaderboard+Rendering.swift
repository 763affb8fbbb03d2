import Foundation

extension Leaderboard {
    /// The ranking and its findings for a terminal.
    public func text(colour: Bool = false) -> String {
        func paint(_ comparison: Comparison) -> String {
            guard colour, !comparison.sameWeights, let difference = comparison.difference, difference.isSignificant else { return comparison.sentence }
            return (difference.mean > 0 ? ANSI.green : ANSI.red) + comparison.sentence + ANSI.reset
        }
        var sections = [table.text(colour: colour)]
        if !notes.isEmpty { sections.append(notes.map { "note: \($0)\n" }.joined()) }
        if let lead { sections.append(paint(lead) + "\n") }
        if !bestAgainstLast.isEmpty { sections.append("Best against last checkpoint\n" + bestAgainstLast.map { "  \(paint($0))\n" }.joined()) }
        if !configurationDifferences.isEmpty {
            sections.append("Configuration: where \(rows[0].run) differs from the others\n" + differenceTable.text(colour: colour))
        }
        return sections.joined(separator: "\n")
    }

    public func markdown() -> String {
        var sections = [table.markdown()]
        if !notes.isEmpty { sections.append(notes.map { "- \($0)\n" }.joined()) }
        if let lead { sections.append(lead.sentence + "\n") }
        if !bestAgainstLast.isEmpty { sections.append("### Best against last checkpoint\n\n" + bestAgainstLast.map { "- \($0.sentence)\n" }.joined()) }
        if !configurationDifferences.isEmpty {
            sections.append("### Configuration: where \(rows[0].run) differs from the others\n\n" + differenceTable.markdown())
        }
        return sections.joined(separator: "\n")
    }

    /// One line a row with unrounded numbers; an unknown interval leaves its cells empty.
    public func csv() -> String {
        let titles = [
            "rank", "run", "checkpoint", "steps", "seed", "episodes", "mean", "std", "min", "median", "max", "length_mean", "success_rate",
            "success_low", "success_high", "ci95_low", "ci95_high", "duplicate_of_rank", "duplicate_of_run", "duplicate_reason",
        ]
        var table = TextTable(titles.map { TextTable.Column($0) })
        for row in rows {
            let f = row.figures
            let numbers = [f.mean, f.std, f.min, f.median, f.max, f.lengthMean, f.successRate, row.successInterval.low, row.successInterval.high]
            let interval = f.interval.map { ["\($0.low)", "\($0.high)"] } ?? ["", ""]
            let duplicate = row.duplicate.map { ["\($0.rank)", $0.run, $0.reason.rawValue] } ?? ["", "", ""]
            let checkpoint = if case .step(let step) = row.checkpoint { "\(step)" } else { row.checkpoint.description }
            table.add(["\(row.rank)", row.run, checkpoint, "\(row.steps)", "\(row.seed)", "\(f.episodes)"] + numbers.map { "\($0)" } + interval + duplicate)
        }
        return table.csv()
    }

    /// All of it as one JSON object with sorted keys.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        } catch {
            throw InsightError("a figure is not finite and JSON has no word for that", place: "leaderboard", hint: "evaluate the run again")
        }
    }

    /// The ranking without the findings.
    public var table: TextTable {
        let titles = ["Rank", "Run", "Checkpoint", "Steps", "Mean ± deviation", "Min", "Median", "Max", "Length", "Success", "95 % interval", "Note"]
        var table = TextTable(titles.map { TextTable.Column($0, ["Run", "Checkpoint", "Note"].contains($0) ? .left : .right) })
        // The same number of decimals everywhere, so that the columns can be read down.
        let decimals = NumberText.decimals(for: rows.map { max(abs($0.figures.min), abs($0.figures.max), abs($0.figures.mean)) }.max() ?? 0)
        func text(_ value: Double) -> String { NumberText.fixed(value, decimals: decimals) }
        for row in rows {
            let f = row.figures
            let note = row.duplicate.map { "duplicate of rank \($0.rank), \($0.run) (\($0.checkpoint)): \($0.reason.rawValue)" } ?? ""
            table.add([
                "\(row.rank)", row.run, row.checkpoint.description, NumberText.steps(Double(row.steps)), "\(text(f.mean)) ± \(text(f.std))",
                text(f.min), text(f.median), text(f.max), NumberText.trimmed(f.lengthMean, decimals: 1), NumberText.percent(f.successRate),
                f.interval.map { "\(text($0.low)) to \(text($0.high))" } ?? "unknown", note,
            ], emphasis: row.duplicate != nil ? .dim : row.rank == 1 ? .strong : .plain)
        }
        return table
    }

    private var differenceTable: TextTable {
        var table = TextTable([.init("Key"), .init("Best", .right), .init("Others")])
        for difference in configurationDifferences {
            let others = difference.others.map { "\($0.value ?? "not set") in \($0.runs.joined(separator: ", "))" }
            table.add([difference.key, difference.best ?? "not set", others.joined(separator: "; ")])
        }
        return table
    }
}
