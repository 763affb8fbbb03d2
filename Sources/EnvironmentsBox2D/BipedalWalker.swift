import CBox2D
import Core
import Environments

/// A two-legged walker with four motors on uneven ground, seen through its joints and ten range readings.
///
/// | index | observation | unit |
/// |---|---|---|
/// | 0, 1 | hull angle; its rate × 2/50 | rad |
/// | 2, 3 | hull velocity x × 0.12, y × 0.08 | m/s |
/// | 4–8 | first leg: hip angle, hip speed / 4, knee angle + 1, knee speed / 6, foot on the ground | rad, rad/s, 0 or 1 |
/// | 9–13 | second leg, likewise | |
/// | 14–23 | lidar from straight down to 77° ahead: share of 5.33 m that is free | 0…1 |
///
/// Action: hip, knee, hip, knee, each in [-1, 1]; the sign chooses the direction, the size the torque. Reward: 130/30 a metre forward, minus
/// 5 a radian of hull tilt (both as differences), minus 0.028 a unit of command; −100 in place of all when the hull touches the ground or the
/// walker leaves to the left. The episode terminates there and at the far end.
///
/// Copies are independent: a copy builds its own world, by replay, at its first change.
///
/// Source: Gymnasium 1.4.0, `gymnasium/envs/box2d/bipedal_walker.py`. See `Documentation/Environments/Bipedal.md` for what differs.
public struct BipedalWalker: ShapeableEnvironment {
    public let spec: EnvironmentSpec
    /// The ground of the episode under way.
    public private(set) var terrain: BipedalTerrain
    private var world: WalkerWorld
    private(set) var episode = Episode()
    /// All actions of the episode, four numbers a step: with the seed they are the snapshot.
    private(set) var actions: [Float] = []

    /// The books of an episode.
    struct Episode {
        var seed: UInt64 = 0
        var hasBegun = false
        var steps = 0
        var startX = 0.0
        var shaping = 0.0
        var effort = 0.0
        var tiltSum = 0.0
        var torqueCost = 0.0
        /// Whether the hull has touched the ground.
        var fell = false
        /// Whether the last step was paid as a fall: the hull on the ground, or out to the left.
        var failed = false
    }

    static let hardestPush = 5.0
    static let costOfTorque = 0.00035 * 80

    /// - Parameters:
    ///   - kind: the ground.
    ///   - maxEpisodeSteps: steps after which an episode is truncated, at least 1; nil for the reference's 1600, on hardcore terrain 2000.
    /// - Throws: `EnvironmentError` when memory is short.
    public init(_ kind: BipedalTerrain.Kind = .normal, maxEpisodeSteps: Int? = nil) throws {
        let limit = maxEpisodeSteps ?? (kind == .hardcore ? 2000 : 1600)
        precondition(limit >= 1, "an episode has at least one step")
        terrain = BipedalTerrain(kind)
        world = try WalkerWorld()
        // A usual episode allocates nothing on its way; a limit beyond that is no promise to get there.
        actions.reserveCapacity(4 * min(limit, 2000))
        let leg: [Float] = [.pi, 5, .pi, 5]
        // The reference says ±π for the hull, but now and then it rolls on over its back between obstacles without touching.
        spec = EnvironmentSpec(
            id: Self.id(kind),
            observationSpace: .box(
                low: [-.infinity, -5, -5, -5] + leg.map { -$0 } + [0] + leg.map { -$0 } + [0] + Array(repeating: -1, count: 10),
                high: [.infinity, 5, 5, 5] + leg + [5] + leg + [5] + Array(repeating: 1, count: 10)),
            actionSpace: .box(count: 4, low: -1, high: 1), maxEpisodeSteps: limit, timeStep: 1.0 / 50, success: "return of at least 300",
            metricNames: ["distance", "forward_velocity", "fell", "torque_cost", "hull_angle"])
    }

