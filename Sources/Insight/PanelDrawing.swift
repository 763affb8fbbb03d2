import Drawing
import Foundation

/// Draws one panel of a figure into its box.
struct PanelDrawing {
    let panel: LearningCurveFigure.Panel
    let x: Axis
    let y: Axis
    /// The inside of the axes, in pixels.
    let plot: FigureStyle.Box
    let box: FigureStyle.Box
    let style: FigureStyle
    let isLarge: Bool
    let showsStepTitle: Bool

    init(panel: LearningCurveFigure.Panel, x: Axis, box: FigureStyle.Box, style: FigureStyle, isLarge: Bool, showsStepTitle: Bool) {
        self.panel = panel
        self.x = x
        self.box = box
        self.style = style
        self.isLarge = isLarge
        self.showsStepTitle = showsStepTitle
        y = panel.range.map { Axis($0) } ?? Axis(covering: Self.visibleValues(panel), isLogarithmic: panel.isLogarithmic)
        let (left, right, top) = (style.size(isLarge ? 62 : 50), style.size(10), style.size(isLarge ? 29 : 24))
        let bottom = style.size(22) + (showsStepTitle ? style.stepTitleHeight : 0)
        plot = FigureStyle.Box(x: box.x + left, y: box.y + top, width: max(1, box.width - left - right), height: max(1, box.height - top - bottom))
    }

    /// What the vertical axis must cover: everything but the outermost percents of noisy values.
    private static func visibleValues(_ panel: LearningCurveFigure.Panel) -> [Double] {
        panel.references.map(\.value) + panel.series.flatMap { series -> [Double] in
            let noisy = series.raw.map(\.value).filter(\.isFinite)
            let ends = noisy.isEmpty ? [] : [Statistics.quantile(noisy, 0.01), Statistics.quantile(noisy, 0.99)]
            let evaluations = series.evaluations.flatMap { panel.isCrowded ? [$0.value] : [$0.low, $0.value, $0.high] }
            return ends + series.band.flatMap { [$0.low, $0.value, $0.high] } + evaluations + [series.best?.value].compactMap { $0 }
        }
    }

    func draw(on canvas: Canvas) {
        canvas.text(
            panel.title, at: Point(isLarge ? box.x : plot.x, box.y + style.size(4)), size: style.size(isLarge ? 13.5 : 12), colour: style.ink,
            baseline: .top, bold: true)
        drawAxes(on: canvas)
        canvas.saved {
            canvas.clip(.rectangle(x: plot.x - 1, y: plot.y - style.size(6), width: plot.width + style.size(9), height: plot.height + style.size(6)))
            for reference in panel.references {
                let end = point(x.high, reference.value)
                canvas.stroke(.line(Point(plot.x, end.y), end), style.faintInk, width: style.size(1.2), dash: [style.size(5), style.size(4)])
            }
            for series in panel.series { drawMarks(series, on: canvas) }
            // Light things first, so that no run's noise hides another run's course.
            for series in panel.series { drawGround(series, on: canvas) }
            for series in panel.series { drawCourse(series, on: canvas) }
            for series in panel.series { drawEvaluations(series, on: canvas) }
        }
        drawReferenceLabels(on: canvas)
        drawMarkLabels(on: canvas)
        drawBests(on: canvas)
    }

    private func point(_ step: Double, _ value: Double) -> Point {
        Point(plot.x + x.fraction(step) * plot.width, plot.y + (1 - y.fraction(value)) * plot.height)
    }

