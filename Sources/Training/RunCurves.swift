import Foundation
import Insight
import Runs

extension TrainingCommands {
    /// Draws the learning curves of runs: return in a large panel, the evaluations' success, if there was any, and what explains them in small ones
    /// below.
    ///
    /// - Parameters:
    ///   - references: horizontal lines with a label each, e.g. a report's figure.
    ///   - output: path of the PNG file.
    /// - Throws: `RunError` for a run that can't be read, `TrainingError` for one without a row, `DrawingError`.
    public static func drawCurves(
        of references: [String], root: String, title: String?, lines: [(value: Double, label: String)], output: String, width: Int, height: Int
    ) throws {
        let figure = try curves(of: try references.map { try folder($0, root: root) }, title: title, lines: lines)
        do {
            try figure.render(width: width, height: height).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch let error as CocoaError {
            throw TrainingError("the picture can't be written (\(error.localizedDescription))", place: output, hint: "name a folder that exists and has room")
        }
    }

    static func curves(of folders: [RunFolder], title: String?, lines: [(value: Double, label: String)]) throws -> LearningCurveFigure {
        let runs = try folders.map { try RunCurve($0) }
        let names = Set(runs.map(\.environment)).sorted().joined(separator: ", ")
        var explanations = [
            LearningCurveFigure.Panel("episode length (steps)", series: runs.map { $0.series("length_mean") }),
            LearningCurveFigure.Panel("σ of actions", series: runs.map { $0.series("std") }),
            // SAC's policy has no old one to be compared with; its critics are what to look at.
            runs.contains(where: { $0.has("approx_kl") })
                ? LearningCurveFigure.Panel("approximate KL", series: runs.map { $0.series("approx_kl") })
                : LearningCurveFigure.Panel("mean Q", series: runs.map { $0.series("q_mean") }),
        ]
        if runs.contains(where: \.hasSucceeded) {
            explanations.insert(LearningCurveFigure.Panel("success in evaluations (%)", series: runs.map { $0.successes() }), at: 0)
        } else {
            explanations.append(LearningCurveFigure.Panel("stable rank of features", series: runs.map { $0.series("stable_rank") }))
        }
        return LearningCurveFigure(
            title: title ?? names, subtitle: runs.count == 1 ? runs[0].name : "",
            panels: [
                LearningCurveFigure.Panel(
                    "return", series: runs.map { $0.returns() }, references: lines.map { LearningCurveFigure.Reference($0.value, $0.label) })
            ] + explanations)
    }
}

/// A run's logs as series of a figure.
private struct RunCurve {
    let name: String
    let environment: String
    private let progress: ProgressTable
    private let evaluations: [EvaluationRecord]
    private let best: CurvePoint?
    /// Where the curriculum's later stages began.
    private let stages: [LearningCurveFigure.Mark]

    init(_ folder: RunFolder) throws {
        let information = try folder.information()
        name = information.name
        environment = information.environment
        progress = try folder.progress()
        guard !progress.rows.isEmpty else { throw TrainingError("the run has no row of progress yet", place: folder.path, hint: "wait for its first iteration") }
        evaluations = try folder.evaluations().filter { $0.kind == .periodic }
        // Counted, since older runs don't number their events.
        stages = try folder.events().filter { $0.kind == "promoted" }.enumerated().map { .init(Double($1.step), "stage \($0 + 2)") }
        best = information.bestMean.flatMap { mean in information.bestStep.map { CurvePoint(Double($0), mean) } }
    }

    private func points(_ column: String) -> [CurvePoint] {
        guard let steps = progress.column("steps"), let values = progress.column(column) else { return [] }
        return zip(steps, values).map { CurvePoint($0, $1) }
    }

    func has(_ column: String) -> Bool { progress.column(column) != nil }

    func series(_ column: String) -> LearningCurveFigure.Series { LearningCurveFigure.Series(name, raw: points(column), marks: stages) }

    var hasSucceeded: Bool { evaluations.contains { $0.figures.successes > 0 } }

    /// Success of the evaluations in per cent, with 95 % intervals.
    func successes() -> LearningCurveFigure.Series {
        let points = evaluations.map { record in
            let interval = record.figures.successInterval
            return BandPoint(Double(record.step), 100 * record.figures.successRate, low: 100 * interval.low, high: 100 * interval.high)
        }
        // Error bars of many evaluations would cover the small panel; a single one is no line.
        return LearningCurveFigure.Series(name, band: points.count > 1 ? points : [], evaluations: points.count > 1 ? [] : points, marks: stages)
    }

    /// Training return (the environment's own where it is shaped), evaluations with their 95 % intervals, the best, the stages.
    func returns() -> LearningCurveFigure.Series {
        LearningCurveFigure.Series(
            name, raw: points(progress.column("env/unshaped_return") == nil ? "return_mean" : "env/unshaped_return"),
            evaluations: evaluations.map { record in
                let interval = record.figures.interval
                return BandPoint(
                    Double(record.step), record.figures.mean, low: interval?.low ?? record.figures.mean, high: interval?.high ?? record.figures.mean)
            }, best: best, marks: stages)
    }
}
