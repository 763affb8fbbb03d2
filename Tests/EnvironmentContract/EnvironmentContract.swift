import CAllocationCounter
import Core
import Environments

/// What every environment of Crest must do, as checks that a test runs one by one.
///
/// ```swift
/// @Test(arguments: EnvironmentContract.Check.allCases)
/// func keepsTheContract(_ check: EnvironmentContract.Check) throws { try contract.verify(check) }
/// ```
public struct EnvironmentContract: Sendable {
    /// What the environment should say and do beside what the protocol asks of all.
    public struct Expectations: Sendable {
        public var id: String
        public var observationWidth: Int
        public var actionSpace: Space
        public var maxEpisodeSteps: Int?
        /// Whether random actions make episodes terminate: true, one of the first 20 must; false, none may; nil, either.
        public var terminates: Bool?
        /// A number of steps that the episode with seed 1 outlasts under random actions; the truncation check shortens the limit to it.
        public var survivableSteps: Int

        public init(
            id: String, observationWidth: Int, actionSpace: Space, maxEpisodeSteps: Int?, terminates: Bool? = nil, survivableSteps: Int = 5
        ) {
            self.id = id
            self.observationWidth = observationWidth
            self.actionSpace = actionSpace
            self.maxEpisodeSteps = maxEpisodeSteps
            self.terminates = terminates
            self.survivableSteps = survivableSteps
        }
    }

    /// One promise each; the sentence that `verify` throws says how it was broken.
    public enum Check: String, CaseIterable, Sendable {
        /// The spec is what was expected and never changes.
        case spec
        /// Same seed and actions, same bits; other seed, other episode.
        case seeds
        /// Each observation is written whole, finite and within its space, the first and the last included.
        case observations
        /// The limit cuts at exactly its step; no episode outlasts it; a cut is no termination.
        case truncation
        /// Episodes terminate where that is expected, and only there.
        case termination
        /// A snapshot taken at any instant continues with the same bits, in the same and in another instance.
        case snapshots
        /// A damaged snapshot is refused, and nothing changes.
        case damagedSnapshots
        /// A reset in the middle of an episode leaves nothing of it behind.
        case resets
        /// Instances do not influence each other, interleaved or on two threads.
        case independence
        /// Resets, steps and metrics allocate nothing.
        case allocations
        /// An action that is no number, or no index, is refused, and nothing changes.
        case badActions
        /// The metrics are as many as their names, finite, and start again with each episode.
        case metrics
    }

    let expected: Expectations
    let make: @Sendable (_ limit: Int?) throws -> any Environment

    /// - Parameters:
    ///   - expectations: what the environment should say of itself.
    ///   - make: makes an instance, with another step limit where one is given (wrap it in `TimeLimit` where it has no parameter for that).
    public init(_ expectations: Expectations, make: @escaping @Sendable (_ limit: Int?) throws -> any Environment) {
        self.expected = expectations
        self.make = make
    }

    /// Checks one promise.
    ///
    /// - Throws: `EnvironmentError` with the way in which it was broken, or what the environment itself threw.
    public func verify(_ check: Check) throws {
        switch check {
        case .spec: try verifySpec()
        case .seeds: try verifySeeds()
        case .observations: try verifyObservations()
        case .truncation: try verifyTruncation()
        case .termination: try verifyTermination()
        case .snapshots: try verifySnapshots()
        case .damagedSnapshots: try verifyDamagedSnapshots()
        case .resets: try verifyResets()
        case .independence: try verifyIndependence()
        case .allocations: try verifyAllocations()
        case .badActions: try verifyBadActions()
        case .metrics: try verifyMetrics()
        }
    }

    /// Throws `sentence` where a condition does not hold.
    func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
        if !condition { throw EnvironmentError(sentence(), place: expected.id) }
    }

    /// A player with a new instance.
    func player(seed: UInt64, limit: Int? = nil) throws -> Player {
        try Player(environment: try make(limit), seed: seed)
    }
}
