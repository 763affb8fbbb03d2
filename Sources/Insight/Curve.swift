import Foundation

/// One value at one step count.
public struct CurvePoint: Sendable, Codable, Equatable {
    /// Environment steps.
    public var step: Double
    public var value: Double

    public init(_ step: Double, _ value: Double) {
        self.step = step
        self.value = value
    }
}

/// A value with the ends of its band or error bar.
public struct BandPoint: Sendable, Codable, Equatable {
    public var step: Double
    public var value: Double
    public var low: Double
    public var high: Double

    public init(_ step: Double, _ value: Double, low: Double, high: Double) {
        self.step = step
        self.value = value
        self.low = low
        self.high = high
    }
}

/// Curves made from curves. All take points in rising order of step.
public enum Curve {
    /// What a band of several runs shows.
    public enum Spread: Sendable { case deviation, confidence95, range }

    /// Mean over the points within `width`/2 steps of each point; values that are not finite are left out and stay as they are.
    public static func smoothed(_ points: [CurvePoint], width: Double) -> [CurvePoint] {
        var (first, next) = (0, 0)
        var sum = 0.0
        var count = 0
        return points.map { point in
            // The window moves along: what comes in at the front is added, what falls out at the back is taken away.
            while next < points.count, points[next].step <= point.step + width / 2 {
                if points[next].value.isFinite { (sum, count) = (sum + points[next].value, count + 1) }
                next += 1
            }
            while points[first].step < point.step - width / 2 {
                if points[first].value.isFinite { (sum, count) = (sum - points[first].value, count - 1) }
                first += 1
            }
            return point.value.isFinite && count > 0 ? CurvePoint(point.step, sum / Double(count)) : point
        }
    }

    /// The least and the greatest point of each of `columns` equal pieces of the step range, for a plot that many pixels wide.
    public static func thinned(_ points: [CurvePoint], columns: Int) -> [CurvePoint] {
        guard points.count > 4 * columns, columns > 0, let start = points.first?.step, let end = points.last?.step, end > start else { return points }
        var result: [CurvePoint] = []
        var i = 0
        while i < points.count {
            let column = Int((points[i].step - start) / (end - start) * Double(columns))
            var (low, high) = (i, i)
            while i < points.count, Int((points[i].step - start) / (end - start) * Double(columns)) == column {
                if points[i].value < points[low].value || !points[low].value.isFinite { low = i }
                if points[i].value > points[high].value || !points[high].value.isFinite { high = i }
                i += 1
            }
            result.append(points[min(low, high)])
            if low != high { result.append(points[max(low, high)]) }
        }
        return result
    }

    /// The value at a step by linear interpolation; nil outside the curve.
    public static func value(of points: [CurvePoint], at step: Double) -> Double? {
        guard let first = points.first, let last = points.last, step >= first.step, step <= last.step else { return nil }
        var (low, high) = (0, points.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if points[middle].step <= step { low = middle } else { high = middle }
        }
        let (a, b) = (points[low], points[high])
        return b.step > a.step ? a.value + (b.value - a.value) * (step - a.step) / (b.step - a.step) : b.value
    }

    /// Mean and band of several runs on an even grid of steps that all of them reach; empty where they share none.
    public static func across(_ runs: [[CurvePoint]], spread: Spread = .confidence95, points count: Int = 200) -> [BandPoint] {
        precondition(count > 1, "a band needs at least two points")
        guard !runs.isEmpty, let start = runs.map({ $0.first?.step ?? .infinity }).max(), let end = runs.map({ $0.last?.step ?? -.infinity }).min(), start <= end else { return [] }
        return (0..<count).map { i in
            // The last point is set rather than computed, so that rounding can't put it past the end.
            let step = i == count - 1 ? end : start + (end - start) * Double(i) / Double(count - 1)
            let values = runs.compactMap { value(of: $0, at: step) }
            let mean = Statistics.mean(values)
            switch spread {
            case .deviation:
                let deviation = Statistics.deviation(values)
                return BandPoint(step, mean, low: mean - deviation, high: mean + deviation)
            case .confidence95:
                let interval = Statistics.meanInterval(values) ?? Interval(mean, mean)
                return BandPoint(step, mean, low: interval.low, high: interval.high)
            case .range:
                return BandPoint(step, mean, low: values.min() ?? mean, high: values.max() ?? mean)
            }
        }
    }
}
