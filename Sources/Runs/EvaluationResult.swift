import Core

/// The figures of a set of evaluation episodes.
public struct EvaluationFigures: Codable, Sendable, Equatable {
    public var episodes: Int
    /// Mean, sample deviation (n − 1), least, median and greatest return.
    public var mean: Double
    public var std: Double
    public var min: Double
    public var median: Double
    public var max: Double
    /// Mean length in environment steps.
    public var lengthMean: Double
    /// Share of episodes, in 0...1, that the environment counts as a success.
    public var successRate: Double
    /// 95 % confidence interval of the mean return: low, high.
    public var ci95: [Double]
    /// Means of the environment's own measures (`forward_velocity`, `fall_rate` …).
    public var metrics: [String: Double]

    public init(
        episodes: Int, mean: Double, std: Double, min: Double, median: Double, max: Double, lengthMean: Double, successRate: Double,
        ci95: [Double], metrics: [String: Double]
    ) {
        self.episodes = episodes
        self.mean = mean
        self.std = std
        self.min = min
        self.median = median
        self.max = max
        self.lengthMean = lengthMean
        self.successRate = successRate
        self.ci95 = ci95
        self.metrics = metrics
    }

    enum CodingKeys: String, CodingKey {
        case episodes, mean, std, min, median, max, ci95, metrics
        case lengthMean = "length_mean"
        case successRate = "success_rate"
    }
}

/// A mean difference of values measured on the same episode seeds.
public struct PairedDifference: Codable, Sendable, Equatable {
    public var mean: Double
    /// 95 % interval: low, high; empty for a single pair.
    public var ci95: [Double]

    public init(mean: Double, ci95: [Double]) {
        self.mean = mean
        self.ci95 = ci95
    }
}

/// One evaluated policy: an element of `Results/<system>/results.json` and what `crest evaluate --json` prints.
///
/// In JSON the figures stand beside the other keys, not nested.
public struct EvaluationResult: Codable, Sendable, Equatable {
    /// Path of the configuration, or its hash where the file is unknown.
    public var config: String
    public var seed: UInt64
    /// Environment steps the policy was trained for.
    public var steps: Int
    public var wallSeconds: Double
    public var checkpoint: String
    public var environment: String
    public var conditions: [String: JSONValue]
    public var evaluationSeed: UInt64
    public var figures: EvaluationFigures
    /// Name of a baseline controller → its figures on the same episode seeds.
    public var baselines: [String: EvaluationFigures]
    /// Name of a baseline → measure → mean of policy − baseline over the pairs of episodes. Not in JSON where there are none.
    public var differences: [String: [String: PairedDifference]] = [:]
    /// The command that made this object.
    public var command: String

    public init(
        config: String, seed: UInt64, steps: Int, wallSeconds: Double, checkpoint: String, environment: String,
        conditions: [String: JSONValue], evaluationSeed: UInt64, figures: EvaluationFigures, baselines: [String: EvaluationFigures],
        command: String
    ) {
        self.config = config
        self.seed = seed
        self.steps = steps
        self.wallSeconds = wallSeconds
        self.checkpoint = checkpoint
        self.environment = environment
        self.conditions = conditions
        self.evaluationSeed = evaluationSeed
        self.figures = figures
        self.baselines = baselines
        self.command = command
    }

    /// Name of the condition that tells where a policy was trained, if elsewhere, and nothing of the episodes.
    public static let originCondition = "trained_in"
    /// Conditions of the episodes alone.
    public var episodeConditions: [String: JSONValue] { conditions.filter { $0.key != Self.originCondition } }

    enum CodingKeys: String, CodingKey {
        case config, seed, steps, checkpoint, environment, conditions, baselines, differences, command
        case wallSeconds = "wall_seconds"
        case evaluationSeed = "evaluation_seed"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        config = try container.decode(String.self, forKey: .config)
        seed = try container.decode(UInt64.self, forKey: .seed)
        steps = try container.decode(Int.self, forKey: .steps)
        wallSeconds = try container.decode(Double.self, forKey: .wallSeconds)
        checkpoint = try container.decode(String.self, forKey: .checkpoint)
        environment = try container.decode(String.self, forKey: .environment)
        conditions = try container.decode([String: JSONValue].self, forKey: .conditions)
        evaluationSeed = try container.decode(UInt64.self, forKey: .evaluationSeed)
        baselines = try container.decode([String: EvaluationFigures].self, forKey: .baselines)
        differences = try container.decodeIfPresent([String: [String: PairedDifference]].self, forKey: .differences) ?? [:]
        command = try container.decode(String.self, forKey: .command)
        figures = try EvaluationFigures(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(config, forKey: .config)
        try container.encode(seed, forKey: .seed)
        try container.encode(steps, forKey: .steps)
        try container.encode(wallSeconds, forKey: .wallSeconds)
        try container.encode(checkpoint, forKey: .checkpoint)
        try container.encode(environment, forKey: .environment)
        try container.encode(conditions, forKey: .conditions)
        try container.encode(evaluationSeed, forKey: .evaluationSeed)
        try container.encode(baselines, forKey: .baselines)
        if !differences.isEmpty { try container.encode(differences, forKey: .differences) }
        try container.encode(command, forKey: .command)
        try figures.encode(to: encoder)
    }
}
