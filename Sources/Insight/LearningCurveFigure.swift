import Drawing
import Foundation

/// A picture of how runs went: values over environment steps, one large panel and small ones, or a grid.
///
/// The first panel is the large one unless `columns` says otherwise. Series with the same label share colour and legend entry in all panels.
public struct LearningCurveFigure: Sendable {
    /// One run, or one quantity of a run, in one panel. Only what is given is drawn.
    public struct Series: Sendable {
        /// Name in the legend; empty: no entry.
        public var label: String
        /// Noisy values: drawn light, with their smoothed course strong on top.
        public var raw: [CurvePoint]
        /// Width of the smoothing window as a share of the step range; 0 draws `raw` itself strong.
        public var smoothing: Double
        /// A line in a shaded band, e.g. mean ± deviation over seeds (`Curve.across`).
        public var band: [BandPoint]
        /// Dots with error bars, joined by a thin line, e.g. evaluations with their 95 % intervals; small dots alone in a crowded panel.
        public var evaluations: [BandPoint]
        /// Marked with a star and its value.
        public var best: CurvePoint?
        /// Vertical lines at steps where something began, such as a stage of a curriculum.
        public var marks: [Mark]
        /// nil takes the next colour of the palette.
        public var colour: Colour?
        public var isDashed: Bool

        public init(
            _ label: String, raw: [CurvePoint] = [], smoothing: Double = 0.02, band: [BandPoint] = [], evaluations: [BandPoint] = [],
            best: CurvePoint? = nil, marks: [Mark] = [], colour: Colour? = nil, isDashed: Bool = false
        ) {
            self.label = label
            self.raw = raw
            self.smoothing = smoothing
            self.band = band
            self.evaluations = evaluations
            self.best = best
            self.marks = marks
            self.colour = colour
            self.isDashed = isDashed
        }
    }

    /// A vertical line at a step, in the colour of its series.
    public struct Mark: Sendable {
        /// Environment steps.
        public var step: Double
        /// Stands beside the line in a large panel.
        public var label: String

        public init(_ step: Double, _ label: String) {
            self.step = step
            self.label = label
        }
    }

    /// A horizontal line at a value worth comparing with.
    public struct Reference: Sendable {
        public var value: Double
        public var label: String

        public init(_ value: Double, _ label: String) {
            self.value = value
            self.label = label
        }
    }

    public struct Panel: Sendable {
        public var title: String
        public var series: [Series]
        public var references: [Reference]
        /// Range of values shown; nil fits the data.
        public var range: ClosedRange<Double>?
        public var isLogarithmic: Bool

        public init(
            _ title: String, series: [Series], references: [Reference] = [], range: ClosedRange<Double>? = nil, isLogarithmic: Bool = false
        ) {
            self.title = title
            self.series = series
            self.references = references
            self.range = range
            self.isLogarithmic = isLogarithmic
        }

        /// Whether a series has so many evaluations that their lines and error bars would hide everything.
        var isCrowded: Bool { series.contains { $0.evaluations.count > 60 } }
    }

    public var title: String
    public var subtitle: String
    public var panels: [Panel]
    /// Panels a row in a grid of equal ones; nil: the first panel large, the others small below it.
    public var columns: Int?
    /// Last step shown; nil fits the data.
    public var lastStep: Double?
    /// What the error bars of evaluations show, for the legend.
    public var errorBars = "95 % interval"

    public init(title: String, subtitle: String = "", panels: [Panel], columns: Int? = nil, lastStep: Double? = nil) {
        self.title = title
        self.subtitle = subtitle
        self.panels = panels
        self.columns = columns
        self.lastStep = lastStep
    }

    /// The figure as a PNG file's bytes.
    ///
    /// - Throws: `InsightError` for no panels or no values; `DrawingError` for a size that can't be made.
    public func render(width: Int = 1200, height: Int = 720) throws -> Data { try canvas(width: width, height: height).pngData() }

    /// The figure as a picture, for further drawing or writing to a file.
    public func canvas(width: Int = 1200, height: Int = 720) throws -> Canvas {
        let steps = panels.flatMap(\.series).flatMap(\.stepEnds).filter(\.isFinite)
        guard !panels.isEmpty, let first = steps.min(), let last = steps.max() else {
            throw InsightError("nothing to draw", place: title, hint: "the run may not have finished its first iteration")
        }
        let canvas = try Canvas(width: width, height: height)
        let style = FigureStyle(scale: min(max(Double(min(width, height * 2)) / 1100, 0.5), 4), colours: colours)

        // Title and legend on top, panels in what is left.
        var y = style.margin
        if !title.isEmpty {
            canvas.text(title, at: Point(style.margin, y), size: style.size(19), colour: style.ink, baseline: .top, bold: true)
            y += style.size(27)
        }
        if !subtitle.isEmpty {
            canvas.text(subtitle, at: Point(style.margin, y), size: style.size(12.5), colour: style.faintInk, baseline: .top)
            y += style.size(22)
        }
        y = drawLegend(on: canvas, style: style, top: y + style.size(4))
        let area = FigureStyle.Box(x: style.margin, y: y, width: Double(width) - 2 * style.margin, height: Double(height) - y - 0.6 * style.margin)
        // Curves that begin after a first rollout still show the start of the training.
        let start = first >= 0 && first < 0.1 * last ? 0 : first
        let x = Axis(covering: [min(start, lastStep ?? start), lastStep ?? last], padding: 0)
        for (panel, place) in zip(panels, boxes(in: area, style: style)) {
            PanelDrawing(panel: panel, x: x, box: place.box, style: style, isLarge: place.isLarge, showsStepTitle: place.isLast).draw(on: canvas)
        }
        return canvas
    }

