import Environments

/// The terms of one step's reward. Costs are negative.
public struct RewardTerms: Sendable, Equatable, BitwiseCopyable {
    public var forward = 0.0
    public var survive = 0.0
    public var ctrl = 0.0
    public var contact = 0.0

    /// The reward: gains first, then costs, in Gymnasium's order of addition.
    public var total: Double { (forward + survive) + (ctrl + contact) }

    /// One term by its name.
    public subscript(term: RewardTerm) -> Double {
        switch term {
        case .forward: forward
        case .survive: survive
        case .ctrl: ctrl
        case .contact: contact
        }
    }

    public init(forward: Double = 0, survive: Double = 0, ctrl: Double = 0, contact: Double = 0) {
        self.forward = forward
        self.survive = survive
        self.ctrl = ctrl
        self.contact = contact
    }
}

/// Names of the reward's terms, as Gymnasium's `info` has them.
public enum RewardTerm: String, Sendable {
    case forward = "reward_forward"
    case survive = "reward_survive"
    case ctrl = "reward_ctrl"
    case contact = "reward_contact"
}

/// What sets one MuJoCo task apart; `MuJoCoEnvironment` does the rest. The conforming value holds the task's parameters.
public protocol MuJoCoTask: Sendable {
    /// Identifier with version.
    static var id: String { get }
    /// The model below `.deps/assets`.
    static var modelFile: String { get }
    /// The terms that its reward has.
    static var rewardTerms: [RewardTerm] { get }
    /// Whether forward velocity and distance say something about it.
    static var isLocomotion: Bool { get }
    /// Whether it reads contact forces, which MuJoCo computes only when asked.
    static var needsContactForces: Bool { get }
    /// Whether starting velocities are normal rather than uniform.
    static var startsWithNormalVelocities: Bool { get }
    /// An episode is a success above this return.
    static var successReturn: Double { get }
    /// From where its pictures are seen.
    static var view: MuJoCoView { get }

    init()

    /// Physics steps for each control step.
    var frameSkip: Int { get }
    /// Half-width of the uniform noise on starting positions, and that or the standard deviation of the velocities'.
    var resetNoiseScale: Double { get }

    /// Numbers in an observation.
    func observationWidth(_ model: MuJoCoModel) -> Int

    /// Writes the observation; the whole of it.
    func observe(_ simulation: MuJoCoSimulation, into observation: inout MutableSpan<Float>)

    /// The x coordinate, in metres, whose change is the velocity.
    func trackedX(_ simulation: MuJoCoSimulation) -> Double

    /// Whether the episode may go on.
    func isHealthy(_ simulation: MuJoCoSimulation) -> Bool

    /// Whether being unhealthy ends the episode.
    var terminateWhenUnhealthy: Bool { get }

    /// The reward of a step that has just been made, with its mean velocity in m/s.
    func reward(_ simulation: MuJoCoSimulation, velocity: Double, healthy: Bool) -> RewardTerms
}

extension MuJoCoTask {
    public static var isLocomotion: Bool { true }
    public static var needsContactForces: Bool { false }
    public static var startsWithNormalVelocities: Bool { false }
}

/// Writes an observation part by part, double to single precision.
struct ObservationWriter: ~Copyable {
    private(set) var count = 0

    /// Appends `number` numbers.
    @inline(__always)
    mutating func write(_ values: UnsafePointer<Double>, _ number: Int, to observation: inout MutableSpan<Float>) {
        for i in 0..<number { observation[count + i] = Float(values[i]) }
        count += number
    }

    /// Appends `number` numbers, clipped to a range.
    @inline(__always)
    mutating func write(
        _ values: UnsafePointer<Double>, _ number: Int, to observation: inout MutableSpan<Float>, within range: ClosedRange<Double>
    ) {
        for i in 0..<number { observation[count + i] = Float(min(max(values[i], range.lowerBound), range.upperBound)) }
        count += number
    }
}
