/// What never changes about an environment. It travels with the weights, and a policy refuses an environment whose spec differs.
public struct EnvironmentSpec: Sendable, Codable, Equatable {
    /// Identifier with version, e.g. `Humanoid-v5`.
    public var id: String
    public var observationSpace: Space
    public var actionSpace: Space
    /// Steps after which an episode is truncated; nil for no limit.
    public var maxEpisodeSteps: Int?
    /// Seconds of simulated time a step.
    public var timeStep: Double
    /// What counts as a success, as a sentence for people.
    public var success: String
    /// Names of the environment's own measures of an episode, in the order in which `metrics(into:)` writes them.
    public var metricNames: [String]

    public init(
        id: String, observationSpace: Space, actionSpace: Space, maxEpisodeSteps: Int?, timeStep: Double, success: String,
        metricNames: [String] = []
    ) {
        self.id = id
        self.observationSpace = observationSpace
        self.actionSpace = actionSpace
        self.maxEpisodeSteps = maxEpisodeSteps
        self.timeStep = timeStep
        self.success = success
        self.metricNames = metricNames
    }
}
