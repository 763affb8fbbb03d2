import Core

extension Philox {
    /// Three independent standard normal numbers.
    mutating func normalVector() -> Vector3 {
        let (a, b) = normalPair()
        return Vector3(a, b, normal())
    }

    /// Twice three independent standard normal numbers.
    mutating func normalVectors() -> (Vector3, Vector3) {
        let (a, b) = normalPair()
        let (c, d) = normalPair()
        let (e, f) = normalPair()
        return (Vector3(a, b, c), Vector3(d, e, f))
    }

    /// A uniform number from a range.
    mutating func draw(_ range: ClosedRange<Double>) -> Double { uniform(range.lowerBound, range.upperBound) }
}
