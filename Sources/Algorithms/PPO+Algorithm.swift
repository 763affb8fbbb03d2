import Core
import Environments

extension PPO: Algorithm {
    public mutating func advance() throws -> IterationReport {
        let report = try iterate()
        return IterationReport(
            steps: report.steps, iterations: report.iterations, episodes: report.episodes, metrics: report.metrics,
            highlights: [("KL", report.update.approxKL), ("σ", report.diagnostics.std)])
    }

    public mutating func changeTask(_ change: TaskChange, makeEnvironment: () throws -> any Environment) throws {
        vector = try vector.successor(seed: change.seed, make: makeEnvironment)
        if change.resetsOptimizer {
            adam.reset()
            adaptiveLearningRate = configuration.learningRate.value(at: steps)
        }
        // The discounted returns under way belong to episodes that are gone.
        let noReturns = [Double](repeating: 0, count: configuration.environments)
        rewardNormalizer.restore(moments: change.resetsNormalizers ? rewardNormalizer.moments.forgotten : rewardNormalizer.moments, returns: noReturns)
        if change.resetsNormalizers {
            if let old = observationNormalizer { observationNormalizer = ObservationNormalizer(moments: old.moments.forgotten, clip: old.clip) }
            // The critic goes on saying the same, in unscaled units.
            let head = network.valueHead
            if configuration.normalizeValues {
                for i in head.weight.range { parameters[i] *= valueNormalizer.deviation }
                parameters[head.bias.offset] = parameters[head.bias.offset] * valueNormalizer.deviation + valueNormalizer.mean
            }
            valueNormalizer = ValueNormalizer()
        }
    }
}
