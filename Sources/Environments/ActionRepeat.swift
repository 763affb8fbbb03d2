/// Gives every action to the environment inside for several steps, unless the episode ends before; rewards are summed.
///
/// The policy decides less often, so that its horizon reaches further in time. A step of the wrapper is one decision: time step, step limits
/// and lengths count those.
public struct ActionRepeat: EnvironmentWrapper {
    public private(set) var base: any Environment
    /// Steps of the environment inside for one action.
    public let count: Int
    public let spec: EnvironmentSpec

    /// - Parameter count: steps for one action, ≥ 1.
    public init(_ base: any Environment, count: Int) {
        precondition(count >= 1, "an action must be given at least once")
        self.base = base
        self.count = count
        var spec = base.spec
        spec.timeStep *= Double(count)
        spec.maxEpisodeSteps = spec.maxEpisodeSteps.map { ($0 + count - 1) / count }
        self.spec = spec
    }

    public func wrapping(_ other: any Environment) -> any Environment { ActionRepeat(other, count: count) }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try base.reset(seed: seed, observation: &observation)
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        var total = try base.step(action: action, observation: &observation)
        for _ in 1..<count where !total.isLast {
            let step = try base.step(action: action, observation: &observation)
            total = Step(reward: total.reward + step.reward, terminated: step.terminated, truncated: step.truncated)
        }
        return total
    }

    public func metrics(into values: inout MutableSpan<Double>) { base.metrics(into: &values) }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { base.succeeded(episode) }

    public func snapshot() throws -> [UInt8] { try base.snapshot() }

    public mutating func restore(_ snapshot: [UInt8]) throws { try base.restore(snapshot) }
}
