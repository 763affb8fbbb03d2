import CBox2D
import Core
import Drawing
import Foundation

/// Draws a walker; a picture shows its present state and nothing else.
public struct BipedalArtist: Artist {
    public let pictureSize = (width: 600, height: 400)

    public mutating func draw(_ subject: BipedalWalker, on canvas: Canvas) { subject.draw(on: canvas) }
}

extension BipedalWalker: Drawable {
    public func makeArtist() -> BipedalArtist { BipedalArtist() }

    /// Paint of the picture, in one place.
    private enum Paint {
        static let skyTop = Colour(hex: 0x8FC3EA)
        static let skyBottom = Colour(hex: 0xEAF4FB)
        static let hills = [Colour(hex: 0xB9D7C4), Colour(hex: 0x9CC6A6)]
        static let soil = Colour(hex: 0x7A5C43)
        static let deepSoil = Colour(hex: 0x5E4633)
        static let grass = Colour(hex: 0x5FA84A)
        static let stone = Colour(hex: 0xA7A39B)
        static let stoneEdge = Colour(hex: 0x6F6B64)
        static let hull = Colour(hex: 0x6C5CE7)
        static let fallen = Colour(hex: 0xD64545)
        static let window = Colour(hex: 0xDDE7FF)
        static let nearLeg = Colour(hex: 0xF2994A)
        static let farLeg = Colour(hex: 0xB5651D)
        static let outline = Colour(hex: 0x2D2A3E)
        static let ray = Colour(hex: 0xE5484D, alpha: 0.28)
        static let flag = Colour(hex: 0xE5484D)
    }

    /// The episode as it stands, as a picture: sky, hills, ground with obstacles, the walker, and faintly its lidar.
    ///
    /// The view is 20 m wide, at a fixed scale, and follows the walker; the ground level stands at a third of the height.
    ///
    /// - Parameters:
    ///   - width, height: pixels, 1...16384.
    /// - Throws: `DrawingError` for a size that can't be made.
    public func render(width: Int = 600, height: Int = 400) throws -> Canvas {
        let canvas = try Canvas(width: width, height: height)
        draw(on: canvas)
        return canvas
    }

    /// Draws the picture over all of a canvas of any size.
    public func draw(on canvas: Canvas) {
        let hull = state.bodies.0
        let view = View(width: Double(canvas.width), height: Double(canvas.height), centre: Double(hull.x))
        drawSky(on: canvas, view)
        drawGround(on: canvas, view)
        drawFlag(on: canvas, view, x: 3 * BipedalTerrain.spacing)
        drawFlag(on: canvas, view, x: BipedalTerrain.finish)
        drawLidar(on: canvas, view)
        drawWalker(on: canvas, view)
    }

    /// From metres, y up, to pixels, y down.
    private struct View {
        let scale: Double
        let left: Double
        let bottom: Double
        let height: Double
        let width: Double

        /// The walker keeps two fifths of the picture behind it and the rest ahead.
        init(width: Double, height: Double, centre: Double) {
            scale = width / 20
            self.width = width
            self.height = height
            left = centre - 8
            bottom = BipedalTerrain.level - height / scale / 3
        }

        var right: Double { left + width / scale }
        func point(_ x: Double, _ y: Double) -> Point { Point((x - left) * scale, height - (y - bottom) * scale) }
    }

    private func drawSky(on canvas: Canvas, _ view: View) {
        // Bands in place of a gradient: enough to see none.
        let bands = 64
        for i in 0..<bands {
            let top = view.height * Double(i) / Double(bands)
            let colour = Paint.skyTop.mixed(with: Paint.skyBottom, Double(i) / Double(bands - 1))
            canvas.fill(.rectangle(x: 0, y: top, width: view.width, height: view.height / Double(bands) + 1), colour)
        }
        // Clouds drift at half the speed of the ground. They are drawn from a stream of their own, so that looking changes nothing.
        var random = Philox(seed: episode.seed, purpose: .environment, index: 1)
        canvas.saved(opacity: 0.75) {
            for i in 0..<16 {
                let x = (Double(i) + random.uniform()) * 7 - view.left / 2
                let y = view.height * random.uniform(0.06, 0.34)
                let size = view.scale * random.uniform(0.5, 0.9)
                for (dx, dy, r) in [(-1.1, 0.15, 0.6), (0, -0.2, 0.9), (1.0, 0.1, 0.7), (1.9, 0.25, 0.4)] {
                    canvas.fill(.circle(Point(x * view.scale + dx * size, y + dy * size), radius: r * size), .white)
                }
            }
        }
        // Two ranges of hills, the farther one slower.
        for (row, colour) in Paint.hills.enumerated() {
            let pace = row == 0 ? 0.2 : 0.4
            var points = [Point(0, view.height)]
            for i in 0...60 {
                let x = view.width * Double(i) / 60
                let place = x / view.scale + view.left * pace
                let y = BipedalTerrain.level + 1.9 - 0.8 * Double(row) + 0.9 * sin(place * 0.35 + Double(row) * 2) + 0.4 * sin(place * 0.9)
                points.append(Point(x, view.point(0, y).y))
            }
            points.append(Point(view.width, view.height))
            canvas.fill(.polygon(points), colour)
        }
    }

