/// A position in the canvas's current coordinates; untransformed: pixels, x to the right, y down.
public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// An outline as a value: pieces of lines, curves and arcs.
public struct Path: Sendable, Equatable {
    enum Element: Sendable, Equatable {
        case move(Point)
        case line(Point)
        case curve(Point, Point, Point)
        case arc(centre: Point, radius: Double, from: Double, to: Double)
        case close
    }
    private(set) var elements: [Element] = []

    public init() {}

    public mutating func move(to point: Point) { elements.append(.move(point)) }
    public mutating func line(to point: Point) { elements.append(.line(point)) }
    /// A cubic Bézier curve.
    public mutating func curve(to end: Point, control1: Point, control2: Point) { elements.append(.curve(control1, control2, end)) }
    /// An arc by rising angle, in radians from the x axis towards the y axis; joined to the current point by a line.
    public mutating func arc(centre: Point, radius: Double, from: Double, to: Double) {
        elements.append(.arc(centre: centre, radius: radius, from: from, to: to))
    }
    public mutating func close() { elements.append(.close) }

    public static func line(_ a: Point, _ b: Point) -> Path { polyline([a, b]) }

    /// Points joined by lines; a point that is not finite leaves a gap.
    public static func polyline(_ points: [Point]) -> Path {
        var path = Path()
        var penDown = false
        for point in points {
            let drawable = point.x.isFinite && point.y.isFinite
            if drawable { penDown ? path.line(to: point) : path.move(to: point) }
            penDown = drawable
        }
        return path
    }

    public static func polygon(_ points: [Point]) -> Path {
        var path = polyline(points)
        path.close()
        return path
    }

    public static func rectangle(x: Double, y: Double, width: Double, height: Double) -> Path {
        polygon([Point(x, y), Point(x + width, y), Point(x + width, y + height), Point(x, y + height)])
    }

    /// A rectangle with quarter circles for corners; the radius is cut to half the shorter side.
    public static func roundedRectangle(x: Double, y: Double, width: Double, height: Double, radius: Double) -> Path {
        let r = min(radius, width / 2, height / 2)
        var path = Path()
        path.arc(centre: Point(x + width - r, y + r), radius: r, from: -.pi / 2, to: 0)
        path.arc(centre: Point(x + width - r, y + height - r), radius: r, from: 0, to: .pi / 2)
        path.arc(centre: Point(x + r, y + height - r), radius: r, from: .pi / 2, to: .pi)
        path.arc(centre: Point(x + r, y + r), radius: r, from: .pi, to: 1.5 * .pi)
        path.close()
        return path
    }

    public static func circle(_ centre: Point, radius: Double) -> Path {
        var path = Path()
        path.move(to: Point(centre.x + radius, centre.y))
        path.arc(centre: centre, radius: radius, from: 0, to: 2 * .pi)
        path.close()
        return path
    }
}
