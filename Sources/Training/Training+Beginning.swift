import Algorithms
import Configuration
import Core
import Environments
import Foundation
import Runs

extension Training {
    /// Begins a run in a new folder.
    ///
    /// - Parameters:
    ///   - root: the folder of all runs.
    ///   - configurationPath: where the configuration was read, for the record.
    /// - Throws: errors of configuration, environment, algorithm or disk; nothing is left behind unless the folder was complete.
    public static func start(_ configuration: Configuration, configurationPath: String, root: String = "runs") throws -> Training {
        let machine = try Machine.inspect()
        let parts = try Parts(configuration)
        let name = configuration.name ?? "\(parts.environment.rawValue.lowercased().prefix { $0 != "-" })-\(configuration.algorithm.name.rawValue)"
        let now = Date()
        let registry = try? Registry(root: root)
        let folder = try RunFolder.create(root: root, name: name, date: now)
        let lock = try folder.lock()
        try folder.writeConfiguration(configuration.resolvedYAML())
        let information = RunInformation(
            name: name, seed: configuration.seed, environment: configuration.environment.id, algorithm: configuration.algorithm.name.rawValue,
            totalTimesteps: configuration.totalTimesteps, configPath: configurationPath, configHash: configuration.hash,
            versions: machine.versions, machine: machine.facts, started: now)
        try folder.write(information)
        try? registry?.update(folder, information)
        return Training(
            configuration, folder, information, try parts.makePPO(), TrainingState(), nil, lock, registry,
            logs: try RunLogs(folder: folder, environment: configuration.environment.id, started: now),
            store: try parts.makeStore(folder), evaluator: parts.makeEvaluator(), notices: registry?.notices ?? [])
    }

    /// Goes on with a run from its newest sound checkpoint, or from the beginning where it never had one.
    ///
    /// - Throws: `TrainingError` for a run that is over, `RunError` when another process trains in it.
    public static func resume(_ folder: RunFolder, root: String = "runs") throws -> Training {
        let machine = try Machine.inspect()
        let lock = try folder.lock()
        var information = try folder.information()
        let configuration = try Configuration.parse(text: try folder.configuration(), file: folder.configPath)
        guard information.status != .finished && information.status != .stopped else {
            throw TrainingError(
                "the run is over: \(information.statusReason ?? information.status.rawValue)", place: folder.path,
                hint: "start a new run, or evaluate this one with: crest evaluate \(folder.path)")
        }

        let parts = try Parts(configuration)
        var ppo = try parts.makePPO()
        var state = TrainingState()
        var bestLearned: StateArchive?
        var notices: [String] = []
        let store = try parts.makeStore(folder)
        let (checkpoint, skipped) = try store.reader.latestValid()
        for damaged in skipped { notices.append("passed over a damaged checkpoint, \(damaged.path): \(damaged.reason)") }
        if let checkpoint {
            try ppo.restore(try StateFiles.archive(try checkpoint.tensors(TrainingState.stateFile)))
            state = try JSON.decode(TrainingState.self, try checkpoint.data(TrainingState.file))
            if checkpoint.fileNames.contains(TrainingState.bestFile) {
                bestLearned = try StateFiles.archive(try checkpoint.tensors(TrainingState.bestFile))
            }
        } else if let reason = skipped.first?.reason {
            throw TrainingError("no checkpoint of the run is sound (\(reason))", place: folder.path, hint: "start a new run")
        }
        try store.discard(after: checkpoint?.step ?? 0)
        let logs = try RunLogs(
            folder: folder, environment: configuration.environment.id, started: RunInformation.date(information.started) ?? Date(),
            resumingAt: state.logs)
        for notice in notices { try logs.append(RunEvent(step: ppo.steps, kind: "checkpoint_damaged", message: notice)) }

        information.status = .running
        information.statusReason = nil
        information.ended = nil
        information.resumed += 1
        information.pid = Int(getpid())
        information.steps = ppo.steps
        information.versions = machine.versions
        information.machine = machine.facts
        information.bestMean = state.watch.bestMean
        information.bestStep = state.watch.bestStep
        information.weightsHash = state.weightsHash
        information.wallSeconds = state.wallSeconds
        try folder.write(information)
        let registry = try? Registry(root: root)
        try? registry?.update(folder, information)
        return Training(
            configuration, folder, information, ppo, state, bestLearned, lock, registry, logs: logs, store: store, evaluator: parts.makeEvaluator(),
            notices: notices + (registry?.notices ?? []))
    }
}

/// What a configuration is made of, before a run exists.
private struct Parts {
    let configuration: Configuration
    let environment: EnvironmentCatalogue
    let factory: EnvironmentFactory
    let pool: WorkerPool

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        environment = try EnvironmentCatalogue.entry(of: configuration)
        factory = try environment.factory(configuration)
        let threads = configuration.machine.threads
        pool = WorkerPool(threads: threads > 0 ? threads : WorkerPool.processorCount)
    }

    func makePPO() throws -> PPO {
        switch configuration.algorithm {
        case .ppo(let ppo):
            return try PPO(
                PPOConfiguration(ppo, actionTransform: configuration.environment.actionTransform, shards: configuration.machine.shards),
                seed: configuration.seed, pool: pool, makeEnvironment: factory.make)
        case .sac:
            throw TrainingError("SAC cannot be trained yet", hint: "write algorithm.name: ppo")
        }
    }

    func makeStore(_ folder: RunFolder) throws -> CheckpointStore {
        let frequency = configuration.checkpoint.milestoneFreq
        return try CheckpointStore(
            folder: folder.checkpointsPath, keepLast: configuration.checkpoint.keepLast, milestoneFrequency: frequency > 0 ? frequency : nil)
    }

    func makeEvaluator() -> Evaluator { Evaluator(factory: factory, pool: pool, lanes: configuration.evaluation.nEvalEnvs ?? 16) }
}
