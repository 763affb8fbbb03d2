import Algorithms
import Core
import Environments
import Insight
import Runs

/// Which episodes an evaluation plays: a seed and a purpose, so that sets for choosing, for confirming and for publishing never overlap.
public struct EpisodeSet: Sendable, Equatable {
    public var seed: UInt64
    public var purpose: RandomPurpose
    /// Distinguishes sets of the same seed and purpose.
    public var index: UInt32

    public init(seed: UInt64, purpose: RandomPurpose, index: UInt32 = 0) {
        self.seed = seed
        self.purpose = purpose
        self.index = index
    }

    /// Seed of an episode.
    public func episodeSeed(_ k: Int) -> UInt64 { Philox.childSeed(of: seed, purpose: purpose, index: index, count: UInt64(k)) }
}

/// Episodes played to measure a policy, in the order of their seeds.
public struct EvaluationOutcome: Sendable {
    public var returns: [Double]
    public var lengths: [Int]
    public var successes: [Bool]
    /// Name of a measure → its value in each episode.
    public var metrics: [String: [Double]]
    public var figures: EvaluationFigures
}

/// Plays whole episodes with a frozen policy.
///
/// Episode k runs in lane k mod `lanes`, and lanes act together in fixed groups, so the result depends on the policy, the set and the number of
/// lanes alone, not on the threads.
public struct Evaluator: Sendable {
    private let factory: EnvironmentFactory
    private let pool: WorkerPool
    private let lanes: Int
    private static let groupSize = 4

    /// - Parameter lanes: environments side by side, ≥ 1; part of what fixes the bits.
    public init(factory: EnvironmentFactory, pool: WorkerPool, lanes: Int = 16) {
        precondition(lanes >= 1, "an evaluation needs at least one lane")
        self.factory = factory
        self.pool = pool
        self.lanes = lanes
    }

    /// - Parameters:
    ///   - episodes: number of episodes, ≥ 1.
    ///   - stochastic: draw actions instead of taking the mean or the most probable one.
    /// - Throws: what an environment throws.
    public func evaluate(_ policy: Policy, episodes: Int, set: EpisodeSet, stochastic: Bool = false) throws -> EvaluationOutcome {
        try measure(policy, factory, episodes: episodes, set: set, stochastic: stochastic)
    }

    /// Plays the same episodes with one of the environment's baselines.
    ///
    /// - Throws: `TrainingError` where the environment declares none, `EnvironmentError` for an unknown name, and what an environment throws.
    public func evaluate(baseline name: String, episodes: Int, set: EpisodeSet) throws -> EvaluationOutcome {
        try measure(nil, factory.playing(baseline: name), episodes: episodes, set: set, stochastic: false)
    }

    /// - Parameter policy: nil where the environment needs no actions.
    private func measure(
        _ policy: Policy?, _ factory: EnvironmentFactory, episodes: Int, set: EpisodeSet, stochastic: Bool
    ) throws -> EvaluationOutcome {
        precondition(episodes >= 1, "an evaluation needs at least one episode")
        let groups = (lanes + Self.groupSize - 1) / Self.groupSize
        let results = Results(count: episodes, groups: groups)
        let lanes = lanes
        pool.run(groups) { group in
            do {
                let members = Array(stride(from: group * Self.groupSize, to: min((group + 1) * Self.groupSize, lanes), by: 1))
                try Self.play(policy, lanes: members, of: lanes, episodes: episodes, set: set, stochastic: stochastic, factory: factory, into: results)
            } catch {
                results.errors[group] = error
            }
        }
        for error in results.errors { if let error { throw error } }
        return try results.outcome(names: try factory.make().spec.metricNames)
    }

    /// Memory that the groups write to, each its own episodes.
    private final class Results: @unchecked Sendable {
        struct Episode {
            var totals = EpisodeTotals(return: 0, length: 0, truncated: false)
            var success = false
            var metrics: [Double] = []
        }
        let episodes: UnsafeMutableBufferPointer<Episode>
        let errors: UnsafeMutableBufferPointer<(any Error)?>

