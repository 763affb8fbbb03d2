/// How an action of the policy becomes one that the environment allows.
public enum ActionTransformName: String, Sendable, Codable, CaseIterable {
    case clip, rescale, none
    static var names: [String] { allCases.map(\.rawValue) }
}

/// The `environment:` section.
public struct EnvironmentConfiguration: Sendable, Codable, Equatable {
    /// Name in the catalogue: `Humanoid-v5`.
    public var id = ""
    /// Steps after which an episode is truncated; nil: the environment's own limit.
    public var maxEpisodeSteps: Int?
    /// Steps for which the environment is given each action, at least 1.
    public var actionRepeat = 1
    /// Observations given at once, at least 1.
    public var frameStack = 1
    public var actionTransform = ActionTransformName.clip
    /// The environment's own settings, as written; see `Configuration.environmentParameters`.
    public var parameters: [String: ConfigurationValue] = [:]
    /// What is done to the reward in training, in order; evaluation plays without it.
    public var shaping: [ShapingTerm] = []

    /// Blank; every field is filled from the resolved values.
    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.text("environment.id", &id)
        binder.optionalInt("environment.max_episode_steps", &maxEpisodeSteps)
        binder.int("environment.action_repeat", &actionRepeat)
        binder.int("environment.frame_stack", &frameStack)
        binder.choice("environment.action_transform", &actionTransform)
        binder.mapping("environment.parameters", &parameters)
        binder.shaping("environment.shaping", &shaping)
    }
}
