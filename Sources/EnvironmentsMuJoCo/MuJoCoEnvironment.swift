import Core
import Environments

/// A MuJoCo task as an environment: time, noise, limits, measures and snapshots; the task itself says what is seen and what is rewarded.
///
/// Copies are independent: a copy gets a simulation of its own at its first change. Stepping on after the end of an episode is allowed and
/// goes on simulating, as in Gymnasium. Where a simulation blows up, MuJoCo sets it back to rest by itself, also as in Gymnasium.
///
/// Source of all tasks: Gymnasium 1.4.0, `gymnasium/envs/mujoco/mujoco_env.py` and `<task>_v5.py`.
public struct MuJoCoEnvironment<Task: MuJoCoTask>: Environment {
    public let spec: EnvironmentSpec
    /// The task and its parameters.
    public let task: Task
    /// The terms of the last step's reward.
    public private(set) var terms = RewardTerms()
    private(set) var simulation: MuJoCoSimulation
    private(set) var progress = Progress()

    /// The episode so far, beside the simulation. Numbers of eight bytes only, so that its bytes are its value.
    struct Progress: BitwiseCopyable {
        var steps: Int64 = 0
        /// The tracked coordinate after the last step. It is older than the positions by one physics step where it comes from body
        /// positions, so a restored simulation cannot compute it anew.
        var trackedX = 0.0
        var startX = 0.0
        /// Sums over the episode.
        var sums = RewardTerms()
    }

    /// - Parameters:
    ///   - task: the task with its parameters.
    ///   - model: the task's model, shared by any number of environments; loaded when nil.
    ///   - maxEpisodeSteps: steps after which an episode is truncated; nil for no limit.
    /// - Throws: `EnvironmentError` where MuJoCo or the model is not found.
    public init(_ task: Task = Task(), model: MuJoCoModel? = nil, maxEpisodeSteps: Int? = 1000) throws {
        let model = try model ?? Self.loadModel()
        precondition(task.frameSkip >= 1, "a control step has at least one physics step")
        self.task = task
        simulation = try MuJoCoSimulation(model)
        var names = Task.isLocomotion ? ["forward_velocity", "distance"] : []
        names += Task.rewardTerms.map(\.rawValue)
        names.append("full_length")
        spec = EnvironmentSpec(
            id: Task.id, observationSpace: .box(count: task.observationWidth(model)), actionSpace: model.controlSpace,
            maxEpisodeSteps: maxEpisodeSteps, timeStep: model.timeStep * Double(task.frameSkip),
            success: "return above \(Int(Task.successReturn))", metricNames: names)
    }

