import Runs

extension RunPicture {
    private typealias CurveData = (title: String, points: [CurvePoint], range: ClosedRange<Double>?)

    /// The training's return, and the evaluations' success or, where that never changes, their return; what has no value yet is left out.
    private var curveData: [CurveData] {
        let training: CurveData = ("training return", history.training.map { CurvePoint($0.step, $0.unshapedReturn) }, nil)
        let success: CurveData = ("evaluation success (%)", history.successCurve.map { CurvePoint($0.step, 100 * $0.value) }, 0...100)
        let evaluation: CurveData = ("evaluation return", history.returnCurve, nil)
        let hasTraining = training.points.contains { $0.value.isFinite }
        let chosen = history.successVaries ? [hasTraining ? training : evaluation, success] : [training, evaluation]
        return chosen.filter { $0.points.contains { $0.value.isFinite } }
    }

    /// As many and as large as there is room for: side by side where it is wide, else one below the other, else one, else lines of eighths.
    func curves(width: Int, height: Int?, colour: Bool) -> [String] {
        let data = curveData
        guard let last = data.last else { return [] }
        // A blank line above; title, axis and steps belong to each plot.
        let room = height.map { $0 - 1 }
        let frame = 3
        if width >= 100 {
            let rows = min(12, (room ?? 11) - frame)
            if rows >= 3 {
                let half = (width - 3) / 2
                let plots = data.map { Self.plot($0, width: half, rows: rows) }
                return [""] + (plots.count == 2 ? Self.beside(plots[0], plots[1], width: half) : plots[0])
            }
        }
        let stacked = ((room ?? 22) - 2 * frame) / 2
        if width < 100, data.count == 2, stacked >= 3 { return [""] + data.flatMap { Self.plot($0, width: width, rows: min(10, stacked)) } }
        let single = (room ?? 11) - frame
        if single >= 3 { return [""] + Self.plot(last, width: width, rows: min(10, single)) }
        return data.prefix(max(0, height ?? 0)).map { curve in
            let title = String((curve.title + " ").prefix(width - 1))
            return title + TextPlot.sparkline(curve.points.map(\.value), width: max(1, width - title.count))
        }
    }

    /// A plot that is exactly as wide as asked for; it takes rows + 3 lines.
    private static func plot(_ data: CurveData, width: Int, rows: Int) -> [String] {
        func lines(_ columns: Int) -> [String] {
            TextPlot(title: data.title, series: [("", data.points)], columns: columns, rows: rows, range: data.range).text()
                .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
        // How much the labels take is known once they are there; it does not depend on the columns.
        let trial = lines(20)
        guard trial.count > 2 else { return trial.map { String($0.prefix(width)) } }
        let labels = trial[1].count - 20
        return lines(max(1, width - labels)).map { String($0.prefix(width)) }
    }

    private static func beside(_ left: [String], _ right: [String], width: Int) -> [String] {
        (0..<max(left.count, right.count)).map { i in
            let first = i < left.count ? left[i] : ""
            let second = i < right.count ? right[i] : ""
            return second.isEmpty ? first : first + String(repeating: " ", count: max(0, width - first.count) + 3) + second
        }
    }
}
