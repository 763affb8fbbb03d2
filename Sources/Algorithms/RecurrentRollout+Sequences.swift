import Core
import Networks
import Tensor

extension RecurrentRollout {
    /// Whether an episode ended with a row of the rollout.
    @inline(__always)
    func ended(_ row: Int) -> Bool { terminated[row] || truncated[row] }

    /// Fills `values`, `lastValues` and `truncationValues` with the critic's outputs · deviation + mean, and the states that the critic's
    /// sequences begin with.
    func evaluate(network: RecurrentActorCritic, parameters: FloatBuffer, mean: Float, deviation: Float, pool: WorkerPool) {
        if let criticState, let criticStates { criticStates.copy(criticState, rows: 0..<N, to: 0) }
        pool.run(groups.count) { [self] g in evaluateGroup(g, network, parameters, mean, deviation) }
    }

    private func evaluateGroup(_ g: Int, _ network: RecurrentActorCritic, _ parameters: FloatBuffer, _ mean: Float, _ deviation: Float) {
        let group = groups[g]
        let G = group.count
        let pass = passes[g][passes[g].count - 1]
        let body = network.criticBody ?? network.actorBody
        let output = pass.head.output.pointer
        truncationRows[g].withUnsafeBufferPointer { cut in
            truncationObservations[g].withUnsafeBufferPointer { finals in
                var done = 0
                trace(body, pass, group, parameters, criticStates ?? actorStates) { k in
                    // All steps of these sequences.
                    network.critic.forward(parameters, x: pass.workspace.lstm.outputs.pointer, rows: L * G, pass.head)
                    for t in 0..<L {
                        for b in 0..<G { values.pointer[(k * L + t) * N + group.lowerBound + b] = output[t * G + b] * deviation + mean }
                    }
                    // The last observations of truncated episodes, each with the state behind the step that led to it.
                    while done < cut.count, cut[done] < (k + 1) * L * N, let x = finals.baseAddress {
                        var count = 0
                        while count < G, done + count < cut.count, cut[done + count] < (k + 1) * L * N {
                            let (t, n) = (cut[done + count] / N - k * L, cut[done + count] % N - group.lowerBound)
                            pass.workspace.lstm.copyStates(step: t, of: G, rows: n..<n + 1, to: pass.step.lstm.initial, row: count)
                            count += 1
                        }
                        oneStep(body, network, pass, parameters, x: x + done * observationWidth, rows: count)
                        for i in 0..<count { truncationValues.pointer[cut[done + i]] = output[i] * deviation + mean }
                        done += count
                    }
                }
            }
        }

        // What lies behind the rollout. A critic with a memory of its own keeps it for the next one.
        if let criticState {
            pass.workspace.lstm.copyStates(step: L - 1, of: G, rows: 0..<G, to: criticState, row: group.lowerBound)
            forgetEnded(behind: T - 1, group, criticState, first: group.lowerBound)
        }
        pass.step.lstm.initial.copy(criticState ?? actorState, rows: group, to: 0)
        oneStep(body, network, pass, parameters, x: lastObservations.pointer + group.lowerBound * observationWidth, rows: G)
        for b in 0..<G { lastValues.pointer[group.lowerBound + b] = output[b] * deviation + mean }
    }

    /// Values of single observations from the states in `pass.step` → `pass.head.output`.
    private func oneStep(
        _ body: RecurrentBody, _ network: RecurrentActorCritic, _ pass: SequencePass, _ parameters: FloatBuffer, x: UnsafePointer<Float>, rows: Int
    ) {
        body.forward(parameters, x: x, steps: 1, rows: rows, starts: nil, pass.step)
        network.critic.forward(parameters, x: pass.step.lstm.outputs.pointer, rows: rows, pass.head)
    }

    /// Computes the states that sequences begin with anew, with the weights as they are; each environment's first one stays.
    func refreshStates(network: RecurrentActorCritic, parameters: FloatBuffer, pool: WorkerPool) {
        let bodies = criticStates == nil ? 1 : 2
        pool.run(groups.count * bodies) { [self] i in
            let (g, isCritic) = (i / bodies, i % bodies == 1)
            let body = isCritic ? network.criticBody ?? network.actorBody : network.actorBody
            let states = isCritic ? criticStates ?? actorStates : actorStates
            trace(body, passes[g][i % bodies], groups[g], parameters, states) { _ in }
        }
    }

    /// Leads a group's episodes through a body, sequence after sequence, and writes the states that all but the first begin with.
    ///
    /// - Parameter visit: told the number of each sequence, whose activations then stand in the pass' workspace.
    private func trace(
        _ body: RecurrentBody, _ pass: SequencePass, _ group: Range<Int>, _ parameters: FloatBuffer, _ states: LSTMState, _ visit: (Int) -> Void
    ) {
        let G = group.count
        let W = observationWidth
        for k in 0..<T / L {
            for t in 0..<L {
                let row = (k * L + t) * N + group.lowerBound
                (pass.observations.pointer + t * G * W).update(from: observations.pointer + row * W, count: G * W)
                for b in 0..<G { pass.starts[t * G + b] = t > 0 && ended(row - N + b) }
            }
            pass.workspace.lstm.initial.copy(states, rows: k * N + group.lowerBound..<k * N + group.upperBound, to: 0)
            body.forward(parameters, x: pass.observations.pointer, steps: L, rows: G, starts: pass.starts, pass.workspace)
            if (k + 1) * L < T {
                let next = (k + 1) * N + group.lowerBound
                pass.workspace.lstm.copyStates(step: L - 1, of: G, rows: 0..<G, to: states, row: next)
                forgetEnded(behind: (k + 1) * L - 1, group, states, first: next)
            }
            visit(k)
        }
    }

    /// Zeroes the rows of a state whose episode ended with step t.
    private func forgetEnded(behind t: Int, _ group: Range<Int>, _ state: LSTMState, first: Int) {
        for (b, n) in group.enumerated() where ended(t * N + n) { state.reset(row: first + b) }
    }
}

/// A group's memory to lead its episodes through one of the bodies.
final class SequencePass: @unchecked Sendable {
    /// For sequences of all the group's environments, and for single observations.
    let workspace: RecurrentBodyWorkspace
    let step: RecurrentBodyWorkspace
    let head: MLPWorkspace
    /// The sequences' observations [L·G × W], and whether an episode starts with a step [L·G].
    let observations: FloatBuffer
    let starts: UnsafeMutablePointer<Bool>

    init(_ body: RecurrentBody, _ network: RecurrentActorCritic, steps: Int, rows: Int) {
        workspace = RecurrentBodyWorkspace(body, steps: steps, rows: rows, forwardOnly: true)
        step = RecurrentBodyWorkspace(body, steps: 1, rows: rows, forwardOnly: true)
        head = MLPWorkspace(network.critic, capacity: steps * rows, forwardOnly: true)
        observations = FloatBuffer(steps * rows * network.architecture.observationWidth)
        starts = .allocate(capacity: steps * rows)
        starts.initialize(repeating: false, count: steps * rows)
    }

    deinit { starts.deallocate() }
}
