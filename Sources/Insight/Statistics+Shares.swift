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
}
