import Configuration
import Core
import Environments
import EnvironmentsBox2D
import EnvironmentsIntercept
import EnvironmentsMuJoCo

/// The environments that Crest knows by name. A new one is a case here and its file.
public enum EnvironmentCatalogue: String, CaseIterable, Sendable {
    case humanoid = "Humanoid-v5"
    case hopper = "Hopper-v5"
    case walker2d = "Walker2d-v5"
    case halfCheetah = "HalfCheetah-v5"
    case ant = "Ant-v5"
    case invertedPendulum = "InvertedPendulum-v5"
    case bipedalWalker = "BipedalWalker-v3"
    case bipedalWalkerHardcore = "BipedalWalkerHardcore-v3"
    case bipedalWalkerFlat = "BipedalWalkerFlat-v3"
    case residualQuadruped = "ResidualQuadruped-v1"
    case adaptiveQuadruped = "AdaptiveQuadruped-v1"
    case interceptor = "Interceptor-v1"
    case dummy = "Dummy-v1"

    /// One line for lists.
    public var summary: String {
        switch self {
        case .humanoid: "a 3-D humanoid learns to run (MuJoCo, Gymnasium)"
        case .hopper: "a one-legged 2-D robot learns to hop (MuJoCo, Gymnasium)"
        case .walker2d: "a two-legged 2-D robot learns to walk (MuJoCo, Gymnasium)"
        case .halfCheetah: "a 2-D cheetah learns to run; never falls, never ends early (MuJoCo, Gymnasium)"
        case .ant: "a four-legged 3-D robot learns to run (MuJoCo, Gymnasium)"
        case .invertedPendulum: "a pole on a cart learns to stand; solved in seconds (MuJoCo, Gymnasium)"
        case .bipedalWalker: "a two-legged 2-D robot with lidar learns to walk over grass (Box2D, Gymnasium)"
        case .bipedalWalkerHardcore: "the same over stumps, pits and stairs (Box2D, Gymnasium)"
        case .bipedalWalkerFlat: "the same on flat ground (Box2D)"
        case .residualQuadruped: "a small quadruped learns corrections over its trot on rough ground (MuJoCo)"
        case .adaptiveQuadruped: "the same, and the policy moves the gait's parameters too (MuJoCo)"
        case .interceptor: "an interceptor meets a manoeuvring missile seen through radars"
        case .dummy: "a tiny task with a known optimum, for tests"
        }
    }

    /// What makes environments of this kind with a configuration's parameters, time limit, action repeat and frame stack. Models are loaded once and shared.
    ///
    /// - Parameter forTraining: with a curriculum of the environment's own where it has one; evaluation plays the stated task.
    /// - Throws: `ConfigurationError` for unknown or wrong parameters, `EnvironmentError` where libraries or models are missing.
    func factory(_ configuration: Configuration, forTraining: Bool = false) throws -> EnvironmentFactory {
        var parameters = configuration.environmentParameters
        let base = try makeBase(&parameters, configuration, limit: configuration.environment.maxEpisodeSteps, forTraining: forTraining)
        let repeats = configuration.environment.actionRepeat
        let frames = configuration.environment.frameStack
        return EnvironmentFactory(make: {
            var environment = try base()
            if repeats > 1 { environment = ActionRepeat(environment, count: repeats) }
            if frames > 1 { environment = FrameStack(environment, frames: frames) }
            return environment
        })
    }

    /// The settings that `environment.parameters` may hold, with the values that a configuration gives them; where those are wrong, the defaults.
    func parameters(_ configuration: Configuration) -> [ParameterReader.Parameter] { read(configuration).parameters }

    /// A reader that has been asked for every setting. All are read before anything is refused, and to refuse is the factory's affair; what it says
    /// of new runs is its caller's, since the factory takes what is stored.
    func read(_ configuration: Configuration) -> ParameterReader {
        var reader = configuration.environmentParameters
        _ = try? makeBase(&reader, configuration, limit: nil, forTraining: false)
        return reader
    }

