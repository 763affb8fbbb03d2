import Core
import Drawing
import Foundation
import Testing

@testable import Insight

@Suite struct LearningCurveFigureTests {
    typealias Figure = LearningCurveFigure

    /// A learning curve with noise, in the shape of the Humanoid report's; seeded.
    static func noisy(seed: UInt64, top: Double, last: Double, noise: Double, count: Int = 1500, pace: Double = 6) -> [CurvePoint] {
        var random = Philox(seed: seed, purpose: .test)
        return (1...count).map { i in
            let t = Double(i) / Double(count)
            return CurvePoint(t * last, top * (1 - exp(-pace * t)) + noise * random.normal())
        }
    }

    /// Evaluations of the 50M run, facts/systems.md 1.5.
    static let evaluations: [BandPoint] = [
        (2, 1009), (4, 5733), (6, 6241), (8, 6648), (10, 7005), (12, 7603), (14, 8165), (16, 8353), (18, 8799), (20, 9052), (22, 9246), (24, 9626),
        (26, 9503), (28, 9683), (30, 9848), (32, 9707), (34, 9878), (36, 9670), (38, 9929), (40, 9807), (42, 9991), (44, 9963), (46, 9855),
        (48, 9830), (50, 4734),
    ].map { (step: Double, value: Double) in
        let half = step == 50 ? 4158.0 : 180
        return BandPoint(step * 1e6, value, low: value - half, high: value + half)
    }

    static var humanoid: Figure {
        let blue = Colour(hex: 0x0072B2)
        let training = Figure.Series("training return", raw: noisy(seed: 1, top: 7600, last: 50e6, noise: 500))
        let proven = Figure.Series("evaluation return", evaluations: evaluations, best: CurvePoint(42e6, 9991))
        func small(_ title: String, _ seed: UInt64, _ top: Double, _ noise: Double, logarithmic: Bool = false) -> Figure.Panel {
            Figure.Panel(title, series: [.init("", raw: noisy(seed: seed, top: top, last: 50e6, noise: noise), colour: blue)], isLogarithmic: logarithmic)
        }
        let rate = (1...500).map { CurvePoint(Double($0) * 1e5, 3e-4 * pow(0.1, Double($0) / 180)) }
        return Figure(
            title: "Humanoid-v5, PPO", subtitle: "seed 42, 16 environments, 50M steps; evaluations of 5 episodes each",
            panels: [
                Figure.Panel(
                    "Return", series: [training, proven],
                    references: [.init(6921, "the report at 10M steps: 6,921"), .init(9870, "the report at 30M steps: 9,870")]),
                small("Episode length", 2, 850, 40), small("Approximate KL", 3, 0.016, 0.002),
                Figure.Panel("Learning rate", series: [.init("", raw: rate, smoothing: 0, colour: blue)], isLogarithmic: true),
                small("Explained variance", 5, 0.93, 0.02),
            ])
    }

    static var seeds: Figure {
        func band(_ top: Double, _ seed: UInt64) -> [BandPoint] {
            Curve.across((0..<5).map { i in
                Curve.smoothed(noisy(seed: seed + i, top: top * (0.93 + 0.04 * Double(i)), last: 10e6, noise: 0.04 * top, pace: 4), width: 4e5)
            })
        }
        return Figure(
            title: "Two recipes over five seeds", subtitle: "mean and 95 % interval of the mean",
            panels: [.init("Return", series: [.init("robust", band: band(8200, 10)), .init("sb3", band: band(6000, 20), isDashed: true)])])
    }

    private func saved(_ canvas: Canvas, _ name: String) throws {
        // Set CREST_FIGURES to a folder to look at the pictures.
        if let folder = ProcessInfo.processInfo.environment["CREST_FIGURES"] { try canvas.writePNG("\(folder)/\(name).png") }
    }

    /// Pixels near a colour (RGB).
    private func count(_ canvas: Canvas, near colour: UInt32, within tolerance: Int = 12) -> Int {
        let rgb = canvas.rgb()
        let wanted = [Int(colour >> 16 & 255), Int(colour >> 8 & 255), Int(colour & 255)]
        return stride(from: 0, to: rgb.count, by: 3).count { i in (0..<3).allSatisfy { abs(Int(rgb[i + $0]) - wanted[$0]) <= tolerance } }
    }

