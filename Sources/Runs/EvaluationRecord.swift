import Core

/// One evaluation during training: a line of `evaluations.jsonl`. The figures stand beside the other keys, not nested.
public struct EvaluationRecord: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        /// The regular one, every `eval_freq` steps.
        case periodic
        /// The second look at a candidate for best, on fresh seeds.
        case confirmation
    }

    /// Environment steps trained before it.
    public var step: Int
    public var kind: Kind
    /// Stage of the curriculum whose environment was played, from 1; nil without a curriculum.
    public var stage: Int?
    /// Number of the first episode seed.
    public var seedsStart: UInt64
    public var figures: EvaluationFigures
    /// True when the evaluated policy replaced the best one.
    public var becameBest: Bool
    /// Return and length (environment steps) of each episode, in the order of the seeds.
    public var returns: [Double]
    public var lengths: [Int]

    public init(
        step: Int, kind: Kind, stage: Int? = nil, seedsStart: UInt64, figures: EvaluationFigures, becameBest: Bool, returns: [Double], lengths: [Int]
    ) {
        self.step = step
        self.kind = kind
        self.stage = stage
        self.seedsStart = seedsStart
        self.figures = figures
        self.becameBest = becameBest
        self.returns = returns
        self.lengths = lengths
    }

    enum CodingKeys: String, CodingKey {
        case step, kind, stage, returns, lengths
        case seedsStart = "seeds_start"
        case becameBest = "became_best"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        step = try container.decode(Int.self, forKey: .step)
        kind = try container.decode(Kind.self, forKey: .kind)
        stage = try container.decodeIfPresent(Int.self, forKey: .stage)
        seedsStart = try container.decode(UInt64.self, forKey: .seedsStart)
        becameBest = try container.decode(Bool.self, forKey: .becameBest)
        returns = try container.decode([Double].self, forKey: .returns)
        lengths = try container.decode([Int].self, forKey: .lengths)
        figures = try EvaluationFigures(from: decoder)
        for (key, isSound) in [(EvaluationFigures.CodingKeys.episodes, figures.episodes > 0), (.successRate, (0...1).contains(figures.successRate))]
        where !isSound {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath + [key], debugDescription: "the value is out of range"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(step, forKey: .step)
        try container.encode(kind, forKey: .kind)
        try container.encodeIfPresent(stage, forKey: .stage)
        try container.encode(seedsStart, forKey: .seedsStart)
        try container.encode(becameBest, forKey: .becameBest)
        try container.encode(returns, forKey: .returns)
        try container.encode(lengths, forKey: .lengths)
        try figures.encode(to: encoder)
    }
}

/// Something that happened in a run: a line of `events.jsonl`.
public struct RunEvent: Codable, Sendable, Equatable {
    /// Environment steps taken when it happened.
    public var step: Int
    /// A short identifier in snake_case: `best_replaced`, `collapse_warned`, `rolled_back`, `promoted`, `stopped`,
    /// `checkpoint_damaged`, `configuration_changed`.
    public var kind: String
    /// Stage of the curriculum in which it happened, from 1; of a promotion the one that was passed. nil without a curriculum.
    public var stage: Int?
    /// The same as a sentence for people.
    public var message: String

    public init(step: Int, kind: String, stage: Int? = nil, message: String) {
        self.step = step
        self.kind = kind
        self.stage = stage
        self.message = message
    }
}