    private func makeBase(
        _ parameters: inout ParameterReader, _ configuration: Configuration, limit: Int?, forTraining: Bool
    ) throws -> @Sendable () throws -> any Environment {
        switch self {
        case .humanoid:
            var task = HumanoidTask()
            parameters.read(&task.forwardRewardWeight, "forward_reward_weight")
            parameters.read(&task.ctrlCostWeight, "ctrl_cost_weight")
            parameters.read(&task.contactCostWeight, "contact_cost_weight")
            parameters.read(&task.healthyReward, "healthy_reward")
            parameters.read(&task.healthyZRange, "healthy_z_range")
            parameters.read(&task.terminateWhenUnhealthy, "terminate_when_unhealthy")
            parameters.read(&task.resetNoiseScale, "reset_noise_scale")
            parameters.read(&task.excludeCurrentPositions, "exclude_current_positions_from_observation")
            parameters.read(&task.includeInertia, "include_cinert_in_observation")
            parameters.read(&task.includeVelocity, "include_cvel_in_observation")
            parameters.read(&task.includeActuatorForces, "include_qfrc_actuator_in_observation")
            parameters.read(&task.includeContactForces, "include_cfrc_ext_in_observation")
            return try Self.shared(task, &parameters, limit)
        case .hopper:
            var task = HopperTask()
            parameters.read(&task.forwardRewardWeight, "forward_reward_weight")
            parameters.read(&task.ctrlCostWeight, "ctrl_cost_weight")
            parameters.read(&task.healthyReward, "healthy_reward")
            parameters.read(&task.healthyZRange, "healthy_z_range")
            parameters.read(&task.healthyAngleRange, "healthy_angle_range")
            parameters.read(&task.healthyStateRange, "healthy_state_range")
            parameters.read(&task.terminateWhenUnhealthy, "terminate_when_unhealthy")
            parameters.read(&task.resetNoiseScale, "reset_noise_scale")
            parameters.read(&task.excludeCurrentPositions, "exclude_current_positions_from_observation")
            return try Self.shared(task, &parameters, limit)
        case .walker2d:
            var task = Walker2dTask()
            parameters.read(&task.forwardRewardWeight, "forward_reward_weight")
            parameters.read(&task.ctrlCostWeight, "ctrl_cost_weight")
            parameters.read(&task.healthyReward, "healthy_reward")
            parameters.read(&task.healthyZRange, "healthy_z_range")
            parameters.read(&task.healthyAngleRange, "healthy_angle_range")
            parameters.read(&task.terminateWhenUnhealthy, "terminate_when_unhealthy")
            parameters.read(&task.resetNoiseScale, "reset_noise_scale")
            parameters.read(&task.excludeCurrentPositions, "exclude_current_positions_from_observation")
            return try Self.shared(task, &parameters, limit)
        case .halfCheetah:
            var task = HalfCheetahTask()
            parameters.read(&task.forwardRewardWeight, "forward_reward_weight")
            parameters.read(&task.ctrlCostWeight, "ctrl_cost_weight")
            parameters.read(&task.resetNoiseScale, "reset_noise_scale")
            parameters.read(&task.excludeCurrentPositions, "exclude_current_positions_from_observation")
            return try Self.shared(task, &parameters, limit)
        case .ant:
            var task = AntTask()
            parameters.read(&task.forwardRewardWeight, "forward_reward_weight")
            parameters.read(&task.ctrlCostWeight, "ctrl_cost_weight")
            parameters.read(&task.contactCostWeight, "contact_cost_weight")
            parameters.read(&task.healthyReward, "healthy_reward")
            parameters.read(&task.healthyZRange, "healthy_z_range")
            parameters.read(&task.contactForceRange, "contact_force_range")
            parameters.read(&task.terminateWhenUnhealthy, "terminate_when_unhealthy")
            parameters.read(&task.resetNoiseScale, "reset_noise_scale")
            parameters.read(&task.excludeCurrentPositions, "exclude_current_positions_from_observation")
            parameters.read(&task.includeContactForces, "include_cfrc_ext_in_observation")
            return try Self.shared(task, &parameters, limit)
        case .invertedPendulum:
            var task = InvertedPendulumTask()
            parameters.read(&task.resetNoiseScale, "reset_noise_scale")
            return try Self.shared(task, &parameters, limit)
        case .bipedalWalker:
            try parameters.finish()
            return { try BipedalWalker(.normal, maxEpisodeSteps: limit) }
        case .bipedalWalkerHardcore:
            try parameters.finish()
            return { try BipedalWalker(.hardcore, maxEpisodeSteps: limit) }
        case .bipedalWalkerFlat:
            try parameters.finish()
            return { try BipedalWalker(.flat, maxEpisodeSteps: limit) }
        case .residualQuadruped, .adaptiveQuadruped:
            var task = QuadrupedParameters(self == .residualQuadruped ? .residual : .adaptive, &parameters, limit: limit, run: configuration)
            try parameters.finish()
            if !forTraining { task = task.evaluating() }
            let model = try Quadruped.loadModel()
            return { [task] in try Quadruped(task, model: model) }
        case .interceptor:
            var task = InterceptorParameters(&parameters, limit: limit, run: configuration)
            try parameters.finish()
            if !forTraining { task = task.evaluating(atRadius: task.interceptRadius) }
            return { [task] in try Interceptor(task) }
        case .dummy:
            let discrete = parameters.choice("actions", default: "box", of: ["box", "discrete"]) == "discrete"
            try parameters.finish()
            return { DummyEnvironment(actions: discrete ? .discrete : .box, limit: limit ?? 50) }
        }
    }

