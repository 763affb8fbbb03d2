import Core

/// What one step of an environment gives beside the observation.
public struct Step: Sendable, Equatable {
    public var reward: Float
    /// The task itself ended (fall, goal, crash): the value of what follows is zero.
    public var terminated: Bool
    /// The episode was cut (time limit): the value of what follows is bootstrapped.
    public var truncated: Bool

    public init(reward: Float, terminated: Bool, truncated: Bool = false) {
        self.reward = reward
        self.terminated = terminated
        self.truncated = truncated
    }

    /// Whether the episode is over for either reason.
    public var isLast: Bool { terminated || truncated }
}

/// Return and length of a finished episode.
public struct EpisodeTotals: Sendable, Codable, Equatable {
    /// Undiscounted sum of rewards as the environment gave them.
    public var `return`: Double
    /// Number of steps.
    public var length: Int
    /// Whether it ended by truncation rather than by termination.
    public var truncated: Bool

    public init(return: Double, length: Int, truncated: Bool) {
        self.return = `return`
        self.length = length
        self.truncated = truncated
    }
}

/// A task: something that takes actions and gives observations and rewards.
///
/// A conforming type is used by one thread at a time. After `reset(seed:)`, everything that follows depends on the seed and the
/// actions alone. `reset` and `step` write the observation into the caller's memory and allocate nothing.
public protocol Environment: Sendable {
    var spec: EnvironmentSpec { get }

    /// Begins the episode that belongs to `seed` and writes its first observation.
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws

    /// Applies an action and writes the observation that follows, also when it is the episode's last one.
    ///
    /// - Parameter action: as many numbers as the action space is wide; one number, the index, for a discrete space.
    mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step

    /// Writes the measures named in `spec.metricNames`, of the episode so far. Read when an episode ends.
    func metrics(into values: inout MutableSpan<Double>)

    /// Whether a finished episode was a success.
    func succeeded(_ episode: EpisodeTotals) -> Bool

    /// Everything that the rest of the episode depends on, so that `restore` continues it with the same bits.
    func snapshot() throws -> [UInt8]

    /// Returns to a snapshot of an environment with the same spec and parameters.
    mutating func restore(_ snapshot: [UInt8]) throws
}

extension Environment {
    public func metrics(into values: inout MutableSpan<Double>) {}
}

/// An environment's or a wrapper's failure.
public struct EnvironmentError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String
    /// Key of the parameter at fault, where there is one.
    public var key: String?

    public init(_ what: String, place: String = "", hint: String = "", key: String? = nil) {
        self.what = what
        self.place = place
        self.hint = hint
        self.key = key
    }
}
