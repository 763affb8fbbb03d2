import Environments

/// A walker with `ScriptedGait` at its motors. The actions passed to `step` are ignored.
public struct ScriptedWalker: EnvironmentWrapper {
    public var spec: EnvironmentSpec { walker.spec }
    public var base: any Environment { walker }
    private var walker: BipedalWalker
    private var gait = ScriptedGait()
    /// The last observation, which the gait answers, and its answer.
    private var seen: [Float]
    private var action: [Float]

    public init(_ walker: BipedalWalker) {
        self.walker = walker
        seen = Array(repeating: 0, count: walker.spec.observationSpace.width)
        action = Array(repeating: 0, count: walker.spec.actionSpace.width)
    }

    public func wrapping(_ other: any Environment) -> any Environment {
        guard let other = other as? BipedalWalker else { preconditionFailure("the gait walks on a walker's legs and on no others") }
        return ScriptedWalker(other)
    }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try walker.reset(seed: seed, observation: &observation)
        gait.reset()
        for i in seen.indices { seen[i] = observation[i] }
    }

    public mutating func step(action _: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        Self.decide(&gait, seen, &action)
        let step = try Self.step(&walker, action, &observation)
        for i in seen.indices { seen[i] = observation[i] }
        return step
    }

    // Apart, since a span of one property of `self` bars the use of another.
    private static func decide(_ gait: inout ScriptedGait, _ observation: [Float], _ action: inout [Float]) {
        var span = action.mutableSpan
        gait.act(observation.span, action: &span)
    }

    private static func step(_ walker: inout BipedalWalker, _ action: [Float], _ observation: inout MutableSpan<Float>) throws -> Step {
        try walker.step(action: action.span, observation: &observation)
    }

    public func metrics(into values: inout MutableSpan<Double>) { walker.metrics(into: &values) }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { walker.succeeded(episode) }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        gait.save(to: &writer)
        writer.write(array: seen)
        writer.write(array: try walker.snapshot())
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        var gait = gait
        try gait.load(from: &reader)
        let seen = try reader.readArray(Float.self)
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        guard seen.count == self.seen.count else { throw EnvironmentError("the snapshot's observation is damaged", place: spec.id) }
        try walker.restore(inner)
        self.gait = gait
        self.seen = seen
    }
}
