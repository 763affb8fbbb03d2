import Core
import Environments

extension SAC: Algorithm {
    public mutating func advance() throws -> IterationReport {
        let report = try iterate()
        return IterationReport(
            steps: report.steps, iterations: report.iterations, episodes: report.episodes, metrics: report.metrics,
            highlights: [("Q", report.update.qMean), ("α", report.update.alpha), ("σ", report.diagnostics.std)])
    }

    /// The replay buffer stays: what a body can do it can do on any ground.
    public mutating func changeTask(_ change: TaskChange, makeEnvironment: () throws -> any Environment) throws {
        vector = try vector.successor(seed: change.seed, make: makeEnvironment)
        for i in 0..<configuration.environments { replay.cut(i, first: vector.observation(i)) }

        if change.resetsOptimizer {
            learner.actorAdam.reset()
            learner.criticAdam.reset()
            learner.temperature.adam.reset()
        }
        // The discounted returns under way belong to episodes that are gone.
        let noReturns = [Double](repeating: 0, count: configuration.environments)
        rewardNormalizer.restore(moments: change.resetsNormalizers ? rewardNormalizer.moments.forgotten : rewardNormalizer.moments, returns: noReturns)
        if change.resetsNormalizers, let old = observationNormalizer {
            observationNormalizer = ObservationNormalizer(moments: old.moments.forgotten, clip: old.clip)
        }
    }
}
