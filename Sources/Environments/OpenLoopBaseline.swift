import Core

/// An environment whose actions are made without looking: all zeros, or drawn at random. The actions passed to `step` are ignored.
public struct OpenLoopBaseline: EnvironmentWrapper {
    /// What it does.
    public enum Kind: String, Sendable, CaseIterable {
        /// Every element 0.
        case zero
        /// Every element uniform within the action space, anew at each step, from the episode's seed.
        case random
    }

    public let spec: EnvironmentSpec
    private let kind: Kind
    private let low: [Float]
    private let high: [Float]
    public private(set) var base: any Environment
    private var random = Philox(seed: 0, purpose: .actionNoise)
    private var action: [Float]

    /// - Parameter environment: its action space is a box with finite bounds on either side of 0.
    public init(_ kind: Kind, in environment: any Environment) {
        guard case .box(let low, let high) = environment.spec.actionSpace else {
            preconditionFailure("an open-loop baseline needs an action space that is a box")
        }
        precondition(low.allSatisfy { $0.isFinite && $0 <= 0 } && high.allSatisfy { $0.isFinite && $0 >= 0 }, "the box must be finite and hold 0")
        self.kind = kind
        self.low = low
        self.high = high
        base = environment
        spec = environment.spec
        action = Array(repeating: 0, count: low.count)
    }

    public func wrapping(_ other: any Environment) -> any Environment { OpenLoopBaseline(kind, in: other) }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        random = Philox(seed: seed, purpose: .actionNoise)
        try base.reset(seed: seed, observation: &observation)
    }

    public mutating func step(action _: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        if kind == .random {
            for i in action.indices { action[i] = min(max(Float(random.uniform(Double(low[i]), Double(high[i]))), low[i]), high[i]) }
        }
        return try Self.step(&base, action, &observation)
    }

    // Apart, since a span of one property of `self` bars the use of another.
    private static func step(_ environment: inout any Environment, _ action: [Float], _ observation: inout MutableSpan<Float>) throws -> Step {
        try environment.step(action: action.span, observation: &observation)
    }

    public func metrics(into values: inout MutableSpan<Double>) { base.metrics(into: &values) }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { base.succeeded(episode) }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(random)
        writer.write(array: try base.snapshot())
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        let random = try reader.read(Philox.self)
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        try base.restore(inner)
        self.random = random
    }
}
