import Drawing
import Glibc

/// Draws an engagement in perspective: both ways so far over a ground grid, line of sight, seeker beam, tracked position, and how it ended.
///
/// The whole episode has one view, across the missile's course, which widens where a body would leave it.
public struct EngagementArtist: Artist {
    public let pictureSize = (width: 640, height: 440)
    /// Positions at the episode's beginning and after each step, m; after every few steps where actions are repeated.
    private(set) var interceptor: [Vector3] = []
    private(set) var missile: [Vector3] = []
    /// Indices of the first positions of each second.
    private(set) var seconds: [Int] = []
    /// Where they were when nearest.
    private(set) var nearest = Approach()
    private var azimuth = 0.0
    static let elevation = 14.0 * .pi / 180

    struct Approach {
        var interceptor = Vector3.zero
        var missile = Vector3.zero
        /// m
        var distance = Double.infinity
        /// The position in the lists that follows.
        var index = 0
    }

    /// Paint of the picture, in one place.
    enum Paint {
        static let skyTop = Colour(hex: 0xC9DFF2)
        static let skyBottom = Colour(hex: 0xF4F9FD)
        static let ground = Colour(hex: 0xE3E8DA)
        static let grid = Colour(hex: 0xB9C3AC)
        static let shadow = Colour(hex: 0x5B6350, alpha: 0.55)
        static let interceptor = Colour(hex: 0x1F5FD0)
        static let missile = Colour(hex: 0xD1242F)
        static let track = Colour(hex: 0xC77700)
        static let beam = Colour(hex: 0x2AA5A0, alpha: 0.16)
        static let sight = Colour(hex: 0x4A4F57, alpha: 0.8)
        static let text = Colour(hex: 0x22262C)
        static let hit = Colour(hex: 0x1A7F37)
    }

    public mutating func observe(_ subject: Interceptor, isFirst: Bool) {
        if isFirst {
            interceptor.removeAll(keepingCapacity: true)
            missile.removeAll(keepingCapacity: true)
            seconds.removeAll(keepingCapacity: true)
            nearest = Approach()
        }
        let (own, target) = (subject.interceptor.position, subject.missile.position)
        // From the side, so that the missile comes in from the right and a little from afar.
        if interceptor.isEmpty { azimuth = atan2(target.y, target.x) - 65 * .pi / 180 }
        if Double(subject.episodeSteps) * subject.spec.timeStep >= Double(seconds.count) - 1e-9 { seconds.append(interceptor.count) }
        interceptor.append(own)
        missile.append(target)
        if subject.minimumDistance < nearest.distance { approach(subject.minimumDistance) }
    }

    /// The two are at their nearest between the last two observations, on straight lines there.
    private mutating func approach(_ distance: Double) {
        let last = interceptor.count - 1
        let before = max(last - 1, 0)
        let (own, target) = (interceptor[last] - interceptor[before], missile[last] - missile[before])
        let (offset, change) = (missile[before] - interceptor[before], target - own)
        let share = min(max(-offset.dot(change) / max(change.squaredLength, 1e-12), 0), 1)
        nearest = Approach(
            interceptor: interceptor[before] + share * own, missile: missile[before] + share * target, distance: distance, index: last)
    }

    public mutating func draw(_ subject: Interceptor, on canvas: Canvas) {
        if interceptor.isEmpty { observe(subject, isFirst: true) }
        // Signs and text are laid out for the usual size; what the canvas has beyond its shape is more room.
        canvas.saved {
            let scale = min(Double(canvas.width) / Double(pictureSize.width), Double(canvas.height) / Double(pictureSize.height))
            let (width, height) = (Double(canvas.width) / scale, Double(canvas.height) / scale)
            canvas.scale(scale, scale)
            let frame = (x: 30.0, y: 56.0, width: width - 60, height: height - 170)
            let camera = Perspective(showing: landmarks, azimuth: azimuth, elevation: Self.elevation, frame: frame)
            drawGround(on: canvas, camera, width: width, height: height, targetRadius: subject.parameters.endings.targetRadius)
            drawShadows(on: canvas, camera)
            drawEngagement(subject, on: canvas, camera, isCloseUp: false)
            drawCloseUp(subject, on: canvas)
            drawLegend(subject, on: canvas, height: height)
        }
    }

    /// What the picture has to show: the ways so far, their shadows, the target.
    private var landmarks: [Vector3] {
        var points = [Vector3.zero]
        for way in [interceptor, missile] {
            for i in Self.thinned(way.count, to: 24) { points += [way[i], Vector3(way[i].x, way[i].y, 0)] }
        }
        return points
    }

    /// Indices of about so many of `count` points, both ends among them.
    static func thinned(_ count: Int, to wanted: Int) -> [Int] {
        guard count > wanted else { return Array(0..<count) }
        return (0..<wanted).map { (count - 1) * $0 / (wanted - 1) }
    }

    /// The two in detail, once they are near each other, and how near they came in the end.
    private func drawCloseUp(_ subject: Interceptor, on canvas: Canvas) {
        let isOver = subject.outcome != .open
        let (own, target, distance) = isOver
            ? (nearest.interceptor, nearest.missile, nearest.distance)
            : (subject.interceptor.position, subject.missile.position, subject.distance)
        guard distance < 600 else { return }
        let reach = max(0.75 * distance, 1.2 * subject.interceptRadius, 10)
        let side = 170.0
        let frame = (x: 8.0, y: 46.0, width: side, height: side)
        let camera = Perspective(
            at: 0.5 * (own + target), azimuth: azimuth, elevation: Self.elevation, distance: reach / tan(Perspective.halfAngle), frame: frame)
        let box = Path.roundedRectangle(x: frame.x, y: frame.y, width: side, height: side, radius: 6)
        canvas.saved {
            canvas.clip(box)
            canvas.fill(box, Colour.white.opacity(0.92))
            // The sphere within which the missile counts as intercepted.
            if let centre = camera.point(target) {
                let radius = subject.interceptRadius * camera.size(at: target)
                canvas.fill(.circle(centre, radius: radius), Paint.missile.opacity(0.07))
                canvas.stroke(.circle(centre, radius: radius), Paint.missile.opacity(0.5), width: 1, dash: [3, 3])
            }
            drawEngagement(subject, on: canvas, camera, isCloseUp: true)
            if isOver {
                let colour = subject.outcome == .intercepted ? Paint.hit : Paint.missile
                canvas.text("miss distance \(Self.metres(distance))", at: Point(frame.x + 8, frame.y + 19), size: 12.5, colour: colour, bold: true)
            }
            canvas.text("\(Int(2 * reach)) m across", at: Point(frame.x + 8, frame.y + side - 8), size: 12, colour: Paint.text)
        }
        canvas.stroke(box, Paint.text.opacity(0.5), width: 1)
    }
}

extension Interceptor: Drawable {
    public func makeArtist() -> EngagementArtist { EngagementArtist() }
}
