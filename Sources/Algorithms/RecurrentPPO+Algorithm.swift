import Core
import Environments

extension RecurrentPPO: Algorithm {
    public mutating func advance() throws -> IterationReport {
        let report = try iterate()
        return IterationReport(
            steps: report.base.steps, iterations: report.base.iterations, episodes: report.base.episodes, metrics: report.metrics,
            highlights: [("KL", report.base.update.approxKL), ("σ", report.base.diagnostics.std)])
    }

    public mutating func changeTask(_ change: TaskChange, makeEnvironment: () throws -> any Environment) throws {
        let next = try VectorEnvironment(
            count: configuration.environments, seed: change.seed, purpose: .trainingEpisodes, pool: pool, make: makeEnvironment)
        guard next.observationWidth == vector.observationWidth, next.spec.actionSpace == vector.spec.actionSpace else {
            throw AlgorithmError(
                "\(next.spec.id) has other observations or actions than \(vector.spec.id)", place: "RecurrentPPO",
                hint: "the stages of a curriculum need the same shape")
        }
        try next.reset()
        vector = next
        rollout.actorState.reset()
        rollout.criticState?.reset()

        if change.resetsOptimizer {
            adam.reset()
            adaptiveLearningRate = configuration.learningRate.value(at: steps)
        }
        // The discounted returns under way belong to episodes that are gone.
        let noReturns = [Double](repeating: 0, count: configuration.environments)
        rewardNormalizer.restore(moments: change.resetsNormalizers ? RunningMoments(columns: 1) : rewardNormalizer.moments, returns: noReturns)
        if change.resetsNormalizers {
            if let old = observationNormalizer { observationNormalizer = ObservationNormalizer(width: vector.observationWidth, clip: old.clip) }
            valueNormalizer = ValueNormalizer()
        }
    }
}