    @Test func drawsCurveEvaluationsBandAndBest() throws {
        let canvas = try Self.humanoid.canvas(width: 1200, height: 800)
        try saved(canvas, "humanoid")
        #expect(canvas.width == 1200 && canvas.height == 800)
        // The strong training line in the palette's first colour, evaluations in its second; neither without its series.
        #expect(count(canvas, near: 0x0072B2) > 2000 && count(canvas, near: 0xD55E00) > 800)
        var bare = Self.humanoid
        bare.panels[0].series.removeLast()
        #expect(count(try bare.canvas(width: 1200, height: 800), near: 0xD55E00) == 0)
        // The star is what a best value adds.
        var starless = Self.humanoid
        starless.panels[0].series[1].best = nil
        #expect(count(try starless.canvas(width: 1200, height: 800), near: 0xD55E00) + 25 < count(canvas, near: 0xD55E00))

        let bands = try Self.seeds.canvas(width: 1000, height: 560)
        try saved(bands, "seeds")
        // A band is the line's colour at 16 % on white.
        #expect(count(bands, near: 0xD6E8F3, within: 3) > 8000)
        #expect(count(bands, near: 0xF8E5D6, within: 3) > 5000)
    }

    /// Hundreds of evaluations are drawn as light dots without lines and error bars, which would hide everything.
    @Test func manyEvaluationsStayReadable() throws {
        func drawn(_ count: Int) throws -> Canvas {
            let points = (0..<count).map { BandPoint(Double($0), Double($0 % 7), low: -50, high: 50) }
            let figure = Figure(title: "", panels: [.init("return", series: [.init("run", evaluations: points, colour: Colour(1, 0, 0))])])
            return try figure.canvas(width: 1000, height: 500)
        }
        let (few, many) = (try drawn(60), try drawn(61))
        try saved(many, "many")
        // Strong red of dots, lines and bars; a small dot is the colour at 50 % on white.
        let strong = (few: count(few, near: 0xFF0000), many: count(many, near: 0xFF0000))
        #expect(strong.few > 1000 && strong.many < strong.few / 4, "\(strong)")
        #expect(count(many, near: 0xFF8080) > 600)
    }

    /// Labels of near bests don't cover each other.
    @Test func labelsOfBestsKeepApart() throws {
        func ink(_ bests: [CurvePoint]) throws -> Int {
            let colours = [Colour(1, 0, 0), Colour(1, 0, 0), Colour(1, 0, 0)]
            let series = bests.indices.map { i in
                Figure.Series("", raw: [CurvePoint(0, -100), CurvePoint(2e6, -100)], best: bests[i], colour: colours[i])
            }
            let canvas = try Figure(title: "", panels: [.init("", series: series, range: -100...400)]).canvas(width: 1000, height: 600)
            try saved(canvas, "bests")
            // The text's colour: a third of the way from red to ink.
            let rgb = canvas.rgb()
            return stride(from: 0, to: rgb.count, by: 3).count { rgb[$0] > 150 && rgb[$0] < 200 && rgb[$0 + 1] < 60 && rgb[$0 + 2] < 60 }
        }
        let places = [CurvePoint(1.4e6, 310), CurvePoint(1.43e6, 290), CurvePoint(1.45e6, 270)]
        let (apart, near) = (try ink(places.enumerated().map { CurvePoint(4e5 + 6e5 * Double($0.offset), $0.element.value) }), try ink(places))
        #expect(apart > 300 && Double(near) > 0.9 * Double(apart), "\(near) of \(apart)")
    }