    /// The identifier of the environment on a kind of ground.
    public static func id(_ kind: BipedalTerrain.Kind) -> String {
        switch kind {
        case .flat: "BipedalWalkerFlat-v3"
        case .normal: "BipedalWalker-v3"
        case .hardcore: "BipedalWalkerHardcore-v3"
        }
    }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try abandonSharedWorld()
        try begin(seed)
        observe(&observation)
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        try makeUnique()
        let step = try advance(action)
        observe(&observation)
        return step
    }

    /// Distance from the start (m), its mean rate (m/s), 1 after a fall, sum of the torque costs (as in the reward), mean |hull angle| (rad).
    public func metrics(into values: inout MutableSpan<Double>) {
        precondition(values.count == spec.metricNames.count, "one number for each metric's name")
        let distance = episode.hasBegun ? Double(world.state.bodies.0.x) - episode.startX : 0
        let steps = Double(max(episode.steps, 1))
        values[0] = distance
        values[1] = distance / (steps * spec.timeStep)
        values[2] = episode.fell ? 1 : 0
        values[3] = episode.torqueCost
        values[4] = episode.tiltSum / steps
    }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { episode.return >= 300 }

    public var signals: RewardSignals {
        RewardSignals(
            forwardVelocity: Double(world.state.bodies.0.vx), tilt: Double(world.state.bodies.0.angle), effort: episode.effort, fell: episode.failed)
    }

    /// What Box2D last told of the bodies, joints and rays.
    var state: cbx_state { world.state }

    /// Begins the episode of `seed` in a world of its own.
    mutating func begin(_ seed: UInt64) throws {
        var random = Philox(seed: seed, purpose: .environment)
        terrain.generate(&random)
        try world.reset(terrain, push: Float(random.uniform(-Self.hardestPush, Self.hardestPush)))
        actions.removeAll(keepingCapacity: true)
        episode = Episode(seed: seed, hasBegun: true, startX: Double(world.state.bodies.0.x), shaping: shaping)
    }

    /// One step of world and books; the observation is not written.
    mutating func advance(_ action: Span<Float>) throws -> Step {
        precondition(action.count == 4, "an action is four motor commands")
        try world.step(action)
        return settle(action)
    }

    /// The books of a step whose world has already moved: log, sums, reward, end.
    mutating func settle(_ action: Span<Float>) -> Step {
        var effort = 0.0
        for i in 0..<4 {
            actions.append(action[i])
            effort += Double(min(action[i].magnitude, 1))
        }
        let cost = Self.costOfTorque * effort
        let before = episode.shaping
        episode.shaping = shaping
        episode.steps += 1
        episode.effort = effort
        episode.torqueCost += cost
        episode.tiltSum += Double(world.state.bodies.0.angle.magnitude)

        let x = Double(world.state.bodies.0.x)
        episode.fell = world.state.game_over != 0
        episode.failed = episode.fell || x < 0
        let terminated = episode.failed || x > BipedalTerrain.finish
        let limit = spec.maxEpisodeSteps ?? .max
        return Step(
            reward: episode.failed ? -100 : Float(episode.shaping - before - cost), terminated: terminated,
            truncated: !terminated && episode.steps >= limit)
    }

    /// Progress and posture; the reward is its difference.
    private var shaping: Double {
        130 * Double(world.state.bodies.0.x) / 30 - 5 * Double(world.state.bodies.0.angle.magnitude)
    }

    private func observe(_ observation: inout MutableSpan<Float>) {
        precondition(observation.count == 24, "an observation is 24 numbers")
        let (hull, angle, speed, ray) = (world.state.bodies.0, world.state.joint_angle, world.state.joint_speed, world.state.lidar)
        observation[0] = hull.angle
        observation[1] = Float(2 * Double(hull.omega) / 50)
        observation[2] = Float(0.3 * Double(hull.vx) * 20 / 50)
        observation[3] = Float(0.3 * Double(hull.vy) * (400.0 / 30) / 50)
        observation[4] = angle.0
        observation[5] = speed.0 / 4
        observation[6] = angle.1 + 1
        observation[7] = speed.1 / 6
        observation[8] = Float(world.state.contact.0)
        observation[9] = angle.2
        observation[10] = speed.2 / 4
        observation[11] = angle.3 + 1
        observation[12] = speed.3 / 6
        observation[13] = Float(world.state.contact.1)
        observation[14] = ray.0
        observation[15] = ray.1
        observation[16] = ray.2
        observation[17] = ray.3
        observation[18] = ray.4
        observation[19] = ray.5
        observation[20] = ray.6
        observation[21] = ray.7
        observation[22] = ray.8
        observation[23] = ray.9
    }

    /// Before a new episode: leaves a world that a copy uses too to that copy.
    mutating func abandonSharedWorld() throws {
        if !isKnownUniquelyReferenced(&world) { world = try WalkerWorld() }
    }

    /// Gives a copy a world of its own before it changes anything: the same episode, replayed.
    private mutating func makeUnique() throws {
        guard !isKnownUniquelyReferenced(&world) else { return }
        world = try WalkerWorld()
        if episode.hasBegun { try replay(seed: episode.seed, actions: actions) }
    }

    /// Begins an episode and takes all its actions again.
    mutating func replay(seed: UInt64, actions: [Float]) throws {
        try begin(seed)
        for start in stride(from: 0, to: actions.count, by: 4) {
            _ = try advance(actions.span.extracting(start..<start + 4))
        }
    }

    /// Builds a world on a given terrain, with a given push: for comparing with recordings of the reference.
    mutating func begin(on terrain: BipedalTerrain, push: Float, observation: inout MutableSpan<Float>) throws {
        try abandonSharedWorld()
        self.terrain = terrain
        try world.reset(terrain, push: push)
        actions.removeAll(keepingCapacity: true)
        episode = Episode(startX: Double(world.state.bodies.0.x), shaping: shaping)
        observe(&observation)
    }

    /// Puts the bodies somewhere and observes, without a step: for the same purpose.
    mutating func place(_ bodies: [cbx_body], contacts: [UInt8], gameOver: Bool, observation: inout MutableSpan<Float>) throws {
        try makeUnique()
        try world.place(bodies, contacts: contacts, gameOver: gameOver)
        observe(&observation)
    }
}
