/// How fast a run goes, from the rows that it has written.
public struct RunSpeed: Sendable, Equatable {
    /// Environment steps a second of training time: of about the last minute, and of the whole run; nil while there is no row.
    public var now: Double?
    public var mean: Double?
    /// Seconds of training so far, all sessions together.
    public var elapsed: Double
    /// Seconds that the remaining steps take at the pace of the latest part; nil while there is no row.
    public var left: Double?

    /// - Parameters:
    ///   - rows: steps and training seconds of each row, in order.
    ///   - total: steps that the run is to take.
    public init(rows: [(step: Double, seconds: Double)], total: Double) {
        let rows = rows.filter { $0.step.isFinite && $0.seconds.isFinite }
        guard let last = rows.last, last.seconds > 0 else {
            elapsed = 0
            return
        }
        elapsed = last.seconds
        mean = last.step / last.seconds
        // Evaluations lie between rows, so a pace to reckon with takes in several of them.
        func pace(over seconds: Double) -> Double? {
            guard let start = rows.dropLast().last(where: { $0.seconds <= last.seconds - seconds }) ?? (rows.count > 1 ? rows[0] : nil),
                last.seconds > start.seconds
            else { return nil }
            return (last.step - start.step) / (last.seconds - start.seconds)
        }
        now = pace(over: 60) ?? mean
        if let pace = pace(over: max(600, last.seconds / 5)) ?? mean, pace > 0 { left = max(0, total - last.step) / pace }
    }

    /// Seconds as people read them: `48s`, `12m05s`, `3h20m`, `2d04h`.
    public static func text(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let whole = Int(min(max(seconds, 0), 1e12).rounded())
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(two(whole % 60))s" }
        if whole < 86_400 { return "\(whole / 3600)h\(two(whole % 3600 / 60))m" }
        return "\(whole / 86_400)d\(two(whole % 86_400 / 3600))h"
    }
}