    /// Colours by label: the series' own, or the palette's in order of appearance.
    private var colours: [String: Colour] {
        var colours: [String: Colour] = [:]
        var next = 0
        for series in panels.flatMap(\.series) where colours[series.label] == nil {
            colours[series.label] = series.colour ?? FigureStyle.palette[next % FigureStyle.palette.count]
            if series.colour == nil { next += 1 }
        }
        return colours
    }

    private func boxes(in area: FigureStyle.Box, style: FigureStyle) -> [(box: FigureStyle.Box, isLarge: Bool, isLast: Bool)] {
        let gap = style.size(16)
        func grid(_ count: Int, columns: Int, in area: FigureStyle.Box, isLarge: Bool) -> [(box: FigureStyle.Box, isLarge: Bool, isLast: Bool)] {
            let rows = (count + columns - 1) / columns
            // The last row of large panels is taller by its axis title, so that the insides are equally high.
            let extra = isLarge ? style.stepTitleHeight : 0
            let (width, height) = ((area.width - gap * Double(columns - 1)) / Double(columns), (area.height - extra - gap * Double(rows - 1)) / Double(rows))
            return (0..<count).map { i in
                let (row, column) = (Double(i / columns), Double(i % columns))
                let isLast = isLarge && i / columns == rows - 1
                let box = FigureStyle.Box(
                    x: area.x + column * (width + gap), y: area.y + row * (height + gap), width: width, height: height + (isLast ? extra : 0))
                return (box, isLarge, isLast)
            }
        }
        if let columns { return grid(panels.count, columns: max(1, min(columns, panels.count)), in: area, isLarge: columns <= 2) }
        guard panels.count > 1 else { return [(area, true, true)] }
        // Up to four small panels a row; more than four go into rows of equal length.
        let small = panels.count - 1
        let rows = (small + 3) / 4
        let top = area.height * (rows == 1 ? 0.64 : 0.5)
        let large = FigureStyle.Box(x: area.x, y: area.y, width: area.width, height: top)
        let rest = FigureStyle.Box(x: area.x, y: area.y + top + gap, width: area.width, height: area.height - top - gap)
        return [(large, true, true)] + grid(small, columns: (small + rows - 1) / rows, in: rest, isLarge: false)
    }

    /// A swatch and a name for each label, then what dots and stars mean; returns where the panels may begin.
    private func drawLegend(on canvas: Canvas, style: FigureStyle, top: Double) -> Double {
        let all = panels.flatMap(\.series)
        var listed: Set<String> = [""]
        var entries: [(text: String, draw: (Point) -> Void)] = all.filter { listed.insert($0.label).inserted }.map { series in
            let colour = style.colour(of: series)
            return (series.label, { p in
                let line = Path.line(p, Point(p.x + style.size(22), p.y))
                if !series.band.isEmpty { canvas.stroke(line, colour.opacity(0.2), width: style.size(11), roundCap: false) }
                canvas.stroke(line, colour, width: style.size(2.4), dash: series.isDashed ? style.dash : [])
                if !series.evaluations.isEmpty { style.drawDot(on: canvas, at: Point(p.x + style.size(11), p.y), colour: colour) }
            })
        }
        let evaluated = panels.filter { panel in panel.series.contains { !$0.evaluations.isEmpty } }
        if !evaluated.isEmpty {
            let isCrowded = evaluated.allSatisfy(\.isCrowded)
            entries.append((isCrowded ? "evaluation" : "evaluation, \(errorBars)", { p in
                let middle = p.x + style.size(11)
                guard !isCrowded else { return style.drawSmallDot(on: canvas, at: Point(middle, p.y), colour: style.faintInk) }
                style.drawErrorBar(on: canvas, x: middle, from: p.y - style.size(7), to: p.y + style.size(7), colour: style.faintInk)
                style.drawDot(on: canvas, at: Point(middle, p.y), colour: style.faintInk)
            }))
        }
        if all.contains(where: { $0.best != nil }) {
            entries.append(("best", { style.drawStar(on: canvas, at: Point($0.x + style.size(11), $0.y), colour: style.faintInk) }))
        }
        guard entries.count > 1 else { return top + style.size(6) }

        // From left to right, into a new line where the width ends.
        var (x, y) = (style.margin, top + style.size(9))
        for entry in entries {
            let width = style.size(29) + canvas.textWidth(entry.text, size: style.size(12.5))
            if x > style.margin, x + width > Double(canvas.width) - style.margin { (x, y) = (style.margin, y + style.size(22)) }
            entry.draw(Point(x, y))
            canvas.text(entry.text, at: Point(x + style.size(29), y), size: style.size(12.5), colour: style.ink, baseline: .middle)
            x += width + style.size(24)
        }
        return y + style.size(22)
    }
}

extension LearningCurveFigure.Series {
    /// First and last step of each part.
    var stepEnds: [Double] {
        [raw.first?.step, raw.last?.step, band.first?.step, band.last?.step, evaluations.first?.step, evaluations.last?.step, best?.step].compactMap { $0 }
    }
}
