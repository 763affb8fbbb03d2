import Core
import Environments
import Networks
import Tensor

/// A trained policy, frozen: observation in, action out. The normaliser's statistics travel with the weights.
///
/// One thread uses an `Actor` of it at a time; the policy itself is immutable. What a recurrent policy remembers of an episode is the actor's:
/// reset its row wherever an episode begins.
public final class Policy: @unchecked Sendable {
    public let network: PolicyNetwork
    public let parameters: FloatBuffer
    public let normalizer: ObservationNormalizer?
    public let transform: ActionTransform

    /// - Parameters:
    ///   - parameters: the network's, in the order of its layout; there must be exactly as many.
    ///   - normalizer: applied to every observation first; nil where the network takes them as they are.
    ///   - transform: from the network's actions to the environment's units.
    public init(network: PolicyNetwork, parameters: [Float], normalizer: ObservationNormalizer?, transform: ActionTransform) {
        precondition(parameters.count == network.layout.count, "the parameters must fit the network")
        self.network = network
        self.parameters = FloatBuffer(parameters)
        self.normalizer = normalizer
        self.transform = transform
    }

    /// Rebuilds a policy from what an algorithm's `learned()` gave.
    ///
    /// - Throws: `StateArchiveError` where the weights don't fit the architecture, `TensorError` without OpenBLAS.
    public convenience init(_ archive: StateArchive, architecture: PolicyArchitecture, transform kind: ActionTransform.Kind, clip: Float) throws {
        try BLAS.open()
        let network = PolicyNetwork(architecture)
        var parameters = [Float](repeating: 0, count: network.layout.count)
        for range in network.layout.ranges {
            parameters.replaceSubrange(range.range, with: try archive.tensor(range.name, count: range.count))
        }
        let normalizer =
            archive.doubles["observations.mean"] == nil
            ? nil : ObservationNormalizer(moments: try archive.moments("observations", columns: network.observationWidth), clip: clip)
        self.init(
            network: network, parameters: parameters, normalizer: normalizer,
            transform: try ActionTransform(kind, space: architecture.actionSpace))
    }

    /// Memory to act with, for up to `rows` observations at a time.
    public func makeActor(rows: Int) -> Actor { Actor(self, rows: rows) }

    /// Acts for a batch of observations, each row an episode of its own. Not for several threads at once.
    public final class Actor {
        private let policy: Policy
        private let workspace: Workspace
        private let normalised: FloatBuffer
        private let choice: FloatBuffer

        private enum Workspace {
            case actorCritic(ActorCriticWorkspace)
            case squashedGaussian(SquashedActorWorkspace)
            case recurrentActorCritic(RecurrentActorCriticWorkspace, LSTMState)
        }

        fileprivate init(_ policy: Policy, rows: Int) {
            self.policy = policy
            switch policy.network {
            case .actorCritic(let network): workspace = .actorCritic(ActorCriticWorkspace(network, capacity: rows, forwardOnly: true))
            case .squashedGaussian(let network): workspace = .squashedGaussian(SquashedActorWorkspace(network, capacity: rows, forwardOnly: true))
            case .recurrentActorCritic(let network):
                workspace = .recurrentActorCritic(
                    RecurrentActorCriticWorkspace(network, steps: 1, rows: rows, forwardOnly: true),
                    LSTMState(rows: rows, width: network.architecture.lstmHidden))
            }
            normalised = FloatBuffer(rows * policy.network.observationWidth)
            choice = FloatBuffer(policy.network.actionWidth)
        }

        /// Forgets what a row's episode has left behind; to be called wherever an episode begins. A policy without memory has nothing to forget.
        public func reset(row: Int) {
            if case .recurrentActorCritic(_, let state) = workspace { state.reset(row: row) }
        }

