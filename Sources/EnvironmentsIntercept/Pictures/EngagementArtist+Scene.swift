import Drawing
import Glibc

extension EngagementArtist {
    /// Sky, a ground with squares of 500 m, and the circle around the target within which the missile does harm.
    func drawGround(on canvas: Canvas, _ camera: Perspective, width: Double, height: Double, targetRadius: Double) {
        let horizon = min(max(camera.horizon, 0), height)
        let bands = 48
        for i in 0..<bands {
            let share = Double(i) / Double(bands)
            canvas.fill(
                .rectangle(x: 0, y: horizon * share, width: width, height: horizon / Double(bands) + 1),
                Paint.skyTop.mixed(with: Paint.skyBottom, share))
        }
        canvas.fill(.rectangle(x: 0, y: horizon, width: width, height: height - horizon), Paint.ground)
        let (reach, step) = (6000.0, 500.0)
        for i in -12...12 {
            let place = Double(i) * step
            for line in [
                camera.line(Vector3(place, -reach, 0), Vector3(place, reach, 0)), camera.line(Vector3(-reach, place, 0), Vector3(reach, place, 0)),
            ] {
                guard let line else { continue }
                canvas.stroke(line, Paint.grid.opacity(i == 0 ? 1 : 0.6), width: i == 0 ? 1.2 : 0.8)
            }
        }
        // Far lines run together, and the ground fades into the haze.
        for i in 0..<20 {
            let y = horizon + Double(i) * 1.5
            canvas.fill(.rectangle(x: 0, y: y, width: width, height: 1.5), Paint.skyBottom.opacity(0.9 * (1 - Double(i) / 20)))
        }
        let rim = (0...48).compactMap { camera.point(targetRadius * Vector3(cos(Double($0) * .pi / 24), sin(Double($0) * .pi / 24), 0)) }
        canvas.fill(.polygon(rim), Paint.missile.opacity(0.07))
        canvas.stroke(.polyline(rim), Paint.missile.opacity(0.55), width: 1, dash: [4, 3])
        if let centre = camera.point(.zero) {
            canvas.stroke(.line(Point(centre.x - 4, centre.y), Point(centre.x + 4, centre.y)), Paint.missile, width: 1.5)
            canvas.stroke(.line(Point(centre.x, centre.y - 3), Point(centre.x, centre.y + 3)), Paint.missile, width: 1.5)
        }
    }

    /// Both ways on the ground, and plumb lines once a second: they tell where in space a way is.
    func drawShadows(on canvas: Canvas, _ camera: Perspective) {
        for (way, colour) in [(missile, Paint.missile), (interceptor, Paint.interceptor)] {
            let ground = Self.thinned(way.count, to: 150).compactMap { camera.point(Vector3(way[$0].x, way[$0].y, 0)) }
            canvas.stroke(.polyline(ground), Paint.shadow, width: 1.6)
            for i in seconds {
                guard let line = camera.line(way[i], Vector3(way[i].x, way[i].y, 0)) else { continue }
                canvas.stroke(line, colour.opacity(0.28), width: 1)
            }
            guard let last = way.last, let line = camera.line(last, Vector3(last.x, last.y, 0)) else { continue }
            canvas.stroke(line, colour.opacity(0.75), width: 1.2)
        }
    }

    /// The bodies with their ways, what the seeker looks at and what the tracker believes.
    func drawEngagement(_ subject: Interceptor, on canvas: Canvas, _ camera: Perspective, isCloseUp: Bool) {
        let (own, target) = (subject.interceptor, subject.missile)
        let isOver = subject.outcome != .open
        if !isOver { drawBeam(subject, on: canvas, camera) }
        // A close-up shows a part of the ways, which must not be thinned: three seconds to either side.
        let middle = isOver ? nearest.index : interceptor.count - 1
        let near = max(middle - 300, 0)...min(middle + 300, interceptor.count - 1)
        for (way, colour) in [(missile, Paint.missile), (interceptor, Paint.interceptor)] {
            let points = (isCloseUp ? Array(near) : Self.thinned(way.count, to: 200)).compactMap { camera.point(way[$0]) }
            canvas.stroke(.polyline(points), colour, width: 2.2)
        }
        if isOver {
            drawMiss(on: canvas, camera, isCloseUp: isCloseUp, isHit: subject.outcome == .intercepted)
        } else if let sight = camera.line(own.position, target.position) {
            canvas.stroke(sight, Paint.sight, width: 1, dash: [5, 4])
        }
        if let estimate = subject.estimate, !isOver, let place = camera.point(estimate.position) {
            let radius = max(2 * subject.positionDeviation * camera.size(at: estimate.position), 3)
            canvas.fill(.circle(place, radius: radius), Paint.track.opacity(0.15))
            canvas.stroke(.circle(place, radius: radius), Paint.track, width: 1.2)
            drawCross(at: place, on: canvas)
        }
        drawBody(target, on: canvas, camera, Paint.missile, size: isCloseUp ? 8 : 10)
        drawBody(own, on: canvas, camera, Paint.interceptor, size: isCloseUp ? 8 : 10)
    }

