import Algorithms
import Configuration
import Foundation
import Runs

extension Training {
    var sessionSeconds: Double {
        let duration = ContinuousClock.now - sessionStart
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    mutating func log(_ report: IterationReport) throws {
        state.wallSeconds = wallBefore + sessionSeconds
        let window = state.window
        var row: [(name: String, value: Double)] = []
        if let stage = parts.stage(state.curriculum.stage) { row.append(("stage", Double(stage.number))) }
        row += [
            ("steps", Double(report.steps)), ("iterations", Double(report.iterations)), ("episodes", Double(state.episodes)),
            ("return_mean", window.mean(window.returns)), ("length_mean", window.mean(window.lengths)), ("success_rate", window.mean(window.successes)),
        ]
        for (i, name) in algorithm.spec.metricNames.enumerated() { row.append(("env/\(name)", window.metric(i))) }
        row += report.metrics.map { ($0.name, $0.value) }
        // What depends on the machine's speed stands last; everything before it is the same bits after a resume.
        row += [("wall_seconds", state.wallSeconds), ("steps_per_second", Double(report.steps - sessionSteps) / max(sessionSeconds, 1e-9))]
        try logs.appendProgress(row)
        if configuration.logging.monitor {
            // As the environment rewards: Stable-Baselines3's monitor stands inside of what changes rewards, too.
            let (unshaped, stage) = (unshapedMetric, parts.stage(state.curriculum.stage)?.number)
            for episode in report.episodes {
                try logs.appendEpisode(
                    environment: episode.environment, return: unshaped.map { episode.metrics[$0] } ?? episode.totals.return,
                    length: episode.totals.length, time: state.wallSeconds, stage: stage)
            }
        }
        try logScalars(
            [("rollout/ep_rew_mean", window.mean(window.returns)), ("rollout/ep_len_mean", window.mean(window.lengths)), ("rollout/success_rate", window.mean(window.successes))]
                + algorithm.spec.metricNames.enumerated().map { ("env/\($1)", window.metric($0)) }
                + (parts.stage(state.curriculum.stage).map { [("curriculum/stage", Double($0.number))] } ?? [])
                + report.metrics.map { ("train/\($0.name)", $0.value) })
        try logs.flush()
    }

    func logScalars(_ scalars: [(tag: String, value: Double)]) throws {
        guard configuration.logging.tensorboard else { return }
        try logs.appendScalars(scalars.filter { $0.value.isFinite }, step: algorithm.steps, time: Date())
    }

    func policyFiles() throws -> [CheckpointFile] {
        // A policy of an earlier stage belongs to that stage's environment.
        let stage = parts.configuration(stage: state.curriculum.stage)
        let policy = algorithm.policy()
        let description = PolicyDescription(
            algorithm: configuration.algorithm.name.rawValue, architecture: policy.network.architecture, actionTransform: policy.transform.kind,
            observationClip: policy.normalizer?.clip, environment: parts.spec(stage: state.curriculum.stage), steps: algorithm.steps, seed: configuration.seed,
            configurationHash: configuration.hash, environmentParameters: stage.environment.parameters.mapValues(\.json))
        return try StoredPolicy.files(description, learned: algorithm.learned(), configuration: stage.resolvedYAML())
    }

    mutating func saveCheckpoint() throws {
        state.wallSeconds = wallBefore + sessionSeconds
        state.logs = try logs.positions()
        var files = [
            CheckpointFile(TrainingState.stateFile, tensors: StateFiles.tensors(try algorithm.state())),
            CheckpointFile(TrainingState.file, try JSONCoding.encode(state, pretty: true)),
        ]
        if let bestLearned { files.append(CheckpointFile(TrainingState.bestFile, tensors: StateFiles.tensors(bestLearned))) }
        _ = try store.save(step: algorithm.steps, files: files + (try policyFiles()))
        information.steps = algorithm.steps
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
        information.steps = algorithm.steps
        information.wallSeconds = state.wallSeconds
        information.ended = RunInformation.timestamp(Date())
        try folder.write(information)
        try? registry?.update(folder, information)
    }

    /// Where an episode's measures have its return as the environment gave it; nil where the policy learns from just that.
    private var unshapedMetric: Int? { algorithm.spec.metricNames.firstIndex(of: "unshaped_return") }

    /// Mean return of the latest episodes as the environment gave it, whatever the policy learns from.
    private var unshapedReturn: Double { unshapedMetric.map { state.window.metric($0) } ?? state.window.mean(state.window.returns) }

    func progress(_ report: IterationReport, _ messages: [String], _ end: End?) -> Progress {
        let rate = Double(report.steps - sessionSteps) / max(sessionSeconds, 1e-9)
        let window = state.window
        return Progress(
            steps: report.steps, totalSteps: configuration.totalTimesteps, stepsPerSecond: rate,
            secondsLeft: Double(max(0, configuration.totalTimesteps - report.steps)) / max(rate, 1e-9), meanReturn: unshapedReturn,
            meanLength: window.mean(window.lengths), successRate: window.mean(window.successes), stage: parts.stage(state.curriculum.stage),
            highlights: report.highlights, bestMean: state.watch.bestMean, messages: messages, end: end)
    }
}