    private func drawGround(on canvas: Canvas, _ view: View) {
        let unit = BipedalTerrain.spacing
        let first = max(0, Int(view.left / unit) - 1)
        let last = min(BipedalTerrain.count - 1, Int(view.right / unit) + 2)
        guard first < last else { return }
        var surface = (first...last).map { view.point(Double($0) * unit, terrain.heights[$0]) }
        guard let start = surface.first, let end = surface.last else { return }
        // Beyond the ends of the terrain the ground goes on level.
        surface.insert(Point(min(start.x, -view.scale), start.y), at: 0)
        surface.append(Point(max(end.x, view.width + view.scale), end.y))
        canvas.fill(.polygon(surface + [Point(surface[surface.count - 1].x, view.height), Point(surface[0].x, view.height)]), Paint.soil)
        // A darker layer below even the pits.
        var layer = [Point(0, view.height)]
        for i in 0...60 {
            let x = view.width * Double(i) / 60
            let place = x / view.scale + view.left
            let depth = min(terrain.height(at: place) - 0.4, BipedalTerrain.level - 2.5 + 0.2 * sin(place * 0.8) + 0.1 * sin(place * 2.1))
            layer.append(Point(x, view.point(0, depth).y))
        }
        canvas.fill(.polygon(layer + [Point(view.width, view.height)]), Paint.deepSoil)
        canvas.stroke(.polyline(surface), Paint.grass, width: max(2, 0.16 * view.scale))
        for corner in stride(from: 0, to: terrain.quads.count, by: 8) {
            let quad = (0..<4).map { view.point(Double(terrain.quads[corner + 2 * $0]), Double(terrain.quads[corner + 2 * $0 + 1])) }
            canvas.fill(.polygon(quad), Paint.stone)
            canvas.stroke(.polygon(quad), Paint.stoneEdge, width: max(1, 0.04 * view.scale))
        }
    }

    private func drawFlag(on canvas: Canvas, _ view: View, x: Double) {
        let ground = terrain.height(at: x)
        canvas.stroke(.line(view.point(x, ground), view.point(x, ground + 1.7)), Paint.outline, width: max(1, 0.06 * view.scale))
        canvas.fill(.polygon([view.point(x, ground + 1.7), view.point(x + 0.8, ground + 1.45), view.point(x, ground + 1.2)]), Paint.flag)
    }

    private func drawLidar(on canvas: Canvas, _ view: View) {
        let hull = state.bodies.0
        let l = state.lidar
        for (i, share) in [l.0, l.1, l.2, l.3, l.4, l.5, l.6, l.7, l.8, l.9].enumerated() {
            let angle = 1.5 * Double(i) / 10
            let reach = Double(share) * 160 / 30
            let end = view.point(Double(hull.x) + reach * sin(angle), Double(hull.y) - reach * cos(angle))
            canvas.stroke(.line(view.point(Double(hull.x), Double(hull.y)), end), Paint.ray, width: max(1, 0.03 * view.scale))
            if share < 1 { canvas.fill(.circle(end, radius: max(1.2, 0.06 * view.scale)), Paint.ray.opacity(2)) }
        }
    }

    private func drawWalker(on canvas: Canvas, _ view: View) {
        let b = state.bodies
        // The leg that comes first in the observation is the far one.
        drawLeg(on: canvas, view, upper: b.1, lower: b.2, Paint.farLeg)
        let outline: [(Double, Double)] = [(-30, 9), (6, 9), (34, 1), (34, -8), (-30, -8)]
        let shape = Path.polygon(outline.map { place($0.0 / 30, $0.1 / 30, on: b.0, view) })
        canvas.fill(shape, episode.fell ? Paint.fallen : Paint.hull)
        canvas.stroke(shape, Paint.outline, width: max(1, 0.06 * view.scale))
        let window: [(Double, Double)] = [(8, 5.5), (24, 1), (24, -2), (8, -2)]
        canvas.fill(.polygon(window.map { place($0.0 / 30, $0.1 / 30, on: b.0, view) }), Paint.window)
        drawLeg(on: canvas, view, upper: b.3, lower: b.4, Paint.nearLeg)
    }

    private func drawLeg(on canvas: Canvas, _ view: View, upper: cbx_body, lower: cbx_body, _ colour: Colour) {
        for (body, halfWidth) in [(lower, 0.8 * 4.0 / 30), (upper, 4.0 / 30)] {
            let h = 17.0 / 30
            let corners = [(-halfWidth, -h), (halfWidth, -h), (halfWidth, h), (-halfWidth, h)]
            let shape = Path.polygon(corners.map { place($0.0, $0.1, on: body, view) })
            canvas.fill(shape, colour)
            canvas.stroke(shape, Paint.outline, width: max(1, 0.05 * view.scale))
        }
        // The knee, over both parts.
        canvas.fill(.circle(place(0, -17.0 / 30, on: upper, view), radius: 0.09 * view.scale), Paint.outline)
    }

    /// A point of a body, in pixels.
    private func place(_ x: Double, _ y: Double, on body: cbx_body, _ view: View) -> Point {
        let (c, s) = (cos(Double(body.angle)), sin(Double(body.angle)))
        return view.point(Double(body.x) + c * x - s * y, Double(body.y) + s * x + c * y)
    }
}
