/// Everything about the quadruped's task that can be set. Metres, seconds, radians unless said otherwise.
public struct QuadrupedParameters: Sendable, Equatable {
    /// What the policy commands.
    public enum Actions: String, Sendable, Codable, CaseIterable {
        /// Corrections of the four foot targets (12 numbers).
        case residual
        /// The same and the gait's four parameters (16 numbers).
        case adaptive
    }

    /// How much differs from episode to episode. 0 everywhere: nothing.
    public struct Randomisation: Sendable, Equatable {
        /// Largest relative change of the ground's friction, the robot's mass (on the trunk), the servos' gain and the terrain's height.
        public var friction = 0.0
        public var mass = 0.0
        public var servoGain = 0.0
        public var terrain = 0.0
        /// Largest change of velocity by a push, m/s, and the mean time between two pushes.
        public var pushes = 0.0
        public var pushInterval = 4.0
        /// Largest noise of the sensors: 1 stands for 0.01 rad of orientation and joints, 0.1 rad/s of the gyroscope, 0.3 rad/s of joint velocities.
        public var sensorNoise = 0.0
        /// Largest delay of an action, s, at most seven steps.
        public var latency = 0.0

        public init() {}
    }

    /// Bounds of the gait's parameters for the adaptive variant; an action of ±1 asks for a bound, 0 for the gait as it is.
    public struct GaitBounds: Sendable, Equatable {
        public var bodyHeight: ClosedRange<Double> = 0.04...0.085
        public var stepLength: ClosedRange<Double> = 0.02...0.11
        public var stepHeight: ClosedRange<Double> = 0.015...0.08
        public var cycleTime: ClosedRange<Double> = 0.25...1.2

        public init() {}
    }

    /// How the terrain's height changes while training. The environment counts its own steps over all episodes; an episode keeps its height.
    public struct HeightCurriculum: Sendable, Equatable {
        /// From these steps of the whole run on, all environments together, and terrain heights (m) from there on. Empty: none.
        public var steps: [Double] = []
        public var heights: [Double] = []
        /// Whether heights change linearly from stage to stage rather than at once.
        public var isLinear = true
        /// Environments that train side by side: a step of each one counts for all.
        public var environments = 1

        public init() {}

        /// The height after a number of this environment's own steps.
        func height(ownSteps: Int64, otherwise: Double) -> Double {
            guard !steps.isEmpty else { return otherwise }
            let step = Double(ownSteps) * Double(environments)
            var height = heights[0]
            for i in steps.indices where steps[i] <= step {
                height = heights[i]
                guard isLinear, i + 1 < steps.count else { continue }
                height += min((step - steps[i]) / max(steps[i + 1] - steps[i], 1), 1) * (heights[i + 1] - heights[i])
            }
            return height
        }
    }

    public var actions: Actions
    public var maxEpisodeSteps = 1000
    public var gait = GaitParameters()
    public var gaitBounds = GaitBounds()
    /// Largest changes of the gait's parameters in a step of the adaptive variant.
    public var gaitRates = GaitParameters(bodyHeight: 0.003, stepLength: 0.005, stepHeight: 0.005, cycleTime: 0.05)
    /// How far an action of 1 moves a foot target along an axis.
    public var residualScale = 0.02
    /// Servo gain, N·m/rad.
    public var servoGain = 0.5
    public var terrain = TerrainParameters()
    public var curriculum = HeightCurriculum()
    public var randomisation = Randomisation()
    public var rewards = QuadrupedRewards()
    /// Speed toward the command, m/s.
    public var commandVelocity = 0.4
    /// Wanted height of the trunk's middle over the ground; nil: where the gait's body height puts it.
    public var trunkHeight: Double?
    /// An episode is lost when the trunk is lower over the ground or tilts more (degrees).
    public var fallHeight = 0.012
    public var fallTilt = 60.0
    /// Mean velocity from which an episode without a fall is a success, m/s.
    public var successVelocity = 0.2
    /// Shows the policy what a simulator alone knows: velocity, contacts, the ground around the feet.
    public var isPrivileged = false
    /// Physics steps (of 1 ms) in a step, and those in which the gait runs before an episode's first.
    public var frameSkip = 20
    public var settleSteps = 400

    public init(_ actions: Actions = .residual) { self.actions = actions }

    /// The same task for evaluation: no curriculum, the terrain's own height.
    public func evaluating() -> QuadrupedParameters {
        var copy = self
        copy.curriculum = HeightCurriculum()
        return copy
    }

    /// Numbers in an action.
    var actionWidth: Int { actions == .residual ? 12 : 16 }
}
