import Core
import Networks
import Tensor

extension RecurrentPPO {
    /// Rows of the rollout that the features are looked at on.
    private static var sampleRows: Int { 512 }

    /// Looks at the networks and their memory after an update.
    func diagnose(before: [Float], drift: Double, explainedVariance: Double, returnMean: Double) -> (PPODiagnostics, MemoryDiagnostics) {
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

        let memory = examineFeatures(&d)
        return (d, memory)
    }

    /// Dormant units of all hidden layers; rank and norm of the policy's last hidden layer; what the LSTMs hold.
    private func examineFeatures(_ d: inout PPODiagnostics) -> MemoryDiagnostics {
        let sequences = recurrence.sequences(configuration)
        let (L, N, W) = (rollout.L, rollout.N, rollout.observationWidth)
        let S = min(max(1, Self.sampleRows / L), sequences)
        let sample = FloatBuffer(L * S * W)
        var starts = [Bool](repeating: false, count: L * S)
        let workspace = RecurrentActorCriticWorkspace(network, steps: L, rows: S, forwardOnly: true)
        // Evenly spread over the rollout, so over time and environments.
        for s in 0..<S {
            let sequence = s * sequences / S
            workspace.actorBody.lstm.initial.copy(rollout.actorStates, rows: sequence..<sequence + 1, to: s)
            if let states = rollout.criticStates { workspace.criticBody?.lstm.initial.copy(states, rows: sequence..<sequence + 1, to: s) }
            for t in 0..<L {
                let row = (sequence / N * L + t) * N + sequence % N
                (sample.pointer + (t * S + s) * W).update(from: rollout.observations.pointer + row * W, count: W)
                starts[t * S + s] = t > 0 && rollout.ended(row - N)
            }
        }
        network.forwardActor(parameters, x: sample.pointer, steps: L, rows: S, starts: starts, workspace)
        network.forwardCritic(parameters, x: sample.pointer, steps: L, rows: S, starts: starts, bodyIsFresh: true, workspace)

        let rows = L * S
        var hidden: [(output: FloatBuffer, width: Int)] = []
        for (body, space) in [(network.actorBody, workspace.actorBody), (network.criticBody, workspace.criticBody)] {
            guard let body, let space else { continue }
            if let input = body.input, let outputs = space.input?.outputs { hidden += zip(outputs, input.layers).map { ($0, $1.outputs) } }
            hidden.append((space.lstm.outputs, body.lstm.hidden))
        }
        for (mlp, space) in [(network.actor, workspace.actor), (network.critic, workspace.critic)] {
            for (layer, output) in zip(mlp.layers, space.outputs) where layer.activation != .identity { hidden.append((output, layer.outputs)) }
        }
        d.dormantUnits = FeatureDiagnostics.dormantShare(hidden, rows: rows)

        // Without layers behind it, the LSTM's output is the last hidden one.
        let last = network.actor.layers.count - 2
        let features = last >= 0 ? workspace.actor.outputs[last] : workspace.actorBody.lstm.outputs
        (d.stableRank, d.featureNorm) = FeatureDiagnostics.rankAndNorm(features, width: network.actor.layers[last + 1].inputs, rows: rows)

        var memory = MemoryDiagnostics(actor: .init(workspace.actorBody.lstm, hidden: recurrence.hidden, rows: rows))
        if let body = workspace.criticBody { memory.critic = .init(body.lstm, hidden: recurrence.hidden, rows: rows) }
        return memory
    }
}
