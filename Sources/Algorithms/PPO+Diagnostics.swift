import Core
import Networks
import Tensor

extension PPO {
    /// Rows of the rollout that the features are looked at on.
    private static var sampleRows: Int { 512 }

    /// Looks at the networks after an update.
    func diagnose(before: [Float], drift: Double, explainedVariance: Double, returnMean: Double) -> PPODiagnostics {
        var d = PPODiagnostics()
        d.explainedVariance = explainedVariance
        d.returnMean = returnMean
        d.normalizerDrift = drift
        d.valueScale = configuration.normalizeValues ? Double(valueNormalizer.deviation) : 1
        d.rewardScale = configuration.normalizeRewards ? Double(rewardNormalizer.scale) : configuration.rewardScale
        if let logStd = network.logStd {
            let deviations = logStd.range.map { Double(expf32(parameters[$0])) }
            d.std = deviations.reduce(0, +) / Double(deviations.count)
            d.stdMin = deviations.min() ?? .nan
            d.stdMax = deviations.max() ?? .nan
            d.actionSaturation = Double(rollout.saturated.reduce(0, +)) / Double(rollout.actions.count)
        }

        // Weights: their norm and how far this iteration moved them.
        d.weightNorm = Double(VectorMath.norm(parameters.span))
        d.updateToWeight = FeatureDiagnostics.relativeChange(of: parameters, since: before)

        // Episode ends.
        var terminations = 0
        var truncations = 0
        for i in 0..<rollout.terminated.count {
            if rollout.terminated[i] { terminations += 1 }
            if rollout.truncated[i] { truncations += 1 }
        }
        if terminations + truncations > 0 { d.truncationShare = Double(truncations) / Double(terminations + truncations) }

        examineFeatures(&d)
        return d
    }

    /// Dormant units of all hidden layers; rank and norm of the policy's last hidden layer.
    private func examineFeatures(_ d: inout PPODiagnostics) {
        let size = configuration.rolloutSize
        let rows = min(Self.sampleRows, size)
        let W = rollout.observationWidth
        let sample = FloatBuffer(rows * W)
        // Evenly spread over the rollout, so over time and environments.
        for i in 0..<rows { (sample.pointer + i * W).update(from: rollout.observations.pointer + (i * size / rows) * W, count: W) }
        let workspace = ActorCriticWorkspace(network, capacity: rows, forwardOnly: true)
        network.forwardActor(parameters, x: sample.pointer, rows: rows, workspace)
        network.forwardCritic(parameters, x: sample.pointer, rows: rows, trunkIsFresh: true, workspace)

        var hidden: [(output: FloatBuffer, width: Int)] = []
        for (mlp, space) in [(network.trunk, workspace.trunk), (network.actor, workspace.actor), (network.critic, workspace.critic)] {
            guard let mlp, let space else { continue }
            for (layer, output) in zip(mlp.layers, space.outputs) where layer.activation != .identity { hidden.append((output, layer.outputs)) }
        }
        d.dormantUnits = FeatureDiagnostics.dormantShare(hidden, rows: rows)

        let body = network.trunk ?? network.actor
        guard let last = body.layers.lastIndex(where: { $0.activation != .identity }) else { return }
        let features = (network.trunk == nil ? workspace.actor : workspace.trunk)?.outputs[last]
        guard let features else { return }
        (d.stableRank, d.featureNorm) = FeatureDiagnostics.rankAndNorm(features, width: body.layers[last].outputs, rows: rows)
    }
}