    /// The sign for the tracked position.
    func drawCross(at place: Point, on canvas: Canvas) {
        for (dx, dy) in [(4.0, 4.0), (4.0, -4.0)] {
            canvas.stroke(.line(Point(place.x - dx, place.y - dy), Point(place.x + dx, place.y + dy)), Paint.track, width: 1.8)
        }
    }

    /// The cone that the seeker sees, cut short so that it covers little.
    private func drawBeam(_ subject: Interceptor, on canvas: Canvas, _ camera: Perspective) {
        let apex = subject.interceptor.position
        let axis = subject.seekerAxis
        let length = min(subject.parameters.seeker.range, 0.45 * subject.distance)
        let half = min(acos(min(max(subject.state.cosHalfBeam, -1), 1)), 1.4)
        let side = axis.cross(abs(axis.z) < 0.9 ? .up : Vector3(1, 0, 0)).direction(or: Vector3(1, 0, 0))
        let other = axis.cross(side)
        var outline = [apex]
        for i in 0..<32 {
            let turn = Double(i) * .pi / 16
            outline.append(apex + length * (cos(half) * axis + sin(half) * (cos(turn) * side + sin(turn) * other)))
        }
        let seen = outline.compactMap(camera.point)
        guard seen.count == outline.count else { return }
        canvas.fill(.polygon(Self.hull(seen)), Paint.beam)
    }

    /// The line between both where they were nearest.
    private func drawMiss(on canvas: Canvas, _ camera: Perspective, isCloseUp: Bool, isHit: Bool) {
        let (own, target) = (nearest.interceptor, nearest.missile)
        guard nearest.distance.isFinite, let line = camera.line(own, target), let middle = camera.point(0.5 * (own + target))
        else { return }
        let colour = isHit ? Paint.hit : Paint.missile
        canvas.stroke(line, colour, width: 2)
        guard !isCloseUp else { return }
        // In the large the line is often a point.
        canvas.stroke(.circle(middle, radius: 11), colour, width: 1.6)
        let text = Self.metres(nearest.distance)
        let width = canvas.textWidth(text, size: 14, bold: true)
        canvas.fill(.roundedRectangle(x: middle.x + 13, y: middle.y - 10, width: width + 10, height: 20, radius: 4), Colour.white.opacity(0.85))
        canvas.text(text, at: Point(middle.x + 18, middle.y + 5), size: 14, colour: colour, bold: true)
    }

    /// An arrow head along the way.
    private func drawBody(_ motion: Motion, on canvas: Canvas, _ camera: Perspective, _ colour: Colour, size: Double) {
        guard let tip = camera.point(motion.position) else { return }
        let onward = camera.point(motion.position + 5 * motion.velocity.direction(or: .up)) ?? tip
        let length = max(hypot(onward.x - tip.x, onward.y - tip.y), 1e-9)
        let (c, s) = ((onward.x - tip.x) / length, (onward.y - tip.y) / length)
        func corner(_ x: Double, _ y: Double) -> Point { Point(tip.x + size * (c * x - s * y), tip.y + size * (s * x + c * y)) }
        let head = Path.polygon([corner(0.7, 0), corner(-0.6, 0.5), corner(-0.3, 0), corner(-0.6, -0.5)])
        canvas.fill(head, colour)
        canvas.stroke(head, .white, width: 1)
    }

    /// The convex hull of points (Andrew's monotone chain), so that a cone is filled once.
    static func hull(_ points: [Point]) -> [Point] {
        let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        func half(_ points: [Point]) -> [Point] {
            var chain: [Point] = []
            for point in points {
                while chain.count >= 2 {
                    let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
                    guard (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) <= 0 else { break }
                    chain.removeLast()
                }
                chain.append(point)
            }
            return chain.dropLast()
        }
        return half(sorted) + half(sorted.reversed())
    }
}
