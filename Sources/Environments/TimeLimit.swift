/// Truncates another environment's episodes after a number of steps.
///
/// A step that reaches the limit is truncated unless it terminates: then the task itself has ended, and nothing is left to bootstrap.
/// (Gymnasium's wrapper of the same name sets both flags there.)
public struct TimeLimit: EnvironmentWrapper {
    public private(set) var base: any Environment
    /// The inner environment's, with the limit in force.
    public let spec: EnvironmentSpec
    private let limit: Int
    /// Steps of the episode under way.
    private var steps = 0

    /// - Parameters:
    ///   - environment: what is limited. A shorter limit of its own stays in force.
    ///   - steps: the longest episode, at least 1.
    public init(_ environment: any Environment, steps: Int) {
        precondition(steps >= 1, "a time limit is at least one step")
        base = environment
        limit = min(steps, environment.spec.maxEpisodeSteps ?? .max)
        var spec = environment.spec
        spec.maxEpisodeSteps = limit
        self.spec = spec
    }

    public func wrapping(_ other: any Environment) -> any Environment { TimeLimit(other, steps: limit) }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try base.reset(seed: seed, observation: &observation)
        steps = 0
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        var step = try base.step(action: action, observation: &observation)
        steps += 1
        if steps >= limit && !step.terminated { step.truncated = true }
        return step
    }

    public func metrics(into values: inout MutableSpan<Double>) { base.metrics(into: &values) }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { base.succeeded(episode) }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Int64(steps))
        writer.write(array: try base.snapshot())
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        let steps = Int(try reader.read(Int64.self))
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        try base.restore(inner)
        self.steps = steps
    }
}
