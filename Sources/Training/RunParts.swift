import Algorithms
import Configuration
import Core
import Environments
import Foundation
import Insight
import Runs

/// What a run is made of, from its configuration: environments, algorithm, evaluator and checkpoints, for every stage of a curriculum.
struct RunParts: Sendable {
    let configuration: Configuration
    private let stages: [Stage]
    private let pool: WorkerPool

    /// One task of the run. Without a curriculum there is exactly one.
    private struct Stage: Sendable {
        /// As if the stage were a run of its own.
        let configuration: Configuration
        /// With shaped rewards where configured.
        let training: EnvironmentFactory
        /// Bare: its return alone counts.
        let evaluation: EnvironmentFactory
        let spec: EnvironmentSpec
    }

    /// - Throws: `ConfigurationError` for unknown environments or parameters, and for stages that don't fit each other; `EnvironmentError` where
    ///   libraries or models are missing.
    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        stages = try configuration.stages.map { stage in
            let entry = try EnvironmentCatalogue.entry(of: stage)
            let evaluation = try entry.factory(stage)
            let training = try entry.factory(stage, forTraining: true).shaped(by: stage)
            return Stage(configuration: stage, training: training, evaluation: evaluation, spec: try evaluation.make().spec)
        }
        let threads = configuration.machine.threads
        pool = WorkerPool(threads: threads > 0 ? threads : WorkerPool.processorCount)
        try checkStages()
        try checkAlgorithm()
    }

    /// Refuses what a stored run may hold and a new one may not.
    func checkNew() throws {
        let problems = try stages.flatMap { try EnvironmentCatalogue.entry(of: $0.configuration).read($0.configuration).newRunProblems.map(\.problem) }
        if !problems.isEmpty { throw ConfigurationError(problems) }
    }

    /// What only the algorithm knows: found before there is a folder.
    private func checkAlgorithm() throws {
        do {
            switch configuration.algorithm {
            case .ppo(let ppo):
                try ppoConfiguration(ppo).validate()
                try checkMemory(ppo)
                if ppo.useLSTM { try RecurrenceConfiguration(ppo).validate(with: ppoConfiguration(ppo)) }
            case .sac(let sac):
                try sacConfiguration(sac).validate()
                guard case .box = stages[0].spec.actionSpace else {
                    throw AlgorithmError("SAC needs continuous actions, \(stages[0].spec.id) has discrete ones", place: "SAC", hint: "use ppo")
                }
            }
        } catch let error as AlgorithmError {
            let position = configuration.origins.position(of: "algorithm.name")
            throw ConfigurationError([ConfigurationProblem(at: position, error.what, suggestion: error.hint)])
        }
    }

    /// Refuses a rollout that the machine can't hold, before the system ends the process for it: each step's observation, as given and normalised,
    /// action, mean and what goes with them.
    private func checkMemory(_ ppo: PPOSettings) throws {
        let spec = stages[0].spec
        let numbers = 2 * spec.observationSpace.width + 2 * spec.actionSpace.width + 8
        let bytes = Double(ppo.nEnvs) * Double(ppo.nSteps) * Double(numbers * MemoryLayout<Float>.stride)
        let memory = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
        guard bytes > memory else { return }
        let (needed, present) = (NumberText.trimmed(bytes / 0x1p30, decimals: 1), NumberText.trimmed(memory / 0x1p30, decimals: 1))
        throw ConfigurationError([
            ConfigurationProblem(
                at: configuration.origins.position(of: "algorithm.n_steps"),
                "a rollout of n_envs · n_steps = \(ppo.nEnvs) · \(ppo.nSteps) steps takes \(needed) GiB, the machine has \(present)",
                suggestion: "use fewer steps")
        ])
    }

    private func ppoConfiguration(_ ppo: PPOSettings) -> PPOConfiguration {
        PPOConfiguration(ppo, actionTransform: configuration.environment.actionTransform, shards: configuration.machine.shards)
    }

    private func sacConfiguration(_ sac: SACSettings) -> SACConfiguration {
        SACConfiguration(
            sac, actions: stages[0].spec.actionSpace.width, checkpoints: configuration.checkpoint, totalTimesteps: configuration.totalTimesteps,
            frequencies: [configuration.evaluation.evalFreq, configuration.checkpoint.saveFreq, configuration.checkpoint.milestoneFreq],
            shards: configuration.machine.shards)
    }

    /// One policy has to fit all stages, and one table has to hold their measures.
    private func checkStages() throws {
        for (i, stage) in stages.enumerated().dropFirst() {
            let first = stages[0].spec
            guard stage.spec.observationSpace.width == first.observationSpace.width, stage.spec.actionSpace == first.actionSpace,
                stage.spec.metricNames == first.metricNames
            else {
                throw ConfigurationError([
                    ConfigurationProblem(
                        at: configuration.origins.position(of: "curriculum.stages"),
                        "stage \(i + 1), \(stage.spec.id), has other observations, actions or measures than stage 1, \(first.id)",
                        suggestion: "take environments of one kind")
                ])
            }
        }
    }

    var stageCount: Int { stages.count }

    /// The configuration of a stage as if it were a run of its own.
    func configuration(stage: Int) -> Configuration { stages[stage].configuration }

    /// The bare environment of a stage.
    func spec(stage: Int) -> EnvironmentSpec { stages[stage].spec }

    /// A stage as logs have it; nil without a curriculum.
    func stage(_ stage: Int) -> RunStage? {
        configuration.curriculum == nil ? nil : RunStage(number: stage + 1, of: stages.count, environment: stages[stage].spec.id)
    }

    /// The algorithm at the beginning of a stage.
    func makeAlgorithm(stage: Int, _ folder: RunFolder) throws -> any Learner {
        let algorithm = try makeAlgorithm(folder)
        algorithm.learningRateFactor = configuration.curriculum?.stages[0].learningRateFactor ?? 1
        // Only a resumed run begins in a later stage; all but the episodes' seed is restored from its checkpoint.
        if stage > 0 { try changeTask(of: algorithm, to: stage, TaskChange(seed: seed(stage: stage))) }
        return algorithm
    }

    private func makeAlgorithm(_ folder: RunFolder) throws -> any Learner {
        let make = stages[0].training.make
        switch configuration.algorithm {
        case .ppo(let ppo):
            let c = ppoConfiguration(ppo)
            if ppo.useLSTM {
                return AlgorithmHolder(
                    try RecurrentPPO(c, recurrence: RecurrenceConfiguration(ppo), seed: configuration.seed, pool: pool, makeEnvironment: make))
            }
            return AlgorithmHolder(try PPO(c, seed: configuration.seed, pool: pool, makeEnvironment: make))
        case .sac(let sac):
            let c = sacConfiguration(sac)
            let file = sac.replayStorage == .file ? folder.replayPath : nil
            return AlgorithmHolder(try SAC(c, seed: configuration.seed, pool: pool, replayFile: file, makeEnvironment: make))
        }
    }

    /// Moves the learner to a stage as the configuration says.
    func promote(_ algorithm: any Learner, to stage: Int) throws {
        guard let entry = configuration.curriculum?.stages[stage] else { return }
        let change = TaskChange(seed: seed(stage: stage), resetsOptimizer: entry.optimizer == .reset, resetsNormalizers: entry.normalizer == .reset)
        try changeTask(of: algorithm, to: stage, change)
        // A stage's factor lasts as long as the stage; those of rollbacks stay.
        algorithm.learningRateFactor *= entry.learningRateFactor / (configuration.curriculum?.stages[stage - 1].learningRateFactor ?? 1)
    }

    private func changeTask(of algorithm: any Learner, to stage: Int, _ change: TaskChange) throws {
        try algorithm.changeTask(change, makeEnvironment: stages[stage].training.make)
    }

    /// Every stage plays episodes of its own.
    private func seed(stage: Int) -> UInt64 {
        stage == 0 ? configuration.seed : Philox.childSeed(of: configuration.seed, purpose: .curriculumStages, index: UInt32(stage), count: 0)
    }

    func makeStore(_ folder: RunFolder) throws -> CheckpointStore {
        let frequency = configuration.checkpoint.milestoneFreq
        return try CheckpointStore(
            folder: folder.checkpointsPath, keepLast: configuration.checkpoint.keepLast, milestoneFrequency: frequency > 0 ? frequency : nil)
    }

    func makeEvaluator(stage: Int) -> Evaluator {
        Evaluator(factory: stages[stage].evaluation, pool: pool, lanes: configuration.evaluation.nEvalEnvs ?? 16)
    }

    /// The environment that the run is for, as part of its folder's name.
    var environmentName: String { configuration.environment.id.lowercased().prefix { $0 != "-" }.description }
}

