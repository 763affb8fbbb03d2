import Glibc

/// A hyperparameter as a function of the number of environment steps taken, never of how often a run was resumed.
public enum Schedule: Sendable, Codable, Equatable {
    case constant(Double)
    /// `from` until `start`, then a straight line that reaches `to` at `end` and stays there (steps).
    case linear(from: Double, to: Double, start: Int, end: Int)
    /// `from` until `start`, then half a cosine wave (slow, fast, slow) that reaches `to` at `end` and stays there (steps).
    case cosine(from: Double, to: Double, start: Int, end: Int)
    /// Straight lines from point to point; the first value before the first point, the last value after the last one.
    /// At least one point, steps ascending.
    case piecewise([SchedulePoint])
    /// The value of the latest point that is reached; the first value before the first point. At least one point, steps ascending.
    case steps([SchedulePoint])

    /// `first` before step `at`, `second` from then on; `at` must be greater than 0.
    public static func twoPhase(first: Double, second: Double, at step: Int) -> Schedule {
        .steps([SchedulePoint(step: 0, value: first), SchedulePoint(step: step, value: second)])
    }

    /// The value at a step count ≥ 0.
    public func value(at step: Int) -> Double {
        switch self {
        case .constant(let value):
            return value
        case .linear(let from, let to, let start, let end):
            return from + (to - from) * Self.progress(step, start, end)
        case .cosine(let from, let to, let start, let end):
            // The ends exactly: cos(π) is −1, but (1 − −1) / 2 · (to − from) + from need not be `to`.
            let progress = Self.progress(step, start, end)
            return progress >= 1 ? to : from + (to - from) * 0.5 * (1 - cos(.pi * progress))
        case .piecewise(let points):
            precondition(!points.isEmpty, "a piecewise schedule needs at least one point")
            let next = Self.count(points, until: step)
            guard next > 0 else { return points[0].value }
            guard next < points.count else { return points[next - 1].value }
            let (left, right) = (points[next - 1], points[next])
            return left.value + (right.value - left.value) * Self.progress(step, left.step, right.step)
        case .steps(let points):
            precondition(!points.isEmpty, "a schedule of steps needs at least one point")
            return points[max(Self.count(points, until: step) - 1, 0)].value
        }
    }

    /// Values between which the whole schedule lies, for range checks.
    public var extremes: [Double] {
        switch self {
        case .constant(let value): [value]
        case .linear(let from, let to, _, _), .cosine(let from, let to, _, _): [from, to]
        case .piecewise(let points), .steps(let points): points.map(\.value)
        }
    }

    /// Share of the way from `start` to `end`, in [0, 1]; a jump at `end` where there is no way.
    private static func progress(_ step: Int, _ start: Int, _ end: Int) -> Double {
        guard end > start else { return step < end ? 0 : 1 }
        return min(max(Double(step - start) / Double(end - start), 0), 1)
    }

    /// How many of the points are reached.
    private static func count(_ points: [SchedulePoint], until step: Int) -> Int {
        var reached = 0
        while reached < points.count, points[reached].step <= step { reached += 1 }
        return reached
    }
}

/// One point of a schedule: a value at a number of environment steps.
public struct SchedulePoint: Sendable, Codable, Equatable {
    /// Environment steps, ≥ 0.
    public var step: Int
    public var value: Double

    public init(step: Int, value: Double) {
        self.step = step
        self.value = value
    }
}
