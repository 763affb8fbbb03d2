import Algorithms
import Configuration
import Foundation
import Runs

extension Training {
    var sessionSeconds: Double {
        let duration = ContinuousClock.now - sessionStart
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    mutating func log(_ report: PPOReport) throws {
        state.wallSeconds = wallBefore + sessionSeconds
        let window = state.window
        var row: [(name: String, value: Double)] = [
            ("steps", Double(report.steps)), ("iterations", Double(report.iterations)), ("episodes", Double(state.episodes)),
            ("return_mean", window.mean(window.returns)), ("length_mean", window.mean(window.lengths)), ("success_rate", window.mean(window.successes)),
        ]
        for (i, name) in ppo.spec.metricNames.enumerated() { row.append(("env/\(name)", window.metric(i))) }
        row += report.metrics.map { ($0.name, $0.value) }
        // What depends on the machine's speed stands last; everything before it is the same bits after a resume.
        row += [("wall_seconds", state.wallSeconds), ("steps_per_second", Double(report.steps - sessionSteps) / max(sessionSeconds, 1e-9))]
        try logs.appendProgress(row)
        if configuration.logging.monitor {
            for episode in report.episodes {
                try logs.appendEpisode(
                    environment: episode.environment, return: episode.totals.return, length: episode.totals.length, time: state.wallSeconds)
            }
        }
        try logScalars(
            [("rollout/ep_rew_mean", window.mean(window.returns)), ("rollout/ep_len_mean", window.mean(window.lengths)), ("rollout/success_rate", window.mean(window.successes))]
                + report.metrics.map { ("train/\($0.name)", $0.value) })
        try logs.flush()
    }

    func logScalars(_ scalars: [(tag: String, value: Double)]) throws {
        guard configuration.logging.tensorboard else { return }
        try logs.appendScalars(scalars.filter { $0.value.isFinite }, step: ppo.steps, time: Date())
    }

    func policyFiles() throws -> [CheckpointFile] {
        let description = PolicyDescription(
            algorithm: configuration.algorithm.name.rawValue, architecture: .actorCritic(ppo.network.architecture), actionTransform: ppo.transform.kind,
            observationClip: ppo.observationNormalizer?.clip, environment: ppo.spec, steps: ppo.steps, seed: configuration.seed,
            configurationHash: configuration.hash)
        return try StoredPolicy.files(description, learned: ppo.learned(), configuration: configuration.resolvedYAML())
    }

    mutating func saveCheckpoint() throws {
        state.wallSeconds = wallBefore + sessionSeconds
        state.logs = try logs.positions()
        var files = [
            CheckpointFile(TrainingState.stateFile, tensors: StateFiles.tensors(try ppo.state())),
            CheckpointFile(TrainingState.file, try JSON.encode(state)),
        ]
        if let bestLearned { files.append(CheckpointFile(TrainingState.bestFile, tensors: StateFiles.tensors(bestLearned))) }
        _ = try store.save(step: ppo.steps, files: files + (try policyFiles()))
        information.steps = ppo.steps
        information.wallSeconds = state.wallSeconds
        try folder.write(information)
        try? registry?.update(folder, information)
    }

    mutating func finish(_ end: End) throws {
        switch end {
        case .finished: try setStatus(.finished, "took all \(configuration.totalTimesteps) steps")
        case .stopped(let reason): try setStatus(.stopped, reason)
        }
    }

    mutating func setStatus(_ status: RunStatus, _ reason: String) throws {
        information.status = status
        information.statusReason = reason
        information.steps = ppo.steps
        information.wallSeconds = state.wallSeconds
        information.ended = RunInformation.timestamp(Date())
        try folder.write(information)
        try? registry?.update(folder, information)
    }

    func progress(_ report: PPOReport, _ messages: [String], _ end: End?) -> Progress {
        let rate = Double(report.steps - sessionSteps) / max(sessionSeconds, 1e-9)
        let window = state.window
        return Progress(
            steps: report.steps, totalSteps: configuration.totalTimesteps, stepsPerSecond: rate,
            secondsLeft: Double(max(0, configuration.totalTimesteps - report.steps)) / max(rate, 1e-9), meanReturn: window.mean(window.returns),
            meanLength: window.mean(window.lengths), successRate: window.mean(window.successes), approxKL: report.update.approxKL,
            std: report.diagnostics.std, learningRate: report.update.learningRate, bestMean: state.watch.bestMean, messages: messages, end: end)
    }
}
