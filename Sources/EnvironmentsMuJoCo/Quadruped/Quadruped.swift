import Core
import Environments
import Glibc

/// A small four-legged robot trots over rough ground; the policy corrects where the gait puts its feet, 50 times a second.
///
/// Observation (77; 85 with `actions: .adaptive`; 16 more when privileged), in the trunk's frame, feet in the order FL, FR, RL, RR:
///
/// | numbers | meaning |
/// |---|---|
/// | 4 | orientation against the commanded heading, quaternion w x y z, w ≥ 0 |
/// | 3, 3 | angular velocity (rad/s), direction of gravity |
/// | 12, 12 | servo angles and velocities: tilt, front, rear of each leg (rad, rad/s) |
/// | 12, 12 | foot positions and velocities from the servo angles (m, m/s) |
/// | 2, 4 | sine and cosine of the gait's phase; 1 where a leg swings by the clock |
/// | 12 or 16 | the action before |
/// | 1 | commanded speed (m/s) |
/// | 0 or 4 | adaptive: body height, step length, step height, cycle time within their bounds, −1…1 |
/// | 0 or 16 | privileged: velocity (m/s), contact of each leg, height of the trunk, of each foot over the ground, rise of the ground 5 cm ahead |
///
/// Action in [−1, 1]: a share of `residualScale` along x, y, z for each foot target; adaptive: the gait's parameters after them, body height, step
/// length, step height, cycle time, 0 for the gait as configured, ±1 for a bound. The zero action is the plain gait to the bit: the baseline.
///
/// See `Documentation/Environments/Quadruped.md`.
public struct Quadruped: Environment {
    public let spec: EnvironmentSpec
    public let parameters: QuadrupedParameters
    var world: QuadrupedWorld
    var state = State()
    let legs: InlineArray<4, FiveBarLeg>

    /// What an episode drew.
    struct Draws: BitwiseCopyable {
        /// Of the ground.
        var seed: UInt64 = 0
        /// Index of the kind among `TerrainParameters.Kind.allCases`.
        var kind: Int64 = 0
        var terrainHeight = 0.0
        var heading = 0.0
        var push = 0.0
        var noise = 0.0
        /// In physics steps.
        var latency: Int64 = 0
        var properties = QuadrupedWorld.Properties()
    }

    /// Sums over an episode, for its metrics.
    struct Books: BitwiseCopyable {
        var terms = QuadrupedTerms()
        var startX = 0.0
        var startY = 0.0
        var energy = 0.0
        var heightDeviation = 0.0
        var tilt = 0.0
        var action = 0.0
        var clamped: Int64 = 0
        var pushes: Int64 = 0
        var gait = GaitParameters(bodyHeight: 0, stepLength: 0, stepHeight: 0, cycleTime: 0)
    }

    /// All that changes beside the simulation and the ground, which follows from the draws.
    struct State: BitwiseCopyable {
        var draws = Draws()
        var terrain = Terrain()
        var sensing = Philox(seed: 0, purpose: .environment, index: 1)
        var pushing = Philox(seed: 0, purpose: .environment, index: 2)
        var clock = TrotGait()
        var gait = GaitParameters()
        /// The last actions, 16 numbers each, at the step's number modulo `historyLength`.
        var history = InlineArray<128, Double>(repeating: 0)
        var feet = InlineArray<12, Double>(repeating: 0)
        var steps: Int64 = 0
        /// Steps of all episodes, for the curriculum.
        var lifetime: Int64 = 0
        var x = 0.0
        var y = 0.0
        var fell: Int64 = 0
        /// Bits of what touches, see `QuadrupedWorld.touching`.
        var touching: Int64 = 0
        var books = Books()
    }

    static let historyLength = 8
    /// The robot starts this far behind the middle of the ground, so that it has room ahead, and stops short of the edge.
    private static let startDistance = 4.0
    static let edge = Terrain.halfSize - 0.3

    /// The identifier of a variant.
    public static func id(_ actions: QuadrupedParameters.Actions) -> String {
        actions == .residual ? "ResidualQuadruped-v1" : "AdaptiveQuadruped-v1"
    }

    /// - Parameters:
    ///   - parameters: the task.
    ///   - model: the robot, shared by any number of environments, each of which takes a copy; loaded when nil.
    /// - Throws: `EnvironmentError` for parameters that make no sense, and where MuJoCo or the model is not found.
    public init(_ parameters: QuadrupedParameters = QuadrupedParameters(), model: MuJoCoModel? = nil) throws {
        try parameters.validate()
        self.parameters = parameters
        let model = try model ?? Self.loadModel()
        world = try QuadrupedWorld(model)
        legs = [FiveBarLeg.all[0], FiveBarLeg.all[1], FiveBarLeg.all[2], FiveBarLeg.all[3]]
        let width = 65 + parameters.actionWidth + (parameters.actions == .adaptive ? 4 : 0) + (parameters.isPrivileged ? 16 : 0)
        spec = EnvironmentSpec(
            id: Self.id(parameters.actions), observationSpace: .box(count: width),
            actionSpace: .box(count: parameters.actionWidth, low: -1, high: 1), maxEpisodeSteps: parameters.maxEpisodeSteps,
            timeStep: model.timeStep * Double(parameters.frameSkip),
            success: "no fall and a mean velocity toward the command of at least \(parameters.successVelocity) m/s",
            metricNames: Self.metricNames)
    }

