import Foundation
import Runs

/// A run on one page of text: where it stands, how it does, what to be warned of, two curves. What `crest watch` shows.
public struct RunPicture: Sendable {
    public var snapshot: RunSnapshot
    public var history: RunHistory
    /// Names of the stages and how many there are; empty without a curriculum.
    public var stages: [String]
    public var now: Date
    /// Sentences that only the run's own means can tell, below the trend.
    public var notes: [String]

    let judgement: RunJudgement
    let speed: RunSpeed

    public init(_ snapshot: RunSnapshot, _ history: RunHistory, stages: [String] = [], notes: [String] = [], now: Date = Date()) {
        self.snapshot = snapshot
        self.history = history
        self.stages = stages
        self.notes = notes
        self.now = now
        judgement = RunJudgement(history)
        let steps = snapshot.progress.column("steps") ?? []
        let seconds = snapshot.progress.column("wall_seconds") ?? []
        speed = RunSpeed(rows: zip(steps, seconds).map { ($0, $1) }, total: Double(snapshot.information.totalTimesteps))
    }

    /// The page.
    ///
    /// - Parameters:
    ///   - width: characters a line at most, at least 20.
    ///   - height: lines at most; nil: as many as it takes.
    /// - Returns: lines without line breaks.
    public func lines(width: Int, height: Int? = nil, colour: Bool = false) -> [String] {
        let width = max(20, width)
        var lines = head(width) + alertLines(width) + table() + verdicts(width)
        if let height, lines.count >= height { lines = Array(lines.prefix(max(1, height))) }
        let text = lines.map { $0.text(width: width, colour: colour) }
        return text + curves(width: width, height: height.map { $0 - lines.count }, colour: colour)
    }

    /// Whether the run has ended for good. A killed or interrupted one may be resumed.
    public var isOver: Bool { snapshot.status == .finished || snapshot.status == .stopped || snapshot.status == .failed }

    // MARK: Head

    private func head(_ width: Int) -> [StyledLine] {
        let information = snapshot.information
        var title = StyledLine(information.name, .strong)
        title.add("  \(information.environment)  \(information.algorithm)  seed \(information.seed)")
        var lines = [title] + status(width)

        let (step, total) = (history.step, history.totalSteps)
        let share = total > 0 ? min(1, step / total) : 0
        let label = " \(NumberText.fixed(100 * share, decimals: 1)) %  \(NumberText.steps(step)) of \(NumberText.steps(total)) steps"
        let room = max(5, min(50, width - label.count))
        let filled = Int(share * Double(room))
        var bar = StyledLine(String(repeating: "█", count: filled), .good)
        bar.add(String(repeating: "·", count: room - filled), .dim)
        bar.add(label)
        lines.append(bar)

        if let now = speed.now, let mean = speed.mean {
            func rate(_ value: Double) -> String { NumberText.grouped(value, decimals: value < 10 ? 1 : 0) + "/s" }
            let left = isOver ? "" : "   left \(speed.left.map(RunSpeed.text) ?? "–")"
            lines.append(StyledLine("speed \(rate(now)) now, \(rate(mean)) mean\(left)   elapsed \(RunSpeed.text(speed.elapsed))"))
        } else {
            let isExpected = snapshot.status == .running && history.evaluations.isEmpty
            lines.append(StyledLine(isExpected ? "no row yet: the first iteration is under way" : "no rows in progress.csv", .dim))
        }
        if let stage = history.stage {
            let name = stages.indices.contains(stage - 1) ? ": \(stages[stage - 1])" : ""
            lines.append(StyledLine("stage \(stage)\(stages.isEmpty ? "" : " of \(stages.count)")\(name), since step \(NumberText.steps(history.begunAt))"))
        }
        return lines
    }

    /// Seconds since anything was written.
    private var silence: Double { max(0, now.timeIntervalSince(snapshot.lastWritten)) }

