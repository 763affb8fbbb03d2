import Foundation

/// Descriptive statistics of samples, and what they say about the population. No function takes an empty sample.
public enum Statistics {
    public static func mean(_ values: [Double]) -> Double {
        precondition(!values.isEmpty, "the mean of no values is not defined")
        return values.reduce(0, +) / Double(values.count)
    }

    /// Sample deviation (divisor n − 1); 0 for a single value.
    public static func deviation(_ values: [Double]) -> Double {
        let centre = mean(values)
        guard values.count > 1 else { return 0 }
        return (values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(values.count - 1)).squareRoot()
    }

    public static func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

    /// The quantile at `probability` in 0...1, linear between order statistics (type 7 of Hyndman and Fan 1996, NumPy's default).
    public static func quantile(_ values: [Double], _ probability: Double) -> Double {
        quantile(sorted: values.sorted(), probability)
    }

    static func quantile(sorted: [Double], _ probability: Double) -> Double {
        precondition(!sorted.isEmpty, "a quantile of no values is not defined")
        precondition((0...1).contains(probability), "a quantile's probability lies in 0...1")
        let position = probability * Double(sorted.count - 1)
        let below = Int(position)
        guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
    }

    /// Interquartile mean: the mean without the lowest and the highest ⌊n/4⌋ values.
    ///
    /// Source: Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice", NeurIPS 2021.
    public static func interquartileMean(_ values: [Double]) -> Double {
        let cut = values.count / 4
        return mean(Array(values.sorted()[cut..<values.count - cut]))
    }

    // MARK: Distributions

    /// The standard normal distribution's quantile at `probability` in (0, 1).
    public static func normalQuantile(_ probability: Double) -> Double {
        symmetricQuantile(probability) { 0.5 * erfc($0 / 2.0.squareRoot()) }
    }

    /// Student's t quantile at `probability` in (0, 1) for any positive number of degrees of freedom.
    public static func studentQuantile(_ probability: Double, degrees: Double) -> Double {
        precondition(degrees > 0, "Student's t needs positive degrees of freedom")
        // P(T > t) = I_x(ν/2, 1/2) / 2 with x = ν / (ν + t²): Abramowitz and Stegun 26.7.1 with 26.5.27.
        return symmetricQuantile(probability) { 0.5 * regularisedBeta(degrees / (degrees + $0 * $0), degrees / 2, 0.5) }
    }

    /// Inverts a falling tail function P(X > x), x ≥ 0, of a distribution symmetric about 0, by bisection to the last bits.
    private static func symmetricQuantile(_ probability: Double, tail: (Double) -> Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile's probability lies between 0 and 1")
        if probability == 0.5 { return 0 }
        let target = min(probability, 1 - probability)
        var low = 0.0
        var high = 1.0
        while tail(high) > target, high < 1e300 { (low, high) = (high, high * 2) }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if middle == low || middle == high { break }
            if tail(middle) > target { low = middle } else { high = middle }
        }
        return probability > 0.5 ? (low + high) / 2 : -(low + high) / 2
    }

    /// The regularised incomplete beta function I_x(a, b).
    ///
    /// Source: DLMF 8.17.22, the continued fraction, by Lentz's method; 8.17.4 where it converges slowly.
    static func regularisedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        guard x <= (a + 1) / (a + b + 2) else { return 1 - regularisedBeta(1 - x, b, a) }
        // A denominator of exactly 0 is moved off it.
        func nonzero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
        var c = 1.0
        var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
        var fraction = d
        for i in 1..<10_000 {
            let m = Double(i)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / nonzero(1 + even * d)
            c = nonzero(1 + even / c)
            fraction *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / nonzero(1 + odd * d)
            c = nonzero(1 + odd / c)
            fraction *= d * c
            if abs(d * c - 1) < 1e-16 { break }
        }
        return exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a * fraction
    }
}
