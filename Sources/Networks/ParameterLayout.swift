/// A named piece of a network's parameter buffer.
public struct ParameterRange: Sendable, Equatable {
    /// Dotted name as PyTorch would give it, e.g. `actor.0.weight`.
    public let name: String
    /// Row-major shape: [outputs, inputs] for weights, [outputs] for biases.
    public let shape: [Int]
    /// First element in the buffer.
    public let offset: Int

    public var count: Int { shape.reduce(1, *) }
    public var range: Range<Int> { offset..<offset + count }
}

/// Where each parameter of a network stands in its one contiguous buffer.
public struct ParameterLayout: Sendable, Equatable {
    public private(set) var ranges: [ParameterRange] = []
    /// Elements in all.
    public private(set) var count = 0

    public init() {}

    /// Reserves a range behind the last one and returns it.
    public mutating func add(_ name: String, _ shape: [Int]) -> ParameterRange {
        precondition(!ranges.contains { $0.name == name }, "a parameter name stands only once in a layout")
        let range = ParameterRange(name: name, shape: shape, offset: count)
        ranges.append(range)
        count += range.count
        return range
    }
}
