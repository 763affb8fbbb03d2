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
        let parts = try RunParts(configuration)
        try parts.checkNew()
        let name = configuration.name ?? "\(parts.environmentName)-\(configuration.algorithm.name.rawValue)"
        let now = Date()
        let registry = try? Registry(root: root)
        var information = RunInformation(
            name: name, seed: configuration.seed, environment: configuration.environment.id, algorithm: configuration.algorithm.name.rawValue,
            totalTimesteps: configuration.totalTimesteps, configPath: configurationPath, configHash: configuration.hash,
            versions: machine.versions, machine: machine.facts, started: now)
        information.stage = parts.stage(0)
        let folder = try RunFolder.create(root: root, name: name, date: now)
        do {
            let lock = try folder.lock()
            try folder.writeConfiguration(configuration.resolvedYAML())
            let algorithm = try parts.makeAlgorithm(stage: 0, folder)
            let logs = try RunLogs(folder: folder, environment: configuration.environment.id, started: now)
            let store = try parts.makeStore(folder)
            // Last, so that whoever lists runs sees none that could not begin.
            try folder.write(information)
            try? registry?.update(folder, information)
            return Training(
                parts, folder, information, algorithm, TrainingState(), nil, lock, registry, logs: logs, store: store,
                notices: registry?.notices ?? [])
        } catch {
            try? FileManager.default.removeItem(atPath: folder.path)
            throw error
        }
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

        let parts = try RunParts(configuration)
        var state = TrainingState()
        var bestLearned: StateArchive?
        var notices: [String] = []
        let store = try parts.makeStore(folder)
        let (checkpoint, skipped) = try store.reader.latestValid()
        for damaged in skipped { notices.append("passed over a damaged checkpoint, \(damaged.path): \(damaged.reason)") }
        if let checkpoint {
            state = try JSONCoding.decode(TrainingState.self, from: try checkpoint.data(TrainingState.file))
            guard state.curriculum.stage < parts.stageCount else {
                throw TrainingError(
                    "the run is in stage \(state.curriculum.stage + 1), but its configuration has only \(parts.stageCount)", place: folder.configPath,
                    hint: "put the stages of the curriculum back")
            }
            if checkpoint.fileNames.contains(TrainingState.bestFile) {
                bestLearned = try StateFiles.archive(try checkpoint.tensors(TrainingState.bestFile))
            } else if configuration.guard.onCollapse == .rollback, let step = state.watch.bestStep, let best = try store.reader.best(), best.step == step {
                // Rollbacks were asked for since: what one goes back to stands in the best policy alone, unless that is of a later step.
                bestLearned = try StateFiles.archive(try best.tensors(StoredPolicy.weightsFile))
            }
        } else if let reason = skipped.first?.reason {
            throw TrainingError("no checkpoint of the run is sound (\(reason))", place: folder.path, hint: "start a new run")
        }
        let algorithm = try parts.makeAlgorithm(stage: state.curriculum.stage, folder)
        if let checkpoint { try algorithm.restore(try StateFiles.archive(try checkpoint.tensors(TrainingState.stateFile))) }
        let logs = try RunLogs(
            folder: folder, environment: configuration.environment.id, started: RunInformation.date(information.started) ?? Date(),
            resumingAt: state.logs)
        // Not before everything that a refusal could come from.
        try store.discard(after: checkpoint?.step ?? 0)
        let stage = parts.stage(state.curriculum.stage)
        for notice in notices {
            try logs.append(RunEvent(step: algorithm.steps, kind: "checkpoint_damaged", stage: stage?.number, message: notice))
        }
        if !configuration.hasHash(information.configHash) {
            let notice = "config.yaml was changed since the run began (hash \(configuration.hash), was \(information.configHash)): what follows has other bits"
            try logs.append(RunEvent(step: algorithm.steps, kind: "configuration_changed", stage: stage?.number, message: notice))
            notices.append(notice)
            information.configHash = configuration.hash
            information.totalTimesteps = configuration.totalTimesteps
        }

        information.status = .running
        information.statusReason = nil
        information.ended = nil
        information.resumed += 1
        information.pid = Int(getpid())
        information.steps = algorithm.steps
        information.stage = stage
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
            parts, folder, information, algorithm, state, bestLearned, lock, registry, logs: logs, store: store,
            notices: notices + (registry?.notices ?? []))
    }
}
