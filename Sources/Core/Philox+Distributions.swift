import Glibc

extension Philox {
    /// A pair of independent standard normal numbers (Box–Muller).
    public mutating func normalPair() -> (Double, Double) {
        // 1 − u lies in (0, 1], so the logarithm is finite.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        return (radius * cos(angle), radius * sin(angle))
    }

    /// A standard normal number. Draws a pair and drops one, so that the stream's position never depends on parity.
    public mutating func normal() -> Double { normalPair().0 }

    /// Fills `values` with standard normal numbers, two a draw.
    public mutating func fillNormal(_ values: inout MutableSpan<Float>) {
        var i = 0
        while i + 1 < values.count {
            let (a, b) = normalPair()
            values[i] = Float(a)
            values[i + 1] = Float(b)
            i += 2
        }
        if i < values.count { values[i] = Float(normal()) }
    }

    /// Writes a uniform random permutation of 0..<count (Fisher–Yates).
    public mutating func permutation(into order: inout MutableSpan<Int32>) {
        precondition(order.count <= Int(Int32.max), "a permutation has at most 2^31-1 elements")
        for i in 0..<order.count { order[i] = Int32(i) }
        guard order.count > 1 else { return }
        for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    }

    /// Draws an index with the given probabilities, which should sum to 1; rounding goes to the last index of positive probability.
    public mutating func categorical(_ probabilities: Span<Float>) -> Int {
        precondition(!probabilities.isEmpty, "categorical() needs at least one probability")
        let u = Float(uniform())
        var cumulative: Float = 0
        var last = 0
        for i in 0..<probabilities.count where probabilities[i] > 0 {
            cumulative += probabilities[i]
            last = i
            if u < cumulative { return i }
        }
        return last
    }

    /// A seed for a numbered child (an episode, an environment) of a seed: the first 64 bits of the child's own stream.
    public static func childSeed(of seed: UInt64, purpose: RandomPurpose, index: UInt32, count: UInt64) -> UInt64 {
        let words = rounds(
            counter: (UInt32(truncatingIfNeeded: count), UInt32(truncatingIfNeeded: count >> 32) ^ 0x8000_0000, index, purpose.rawValue),
            key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
        return UInt64(words.0) | UInt64(words.1) << 32
    }
}
