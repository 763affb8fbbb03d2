import Core
import Environments
import Networks
import Tensor

/// Shape of a recurrent policy and value network. Travels with the weights.
public struct RecurrentActorCriticArchitecture: Sendable, Codable, Equatable {
    public var observationWidth: Int
    public var actionSpace: Space
    /// Hidden widths in front of the LSTMs; with a shared one only `policyInput` counts.
    public var policyInput: [Int]
    public var valueInput: [Int]
    /// Width of an LSTM's state.
    public var lstmHidden: Int
    /// Hidden widths behind the LSTMs.
    public var policyHidden: [Int]
    public var valueHidden: [Int]
    public var activation: Activation
    /// Layer normalisation of the dense hidden layers and of the LSTMs.
    public var layerNorm: Bool
    public var lstmLayerNorm: Bool
    /// One LSTM for both.
    public var sharedLSTM: Bool

    public init(
        observationWidth: Int, actionSpace: Space, policyInput: [Int], valueInput: [Int], lstmHidden: Int, policyHidden: [Int], valueHidden: [Int],
        activation: Activation, layerNorm: Bool, lstmLayerNorm: Bool, sharedLSTM: Bool
    ) {
        self.observationWidth = observationWidth
        self.actionSpace = actionSpace
        self.policyInput = policyInput
        self.valueInput = valueInput
        self.lstmHidden = lstmHidden
        self.policyHidden = policyHidden
        self.valueHidden = valueHidden
        self.activation = activation
        self.layerNorm = layerNorm
        self.lstmLayerNorm = lstmLayerNorm
        self.sharedLSTM = sharedLSTM
    }
}

/// A stochastic policy and a value function with memory, in one parameter buffer: layers in front, an LSTM, layers behind it.
///
/// Boxes get a diagonal Gaussian whose ln σ are parameters of their own; discrete spaces get a categorical distribution. Sequences are time-major,
/// row t·B + b for step t of sequence b; each pass begins with the state in its workspace's `initial`.
public struct RecurrentActorCritic: Sendable {
    public let architecture: RecurrentActorCriticArchitecture
    public let layout: ParameterLayout
    /// The policy's memory; both heads' where the LSTM is shared.
    let actorBody: RecurrentBody
    let criticBody: RecurrentBody?
    let actor: MLP
    let critic: MLP
    /// ln σ of each action component; nil for discrete actions.
    public let logStd: ParameterRange?

    /// Numbers that the actor puts out: means or logits.
    public var actorOutputs: Int { actor.outputs }
    /// Numbers in a stored action: components, or 1 for an index.
    public var actionWidth: Int { architecture.actionSpace.width }

    public init(_ architecture: RecurrentActorCriticArchitecture) {
        self.architecture = architecture
        var layout = ParameterLayout()
        let actions: Int
        switch architecture.actionSpace {
        case .box(let low, _): actions = low.count
        case .discrete(let count): actions = count
        }
        let a = architecture
        actorBody = RecurrentBody(a.sharedLSTM ? "memory" : "actor_memory", a, input: a.policyInput, in: &layout)
        criticBody = a.sharedLSTM ? nil : RecurrentBody("critic_memory", a, input: a.valueInput, in: &layout)
        actor = MLP(
            "actor", inputs: a.lstmHidden, hidden: a.policyHidden, outputs: actions, activation: a.activation, layerNorm: a.layerNorm, in: &layout)
        critic = MLP(
            "critic", inputs: a.lstmHidden, hidden: a.valueHidden, outputs: 1, activation: a.activation, layerNorm: a.layerNorm, in: &layout)
        if case .box = architecture.actionSpace { logStd = layout.add("log_std", [actions]) } else { logStd = nil }
        self.layout = layout
    }

