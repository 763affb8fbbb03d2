import Drawing
import Foundation

/// Sizes, colours and small marks that the parts of a figure share.
struct FigureStyle {
    /// A rectangle in pixels.
    struct Box {
        var x: Double
        var y: Double
        var width: Double
        var height: Double

        func overlaps(_ other: Box) -> Bool {
            x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
        }
    }

    /// Okabe and Ito's colours, which colour-blind people can tell apart; their yellow is too light for lines.
    static let palette = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x4D4D4D].map { Colour(hex: $0) }

    let scale: Double
    let colours: [String: Colour]
    let ink = Colour(hex: 0x1F2933)
    let faintInk = Colour(hex: 0x5F6B7A)
    let grid = Colour(hex: 0xE7EAEE)
    let axis = Colour(hex: 0xB4BCC6)

    /// A length in pixels from one at the standard size.
    func size(_ length: Double) -> Double { length * scale }
    var margin: Double { size(20) }
    var stepTitleHeight: Double { size(20) }
    var dash: [Double] { [size(7), size(4)] }

    func colour(of series: LearningCurveFigure.Series) -> Colour { colours[series.label] ?? series.colour ?? ink }

    func drawDot(on canvas: Canvas, at point: Point, colour: Colour) {
        canvas.fill(.circle(point, radius: size(5)), .white)
        canvas.fill(.circle(point, radius: size(3.8)), colour)
    }

    /// One of many: light, so that dense places show.
    func drawSmallDot(on canvas: Canvas, at point: Point, colour: Colour) { canvas.fill(.circle(point, radius: size(2.6)), colour.opacity(0.5)) }

    func drawErrorBar(on canvas: Canvas, x: Double, from: Double, to: Double, colour: Colour) {
        canvas.stroke(.line(Point(x, from), Point(x, to)), colour.opacity(0.75), width: size(1.3), roundCap: false)
        for y in [from, to] {
            canvas.stroke(.line(Point(x - size(3), y), Point(x + size(3), y)), colour.opacity(0.75), width: size(1.3), roundCap: false)
        }
    }

    /// A star of five points with a white edge.
    func drawStar(on canvas: Canvas, at centre: Point, colour: Colour) {
        let star = Path.polygon((0..<10).map { i in
            let (angle, radius) = (Double(i) * .pi / 5 - .pi / 2, size(i.isMultiple(of: 2) ? 9 : 4))
            return Point(centre.x + radius * cos(angle), centre.y + radius * sin(angle))
        })
        canvas.stroke(star, .white, width: size(4))
        canvas.fill(star, colour)
    }
}
