import Core
import Environments

/// What a training loop needs of an algorithm. The caller pulls: `advance` does one iteration and tells what happened.
public protocol Algorithm: ~Copyable {
    /// The environments that it trains in.
    var spec: EnvironmentSpec { get }
    /// Environment steps taken.
    var steps: Int { get }
    /// Multiplies the step size, > 0.
    var learningRateFactor: Double { get set }

    /// One iteration.
    ///
    /// - Throws: what an environment throws, or `AlgorithmError` when the numbers are no longer finite.
    mutating func advance() throws -> IterationReport

    /// The policy as it is now, frozen.
    func policy() -> Policy
    /// What a rollback returns to: weights and normalisers.
    func learned() -> StateArchive
    /// Goes back to learned weights with a fresh optimiser and half the step size. Steps and generators go on.
    mutating func rollBack(to archive: StateArchive) throws
    /// Everything that the rest of the run depends on, the environments' state included.
    func state() throws -> StateArchive
    /// Continues from a state of the same configuration with the same bits as if it had never stopped.
    mutating func restore(_ archive: StateArchive) throws
    /// Goes on learning in other environments of the same shape; in each a new episode begins.
    ///
    /// - Throws: `EnvironmentError` where observations or actions differ, or what an environment throws.
    mutating func changeTask(_ change: TaskChange, makeEnvironment: () throws -> any Environment) throws
}

/// What one iteration did, whatever the algorithm.
public struct IterationReport: Sendable {
    /// Environment steps so far.
    public var steps: Int
    /// Iterations so far.
    public var iterations: Int
    /// Episodes that ended during the iteration.
    public var episodes: [FinishedEpisode]
    /// Named numbers in a fixed order, the same in every iteration; NaN where an iteration has none. Documentation/Metrics.md explains each.
    public var metrics: [(name: String, value: Double)]
    /// The few of them that a progress line shows: a short label and the number.
    public var highlights: [(label: String, value: Double)]

    public init(
        steps: Int, iterations: Int, episodes: [FinishedEpisode], metrics: [(name: String, value: Double)], highlights: [(label: String, value: Double)]
    ) {
        self.steps = steps
        self.iterations = iterations
        self.episodes = episodes
        self.metrics = metrics
        self.highlights = highlights
    }
}

/// What becomes of the learner when its task changes.
public struct TaskChange: Sendable, Equatable {
    /// Seed of the new environments' episodes.
    public var seed: UInt64
    /// Forget the optimiser's moments.
    public var resetsOptimizer: Bool
    /// Forget the statistics of observations, rewards and values.
    public var resetsNormalizers: Bool

    public init(seed: UInt64, resetsOptimizer: Bool = false, resetsNormalizers: Bool = false) {
        self.seed = seed
        self.resetsOptimizer = resetsOptimizer
        self.resetsNormalizers = resetsNormalizers
    }
}