    /// A new parameter buffer.
    ///
    /// - Parameters:
    ///   - orthogonal: orthogonal weights (gain √2 hidden, 1 LSTM, `policyGain` policy head, 1 value head); else PyTorch's default.
    ///   - logStd: initial ln σ.
    public func makeParameters(orthogonal: Bool, policyGain: Float = 0.01, logStd initial: Float, using random: inout Philox) -> FloatBuffer {
        let parameters = FloatBuffer(layout.count)
        let hiddenGain = Float(2).squareRoot()
        actorBody.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, using: &random)
        criticBody?.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, using: &random)
        actor.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, outputGain: policyGain, using: &random)
        critic.initialise(parameters, orthogonal: orthogonal, hiddenGain: hiddenGain, outputGain: 1, using: &random)
        if let logStd { for i in logStd.range { parameters[i] = initial } }
        return parameters
    }

    /// The critic's output layer, for value renormalisation.
    var valueHead: DenseLayer { critic.layers[critic.layers.count - 1] }

    /// Means or logits of sequences x[steps·rows × observationWidth] → `workspace.actor.output`.
    func forwardActor(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, steps: Int, rows: Int, starts: UnsafePointer<Bool>?,
        _ workspace: RecurrentActorCriticWorkspace
    ) {
        actorBody.forward(parameters, x: x, steps: steps, rows: rows, starts: starts, workspace.actorBody)
        actor.forward(parameters, x: workspace.actorBody.lstm.outputs.pointer, rows: steps * rows, workspace.actor)
    }

    /// Values of sequences → `workspace.critic.output`. After `forwardActor` on the same sequences, `bodyIsFresh` saves a shared LSTM's pass.
    func forwardCritic(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, steps: Int, rows: Int, starts: UnsafePointer<Bool>?, bodyIsFresh: Bool = false,
        _ workspace: RecurrentActorCriticWorkspace
    ) {
        let body = workspace.memoryOfCritic
        if criticBody != nil || !bodyIsFresh { (criticBody ?? actorBody).forward(parameters, x: x, steps: steps, rows: rows, starts: starts, body) }
        critic.forward(parameters, x: body.lstm.outputs.pointer, rows: steps * rows, workspace.critic)
    }

    /// The way back from the actor's gradient in the workspace, through an LSTM of its own; through a shared one from the critic's as well.
    /// Overwrites these layers' part of `gradients`.
    func backwardActor(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, steps: Int, rows: Int, starts: UnsafePointer<Bool>?,
        _ workspace: RecurrentActorCriticWorkspace
    ) {
        let memory = workspace.actorBody.lstm
        actor.backward(
            parameters, gradients: gradients, x: memory.outputs.pointer, dx: memory.outputGradient.pointer, rows: steps * rows, workspace.actor)
        if criticBody == nil {
            critic.backward(
                parameters, gradients: gradients, x: memory.outputs.pointer, dx: memory.outputGradient.pointer, accumulate: true,
                rows: steps * rows, workspace.critic)
        }
        actorBody.backward(parameters, gradients: gradients, x: x, steps: steps, rows: rows, starts: starts, workspace.actorBody)
    }

    /// The way back from the critic's gradient in the workspace, through an LSTM of its own. Overwrites these layers' part of `gradients`.
    func backwardCritic(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, steps: Int, rows: Int, starts: UnsafePointer<Bool>?,
        _ workspace: RecurrentActorCriticWorkspace
    ) {
        guard let criticBody, let body = workspace.criticBody else { preconditionFailure("the LSTM is shared: `backwardActor` does it all") }
        critic.backward(
            parameters, gradients: gradients, x: body.lstm.outputs.pointer, dx: body.lstm.outputGradient.pointer, rows: steps * rows,
            workspace.critic)
        criticBody.backward(parameters, gradients: gradients, x: x, steps: steps, rows: rows, starts: starts, body)
    }
}

/// Memory of one pass through a `RecurrentActorCritic`.
final class RecurrentActorCriticWorkspace: @unchecked Sendable {
    let actorBody: RecurrentBodyWorkspace
    let criticBody: RecurrentBodyWorkspace?
    let actor: MLPWorkspace
    let critic: MLPWorkspace

    /// The body that the critic reads.
    var memoryOfCritic: RecurrentBodyWorkspace { criticBody ?? actorBody }

    init(_ network: RecurrentActorCritic, steps: Int, rows: Int, forwardOnly: Bool = false) {
        actorBody = RecurrentBodyWorkspace(network.actorBody, steps: steps, rows: rows, forwardOnly: forwardOnly)
        criticBody = network.criticBody.map { RecurrentBodyWorkspace($0, steps: steps, rows: rows, forwardOnly: forwardOnly) }
        actor = MLPWorkspace(network.actor, capacity: steps * rows, forwardOnly: forwardOnly)
        critic = MLPWorkspace(network.critic, capacity: steps * rows, forwardOnly: forwardOnly)
    }
}
