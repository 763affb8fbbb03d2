import Core
import Environments
import Networks
import Tensor

/// The samples of one iteration, time-major [T × N], with the LSTMs' states that their sequences begin with, and the loop that collects them.
///
/// The environments are split into a fixed number of groups. A group runs its whole stretch on one thread, acting and stepping in turn, so
/// that threads meet once a rollout and not once a step.
///
/// Environment n's steps k·L ..< (k+1)·L are sequence k·N + n, with L the length of truncated backpropagation through time.
final class RecurrentRollout: @unchecked Sendable {
    let T: Int
    let N: Int
    let L: Int
    let observationWidth: Int
    let actionWidth: Int
    /// [T·N × W]: as the environment gave them (kept where statistics are wanted) and as the network sees them.
    let rawObservations: FloatBuffer
    let observations: FloatBuffer
    /// [T·N × A] in the policy's units; ln π of them [T·N].
    let actions: FloatBuffer
    let logProbabilities: FloatBuffer
    let rewards: FloatBuffer
    let values: FloatBuffer
    let advantages: FloatBuffer
    let returns: FloatBuffer
    let truncationValues: FloatBuffer
    var terminated: [Bool]
    var truncated: [Bool]
    /// Observation behind the rollout [N × W], normalised.
    let lastObservations: FloatBuffer
    let lastValues: FloatBuffer
    /// Components of the actions that were cut at the bounds, a group each.
    private(set) var saturated: [Int]
    /// First thing of a group that was not finite, if any.
    private var faults: [Fault?]

    /// State of every environment's open episode: behind the rollout so far for the policy, behind the last rollout for the critic. The critic
    /// has none of its own where the LSTM is shared.
    let actorState: LSTMState
    let criticState: LSTMState?
    /// States that the sequences begin with, a row each.
    let actorStates: LSTMState
    let criticStates: LSTMState?

    let groups: [Range<Int>]
    private let workspaces: [RecurrentActorCriticWorkspace]
    /// Each group's memory for whole sequences, one for each of the bodies.
    let passes: [[SequencePass]]
    /// Final observations of truncated episodes, a group each: rows in the rollout and, one after another, normalised observations.
    private(set) var truncationRows: [[Int]]
    private(set) var truncationObservations: [[Float]]

    init(network: RecurrentActorCritic, configuration: PPOConfiguration, recurrence: RecurrenceConfiguration, keepRaw: Bool) {
        T = configuration.steps
        N = configuration.environments
        L = recurrence.bpttLength
        observationWidth = network.architecture.observationWidth
        actionWidth = network.actionWidth
        let size = T * N
        rawObservations = FloatBuffer(keepRaw ? size * observationWidth : 0)
        observations = FloatBuffer(size * observationWidth)
        actions = FloatBuffer(size * actionWidth)
        logProbabilities = FloatBuffer(size)
        rewards = FloatBuffer(size)
        values = FloatBuffer(size)
        advantages = FloatBuffer(size)
        returns = FloatBuffer(size)
        truncationValues = FloatBuffer(size)
        terminated = Array(repeating: false, count: size)
        truncated = Array(repeating: false, count: size)
        lastObservations = FloatBuffer(N * observationWidth)
        lastValues = FloatBuffer(N)
        let H = recurrence.hidden
        let sequences = recurrence.sequences(configuration)
        actorState = LSTMState(rows: N, width: H)
        criticState = recurrence.shared ? nil : LSTMState(rows: N, width: H)
        actorStates = LSTMState(rows: sequences, width: H)
        criticStates = recurrence.shared ? nil : LSTMState(rows: sequences, width: H)
        let groupCount = recurrence.groupCount(configuration)
        let count = N
        let length = L
        groups = (0..<groupCount).map { $0 * count / groupCount..<($0 + 1) * count / groupCount }
        workspaces = groups.map { RecurrentActorCriticWorkspace(network, steps: 1, rows: $0.count, forwardOnly: true) }
        passes = groups.map { group in
            [network.actorBody, network.criticBody].compactMap { $0 }.map { SequencePass($0, network, steps: length, rows: group.count) }
        }
        saturated = Array(repeating: 0, count: groupCount)
        faults = Array(repeating: nil, count: groupCount)
        truncationRows = Array(repeating: [], count: groupCount)
        truncationObservations = Array(repeating: [], count: groupCount)
    }

    /// Runs T steps in every environment with the policy as it is.
    ///
    /// - Parameter noise: one generator an environment, advanced.
    /// - Throws: what an environment throws, or `AlgorithmError` for an observation or reward that is not finite.
    func collect(
        network: RecurrentActorCritic, parameters: FloatBuffer, normalizer: ObservationNormalizer?, transform: ActionTransform,
        vector: VectorEnvironment, noise: NoiseGenerators, pool: WorkerPool
    ) throws {
        terminated.withUnsafeMutableBufferPointer { terminated in
            truncated.withUnsafeMutableBufferPointer { truncated in
                saturated.withUnsafeMutableBufferPointer { saturated in
                    truncationRows.withUnsafeMutableBufferPointer { rows in
                        truncationObservations.withUnsafeMutableBufferPointer { finals in
                            faults.withUnsafeMutableBufferPointer { faults in
                                let output = GroupOutput(
                                    terminated: terminated, truncated: truncated, saturated: saturated, truncationRows: rows,
                                    truncationObservations: finals, faults: faults, noise: noise.pointer)
                                pool.run(groups.count) { [self] g in
                                    runGroup(g, network, parameters, normalizer, transform, vector, output)
                                }
                            }
                        }
                    }
                }
            }
        }
        try vector.throwFirstError()
        for case let fault? in faults {
            throw AlgorithmError(
                "\(fault.what) of environment \(fault.environment) is not finite, \(fault.step) steps into the rollout", place: "RecurrentPPO",
                hint: "look for a division by zero or an unstable simulation in the environment; weights and statistics are as they were")
        }
    }