    private func status(_ width: Int) -> [StyledLine] {
        let information = snapshot.information
        let age = RunSpeed.text(silence)
        let reason = information.statusReason.map { ": \($0)" } ?? ""
        switch snapshot.status {
        case .running:
            // Long against the time between rows: it may hang, or be suspended, or wait for the disk.
            let seconds = snapshot.progress.column("wall_seconds") ?? []
            let interval = seconds.count > 1 ? (seconds[seconds.count - 1] - seconds[0]) / Double(seconds.count - 1) : 60
            if silence > max(60, 10 * interval) { return [StyledLine("running (process \(information.pid)), but not written for \(age)", .bad)] }
            return [StyledLine("running, last written \(age) ago", .good)]
        case .interrupted where snapshot.wasKilled:
            return StyledLine.wrapped(
                "killed: process \(information.pid) is gone without a word; not written for \(age). Go on with: crest resume", .bad, width: width, indent: 2)
        case .interrupted: return StyledLine.wrapped("interrupted\(reason)", .strong, width: width, indent: 2)
        case .failed: return StyledLine.wrapped("failed\(reason)", .bad, width: width, indent: 2)
        case .finished: return [StyledLine("finished\(reason)", .good)]
        case .stopped: return StyledLine.wrapped("stopped\(reason)", .strong, width: width, indent: 2)
        }
    }

    private func alertLines(_ width: Int) -> [StyledLine] {
        judgement.alerts.flatMap { StyledLine.wrapped("ALERT \($0.kind.rawValue): \($0.evidence)", .bad, width: width, indent: 6) }
    }

    // MARK: Table

    private func table() -> [StyledLine] {
        var rows: [[String]] = [["", "success", "return", "at step", ""]]
        func add(_ label: String, _ record: EvaluationRecord, _ note: String) {
            let figures = record.figures
            let interval = figures.successInterval
            func whole(_ share: Double) -> String { NumberText.trimmed(100 * share, decimals: 0) }
            rows.append([
                label, "\(NumberText.percent(figures.successRate)) (\(whole(interval.low))–\(whole(interval.high)))",
                "\(RunJudgement.number(figures.mean)) ± \(RunJudgement.number(figures.std))", NumberText.steps(Double(record.step)),
                "\(figures.episodes) \(note)episode\(figures.episodes == 1 ? "" : "s")",
            ])
        }
        if let last = history.evaluations.last { add("now", last, "") }
        if let best = history.best { add("best", best, "fresh ") }
        if let peak = history.evaluations.max(by: { ($0.figures.successRate, $0.figures.mean) < ($1.figures.successRate, $1.figures.mean) }) { add("peak", peak, "") }
        if let row = history.training.last {
            func text(_ value: Double, _ body: (Double) -> String) -> String { value.isFinite ? body(value) : "–" }
            rows.append([
                "training", text(row.success, NumberText.percent), text(row.unshapedReturn, RunJudgement.number), NumberText.steps(row.step),
                "latest episodes, \(text(row.length) { NumberText.trimmed($0, decimals: 0) }) steps each",
            ])
        }
        guard rows.count > 1 else { return [] }
        let widths = rows[0].indices.map { c in rows.map { $0[c].count }.max() ?? 0 }
        return [StyledLine()] + rows.enumerated().map { r, row in
            let cells = row.enumerated().map { c, cell in
                c == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[c] - cell.count)
            }
            let line = String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
            return StyledLine(line, r == 0 ? .dim : .plain)
        }
    }

    // MARK: Sentences

    private func verdicts(_ width: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        if let (isSuccess, trend) = judgement.trend {
            // A unit of steps of about the window's own size keeps the numbers readable.
            let unit = pow(10, log10(trend.span).rounded(.down))
            func text(_ slope: Double) -> String {
                let value = slope * unit * (isSuccess ? 100 : 1)
                return (value > 0 ? "+" : "") + RunJudgement.number(value)
            }
            lines += StyledLine.wrapped(
                "trend: \(isSuccess ? "success" : "return") \(trend.direction.rawValue), \(text(trend.slope))\(isSuccess ? " points" : "") in \(NumberText.steps(unit)) steps "
                    + "(95 % \(text(trend.interval.low)) to \(text(trend.interval.high))), last \(trend.count) evaluations", .plain, width: width, indent: 7)
        } else if history.evaluations.isEmpty {
            lines.append(StyledLine("trend: no evaluation yet", .dim))
        } else {
            lines.append(StyledLine("trend: told from \(Trend.leastPoints) evaluations on, there are \(history.evaluations.count)", .dim))
        }
        lines += notes.flatMap { StyledLine.wrapped($0, width: width, indent: 2) }
        // What the guard did and what became of the run; a new best is in the table.
        let events = snapshot.events.filter { $0.kind != "best_replaced" }.suffix(3)
        lines += events.flatMap { StyledLine.wrapped("\(NumberText.steps(Double($0.step))) \($0.kind): \($0.message)", .strong, width: width, indent: 6) }
        return lines
    }
}
