import Foundation

/// Whether a series of values goes anywhere, by ranks: no assumption about its shape or noise, and one wild value can't make a trend.
///
/// Source: Mann 1945 and Kendall 1975 (the test), Theil 1950 and Sen 1968 (the slope and its interval).
public struct Trend: Sendable, Equatable {
    public enum Direction: String, Sendable { case rising, flat, falling }

    /// `flat` means that no trend is shown at the level asked for.
    public var direction: Direction
    /// Median of the slopes between all pairs of points, value a step.
    public var slope: Double
    /// Confidence interval of the slope.
    public var interval: Interval
    /// Probability of so one-sided an order among values without a trend, two-sided.
    public var probability: Double
    public var count: Int
    /// Steps from the first point to the last.
    public var span: Double

    /// Fewest points that can show a trend at 95 %.
    public static let leastPoints = 5

    /// The trend of points in rising order of step; those that are not finite are left out. nil for fewer than `leastPoints`.
    public init?(_ points: [CurvePoint], confidence: Double = 0.95) {
        let points = points.filter { $0.step.isFinite && $0.value.isFinite }
        let n = points.count
        guard n >= Self.leastPoints, let first = points.first, let last = points.last, last.step > first.step else { return nil }

        // S counts pairs that rise less those that fall.
        var score = 0
        var slopes: [Double] = []
        for i in 0..<n {
            for j in i + 1..<n where points[j].step > points[i].step {
                let difference = points[j].value - points[i].value
                score += difference > 0 ? 1 : difference < 0 ? -1 : 0
                slopes.append(difference / (points[j].step - points[i].step))
            }
        }
        slopes.sort()
        let ties = Dictionary(grouping: points, by: \.value).values.map(\.count).filter { $0 > 1 }
        func term(_ m: Int) -> Double { Double(m) * Double(m - 1) * Double(2 * m + 5) }
        let deviation = (max(0, term(n) - ties.reduce(0) { $0 + term($1) }) / 18).squareRoot()

        // Few values without ties have an exact distribution; others are near enough to normal, with the correction for whole numbers.
        if ties.isEmpty && n <= 12 {
            probability = Self.exactProbability(score: abs(score), count: n)
        } else {
            probability = deviation > 0 ? erfc(Double(max(0, abs(score) - 1)) / deviation / 2.0.squareRoot()) : 1
        }

        // The slopes that many ranks away from the median bound it.
        let half = Statistics.normalQuantile((1 + confidence) / 2) * deviation
        func rank(_ position: Double) -> Double { slopes[min(max(Int(position.rounded()), 0), slopes.count - 1)] }
        slope = Statistics.quantile(sorted: slopes, 0.5)
        interval = Interval(rank((Double(slopes.count) - half) / 2 - 1), rank((Double(slopes.count) + half) / 2))
        direction = probability >= 1 - confidence ? .flat : score > 0 ? .rising : .falling
        count = n
        span = last.step - first.step
    }

    /// P(|S| ≥ score) over all orders of `count` different values: orders by their number of inversions, value after value.
    private static func exactProbability(score: Int, count: Int) -> Double {
        guard score > 0 else { return 1 }
        var orders = [1.0]
        for n in 2...count {
            var next = [Double](repeating: 0, count: n * (n - 1) / 2 + 1)
            for (inversions, number) in orders.enumerated() {
                for more in 0..<n { next[inversions + more] += number / Double(n) }
            }
            orders = next
        }
        // S = pairs − 2 · inversions.
        let most = (count * (count - 1) / 2 - score) / 2
        return min(1, 2 * orders[0...most].reduce(0, +))
    }
}