    private static func shared<Task: MuJoCoTask>(
        _ task: Task, _ parameters: inout ParameterReader, _ limit: Int?
    ) throws -> @Sendable () throws -> any Environment {
        try parameters.finish()
        let model = try MuJoCoEnvironment<Task>.loadModel()
        return { try MuJoCoEnvironment(task, model: model, maxEpisodeSteps: limit ?? 1000) }
    }
}

/// Makes any number of equal environments.
public struct EnvironmentFactory: Sendable {
    /// A new environment, wrapped as configured.
    public let make: @Sendable () throws -> any Environment

    public init(make: @escaping @Sendable () throws -> any Environment) { self.make = make }

    /// The same environments with a baseline at the controls of the task, under the same wrappers, so that lengths count alike.
    ///
    /// - Throws when making one: `TrainingError` where the environment declares no baselines, `EnvironmentError` for an unknown name.
    func playing(baseline name: String) -> EnvironmentFactory {
        EnvironmentFactory(make: { [make] in
            try Self.handOver(try make(), to: name)
        })
    }

    private static func handOver(_ environment: any Environment, to baseline: String) throws -> any Environment {
        if let wrapper = environment as? any EnvironmentWrapper { return wrapper.wrapping(try handOver(wrapper.base, to: baseline)) }
        guard let task = environment as? any BaselineEnvironment else { throw withoutBaselines(environment.spec.id) }
        return try task.playing(baseline: baseline)
    }

    static func withoutBaselines(_ id: String) -> TrainingError {
        TrainingError("\(id) declares no baselines", hint: "leave out --baseline")
    }
}

/// A failure of training, evaluation or their set-up.
public struct TrainingError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String

    public init(_ what: String, place: String = "", hint: String = "") {
        self.what = what
        self.place = place
        self.hint = hint
    }
}

extension EnvironmentCatalogue {
    /// The entry that a configuration names.
    ///
    /// - Throws: `ConfigurationError` at the key's position, with the names there are.
    static func entry(of configuration: Configuration) throws -> EnvironmentCatalogue {
        if let entry = EnvironmentCatalogue(rawValue: configuration.environment.id) { return entry }
        throw ConfigurationError([
            ConfigurationProblem(
                at: configuration.origins.position(of: "environment.id"), "unknown environment '\(configuration.environment.id)'",
                suggestion: "known are \(allCases.map(\.rawValue).joined(separator: ", "))")
        ])
    }
}