    /// The task's model, to be shared by several environments.
    public static func loadModel() throws -> MuJoCoModel { try MuJoCoModel(named: Task.modelFile) }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try makeUnique()
        simulation.reset()
        // Noise on the position at rest, then on the velocities, which rest at zero.
        var generator = Philox(seed: seed, purpose: .environment)
        let scale = task.resetNoiseScale
        let fields = simulation.fields
        for i in 0..<simulation.model.positionCount { fields.qpos[i] += generator.uniform(-scale, scale) }
        for i in 0..<simulation.model.velocityCount {
            fields.qvel[i] = Task.startsWithNormalVelocities ? scale * generator.normal() : generator.uniform(-scale, scale)
        }
        begin(&observation)
    }

    /// Begins an episode in a state of the caller's choice.
    ///
    /// - Parameters:
    ///   - positions: generalised positions, as many as the model has.
    ///   - velocities: generalised velocities, likewise.
    ///   - observation: receives the first observation.
    /// - Throws: `EnvironmentError` when memory for the simulation of a copied environment is out.
    public mutating func begin(positions: Span<Double>, velocities: Span<Double>, observation: inout MutableSpan<Float>) throws {
        precondition(positions.count == simulation.model.positionCount, "as many positions as the model has")
        precondition(velocities.count == simulation.model.velocityCount, "as many velocities as the model has")
        try makeUnique()
        simulation.reset()
        for i in 0..<positions.count { simulation.fields.qpos[i] = positions[i] }
        for i in 0..<velocities.count { simulation.fields.qvel[i] = velocities[i] }
        begin(&observation)
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        precondition(observation.count == spec.observationSpace.width, "the observation's buffer has another width than the spec says")
        try makeUnique()
        try simulation.setControls(action)
        simulation.step(frames: task.frameSkip, contactForces: Task.needsContactForces)

        // Velocity is the displacement over the whole control step.
        let x = task.trackedX(simulation)
        let velocity = (x - progress.trackedX) / spec.timeStep
        progress.trackedX = x
        progress.steps += 1

        let healthy = task.isHealthy(simulation)
        terms = task.reward(simulation, velocity: velocity, healthy: healthy)
        progress.sums.forward += terms.forward
        progress.sums.survive += terms.survive
        progress.sums.ctrl += terms.ctrl
        progress.sums.contact += terms.contact
        task.observe(simulation, into: &observation)

        let terminated = task.terminateWhenUnhealthy && !healthy
        return Step(reward: Float(terms.total), terminated: terminated, truncated: !terminated && reachedLimit)
    }

    /// Forward velocity (mean of the episode, m/s) and distance (m) of locomotion tasks, the sums of the reward's terms, and `full_length`,
    /// 1 when the step limit was reached.
    public func metrics(into values: inout MutableSpan<Double>) {
        precondition(values.count == spec.metricNames.count, "one number for each metric's name")
        var next = 0
        if Task.isLocomotion {
            let distance = progress.trackedX - progress.startX
            let seconds = Double(max(progress.steps, 1)) * spec.timeStep
            values[0] = distance / seconds
            values[1] = distance
            next = 2
        }
        for term in Task.rewardTerms {
            values[next] = progress.sums[term]
            next += 1
        }
        values[next] = reachedLimit ? 1 : 0
    }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { episode.return > Task.successReturn }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(array: Array(Task.id.utf8))
        writer.write(progress)
        writer.write(terms)
        writer.write(array: simulation.state)
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        guard try reader.readArray(UInt8.self) == Array(Task.id.utf8) else {
            throw EnvironmentError("the snapshot is of another environment", place: Task.id)
        }
        let progress = try reader.read(Progress.self)
        let terms = try reader.read(RewardTerms.self)
        let state = try reader.readArray(Double.self)
        try reader.finish()
        try makeUnique()
        try simulation.setState(state)
        self.progress = progress
        self.terms = terms
    }

    /// Generalised positions and velocities now.
    public var positions: [Double] { Array(UnsafeBufferPointer(start: simulation.fields.qpos, count: simulation.model.positionCount)) }
    public var velocities: [Double] { Array(UnsafeBufferPointer(start: simulation.fields.qvel, count: simulation.model.velocityCount)) }

    /// Runs `body` on the simulation itself: for tests and for rendering.
    mutating func withSimulation<Result>(_ body: (MuJoCoSimulation) throws -> Result) throws -> Result {
        try makeUnique()
        return try body(simulation)
    }

    /// Computes what follows from the starting state, starts the episode's books, writes the first observation.
    private mutating func begin(_ observation: inout MutableSpan<Float>) {
        precondition(observation.count == spec.observationSpace.width, "the observation's buffer has another width than the spec says")
        simulation.forward()
        let x = task.trackedX(simulation)
        progress = Progress(trackedX: x, startX: x)
        terms = RewardTerms()
        task.observe(simulation, into: &observation)
    }

    private var reachedLimit: Bool { spec.maxEpisodeSteps.map { progress.steps >= $0 } ?? false }

    /// Gives a copied environment a simulation of its own before it changes anything.
    private mutating func makeUnique() throws {
        if !isKnownUniquelyReferenced(&simulation) { simulation = try simulation.copy() }
    }
}
