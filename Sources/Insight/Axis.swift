import Foundation

/// A range of numbers laid along a line, with round numbers marked on it.
struct Axis: Equatable {
    let low: Double
    let high: Double
    let isLogarithmic: Bool

    /// - Parameters:
    ///   - values: what must be visible; not finite (and for a logarithmic axis not positive) ones are passed over.
    ///   - padding: share of the range added at either end.
    init(covering values: [Double], isLogarithmic: Bool = false, padding: Double = 0.05) {
        self.isLogarithmic = isLogarithmic
        let usable = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }.map { isLogarithmic ? log10($0) : $0 }
        var (low, high) = (usable.min() ?? 0, usable.max() ?? 1)
        // One value alone gets room around it.
        if high - low <= 1e-12 * max(abs(low), abs(high)) {
            let room = isLogarithmic || low == 0 ? 0.5 : 0.1 * abs(low)
            (low, high) = (low - room, high + room)
        }
        let pad = padding * (high - low)
        // Positive quantities that come near 0 begin at 0.
        let startsAtZero = !isLogarithmic && padding > 0 && low >= 0 && low < 0.25 * high
        self.low = startsAtZero ? 0 : low - pad
        self.high = high + pad
    }

    init(_ range: ClosedRange<Double>) {
        (low, high) = (range.lowerBound, max(range.upperBound, range.lowerBound.nextUp))
        isLogarithmic = false
    }

    /// Position of a value: 0 at the low end, 1 at the high end; NaN where it has none.
    func fraction(_ value: Double) -> Double {
        guard isLogarithmic else { return (value - low) / (high - low) }
        return value > 0 ? (log10(value) - low) / (high - low) : .nan
    }

    /// Round values inside the range, about `count` of them.
    func ticks(about count: Int) -> [Double] {
        if isLogarithmic, let powers = logarithmicTicks(about: count) { return powers }
        let (start, end) = isLogarithmic ? (pow(10, low), pow(10, high)) : (low, high)
        // Steps of 1, 2, 2.5 or 5 times a power of ten; the one nearest to the number asked for.
        let rough = (end - start) / Double(max(1, count))
        let power = pow(10, floor(log10(rough)))
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.min { abs(log($0 / rough)) < abs(log($1 / rough)) } ?? rough
        let first = Int((start / step - 1e-9).rounded(.up))
        let last = Int((end / step + 1e-9).rounded(.down))
        return first <= last ? (first...last).map { Double($0) * step } : []
    }

    /// Powers of ten, thinned where there are many; nil where fewer than two lie in range.
    private func logarithmicTicks(about count: Int) -> [Double]? {
        let (first, last) = (Int((low - 1e-9).rounded(.up)), Int((high + 1e-9).rounded(.down)))
        guard last > first else { return nil }
        let stride = max(1, (last - first + count) / max(1, count))
        return Swift.stride(from: first, through: last, by: stride).map { pow(10, Double($0)) }
    }

    /// Labels for tick values, all with the same number of decimals.
    func labels(for ticks: [Double]) -> [String] {
        let largest = ticks.map(abs).max() ?? 0
        if isLogarithmic || (largest > 0 && largest < 1e-3) || largest >= 1e9 {
            return ticks.map { NumberText.scientific($0) }
        }
        let step = ticks.count > 1 ? abs(ticks[1] - ticks[0]) : largest
        let decimals = (0...6).first { d in
            let scaled = step * pow(10, Double(d))
            return abs(scaled - scaled.rounded()) < 1e-6 * scaled
        } ?? 6
        return ticks.map { tick in
            let text = NumberText.fixed(tick, decimals: decimals)
            return abs(tick) >= 1000 && decimals == 0 ? NumberText.grouped(tick, decimals: 0) : text
        }
    }
}
