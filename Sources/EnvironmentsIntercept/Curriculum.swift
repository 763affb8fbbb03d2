/// How intercept radius and beam width change while training.
///
/// The environment counts its own steps over all episodes, and the count is part of its snapshot; an episode keeps the stage in which it began.
/// Evaluation never uses it: `InterceptorParameters.evaluating(atRadius:)`.
public struct Curriculum: Sendable, Equatable {
    /// Holds from a number of steps on.
    public struct Stage: Sendable, Equatable {
        /// Steps of the whole run, all environments together.
        public var step: Double
        /// Intercept radius, m.
        public var radius: Double
        /// Full width of the seeker's beam, degrees; nil for the seeker's own.
        public var beam: Double?

        public init(step: Double, radius: Double, beam: Double? = nil) {
            self.step = step
            self.radius = radius
            self.beam = beam
        }
    }

    /// In the order of their steps; the first holds from the beginning, wherever it says that it begins. Empty: frozen.
    public var stages: [Stage]
    /// Whether values change linearly from stage to stage rather than at once.
    public var isLinear: Bool
    /// Environments that train side by side: a step of each one counts for all.
    public var environments: Int

    /// Nothing changes.
    public static let frozen = Curriculum(stages: [])

    public init(stages: [Stage], isLinear: Bool = false, environments: Int = 1) {
        self.stages = stages
        self.isLinear = isLinear
        self.environments = environments
    }

    /// From 150 m through 100 and 50 to 20 m, a quarter of `steps` each.
    public static func standard(steps: Double, environments: Int = 1) -> Curriculum {
        Curriculum(
            stages: [150, 100, 50, 20].enumerated().map { Stage(step: steps * Double($0.offset) / 4, radius: $0.element) },
            environments: environments)
    }

    public var isFrozen: Bool { stages.isEmpty }

    /// Radius and beam after a number of this environment's own steps; what is not said comes from the arguments.
    func values(ownSteps: Int64, radius: Double, beam: Double) -> (radius: Double, beam: Double) {
        guard let first = stages.first else { return (radius, beam) }
        let step = Double(ownSteps) * Double(environments)
        var now = first
        for (index, stage) in stages.enumerated() where stage.step <= step {
            now = stage
            guard isLinear, index + 1 < stages.count else { continue }
            let next = stages[index + 1]
            let share = min((step - stage.step) / max(next.step - stage.step, 1), 1)
            now.radius += share * (next.radius - stage.radius)
            let beams = (stage.beam ?? beam, next.beam ?? beam)
            now.beam = beams.0 + share * (beams.1 - beams.0)
        }
        return (now.radius, now.beam ?? beam)
    }

    /// What is wrong with it, or nil.
    var problem: String? {
        if environments < 1 { return "a curriculum counts at least one environment" }
        for stage in stages {
            if !(stage.step >= 0 && stage.step.isFinite) { return "a curriculum's stage begins at a step of at least 0" }
            if !(stage.radius > 0 && stage.radius.isFinite) { return "a curriculum's radius is above 0" }
            if let beam = stage.beam, !(beam > 0 && beam <= 360) { return "a curriculum's beam is above 0 and at most 360 degrees" }
        }
        let isOrdered = zip(stages, stages.dropFirst()).allSatisfy { $0.step < $1.step }
        return isOrdered ? nil : "a curriculum's stages stand in the order of their steps"
    }
}