extension Configuration {
    /// Each stage of the curriculum as if it were a run of its own; without a curriculum the configuration itself.
    fileprivate var stages: [Configuration] {
        guard let curriculum else { return [self] }
        return curriculum.stages.indices.map { i in
            var stage = atStage(i)
            stage.curriculum = nil
            return stage
        }
    }
}

extension EnvironmentFactory {
    /// The same environments with the rewards that a configuration wants for training.
    ///
    /// - Throws: `ConfigurationError` where the environment's reward can't be shaped.
    fileprivate func shaped(by configuration: Configuration) throws -> EnvironmentFactory {
        let terms = configuration.environment.shaping.map(RewardTerm.init)
        guard !terms.isEmpty else { return self }
        guard try Self.shape(try make(), terms) != nil else {
            throw ConfigurationError([
                ConfigurationProblem(
                    at: configuration.origins.position(of: "environment.shaping"), "the reward of \(configuration.environment.id) can't be shaped",
                    suggestion: "leave the key out")
            ])
        }
        return EnvironmentFactory(make: { [make] in
            let bare = try make()
            return try Self.shape(bare, terms) ?? bare
        })
    }

    /// Shaping goes inside all wrappers, next to the task that knows its signals.
    private static func shape(_ environment: any Environment, _ terms: [RewardTerm]) throws -> (any Environment)? {
        func wrap(_ task: some ShapeableEnvironment) throws -> any Environment { try RewardShaping(task, terms) }
        if let wrapper = environment as? any EnvironmentWrapper {
            guard let inner = try shape(wrapper.base, terms) else { return nil }
            return wrapper.wrapping(inner)
        }
        guard let task = environment as? any ShapeableEnvironment else { return nil }
        return try wrap(task)
    }
}

extension RewardTerm {
    fileprivate init(_ term: ShapingTerm) {
        switch term {
        case .forwardVelocity(let weight, let limit): self = .forwardVelocity(weight: weight, limit: limit)
        case .balance(let weight): self = .balance(weight: weight)
        case .effort(let weight): self = .effort(weight: weight)
        case .fallPenalty(let reward): self = .fallPenalty(reward: reward)
        case .clip(let low, let high): self = .clip(low: low, high: high)
        case .scale(let factor): self = .scale(factor)
        }
    }
}