    @Test func valuesStandAtTheirPlace() throws {
        // A level line at 3/4 of a given range lies a quarter below the top of the plot.
        let series = Figure.Series("", raw: [CurvePoint(0, 75), CurvePoint(100, 75)], smoothing: 0, colour: Colour(1, 0, 0))
        let panel = Figure.Panel("", series: [series], range: 0...100)
        let style = FigureStyle(scale: 1, colours: ["": Colour(1, 0, 0)])
        let canvas = try Canvas(width: 400, height: 300)
        let drawing = PanelDrawing(panel: panel, x: Axis(0...100), box: .init(x: 0, y: 0, width: 400, height: 300), style: style, isLarge: true, showsStepTitle: false)
        drawing.draw(on: canvas)
        let rgb = canvas.rgb()
        let rows = (0..<300).filter { y in let i = (y * 400 + 200) * 3; return rgb[i] > 200 && rgb[i + 1] < 100 }
        let expected = drawing.plot.y + 0.25 * drawing.plot.height
        #expect(!rows.isEmpty && rows.allSatisfy { abs(Double($0) + 0.5 - expected) < 2 })
    }

    /// A mark is a dotted line at its step, from the bottom to the top; its label stands in a large panel alone.
    @Test func marksStandAtTheirStep() throws {
        func drawn(_ label: String?, isLarge: Bool) throws -> (rgb: [UInt8], plot: FigureStyle.Box) {
            let series = Figure.Series(
                "", raw: [CurvePoint(0, 75), CurvePoint(100, 75)], smoothing: 0, marks: label.map { [Figure.Mark(25, $0)] } ?? [], colour: Colour(1, 0, 0))
            let canvas = try Canvas(width: 400, height: 300)
            let drawing = PanelDrawing(
                panel: Figure.Panel("", series: [series], range: 0...100), x: Axis(0...100), box: .init(x: 0, y: 0, width: 400, height: 300),
                style: FigureStyle(scale: 1, colours: ["": Colour(1, 0, 0)]), isLarge: isLarge, showsStepTitle: false)
            drawing.draw(on: canvas)
            return (canvas.rgb(), drawing.plot)
        }
        let (rgb, plot) = try drawn("", isLarge: true)
        /// Rows with red in them at a share of the plot's width.
        func red(_ share: Double) -> Int {
            let middle = Int(plot.x + share * plot.width)
            return (0..<300).count { y in
                (middle - 1...middle + 1).contains { x in
                    let i = 3 * (y * 400 + x)
                    return rgb[i] > 200 && rgb[i + 1] < 200
                }
            }
        }
        #expect(Double(red(0.25)) > 0.3 * plot.height && red(0.6) < 8)
        #expect(try drawn("stage 2", isLarge: true).rgb != rgb && drawn(nil, isLarge: true).rgb != rgb)
        #expect(try drawn("stage 2", isLarge: false).rgb == drawn("", isLarge: false).rgb)
    }

    @Test func gridOfPanelsAndOddData() throws {
        let panels = (0..<4).map { i in
            Figure.Panel("Success within \([150, 100, 50, 20][i]) m", series: [
                .init("as reported", raw: Self.noisy(seed: UInt64(30 + i), top: 0.5, last: 10e6, noise: 0.05)),
                .init("stabilised", raw: Self.noisy(seed: UInt64(40 + i), top: 0.8, last: 10e6, noise: 0.05)),
            ], references: [.init(0.6, "required")], range: 0...1)
        }
        let grid = try Figure(title: "Interceptor", panels: panels, columns: 2).canvas(width: 1100, height: 760)
        try saved(grid, "grid")
        #expect(count(grid, near: 0xD55E00) > 2000)

        let odd = Figure(title: "odd", panels: [
            .init("one point", series: [.init("a", raw: [CurvePoint(5, 1)], evaluations: [BandPoint(5, 1, low: 1, high: 1)])]),
            .init("gaps", series: [.init("b", raw: [CurvePoint(0, .nan), CurvePoint(5, .infinity), CurvePoint(10, 3)])]),
            .init("empty", series: []),
            .init("not positive", series: [.init("c", raw: [CurvePoint(0, -1), CurvePoint(1, 0)])], isLogarithmic: true),
        ])
        #expect(try odd.render(width: 500, height: 300).count > 1000)
        #expect(throws: InsightError.self) { try Figure(title: "none", panels: [.init("p", series: [])]).render() }
        #expect(throws: DrawingError.self) { try Self.seeds.render(width: 0, height: 5) }
        #expect(try Self.seeds.render(width: 60, height: 40).count > 100)
    }
}
