import Environments

/// The interceptor task with a guidance law at the controls. The actions passed to `step` are ignored.
///
/// The law commands the engine and the seeker themselves, along the world's axes: a residual, the frame of actions and their number belong to
/// policies and change nothing here.
public struct GuidedInterceptor: EnvironmentWrapper {
    public var spec: EnvironmentSpec { environment.spec }
    public var base: any Environment { environment }
    private var environment: Interceptor
    private var law: any GuidanceLaw
    private let source: GuidanceSource
    private var seed: UInt64 = 0

    /// - Parameters:
    ///   - law: must not remember anything that it saw, or a snapshot would miss it; random numbers from its seed are allowed.
    ///   - source: where it takes the missile from.
    public init(_ environment: Interceptor, _ law: any GuidanceLaw, from source: GuidanceSource) {
        self.environment = environment
        self.law = law
        self.source = source
    }

    public func wrapping(_ other: any Environment) -> any Environment {
        guard let other = other as? Interceptor else { preconditionFailure("a guidance law flies an interceptor and nothing else") }
        return GuidedInterceptor(other, law, from: source)
    }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try environment.reset(seed: seed, observation: &observation)
        self.seed = seed
        law.begin(seed: seed)
    }

    public mutating func step(action _: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        environment.step(law.command(environment.picture(source)), observation: &observation)
    }

    public func metrics(into values: inout MutableSpan<Double>) { environment.metrics(into: &values) }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { environment.succeeded(episode) }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(seed)
        writer.write(array: try environment.snapshot())
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        let seed = try reader.read(UInt64.self)
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        try environment.restore(inner)
        self.seed = seed
        law.begin(seed: seed)
        // Random numbers go on where they were; other laws have no state.
        for _ in 0..<environment.episodeSteps { _ = law.command(environment.picture(source)) }
    }
}