        /// One step of every row's episode. A policy with memory remembers it.
        ///
        /// - Parameters:
        ///   - observations: raw, row-major [rows × observationWidth].
        ///   - noise: one generator a row for stochastic actions; nil acts deterministically (mean or mode).
        ///   - actions: written in the environment's units, [rows × actionWidth].
        public func act(
            observations: UnsafePointer<Float>, rows: Int, noise: UnsafeMutablePointer<Philox>?, actions: UnsafeMutablePointer<Float>
        ) {
            if let normalizer = policy.normalizer {
                normalizer.apply(observations, into: normalised.pointer, rows: rows)
            } else {
                normalised.pointer.update(from: observations, count: rows * policy.network.observationWidth)
            }
            switch (policy.network, workspace) {
            case (.actorCritic(let network), .actorCritic(let workspace)): act(network, workspace, rows, noise, actions)
            case (.squashedGaussian(let network), .squashedGaussian(let workspace)): act(network, workspace, rows, noise, actions)
            case (.recurrentActorCritic(let network), .recurrentActorCritic(let workspace, let state)):
                let memory = workspace.actorBody.lstm
                memory.initial.copy(state, rows: 0..<rows, to: 0)
                network.forwardActor(policy.parameters, x: normalised.pointer, steps: 1, rows: rows, starts: nil, workspace)
                memory.copyStates(step: 0, of: rows, rows: 0..<rows, to: state, row: 0)
                choose(outputs: workspace.actor.output, width: network.actorOutputs, logStd: network.logStd, rows, noise, actions)
            default: preconditionFailure("an actor's memory belongs to its own network")
            }
        }

        private func act(
            _ network: ActorCritic, _ workspace: ActorCriticWorkspace, _ rows: Int, _ noise: UnsafeMutablePointer<Philox>?,
            _ actions: UnsafeMutablePointer<Float>
        ) {
            network.forwardActor(policy.parameters, x: normalised.pointer, rows: rows, workspace)
            choose(outputs: workspace.actor.output, width: network.actorOutputs, logStd: network.logStd, rows, noise, actions)
        }

        /// Actions from means or logits [rows × width].
        private func choose(
            outputs: FloatBuffer, width: Int, logStd: ParameterRange?, _ rows: Int, _ noise: UnsafeMutablePointer<Philox>?,
            _ actions: UnsafeMutablePointer<Float>
        ) {
            let A = policy.network.actionWidth
            for row in 0..<rows {
                let output = outputs.span(row * width..<(row + 1) * width)
                var target = UnsafeMutableBufferPointer(start: actions + row * A, count: A).mutableSpan
                if let logStd {
                    if let noise {
                        var drawn = choice.mutableSpan
                        DiagonalGaussian.sample(mean: output, logStd: policy.parameters.span(logStd.range), into: &drawn, using: &noise[row])
                        policy.transform.apply(choice.span, into: &target)
                    } else {
                        policy.transform.apply(output, into: &target)
                    }
                } else {
                    target[0] = Float(noise.map { Categorical.sample(logits: output, using: &$0[row]) } ?? Categorical.mode(logits: output))
                }
            }
        }

        private func act(
            _ network: SquashedActor, _ workspace: SquashedActorWorkspace, _ rows: Int, _ noise: UnsafeMutablePointer<Philox>?,
            _ actions: UnsafeMutablePointer<Float>
        ) {
            let A = network.actionWidth
            // Without noise the squashed mean remains.
            let sample = workspace.sample
            if let noise {
                for row in 0..<rows {
                    var drawn = sample.noise.mutableSpan(row * A..<(row + 1) * A)
                    noise[row].fillNormal(&drawn)
                }
            } else {
                sample.noise.fill(0)
            }
            network.act(policy.parameters, x: normalised.pointer, rows: rows, workspace)
            for row in 0..<rows {
                var target = UnsafeMutableBufferPointer(start: actions + row * A, count: A).mutableSpan
                policy.transform.apply(sample.actions.span(row * A..<(row + 1) * A), into: &target)
            }
        }
    }
}
