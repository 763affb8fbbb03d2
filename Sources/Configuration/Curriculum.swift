/// When a stage has been mastered: the mean of a measure over the latest `window` evaluations of the stage reaches a threshold.
public enum PromotionCriterion: Sendable, Codable, Equatable {
    /// Share of successful episodes, in (0, 1].
    case successRate(Double)
    /// Mean return.
    case meanReturn(Double)
}

/// What a new stage does with something that was learned before it.
public enum CurriculumCarry: String, Sendable, Codable, CaseIterable {
    case keep, reset
    static var names: [String] { allCases.map(\.rawValue) }
}

/// One stage of a curriculum.
public struct CurriculumStage: Sendable, Codable, Equatable {
    /// Name of the environment in the catalogue.
    public var environment: String
    /// The environment's own settings in this stage.
    public var parameters: [String: ConfigurationValue]
    /// nil in the last stage, and in no other.
    public var promoteAt: PromotionCriterion?
    /// Regular evaluations, all of this stage's environment, over which the criterion's measure is averaged; at least 1.
    public var window = Self.standardWindow
    /// Steps that the stage lasts at least.
    public var minSteps = 0
    /// What happens to the optimiser's moments when this stage begins; without meaning in the first.
    public var optimizer = CurriculumCarry.keep
    /// What happens to the statistics of observations and rewards when this stage begins; without meaning in the first.
    public var normalizer = CurriculumCarry.keep
    /// Factor on the learning rate as long as the stage lasts, greater than 0.
    public var learningRateFactor = 1.0

    static let standardWindow = 3
    /// Other names of keys.
    static let aliases = ["id": "environment", "params": "parameters"]
    static let names = [
        "environment", "parameters", "promote_at", "window", "min_steps", "optimizer", "normalizer", "learning_rate_factor",
    ]

    public init(environment: String, parameters: [String: ConfigurationValue] = [:], promoteAt: PromotionCriterion? = nil) {
        self.environment = environment
        self.parameters = parameters
        self.promoteAt = promoteAt
    }

    /// From a mapping as `ValueReader` leaves it.
    init?(_ value: ConfigurationValue) {
        guard case .mapping(let fields) = value, case .string(let environment)? = fields["environment"] else { return nil }
        self.init(environment: environment)
        if case .mapping(let own)? = fields["parameters"] { parameters = own }
        if case .mapping(let criterion)? = fields["promote_at"] {
            if case .float(let share)? = criterion["success_rate"] { promoteAt = .successRate(share) }
            if case .float(let mean)? = criterion["return"] { promoteAt = .meanReturn(mean) }
        }
        if case .int(let count)? = fields["window"] { window = count }
        if case .int(let steps)? = fields["min_steps"] { minSteps = steps }
        if case .string(let name)? = fields["optimizer"] { optimizer = CurriculumCarry(rawValue: name) ?? .keep }
        if case .string(let name)? = fields["normalizer"] { normalizer = CurriculumCarry(rawValue: name) ?? .keep }
        if case .float(let factor)? = fields["learning_rate_factor"] { learningRateFactor = factor }
    }

    /// Every setting that has an effect in a stage at this place.
    func configurationValue(isFirst: Bool) -> ConfigurationValue {
        var fields: [String: ConfigurationValue] = [
            "environment": .string(environment), "parameters": .mapping(parameters), "learning_rate_factor": .float(learningRateFactor),
        ]
        switch promoteAt {
        case .successRate(let share): fields["promote_at"] = .mapping(["success_rate": .float(share)])
        case .meanReturn(let mean): fields["promote_at"] = .mapping(["return": .float(mean)])
        case nil: break
        }
        if promoteAt != nil {
            fields["window"] = .int(window)
            fields["min_steps"] = .int(minSteps)
        }
        if !isFirst {
            fields["optimizer"] = .string(optimizer.rawValue)
            fields["normalizer"] = .string(normalizer.rawValue)
        }
        return .mapping(fields)
    }
}

/// The `curriculum:` section: environments in order, the last of which is the one that counts.
public struct CurriculumSettings: Sendable, Codable, Equatable {
    /// At least one; all but the last have a criterion.
    public var stages: [CurriculumStage]

    public init(stages: [CurriculumStage]) { self.stages = stages }

    var configurationValue: ConfigurationValue {
        .list(stages.enumerated().map { $1.configurationValue(isFirst: $0 == 0) })
    }
}

extension Configuration {
    /// This configuration with the environment and the parameters of one stage, for `EnvironmentCatalogue` and the like.
    /// Errors about the parameters give the places inside the stage. Without a curriculum: unchanged.
    ///
    /// - Parameter index: 0 for the first stage; must exist.
    public func atStage(_ index: Int) -> Configuration {
        guard let curriculum else { return self }
        precondition(curriculum.stages.indices.contains(index), "a curriculum of \(curriculum.stages.count) stages has no stage \(index)")
        var copy = self
        copy.environment.id = curriculum.stages[index].environment
        copy.environment.parameters = curriculum.stages[index].parameters
        let stage = "curriculum.stages.\(index)"
        copy.origins.copy("\(stage).environment", to: "environment.id")
        copy.origins.copy("\(stage).parameters", to: "environment.parameters")
        return copy
    }
}