        init(count: Int, groups: Int) {
            episodes = .allocate(capacity: count)
            episodes.initialize(repeating: Episode())
            errors = .allocate(capacity: groups)
            errors.initialize(repeating: nil)
        }

        deinit {
            episodes.deinitialize()
            episodes.deallocate()
            errors.deinitialize()
            errors.deallocate()
        }

        func outcome(names: [String]) throws -> EvaluationOutcome {
            let returns = episodes.map(\.totals.return)
            let lengths = episodes.map(\.totals.length)
            let successes = episodes.map(\.success)
            var metrics: [String: [Double]] = [:]
            for (i, name) in names.enumerated() { metrics[name] = episodes.map { $0.metrics[i] } }
            return try EvaluationOutcome(
                returns: returns, lengths: lengths, successes: successes, metrics: metrics,
                figures: EvaluationFigures.summarise(returns: returns, lengths: lengths, successes: successes, metrics: metrics))
        }
    }

    private static func play(
        _ policy: Policy?, lanes: [Int], of total: Int, episodes: Int, set: EpisodeSet, stochastic: Bool, factory: EnvironmentFactory,
        into results: Results
    ) throws {
        var next = lanes
        guard lanes.contains(where: { $0 < episodes }) else { return }
        var environments = try lanes.map { _ in try factory.make() }
        var totals = [(return: Double, length: Int)](repeating: (0, 0), count: lanes.count)
        let actor = policy?.makeActor(rows: lanes.count)
        let W = environments[0].spec.observationSpace.width
        let A = policy?.network.actionWidth ?? environments[0].spec.actionSpace.width
        let names = environments[0].spec.metricNames.count
        var observations = [Float](repeating: 0, count: lanes.count * W)
        var actions = [Float](repeating: 0, count: lanes.count * A)
        var noise = lanes.map { _ in Philox(seed: set.seed, purpose: .actionNoise) }

        func begin(_ lane: Int) throws {
            let seed = set.episodeSeed(next[lane])
            totals[lane] = (0, 0)
            // What a policy with memory kept belongs to the lane's last episode.
            actor?.reset(row: lane)
            noise[lane] = Philox(seed: seed, purpose: .actionNoise)
            try observations.withUnsafeMutableBufferPointer { buffer in
                var row = UnsafeMutableBufferPointer(rebasing: buffer[lane * W..<(lane + 1) * W]).mutableSpan
                try environments[lane].reset(seed: seed, observation: &row)
            }
        }
        for lane in lanes.indices where next[lane] < episodes { try begin(lane) }

        // Lanes that are through keep their row, so that the batch never changes its shape.
        while next.contains(where: { $0 < episodes }) {
            observations.withUnsafeBufferPointer { x in
                actions.withUnsafeMutableBufferPointer { a in
                    noise.withUnsafeMutableBufferPointer { generators in
                        guard let x = x.baseAddress, let a = a.baseAddress, let generators = generators.baseAddress else { return }
                        actor?.act(observations: x, rows: lanes.count, noise: stochastic ? generators : nil, actions: a)
                    }
                }
            }
            for lane in lanes.indices where next[lane] < episodes {
                let step = try observations.withUnsafeMutableBufferPointer { buffer in
                    try actions.withUnsafeBufferPointer { all in
                        var row = UnsafeMutableBufferPointer(rebasing: buffer[lane * W..<(lane + 1) * W]).mutableSpan
                        let action = UnsafeBufferPointer(rebasing: all[lane * A..<(lane + 1) * A]).span
                        return try environments[lane].step(action: action, observation: &row)
                    }
                }
                totals[lane].return += Double(step.reward)
                totals[lane].length += 1
                guard step.isLast else { continue }
                let episode = EpisodeTotals(
                    return: totals[lane].return, length: totals[lane].length, truncated: step.truncated && !step.terminated)
                var metrics = [Double](repeating: 0, count: names)
                var span = metrics.mutableSpan
                environments[lane].metrics(into: &span)
                results.episodes[next[lane]] = Results.Episode(
                    totals: episode, success: environments[lane].succeeded(episode), metrics: metrics)
                next[lane] += total
                if next[lane] < episodes { try begin(lane) }
            }
        }
    }
}
