import Core
import Networks
import Tensor

extension RecurrentPPO {
    /// The epochs of one iteration.
    ///
    /// - Throws: `AlgorithmError` when the gradient is no longer finite; the parameters are then as they were before that minibatch.
    mutating func update() throws -> PPOUpdate {
        let c = configuration
        let batch = recurrence.batchSequences(c)
        let sequences = recurrence.sequences(c)
        let batches = sequences / batch
        let coefficients = PPOLossCoefficients(
            clipRange: Float(c.clipRange.value(at: steps)), valueClipRange: c.valueClipRange.map { Float($0) }, value: Float(c.valueCoefficient),
            entropy: Float(c.entropyCoefficient.value(at: steps)), bound: network.logStd == nil ? 0 : Float(c.boundLossCoefficient),
            boundLow: learner.boundLow, boundHigh: learner.boundHigh)
        var result = PPOUpdate()
        result.clipRange = Double(coefficients.clipRange)
        result.entropyCoefficient = Double(coefficients.entropy)
        result.learningRate = learningRate
        var total = PPOLossSums()
        var rows = 0
        var updates = 0
        var indices = [Int32](repeating: 0, count: sequences)

        epochs: for epoch in 0..<c.epochs {
            // In the first epoch the states are those of the policy that acted, and so of the weights as they are.
            if epoch > 0, recurrence.refreshStates { rollout.refreshStates(network: network, parameters: parameters, pool: pool) }
            var span = indices.mutableSpan
            order.permutation(into: &span)
            var epochKL = 0.0
            for b in 0..<batches {
                let (mean, scale) = c.normalizeAdvantage ? advantageMoments(indices, first: b * batch, batch: batch) : (0, 1)
                let (sums, norm) = learner.gradient(
                    parameters: parameters, rollout: rollout, order: indices, first: b * batch, batch: batch, advantageMean: mean,
                    advantageScale: scale, coefficients: coefficients, pool: pool)
                if epoch == 0, b == 0 {
                    result.firstRatioDeviation = sums.ratioDeviation
                    assert(
                        sums.ratioDeviation < 1e-3,
                        "the first minibatch's ratio must be 1: the stored log-probabilities or states don't belong to this policy")
                }
                guard norm.isFinite else { throw diverged(norm) }
                let kl = sums.kl / Double(c.batchSize)
                if let target = c.targetKL, kl > 1.5 * target {
                    // The step size hears of it, or it could never come down.
                    adaptLearningRate(kl: kl)
                    break epochs
                }

                // Clip by the global norm and step.
                let limit = Float(c.maxGradNorm)
                let factor = norm > limit ? limit / (norm + 1e-6) : 1
                adam.beginUpdate()
                learner.apply(adam, parameters: parameters, factor: factor, learningRate: Float(learningRate), pool: pool)
                clampLogStd()

                total.add(sums)
                rows += c.batchSize
                updates += 1
                epochKL += kl / Double(batches)
                result.gradientNorm += Double(norm)
                if norm > limit { result.gradientClipFraction += 1 }
            }
            adaptLearningRate(kl: epochKL)
        }

        let n = Double(max(rows, 1))
        result.policyLoss = total.policy / n
        result.valueLoss = total.value / n
        result.entropy = total.entropy / n
        result.boundLoss = total.bound / n
        result.approxKL = total.kl / n
        result.clipFraction = total.clipped / n
        result.gradientNorm /= Double(max(updates, 1))
        result.gradientClipFraction /= Double(max(updates, 1))
        result.epochs = Double(updates) / Double(batches)
        return result
    }

    /// Mean of a minibatch's advantages and 1/(sample deviation + 1e-8).
    private func advantageMoments(_ indices: [Int32], first: Int, batch: Int) -> (mean: Float, scale: Float) {
        let advantages = rollout.advantages.pointer
        let (N, L) = (rollout.N, rollout.L)
        var sum = 0.0
        for i in first..<first + batch {
            let sequence = Int(indices[i])
            for t in 0..<L { sum += Double(advantages[(sequence / N * L + t) * N + sequence % N]) }
        }
        let mean = sum / Double(batch * L)
        var squares = 0.0
        for i in first..<first + batch {
            let sequence = Int(indices[i])
            for t in 0..<L {
                let d = Double(advantages[(sequence / N * L + t) * N + sequence % N]) - mean
                squares += d * d
            }
        }
        return (Float(mean), Float(1 / ((squares / Double(batch * L - 1)).squareRoot() + 1e-8)))
    }

    /// Keeps ln σ within its bounds. A projection, so that a σ at its bound can still come back.
    private func clampLogStd() {
        guard let logStd = network.logStd else { return }
        let low = Float(configuration.logStdMin)
        let high = Float(configuration.logStdMax)
        for i in logStd.range { parameters[i] = min(max(parameters[i], low), high) }
    }

    /// Source: the rule of Heess et al. 2017 for its penalty, applied to the step size as rl_games and RSL-RL do.
    private mutating func adaptLearningRate(kl: Double) {
        guard let adaptive = configuration.adaptiveKL else { return }
        if kl > 2 * adaptive.desired {
            adaptiveLearningRate = max(adaptiveLearningRate / 1.5, adaptive.minimum)
        } else if kl < adaptive.desired / 2 {
            adaptiveLearningRate = min(adaptiveLearningRate * 1.5, adaptive.maximum)
        }
    }

    private func diverged(_ norm: Float) -> AlgorithmError {
        AlgorithmError(
            "the gradient is \(norm.isNaN ? "not a number" : "infinite") at step \(steps)", place: "RecurrentPPO",
            hint: "lower learning_rate or max_grad_norm, or look for NaN in observations and rewards; the last checkpoint is intact")
    }
}