    /// An observation or a reward that is NaN or infinite.
    private struct Fault {
        var what: String
        var environment: Int
        var step: Int
    }

    /// Memory that the groups write to, each its own part.
    private struct GroupOutput: @unchecked Sendable {
        let terminated: UnsafeMutableBufferPointer<Bool>
        let truncated: UnsafeMutableBufferPointer<Bool>
        let saturated: UnsafeMutableBufferPointer<Int>
        let truncationRows: UnsafeMutableBufferPointer<[Int]>
        let truncationObservations: UnsafeMutableBufferPointer<[Float]>
        let faults: UnsafeMutableBufferPointer<Fault?>
        let noise: UnsafeMutablePointer<Philox>
    }

    private func runGroup(
        _ g: Int, _ network: RecurrentActorCritic, _ parameters: FloatBuffer, _ normalizer: ObservationNormalizer?, _ transform: ActionTransform,
        _ vector: VectorEnvironment, _ out: GroupOutput
    ) {
        let group = groups[g]
        let W = observationWidth
        let A = actionWidth
        let workspace = workspaces[g]
        let memory = workspace.actorBody.lstm
        var cut = 0
        out.faults[g] = nil
        out.truncationRows[g].removeAll(keepingCapacity: true)
        out.truncationObservations[g].removeAll(keepingCapacity: true)
        for t in 0..<T {
            let first = t * N + group.lowerBound

            // Observe.
            for n in group {
                let row = t * N + n
                guard isFinite(vector.observation(n)) else {
                    out.faults[g] = Fault(what: "the observation", environment: n, step: t)
                    return
                }
                if rawObservations.count > 0 { (rawObservations.pointer + row * W).update(from: vector.observation(n), count: W) }
                normalise(vector.observation(n), into: observations.pointer + row * W, normalizer)
            }

            // Act, and remember. The states that sequences begin with are kept for the updates.
            if t % L == 0 { actorStates.copy(actorState, rows: group, to: t / L * N + group.lowerBound) }
            memory.initial.copy(actorState, rows: group, to: 0)
            network.forwardActor(parameters, x: observations.pointer + first * W, steps: 1, rows: group.count, starts: nil, workspace)
            memory.copyStates(step: 0, of: group.count, rows: 0..<group.count, to: actorState, row: group.lowerBound)
            let outputs = workspace.actor.output
            for (k, n) in group.enumerated() {
                let row = t * N + n
                let output = outputs.span(k * network.actorOutputs..<(k + 1) * network.actorOutputs)
                var action = actions.mutableSpan(row * A..<(row + 1) * A)
                if let logStd = network.logStd {
                    let deviations = parameters.span(logStd.range)
                    DiagonalGaussian.sample(mean: output, logStd: deviations, into: &action, using: &out.noise[n])
                    logProbabilities.pointer[row] = DiagonalGaussian.logProbability(
                        action: actions.span(row * A..<(row + 1) * A), mean: output, logStd: deviations)
                    for i in 0..<A {
                        let bounds = transform.bounds(i)
                        if action[i] <= bounds.low || action[i] >= bounds.high { cut += 1 }
                    }
                } else {
                    let index = Categorical.sample(logits: output, using: &out.noise[n])
                    action[0] = Float(index)
                    logProbabilities.pointer[row] = Categorical.logProbability(action: index, logits: output)
                }
                var target = UnsafeMutableBufferPointer(start: vector.action(n), count: A).mutableSpan
                transform.apply(actions.span(row * A..<(row + 1) * A), into: &target)
            }

            // Step.
            for n in group {
                let row = t * N + n
                vector.stepOne(n)
                let step = vector.lastStep(n)
                guard step.reward.isFinite else {
                    out.faults[g] = Fault(what: "the reward", environment: n, step: t)
                    return
                }
                rewards.pointer[row] = step.reward
                out.terminated[row] = step.terminated
                out.truncated[row] = step.truncated && !step.terminated
                // The next episode begins with nothing in mind.
                if step.isLast { actorState.reset(row: n) }
                if out.truncated[row] {
                    // The value of the last observation is bootstrapped later, all at once.
                    guard isFinite(vector.finalObservation(n)) else {
                        out.faults[g] = Fault(what: "the last observation", environment: n, step: t)
                        return
                    }
                    out.truncationRows[g].append(row)
                    let start = out.truncationObservations[g].count
                    out.truncationObservations[g].append(contentsOf: UnsafeBufferPointer(start: vector.finalObservation(n), count: W))
                    out.truncationObservations[g].withUnsafeMutableBufferPointer { buffer in
                        if let base = buffer.baseAddress { normalise(base + start, into: base + start, normalizer) }
                    }
                }
            }
        }
        for n in group {
            guard isFinite(vector.observation(n)) else {
                out.faults[g] = Fault(what: "the observation", environment: n, step: T)
                return
            }
            normalise(vector.observation(n), into: lastObservations.pointer + n * W, normalizer)
        }
        out.saturated[g] = cut
    }

    @inline(__always)
    private func isFinite(_ observation: UnsafePointer<Float>) -> Bool { VectorMath.allFinite(observation, count: observationWidth) }

    @inline(__always)
    private func normalise(_ raw: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, _ normalizer: ObservationNormalizer?) {
        if let normalizer {
            normalizer.apply(raw, into: result, rows: 1)
        } else if result != raw {
            result.update(from: raw, count: observationWidth)
        }
    }
}
