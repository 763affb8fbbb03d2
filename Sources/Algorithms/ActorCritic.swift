import Core
import Environments
import Networks
import Tensor

/// Shape of a policy and value network. Travels with the weights.
public struct ActorCriticArchitecture: Sendable, Codable, Equatable {
    public var observationWidth: Int
    public var actionSpace: Space
    /// Hidden widths of the actor and of the critic; with a shared trunk only `policyHidden` counts.
    public var policyHidden: [Int]
    public var valueHidden: [Int]
    public var activation: Activation
    public var layerNorm: Bool
    /// One body for both, with two heads.
    public var sharedTrunk: Bool

    public init(
        observationWidth: Int, actionSpace: Space, policyHidden: [Int], valueHidden: [Int], activation: Activation, layerNorm: Bool,
        sharedTrunk: Bool
    ) {
        self.observationWidth = observationWidth
        self.actionSpace = actionSpace
        self.policyHidden = policyHidden
        self.valueHidden = valueHidden
        self.activation = activation
        self.layerNorm = layerNorm
        self.sharedTrunk = sharedTrunk
    }
}

/// A stochastic policy and a value function in one parameter buffer.
///
/// Boxes get a diagonal Gaussian whose ln σ are parameters of their own; discrete spaces get a categorical distribution.
public struct ActorCritic: Sendable {
    public let architecture: ActorCriticArchitecture
    public let layout: ParameterLayout
    let trunk: MLP?
    let actor: MLP
    let critic: MLP
    /// ln σ of each action component; nil for discrete actions.
    public let logStd: ParameterRange?

    /// Numbers that the actor puts out: means or logits.
    public var actorOutputs: Int { actor.outputs }
    /// Numbers in a stored action: components, or 1 for an index.
    public var actionWidth: Int { architecture.actionSpace.width }

    public init(_ architecture: ActorCriticArchitecture) {
        self.architecture = architecture
        var layout = ParameterLayout()
        let actions: Int
        switch architecture.actionSpace {
        case .box(let low, _): actions = low.count
        case .discrete(let count): actions = count
        }
        let a = architecture
        if a.sharedTrunk, let width = a.policyHidden.last {
            trunk = MLP("trunk", inputs: a.observationWidth, hidden: a.policyHidden, outputs: nil, activation: a.activation, layerNorm: a.layerNorm, in: &layout)
            actor = MLP("actor", inputs: width, hidden: [], outputs: actions, activation: a.activation, in: &layout)
            critic = MLP("critic", inputs: width, hidden: [], outputs: 1, activation: a.activation, in: &layout)
        } else {
            trunk = nil
            actor = MLP("actor", inputs: a.observationWidth, hidden: a.policyHidden, outputs: actions, activation: a.activation, layerNorm: a.layerNorm, in: &layout)
            critic = MLP("critic", inputs: a.observationWidth, hidden: a.valueHidden, outputs: 1, activation: a.activation, layerNorm: a.layerNorm, in: &layout)
        }
        if case .box = architecture.actionSpace { logStd = layout.add("log_std", [actions]) } else { logStd = nil }
        self.layout = layout
    }

    /// A new parameter buffer.
    ///
    /// - Parameters:
    ///   - orthogonal: orthogonal weights (gain √2 hidden, `policyGain` policy head, 1 value head); else PyTorch's default.
    ///   - logStd: initial ln σ.
    public func makeParameters(orthogonal: Bool, policyGain: Float = 0.01, logStd initial: Float, using random: inout Philox) -> FloatBuffer {
        let parameters = FloatBuffer(layout.count)
        let hiddenGain = Float(2).squareRoot()
        trunk?.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, outputGain: 1, using: &random)
        actor.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, outputGain: policyGain, using: &random)
        critic.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, outputGain: 1, using: &random)
        if let logStd { for i in logStd.range { parameters[i] = initial } }
        return parameters
    }

    /// The critic's output layer, for value renormalisation.
    var valueHead: DenseLayer { critic.layers[critic.layers.count - 1] }

    /// Means or logits of a batch x[rows × observationWidth] → `workspace.actor.output`.
    func forwardActor(_ parameters: FloatBuffer, x: UnsafePointer<Float>, rows: Int, _ workspace: ActorCriticWorkspace) {
        if let trunk, let body = workspace.trunk {
            trunk.forward(parameters, x: x, rows: rows, body)
            actor.forward(parameters, x: body.output.pointer, rows: rows, workspace.actor)
        } else {
            actor.forward(parameters, x: x, rows: rows, workspace.actor)
        }
    }

    /// Values of a batch → `workspace.critic.output`. After `forwardActor` on the same batch, `trunkIsFresh` saves a shared trunk's pass.
    func forwardCritic(_ parameters: FloatBuffer, x: UnsafePointer<Float>, rows: Int, trunkIsFresh: Bool = false, _ workspace: ActorCriticWorkspace) {
        if let trunk, let body = workspace.trunk {
            if !trunkIsFresh { trunk.forward(parameters, x: x, rows: rows, body) }
            critic.forward(parameters, x: body.output.pointer, rows: rows, workspace.critic)
        } else {
            critic.forward(parameters, x: x, rows: rows, workspace.critic)
        }
    }

    /// The way back from both heads' gradients in the workspace. Overwrites all of `gradients` but the ln σ.
    func backward(_ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, rows: Int, _ workspace: ActorCriticWorkspace) {
        if let trunk, let body = workspace.trunk {
            let features = UnsafePointer(body.output.pointer)
            actor.backward(parameters, gradients: gradients, x: features, dx: body.outputGradient.pointer, rows: rows, workspace.actor)
            critic.backward(
                parameters, gradients: gradients, x: features, dx: body.outputGradient.pointer, accumulate: true, rows: rows, workspace.critic)
            trunk.backward(parameters, gradients: gradients, x: x, dx: nil, rows: rows, body)
        } else {
            actor.backward(parameters, gradients: gradients, x: x, dx: nil, rows: rows, workspace.actor)
            critic.backward(parameters, gradients: gradients, x: x, dx: nil, rows: rows, workspace.critic)
        }
    }
}

/// Memory of one pass through an `ActorCritic`.
final class ActorCriticWorkspace: @unchecked Sendable {
    let trunk: MLPWorkspace?
    let actor: MLPWorkspace
    let critic: MLPWorkspace

    init(_ network: ActorCritic, capacity: Int, forwardOnly: Bool = false) {
        trunk = network.trunk.map { MLPWorkspace($0, capacity: capacity, forwardOnly: forwardOnly) }
        actor = MLPWorkspace(network.actor, capacity: capacity, forwardOnly: forwardOnly)
        critic = MLPWorkspace(network.critic, capacity: capacity, forwardOnly: forwardOnly)
    }
}
