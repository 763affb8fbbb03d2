import Core
import Environments
import Networks
import Tensor

/// Acting in the environments, and what the statistics take in of it later.
final class SACCollection: @unchecked Sendable {
    private let N: Int
    private let W: Int
    private let A: Int
    private let workspace: SquashedActorWorkspace
    private let normalised: FloatBuffer
    /// Actions of the step under way, in [−1, 1] [N × A].
    private let actions: FloatBuffer
    /// Raw observations, rewards and ends of the steps that the statistics have not seen, time-major.
    private let observations: FloatBuffer
    private var rewards: [Float]
    private var ended: [Bool]
    /// Steps of each environment among them.
    private var seen = 0
    /// Counts over an iteration.
    private(set) var saturated = 0
    private(set) var components = 0
    private(set) var terminations = 0
    private(set) var truncations = 0
    /// |a| beyond which an action counts as being at its bound.
    private static let bound: Float = 0.99

    init(network: SquashedActor, environments N: Int, steps T: Int, keepObservations: Bool) {
        self.N = N
        W = network.architecture.observationWidth
        A = network.actionWidth
        workspace = SquashedActorWorkspace(network, capacity: N, forwardOnly: true)
        normalised = FloatBuffer(N * W)
        actions = FloatBuffer(N * A)
        observations = FloatBuffer(keepObservations ? T * N * W : 0)
        rewards = Array(repeating: 0, count: T * N)
        ended = Array(repeating: false, count: T * N)
    }

    /// Starts an iteration's counts.
    func begin() {
        saturated = 0
        components = 0
        terminations = 0
        truncations = 0
    }

    /// Uniform actions.
    func explore(_ random: NoiseGenerators) {
        for n in 0..<N {
            for a in 0..<A { actions.pointer[n * A + a] = Float(random.pointer[n].uniform(-1, 1)) }
        }
    }

    /// The policy's actions for the current observations.
    func act(
        _ network: SquashedActor, parameters: FloatBuffer, normalizer: ObservationNormalizer?, vector: VectorEnvironment, noise: NoiseGenerators
    ) {
        for n in 0..<N {
            let row = normalised.pointer + n * W
            row.update(from: vector.observation(n), count: W)
            normalizer?.apply(UnsafePointer(row), into: row, rows: 1)
            var drawn = workspace.sample.noise.mutableSpan(n * A..<(n + 1) * A)
            noise.pointer[n].fillNormal(&drawn)
        }
        network.act(parameters, x: normalised.pointer, rows: N, workspace)
        actions.pointer.update(from: workspace.sample.actions.pointer, count: N * A)
    }

    /// Hands the actions to the environments in their units.
    func transformActions(_ transform: ActionTransform, _ vector: VectorEnvironment) {
        for n in 0..<N {
            var target = UnsafeMutableBufferPointer(start: vector.action(n), count: A).mutableSpan
            transform.apply(actions.span(n * A..<(n + 1) * A), into: &target)
            if observations.count > 0 { (observations.pointer + (seen * N + n) * W).update(from: vector.observation(n), count: W) }
        }
    }

    /// Takes the step's outcome into the replay buffer.
    ///
    /// - Throws: `AlgorithmError` for an observation or reward that is not finite; the step is then not recorded.
    func record(_ vector: VectorEnvironment, replay: ReplayBuffer, step: Int) throws {
        for n in 0..<N {
            let last = vector.lastStep(n)
            let next = last.isLast ? vector.finalObservation(n) : vector.observation(n)
            let finite = VectorMath.allFinite(next, count: W) && VectorMath.allFinite(vector.observation(n), count: W)
            guard finite, last.reward.isFinite else {
                throw AlgorithmError(
                    "\(finite ? "the reward" : "the observation") of environment \(n) is not finite at step \(step)", place: "SAC",
                    hint: "look for a division by zero or an unstable simulation in the environment; the last checkpoint is intact")
            }
        }
        for n in 0..<N {
            let last = vector.lastStep(n)
            replay.add(
                n, action: actions.pointer + n * A, reward: last.reward, next: last.isLast ? vector.finalObservation(n) : vector.observation(n),
                terminated: last.terminated, truncated: last.truncated, first: last.isLast ? vector.observation(n) : nil)
            rewards[seen * N + n] = last.reward
            ended[seen * N + n] = last.isLast
            if last.terminated { terminations += 1 } else if last.truncated { truncations += 1 }
        }
        for i in 0..<N * A where abs(actions.pointer[i]) >= Self.bound { saturated += 1 }
        components += N * A
        seen += 1
    }

    var seenRows: Int { seen * N }

    /// What the statistics have not seen.
    var seenObservations: Span<Float> {
        @_lifetime(immortal) get { observations.span(0..<(observations.count > 0 ? seenRows * W : 0)) }
    }

    func follow(_ normalizer: inout RewardNormalizer) {
        let rewards = Array(rewards[..<seenRows])
        let ended = Array(ended[..<seenRows])
        normalizer.update(rewards: rewards.span, ended: ended.span, steps: seen, environments: N)
    }

    func forget() { seen = 0 }
}
