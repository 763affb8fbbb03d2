import Drawing
import Glibc

/// A camera on a three-dimensional scene: from metres, east, north, up, to pixels.
struct Perspective {
    /// The camera's place and axes.
    private let eye: Vector3
    private let right: Vector3
    private let upward: Vector3
    private let forward: Vector3
    /// Pixels at a depth of one metre and a size of one, and where the optical axis meets the picture.
    private let scale: Double
    private var centre: Point
    private static let near = 1.0
    /// Half the angle of view across the narrower side.
    static let halfAngle = 17.0 * .pi / 180

    /// A camera that looks at a point.
    ///
    /// - Parameters:
    ///   - azimuth, elevation: direction from the point to the camera, rad.
    ///   - distance: from the point, m.
    ///   - frame: x, y, width and height of the part of the picture that is looked at through, pixels.
    init(at target: Vector3, azimuth: Double, elevation: Double, distance: Double, frame: (x: Double, y: Double, width: Double, height: Double)) {
        let outward = Vector3(cos(azimuth) * cos(elevation), sin(azimuth) * cos(elevation), sin(elevation))
        eye = target + distance * outward
        forward = -outward
        right = forward.cross(.up).direction(or: Vector3(1, 0, 0))
        upward = right.cross(forward)
        scale = 0.5 * min(frame.width, frame.height) / tan(Self.halfAngle)
        centre = Point(frame.x + frame.width / 2, frame.y + frame.height / 2)
    }

    /// The nearest camera in a direction that has all points within the frame, moved so that they stand in its middle.
    init(showing points: [Vector3], azimuth: Double, elevation: Double, frame: (x: Double, y: Double, width: Double, height: Double)) {
        var middle = Vector3.zero
        for point in points { middle += (1 / Double(max(points.count, 1))) * point }
        let reach = max(points.map { ($0 - middle).length }.max() ?? 0, 10)
        // What fits is found by halving; farther away more does.
        var (low, high) = (reach * 1.05, reach * 12)
        for _ in 0..<24 {
            let distance = (low + high) / 2
            let camera = Perspective(at: middle, azimuth: azimuth, elevation: elevation, distance: distance, frame: frame)
            let extent = camera.extent(of: points)
            if extent.width <= frame.width && extent.height <= frame.height { high = distance } else { low = distance }
        }
        self.init(at: middle, azimuth: azimuth, elevation: elevation, distance: high, frame: frame)
        let extent = extent(of: points)
        centre.x += frame.x + frame.width / 2 - (extent.x + extent.width / 2)
        centre.y += frame.y + frame.height / 2 - (extent.y + extent.height / 2)
    }

    /// The picture of a point; nil behind the camera.
    func point(_ place: Vector3) -> Point? {
        let offset = place - eye
        let depth = offset.dot(forward)
        guard depth >= Self.near else { return nil }
        return Point(centre.x + scale * offset.dot(right) / depth, centre.y - scale * offset.dot(upward) / depth)
    }

    /// Pixels of a metre at a point; 0 behind the camera.
    func size(at place: Vector3) -> Double {
        let depth = (place - eye).dot(forward)
        return depth >= Self.near ? scale / depth : 0
    }

    /// A straight line, cut where it passes the camera; nil where all of it lies behind.
    func line(_ a: Vector3, _ b: Vector3) -> Path? {
        let (first, second) = ((a - eye).dot(forward), (b - eye).dot(forward))
        guard max(first, second) > Self.near else { return nil }
        // Rounding must not put the cut behind the camera again.
        func cut(_ inside: Vector3, _ outside: Vector3, _ depth: Double, _ other: Double) -> Vector3 {
            inside + ((depth - 1.001 * Self.near) / (depth - other)) * (outside - inside)
        }
        let from = first < Self.near ? cut(b, a, second, first) : a
        let to = second < Self.near ? cut(a, b, first, second) : b
        guard let start = point(from), let end = point(to) else { return nil }
        return .line(start, end)
    }

    /// Height in the picture of the horizon.
    var horizon: Double { centre.y + scale * forward.z / max((1 - forward.z * forward.z).squareRoot(), 1e-9) }

    private func extent(of points: [Vector3]) -> (x: Double, y: Double, width: Double, height: Double) {
        let seen = points.compactMap(point)
        guard seen.count == points.count, let first = seen.first else { return (0, 0, .infinity, .infinity) }
        var (low, high) = (first, first)
        for point in seen {
            low = Point(min(low.x, point.x), min(low.y, point.y))
            high = Point(max(high.x, point.x), max(high.y, point.y))
        }
        return (low.x, low.y, high.x - low.x, high.y - low.y)
    }
}
