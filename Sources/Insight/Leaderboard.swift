import Runs

/// Evaluated policies in order of their mean return, with what one may conclude from the order and what not.
public struct Leaderboard: Sendable, Codable, Equatable {
    /// Which of a run's checkpoints was evaluated; in JSON `best`, `last` or the step count.
    public enum Checkpoint: Sendable, Equatable, Hashable, Codable, CustomStringConvertible {
        case best, last
        case step(Int)

        public var description: String {
            switch self {
            case .best: "best"
            case .last: "last"
            case .step(let step): "step \(NumberText.steps(Double(step)))"
            }
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let step = try? container.decode(Int.self) {
                self = .step(step)
                return
            }
            let name = try container.decode(String.self)
            guard name == "best" || name == "last" else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(name)' is no checkpoint: best, last or a step count")
            }
            self = name == "best" ? .best : .last
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if case .step(let step) = self { try container.encode(step) } else { try container.encode(description) }
        }
    }

    /// One evaluated policy as it goes in.
    public struct Entry: Sendable {
        /// Name or path of the run.
        public var run: String
        public var checkpoint: Checkpoint
        /// Seed of the training run, and a hash of its resolved configuration; empty where unknown.
        public var seed: UInt64
        public var configurationHash: String
        /// The resolved configuration, keys as dotted paths, in the file's order.
        public var configuration: [(key: String, value: String)]
        /// Checksum of the policy's weights; empty where unknown.
        public var weightsChecksum: String
        public var result: EvaluationResult
        /// Return of each episode in the order of the episode seeds; empty where only the figures were kept.
        public var returns: [Double]

        public init(
            run: String, checkpoint: Checkpoint, seed: UInt64, configurationHash: String = "",
            configuration: [(key: String, value: String)] = [], weightsChecksum: String = "", result: EvaluationResult, returns: [Double] = []
        ) {
            self.run = run
            self.checkpoint = checkpoint
            self.seed = seed
            self.configurationHash = configurationHash
            self.configuration = configuration
            self.weightsChecksum = weightsChecksum
            self.result = result
            self.returns = returns
        }

        /// `run (best, 3M steps)`.
        public var name: String { "\(run) (\(checkpoint), \(NumberText.steps(Double(result.steps))) steps)" }
    }

    /// That a row is no independent policy.
    public struct Duplicate: Sendable, Codable, Equatable {
        public enum Reason: String, Sendable, Codable { case sameWeights = "same weights", sameSeedAndConfiguration = "same seed and configuration" }
        /// Rank, run and checkpoint of the first of the equal rows.
        public var rank: Int
        public var run: String
        public var checkpoint: Checkpoint
        public var reason: Reason
    }

    /// One line of the ranking.
    public struct Row: Sendable, Codable, Equatable {
        /// 1 + the number of rows with a higher mean, so equal means share a rank.
        public var rank: Int
        public var run: String
        public var checkpoint: Checkpoint
        public var steps: Int
        public var seed: UInt64
        public var figures: EvaluationFigures
        /// Wilson interval of the success rate.
        public var successInterval: Interval
        public var duplicate: Duplicate?
    }

    /// A configuration key in which other runs differ from the best one.
    public struct ConfigurationDifference: Sendable, Codable, Equatable {
        public struct Variant: Sendable, Codable, Equatable {
            /// nil where the runs lack the key.
            public var value: String?
            public var runs: [String]
        }
        public var key: String
        /// The best run's value; nil where it lacks the key.
        public var best: String?
        public var others: [Variant]
    }

    public private(set) var rows: [Row]
    /// What must be known when reading the ranking: duplicates, unlike conditions.
    public private(set) var notes: [String]
    /// Rank 1 against the next policy that is no duplicate.
    public private(set) var lead: Comparison?
    /// Best against last checkpoint of each run that came in with both.
    public private(set) var bestAgainstLast: [Comparison]
    public private(set) var configurationDifferences: [ConfigurationDifference]

    /// Ranks the entries.
    ///
    /// - Parameter ignoredKeys: configuration keys that are not worth a comparison.
    /// - Throws: `InsightError` for no entries, an evaluation of no episodes, a mean that is not finite or a success rate outside 0...1.
    public init(_ entries: [Entry], ignoredKeys: Set<String> = ["name", "seed"]) throws {
        guard !entries.isEmpty else { throw InsightError("nothing to rank", place: "leaderboard", hint: "name at least one run") }
        if let broken = entries.first(where: { !$0.result.figures.mean.isFinite }) {
            throw InsightError("the mean return is \(broken.result.figures.mean)", place: broken.run, hint: "evaluate the run again")
        }
        if let broken = entries.first(where: { $0.result.figures.episodes < 1 || !(0...1).contains($0.result.figures.successRate) }) {
            let figures = broken.result.figures
            throw InsightError("a success rate of \(figures.successRate) over \(figures.episodes) episodes", place: broken.run, hint: "evaluate the run again")
        }
        // Equal means stand in the order of their names, best before last, so that the order never depends on the input's.
        func tieBreak(_ entry: Entry) -> (String, Int, Int) { (entry.run, entry.checkpoint == .best ? 0 : 1, entry.result.steps) }
        let ranked = entries.sorted { a, b in
            let (first, second) = (a.result.figures.mean, b.result.figures.mean)
            return first != second ? first > second : tieBreak(a) < tieBreak(b)
        }
        var rows: [Row] = []
        for (i, entry) in ranked.enumerated() {
            let figures = entry.result.figures
            let tied = i > 0 && ranked[i - 1].result.figures.mean == figures.mean
            // The first of equal policies is the original; the others point at it.
            let original = ranked[..<i].indices.first { rows[$0].duplicate == nil && Self.duplication(entry, ranked[$0]) != nil }
            let duplicate = original.flatMap { o in
                Self.duplication(entry, ranked[o]).map { Duplicate(rank: rows[o].rank, run: ranked[o].run, checkpoint: ranked[o].checkpoint, reason: $0) }
            }
            rows.append(Row(
                rank: tied ? rows[i - 1].rank : i + 1, run: entry.run, checkpoint: entry.checkpoint, steps: entry.result.steps, seed: entry.seed,
                figures: figures, successInterval: figures.successInterval, duplicate: duplicate))
        }
        self.rows = rows
        lead = rows.indices.dropFirst().first { rows[$0].duplicate == nil }.map {
            Comparison(ranked[0], ranked[$0], names: (ranked[0].name, ranked[$0].name))
        }
        bestAgainstLast = Self.bestAgainstLast(entries)
        configurationDifferences = Self.configurationDifferences(of: ranked[0], from: ranked, ignoring: ignoredKeys)
        notes = Self.notes(on: ranked, duplicates: rows.count { $0.duplicate != nil })
    }

    /// Why two entries are one policy; nil where they are two.
    static func duplication(_ a: Entry, _ b: Entry) -> Duplicate.Reason? {
        if !a.weightsChecksum.isEmpty, a.weightsChecksum == b.weightsChecksum { return .sameWeights }
        // Different checkpoints of one training are different policies, so the place in the training must agree as well.
        let sameTraining = !a.configurationHash.isEmpty && a.configurationHash == b.configurationHash && a.seed == b.seed
        return sameTraining && a.run != b.run && a.checkpoint == b.checkpoint && a.result.steps == b.result.steps ? .sameSeedAndConfiguration : nil
    }
}
