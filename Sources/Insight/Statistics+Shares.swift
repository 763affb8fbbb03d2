import Foundation

extension Statistics {
    /// Difference of two independent success rates, first minus second, good at 0 and 1 and for few trials.
    ///
    /// Source: Newcombe 1998, method 10: Wilson's intervals of both, combined.
    public static func rateDifference(
        successes first: Int, of firstTrials: Int, minus second: Int, of secondTrials: Int, confidence: Double = 0.95
    ) -> Difference {
        let (a, b) = (Double(first) / Double(firstTrials), Double(second) / Double(secondTrials))
        let one = wilsonInterval(successes: first, of: firstTrials, confidence: confidence)
        let other = wilsonInterval(successes: second, of: secondTrials, confidence: confidence)
        func hypotenuse(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        return Difference(
            mean: a - b, interval: Interval(a - b - hypotenuse(a - one.low, other.high - b), a - b + hypotenuse(one.high - a, b - other.low)), paired: false)
    }

    /// Difference of two success rates on the same episodes, first minus second, good at 0 and 1 and for few pairs; nil for fewer than two pairs,
    /// or where a value is neither 0 nor 1.
    ///
    /// Source: Newcombe 1998 (Statistics in Medicine 17, 2635), method 10: Wilson's intervals of both, combined with the correlation φ of the pairs.
    public static func pairedRateDifference(_ first: [Double], _ second: [Double], confidence: Double = 0.95) -> Difference? {
        precondition(first.count == second.count, "a paired comparison needs equally many values on both sides")
        guard first.count > 1, (first + second).allSatisfy({ $0 == 0 || $0 == 1 }) else { return nil }
        func count(_ x: Double, _ y: Double) -> Int { zip(first, second).count { $0 == x && $1 == y } }
        let (both, onlyFirst, onlySecond, none) = (count(1, 1), count(1, 0), count(0, 1), count(0, 0))
        let one = wilsonInterval(successes: both + onlyFirst, of: first.count, confidence: confidence)
        let other = wilsonInterval(successes: both + onlySecond, of: first.count, confidence: confidence)
        let n = Double(first.count)
        let (a, b) = (Double(both + onlyFirst) / n, Double(both + onlySecond) / n)

        // φ with a correction for continuity, which only ever brings it nearer to 0.
        let cross = Double(both * none - onlyFirst * onlySecond)
        let margins = [both + onlyFirst, onlySecond + none, both + onlySecond, onlyFirst + none].map { Double($0) }.reduce(1, *)
        let phi = margins == 0 ? 0 : (cross > 0 ? max(cross - n / 2, 0) : cross) / margins.squareRoot()
        func reach(_ x: Double, _ y: Double) -> Double { max(0, x * x - 2 * phi * x * y + y * y).squareRoot() }
        return Difference(
            mean: a - b, interval: Interval(a - b - reach(a - one.low, other.high - b), a - b + reach(one.high - a, b - other.low)), paired: true)
    }
}
