import Drawing
import Foundation

extension EngagementArtist {
    /// Who is who, with the numbers of the moment, and how it ended.
    func drawLegend(_ subject: Interceptor, on canvas: Canvas, height: Double) {
        let (own, target) = (subject.interceptor, subject.missile)
        let offset = target.position - own.position
        let closing = -offset.direction(or: .up).dot(target.velocity - own.velocity)
        let isOver = subject.outcome != .open
        var rows = [
            "interceptor   \(Self.whole(own.velocity.length)) m/s   altitude \(Self.whole(max(own.position.z, 0))) m   "
                + "fuel \(Self.whole(subject.fuel)) kg",
            "missile   \(Self.whole(target.velocity.length)) m/s   altitude \(Self.whole(max(target.position.z, 0))) m",
        ]
        if !isOver, let estimate = subject.estimate {
            let error = (estimate.position - target.position).length
            rows.append("track ± 2σ = \(Self.whole(2 * subject.positionDeviation)) m, in truth off by \(Self.whole(error)) m   beam")
        }
        rows.append(
            isOver
                ? "\(Self.ending(subject.outcome)): miss distance \(Self.metres(subject.minimumDistance)), "
                    + "radius \(Self.metres(subject.interceptRadius))"
                : "distance \(Self.whole(subject.distance)) m   closing at \(Self.whole(closing)) m/s")

        let (line, size) = (19.0, 13.5)
        let width = rows.indices.map { canvas.textWidth(rows[$0], size: size, bold: $0 == rows.count - 1) }.max() ?? 0
        let top = height - line * Double(rows.count) - 16
        canvas.fill(.roundedRectangle(x: 8, y: top, width: width + 44, height: height - top - 8, radius: 6), Colour.white.opacity(0.8))
        for (i, row) in rows.enumerated() {
            let y = top + 17 + line * Double(i)
            let isLast = i == rows.count - 1
            let colour = !isLast || !isOver ? Paint.text : subject.outcome == .intercepted ? Paint.hit : Paint.missile
            let sign = Point(21, y - 5)
            switch i {
            case _ where isLast: break
            case 0: canvas.fill(.circle(sign, radius: 5), Paint.interceptor)
            case 1: canvas.fill(.circle(sign, radius: 5), Paint.missile)
            default:
                drawCross(at: sign, on: canvas)
                // The beam's own colour, after its word.
                canvas.fill(.rectangle(x: 34 + canvas.textWidth(row, size: size) + 6 - 2, y: y - 10, width: 12, height: 11), Paint.beam.opacity(4))
            }
            canvas.text(row, at: Point(isLast ? 16 : 34, y), size: size, colour: colour, bold: isLast)
        }
    }

    /// A distance: whole metres from 100 on, tenths below.
    static func metres(_ value: Double) -> String { String(format: value < 99.95 ? "%.1f m" : "%.0f m", value) }

    private static func whole(_ value: Double) -> String { String(format: "%.0f", value.rounded() + 0) }

    private static func ending(_ outcome: Interceptor.Outcome) -> String {
        switch outcome {
        case .open: "under way"
        case .intercepted: "intercepted"
        case .targetHit: "the missile hit the target"
        case .missileLanded: "the missile came down elsewhere"
        case .crashed: "the interceptor crashed"
        case .outOfFuel: "out of fuel"
        case .receding: "flown away"
        case .timeLimit: "time is up"
        }
    }
}