    /// The robot's model, to be shared by several environments.
    public static func loadModel() throws -> MuJoCoModel {
        let files = try MuJoCoFiles.locate()
        return try MuJoCoModel(path: try files.ownModel("quadruped.xml"), files: files)
    }

    /// The baseline that policies are compared with: the plain gait.
    public var baselineAction: [Float] { Array(repeating: 0, count: parameters.actionWidth) }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        precondition(observation.count == spec.observationSpace.width, "the observation's buffer has another width than the spec says")
        try makeUnique()
        let lifetime = state.lifetime
        var random = Philox(seed: seed, purpose: .environment)
        state = State()
        state.lifetime = lifetime
        state.sensing = Philox(seed: seed, purpose: .environment, index: 1)
        state.pushing = Philox(seed: seed, purpose: .environment, index: 2)
        state.gait = parameters.gait
        state.draws = draw(seed: seed)
        prepareWorld()

        // The pose that the gait has at its drawn phase, just above the highest ground under a foot.
        state.draws.heading = random.uniform(-.pi, .pi)
        state.clock = TrotGait(phase: random.uniform())
        let (forwardX, forwardY) = (cos(state.draws.heading), sin(state.draws.heading))
        let (x, y) = (-Self.startDistance * forwardX, -Self.startDistance * forwardY)
        let qpos = world.simulation.fields.qpos
        var ground = -Double.infinity
        for leg in 0..<4 {
            let target = state.clock.target(leg, state.gait)
            let pose = legs[leg].inverse(target)
            let first = qpos + 7 + QuadrupedWorld.jointsPerLeg * leg
            (first[0], first[1], first[2], first[3], first[4]) = (pose.tilt, pose.front, pose.frontElbow, pose.rear, pose.rearElbow)
            let foot = legs[leg].trunkFrame(target)
            let footX = x + forwardX * foot.x - forwardY * foot.y
            ground = max(ground, state.terrain.height(footX, y + forwardY * foot.x + forwardX * foot.y, world.samples))
        }
        (qpos[0], qpos[1]) = (x, y)
        qpos[2] = ground + state.gait.bodyHeight + FiveBarLeg.trunkOffset
        (qpos[3], qpos[4], qpos[5], qpos[6]) = (cos(state.draws.heading / 2), 0, 0, sin(state.draws.heading / 2))

        // It comes down and finds its rhythm.
        for _ in 0..<parameters.settleSteps { _ = advance(delayed: nil) }
        state.books = Books()
        (state.x, state.y) = (qpos[0], qpos[1])
        (state.books.startX, state.books.startY) = (qpos[0], qpos[1])
        state.touching = Int64(world.touching)
        observe(isFirst: true, &observation)
    }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { state.fell == 0 && forwardVelocity >= parameters.successVelocity }

    /// Draws what differs from episode to episode. Every number is drawn whether it is used or not, so that switching one on leaves the others.
    private func draw(seed: UInt64) -> Draws {
        let p = parameters.randomisation
        var random = Philox(seed: seed, purpose: .domainRandomisation)
        // Grounds are lattices of hashes, of which neighbouring seeds would give rearranged ones.
        let ground = parameters.terrain.seed.map { Philox.childSeed(of: $0, purpose: .environment, index: 12, count: 0) }
        var draws = Draws(seed: ground ?? seed)
        draws.properties.friction = 1 + p.friction * random.uniform(-1, 1)
        draws.properties.mass = 1 + p.mass * random.uniform(-1, 1)
        draws.properties.gain = parameters.servoGain * (1 + p.servoGain * random.uniform(-1, 1))
        let height = parameters.curriculum.height(ownSteps: state.lifetime, otherwise: parameters.terrain.height)
        draws.terrainHeight = height * (1 + p.terrain * random.uniform(-1, 1))
        draws.push = p.pushes * random.uniform()
        draws.noise = p.sensorNoise * random.uniform()
        draws.latency = Int64((1000 * p.latency * random.uniform()).rounded())
        let kinds = TerrainParameters.Kind.allCases
        let mixed = random.below(kinds.count - 1)
        for (i, kind) in kinds.enumerated() where kind == parameters.terrain.kind { draws.kind = Int64(kind == .mixed ? mixed : i) }
        return draws
    }

    /// Makes ground and robot what the draws say; the simulation rests afterwards.
    mutating func prepareWorld() {
        let draws = state.draws
        state.terrain = Terrain(
            parameters.terrain, kind: TerrainParameters.Kind.allCases[Int(draws.kind)], height: draws.terrainHeight, seed: draws.seed,
            samples: world.samples)
        world.apply(draws.properties, terrain: state.terrain)
    }

    /// Gives a copied environment a world of its own before it changes anything.
    mutating func makeUnique() throws {
        if !isKnownUniquelyReferenced(&world) { world = try world.copy() }
    }
}
