import Core

/// A tiny task whose best policy is known, for tests of pools, algorithms and commands.
///
/// A point on a line shall reach a goal and stay there. Both start uniform in [-1, 1]. Observation: position, goal. Action: the velocity in
/// [-1, 1] (box), or one of left, stay, right (discrete); a step moves the point by 0.2 times that. Reward: 1 − |position − goal| after the
/// move, at most 1. The episode terminates when the point strays beyond ±2 and is truncated after `limit` steps.
public struct DummyEnvironment: Environment {
    /// What an action is.
    public enum Actions: Sendable, Codable { case box, discrete }

    public let spec: EnvironmentSpec
    private let actions: Actions
    private let limit: Int
    private var state = State()

    /// All that changes. Numbers of eight bytes only, so that its bytes are its value.
    private struct State: BitwiseCopyable {
        var position = 0.0
        var goal = 0.0
        var steps: Int64 = 0
        var distanceSum = 0.0
    }

    /// How far one step can move the point.
    private static let reach = 0.2

    /// - Parameters:
    ///   - actions: box or discrete.
    ///   - limit: steps of an episode, at least 1.
    public init(actions: Actions = .box, limit: Int = 50) {
        precondition(limit >= 1, "an episode has at least one step")
        self.actions = actions
        self.limit = limit
        spec = EnvironmentSpec(
            id: actions == .box ? "Dummy-v1" : "DummyDiscrete-v1", observationSpace: .box(count: 2, low: -2.5, high: 2.5),
            actionSpace: actions == .box ? .box(count: 1, low: -1, high: 1) : .discrete(count: 3), maxEpisodeSteps: limit, timeStep: 1,
            success: "return of at least 85 % of the number of steps", metricNames: ["mean_distance"])
    }

    /// The action that gives the greatest return from here: straight to the goal, then stay.
    public var optimalAction: Float {
        let moves = (state.goal - state.position) / Self.reach
        switch actions {
        case .box: return Float(min(max(moves, -1), 1))
        case .discrete: return Float(min(max(moves.rounded(), -1), 1)) + 1
        }
    }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        var generator = Philox(seed: seed, purpose: .environment)
        state = State(position: generator.uniform(-1, 1), goal: generator.uniform(-1, 1))
        observe(&observation)
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        precondition(action.count == 1, "the dummy's action is one number")
        let velocity: Double
        switch actions {
        case .box:
            guard action[0].isFinite else { throw EnvironmentError("the action is \(action[0])", place: spec.id) }
            velocity = min(max(Double(action[0]), -1), 1)
        case .discrete:
            guard spec.actionSpace.contains(action) else {
                throw EnvironmentError("the action \(action[0]) is no index", place: spec.id, hint: "0 is left, 1 stay, 2 right")
            }
            velocity = Double(action[0]) - 1
        }
        state.position += Self.reach * velocity
        state.steps += 1
        let distance = (state.position - state.goal).magnitude
        state.distanceSum += distance
        observe(&observation)
        let terminated = state.position.magnitude > 2
        return Step(reward: Float(1 - distance), terminated: terminated, truncated: !terminated && state.steps >= limit)
    }

    public func metrics(into values: inout MutableSpan<Double>) {
        values[0] = state.steps > 0 ? state.distanceSum / Double(state.steps) : 0
    }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { episode.return >= 0.85 * Double(limit) }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(state)
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        var reader = ByteReader(snapshot)
        let state = try reader.read(State.self)
        try reader.finish()
        self.state = state
    }

    private func observe(_ observation: inout MutableSpan<Float>) {
        precondition(observation.count == 2, "the dummy's observation is two numbers")
        observation[0] = Float(state.position)
        observation[1] = Float(state.goal)
    }
}