    private func drawAxes(on canvas: Canvas) {
        let size = style.size(isLarge ? 11.5 : 10)
        // Horizontal grid with values at the left; half a pixel makes thin lines sharp.
        let ticks = y.ticks(about: max(2, Int(plot.height / style.size(isLarge ? 52 : 34))))
        for (tick, label) in zip(ticks, y.labels(for: ticks)) {
            let level = point(x.low, tick).y.rounded() + 0.5
            canvas.stroke(.line(Point(plot.x, level), Point(plot.x + plot.width, level)), style.grid, roundCap: false)
            canvas.text(label, at: Point(plot.x - style.size(7), level), size: size, colour: style.faintInk, alignment: .right, baseline: .middle)
        }
        // Vertical grid with steps below.
        for tick in x.ticks(about: max(2, Int(plot.width / style.size(isLarge ? 105 : 68)))) {
            let place = point(tick, y.low).x.rounded() + 0.5
            canvas.stroke(.line(Point(place, plot.y), Point(place, plot.y + plot.height)), style.grid, roundCap: false)
            canvas.text(NumberText.steps(tick), at: Point(place, plot.y + plot.height + style.size(6)), size: size, colour: style.faintInk, alignment: .centre, baseline: .top)
        }
        let base = (plot.y + plot.height).rounded() + 0.5
        canvas.stroke(.line(Point(plot.x, base), Point(plot.x + plot.width, base)), style.axis, width: style.size(1.2), roundCap: false)
        if showsStepTitle {
            canvas.text(
                "environment steps", at: Point(plot.x + plot.width / 2, plot.y + plot.height + style.size(24)), size: style.size(11.5),
                colour: style.faintInk, alignment: .centre, baseline: .top)
        }
    }

    /// Shaded band and light noisy curve.
    private func drawGround(_ series: LearningCurveFigure.Series, on canvas: Canvas) {
        let colour = style.colour(of: series)
        if series.band.count > 1 {
            let outline = series.band.map { point($0.step, $0.high) } + series.band.reversed().map { point($0.step, $0.low) }
            canvas.fill(.polygon(outline.filter { $0.x.isFinite && $0.y.isFinite }), colour.opacity(0.16))
        }
        if series.smoothing > 0 {
            let thin = Curve.thinned(series.raw, columns: Int(plot.width))
            canvas.stroke(.polyline(thin.map { point($0.step, $0.value) }), colour.opacity(0.28), width: style.size(1))
        }
    }

    /// The strong lines: the band's middle and the smoothed curve.
    private func drawCourse(_ series: LearningCurveFigure.Series, on canvas: Canvas) {
        let (colour, dash) = (style.colour(of: series), series.isDashed ? style.dash : [])
        let width = style.size(isLarge ? 2.2 : 1.6)
        canvas.stroke(.polyline(series.band.map { point($0.step, $0.value) }), colour, width: width, dash: dash)
        let span = (series.raw.last?.step ?? 0) - (series.raw.first?.step ?? 0)
        let smooth = series.smoothing > 0 ? Curve.smoothed(series.raw, width: series.smoothing * span) : series.raw
        let thin = Curve.thinned(smooth, columns: Int(plot.width))
        canvas.stroke(.polyline(thin.map { point($0.step, $0.value) }), colour, width: width, dash: dash)
    }

    private func drawEvaluations(_ series: LearningCurveFigure.Series, on canvas: Canvas) {
        let colour = style.colour(of: series)
        let dots = series.evaluations.map { point($0.step, $0.value) }
        if panel.isCrowded {
            for dot in dots where dot.x.isFinite && dot.y.isFinite { style.drawSmallDot(on: canvas, at: dot, colour: colour) }
            return
        }
        canvas.stroke(.polyline(dots), colour.opacity(0.8), width: style.size(1.4))
        for evaluation in series.evaluations where evaluation.high > evaluation.low {
            let (low, high) = (point(evaluation.step, evaluation.low), point(evaluation.step, evaluation.high))
            style.drawErrorBar(on: canvas, x: low.x, from: low.y, to: high.y, colour: colour)
        }
        // Many evaluations get no dots in a small panel: they would hide the line.
        guard isLarge || dots.count <= 30 else { return }
        for dot in dots where dot.x.isFinite && dot.y.isFinite { style.drawDot(on: canvas, at: dot, colour: colour) }
    }

    /// Labels stand at the left, over their line, where learning curves are still low; on a white ground.
    private func drawReferenceLabels(on canvas: Canvas) {
        let size = style.size(isLarge ? 11.5 : 10)
        for reference in panel.references where !reference.label.isEmpty {
            let line = point(x.low, reference.value)
            guard line.y > plot.y - 1, line.y < plot.y + plot.height + 1 else { continue }
            // Under the line where there is no room over it.
            let isUnder = line.y - plot.y < size * 1.2
            let baseline = isUnder ? line.y + size * 1.25 : line.y - size * 0.45
            let width = canvas.textWidth(reference.label, size: size)
            canvas.fill(.rectangle(x: plot.x + style.size(5), y: baseline - size * 0.85, width: width + style.size(6), height: size * 1.15), .white.opacity(0.8))
            canvas.text(reference.label, at: Point(plot.x + style.size(8), baseline), size: size, colour: style.faintInk)
        }
    }

