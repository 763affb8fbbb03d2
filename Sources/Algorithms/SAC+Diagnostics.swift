import Core
import Networks
import Tensor

extension SAC {
    /// Most recent rows of the replay buffer that the features are looked at on.
    private static var sampleRows: Int { 512 }

    /// Makes means of the sums over the iteration's updates.
    func summarise(rates: (actor: Double, critic: Double, alpha: Double)) -> SACUpdate {
        let sums = learner.takeSums()
        var update = SACUpdate()
        update.alpha = Double(learner.temperature.alpha(at: steps))
        update.targetEntropy = learner.temperature.target
        update.updates = Double(learner.updates)
        (update.actorLearningRate, update.criticLearningRate, update.alphaLearningRate) = rates
        if sums.updates > 0 {
            let n = Double(sums.updates)
            update.criticLoss = sums.criticLoss / n
            update.qMean = sums.q / n
            update.targetMean = sums.target / n
            update.disagreement = sums.disagreement / n
            update.criticGradientNorm = sums.criticNorm / n
        }
        if sums.actorUpdates > 0 {
            let n = Double(sums.actorUpdates)
            update.actorLoss = sums.actorLoss / n
            update.alphaLoss = sums.alphaLoss / n
            update.entropy = -sums.logProbability / n
            update.actorGradientNorm = sums.actorNorm / n
        }
        return update
    }

    /// Looks at the networks after an iteration.
    func diagnose(before: (actor: [Float], critic: [Float]), drift: Double) -> SACDiagnostics {
        var d = SACDiagnostics()
        d.normalizerDrift = drift
        d.rewardScale = configuration.normalizeRewards ? Double(rewardNormalizer.scale) : configuration.rewardScale
        d.weightNorm = Double(VectorMath.norm(learner.actorParameters.span))
        d.criticWeightNorm = Double(VectorMath.norm(learner.criticParameters.span))
        d.updateToWeight = FeatureDiagnostics.relativeChange(of: learner.actorParameters, since: before.actor)
        d.criticUpdateToWeight = FeatureDiagnostics.relativeChange(of: learner.criticParameters, since: before.critic)
        d.actionSaturation = Double(collection.saturated) / Double(max(collection.components, 1))
        let ends = collection.terminations + collection.truncations
        if ends > 0 { d.truncationShare = Double(collection.truncations) / Double(ends) }
        d.replaySize = Double(replay.count)
        examineFeatures(&d)
        return d
    }

    /// σ, dormant units, rank and norm of the features on the newest transitions.
    private func examineFeatures(_ d: inout SACDiagnostics) {
        let critic = learner.critic
        let W = critic.observationWidth
        let A = critic.actionWidth
        let C = critic.inputs
        let rows = recent(Self.sampleRows)
        guard !rows.isEmpty else { return }
        let observations = FloatBuffer(rows.count * W)
        let inputs = FloatBuffer(rows.count * C)
        for (i, row) in rows.enumerated() {
            let x = observations.pointer + i * W
            if let observationNormalizer { observationNormalizer.apply(row, into: x, rows: 1) } else { x.update(from: row, count: W) }
            (inputs.pointer + i * C).update(from: x, count: W)
            (inputs.pointer + i * C + W).update(from: row + W, count: A)
        }

        // The actor: σ of its output, features of its hidden layers.
        let actor = MLPWorkspace(network.body, capacity: rows.count, forwardOnly: true)
        network.body.forward(parameters, x: observations.pointer, rows: rows.count, actor)
        let (low, high) = (network.distribution.low, network.distribution.high)
        var deviations: [Double] = []
        for i in 0..<rows.count {
            for a in 0..<A { deviations.append(Double(expf32(min(max(actor.output[(2 * i + 1) * A + a], low), high)))) }
        }
        d.std = deviations.reduce(0, +) / Double(deviations.count)
        d.stdMin = deviations.min() ?? .nan
        d.stdMax = deviations.max() ?? .nan
        func hidden(_ body: MLP, _ workspace: MLPWorkspace) -> [(output: FloatBuffer, width: Int)] {
            zip(body.layers, workspace.outputs).filter { $0.0.activation != .identity }.map { ($0.1, $0.0.outputs) }
        }
        let features = hidden(network.body, actor)
        d.dormantUnits = FeatureDiagnostics.dormantShare(features, rows: rows.count)
        if let last = features.last {
            (d.stableRank, d.featureNorm) = FeatureDiagnostics.rankAndNorm(last.output, width: last.width, rows: rows.count)
        }

        // The critics.
        var all: [(output: FloatBuffer, width: Int)] = []
        for (i, body) in critic.bodies.enumerated() {
            let workspace = MLPWorkspace(body, capacity: rows.count, forwardOnly: true)
            body.forward(learner.criticParameters, x: inputs.pointer, rows: rows.count, workspace)
            let features = hidden(body, workspace)
            all += features
            if i == 0, let last = features.last {
                (d.criticStableRank, d.criticFeatureNorm) = FeatureDiagnostics.rankAndNorm(last.output, width: last.width, rows: rows.count)
            }
        }
        d.criticDormantUnits = FeatureDiagnostics.dormantShare(all, rows: rows.count)
    }

    /// The newest transitions' rows, the environments in turn.
    private func recent(_ limit: Int) -> [UnsafePointer<Float>] {
        let each = max(1, limit / configuration.environments)
        var rows: [UnsafePointer<Float>] = []
        for e in 0..<configuration.environments where rows.count < limit {
            let head = replay.heads[e]
            for r in max(head - replay.count(e), head - each)..<max(head, 0) where replay.flag(e, r).pointee & ReplayBuffer.mark == 0 {
                rows.append(UnsafePointer(replay.row(e, r)))
            }
        }
        return rows
    }
}