    private func drawMarks(_ series: LearningCurveFigure.Series, on canvas: Canvas) {
        for mark in series.marks {
            let place = point(mark.step, y.low).x.rounded() + 0.5
            canvas.stroke(
                .line(Point(place, plot.y), Point(place, plot.y + plot.height)), style.colour(of: series).opacity(0.6), width: style.size(1),
                dash: [style.size(2), style.size(3)])
        }
    }

    /// Labels stand at the bottom, right of their line or left of it where the plot ends; each has a row of its own, so that near ones stay apart, and
    /// the lower half of the plot has a limited number of rows.
    private func drawMarkLabels(on canvas: Canvas) {
        guard isLarge else { return }
        let size = style.size(11.5)
        let all = panel.series.flatMap { series in series.marks.map { (mark: $0, colour: style.colour(of: series)) } }
        let rows = max(1, Int(0.5 * plot.height / (size * 1.3)))
        for (index, entry) in all.enumerated() where !entry.mark.label.isEmpty {
            let line = point(entry.mark.step, y.low).x
            guard line >= plot.x, line <= plot.x + plot.width else { continue }
            let width = canvas.textWidth(entry.mark.label, size: size)
            let fits = line + style.size(6) + width <= plot.x + plot.width
            let left = fits ? line + style.size(6) : line - style.size(6) - width
            let baseline = plot.y + plot.height - style.size(7) - size * 1.3 * Double(index % rows)
            canvas.fill(.rectangle(x: left - style.size(2), y: baseline - size * 0.9, width: width + style.size(4), height: size * 1.2), .white.opacity(0.8))
            canvas.text(entry.mark.label, at: Point(left, baseline), size: size, colour: entry.colour.mixed(with: style.ink, 0.35))
        }
    }

    /// Stars, and in a large panel their values: over the star, under it, or further away, where no other star or label stands.
    private func drawBests(on canvas: Canvas) {
        let bests = panel.series.compactMap { series in series.best.map { (best: $0, place: point($0.step, $0.value), colour: style.colour(of: series)) } }
            .filter { $0.place.x.isFinite && $0.place.y.isFinite }
        let radius = style.size(9)
        var taken = bests.map { FigureStyle.Box(x: $0.place.x - radius, y: $0.place.y - radius, width: 2 * radius, height: 2 * radius) }
        for (best, place, colour) in bests where isLarge {
            let size = style.size(12)
            let text = "best \(NumberText.grouped(best.value, decimals: NumberText.decimals(for: best.value) > 2 ? 3 : 1)) at \(NumberText.steps(best.step))"
            let width = canvas.textWidth(text, size: size, bold: true)
            let left = min(max(place.x - width / 2, plot.x + style.size(4)), plot.x + plot.width - width)
            func box(_ baseline: Double) -> FigureStyle.Box {
                FigureStyle.Box(x: left - style.size(4), y: baseline - size, width: width + style.size(8), height: size * 1.35)
            }
            let steps = (0..<4).map { Double($0) * size * 1.4 }
            let (over, under) = (steps.map { place.y - style.size(15) - $0 }, steps.map { place.y + style.size(26) + $0 })
            let inside = zip(over, under).flatMap { [$0, $1] }.filter { $0 > plot.y + style.size(15) && $0 < plot.y + plot.height }
            let baseline = inside.first { baseline in !taken.contains { $0.overlaps(box(baseline)) } } ?? inside.first ?? over[0]
            let ground = box(baseline)
            taken.append(ground)
            canvas.fill(.roundedRectangle(x: ground.x, y: ground.y, width: ground.width, height: ground.height, radius: style.size(3)), .white.opacity(0.85))
            canvas.text(text, at: Point(left, baseline), size: size, colour: colour.mixed(with: style.ink, 0.35), bold: true)
        }
        // Last, so that no label's ground hides one.
        for (_, place, colour) in bests { style.drawStar(on: canvas, at: place, colour: colour) }
    }
}
