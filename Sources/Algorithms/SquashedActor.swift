import Core
import Environments
import Networks
import Tensor

/// Shape of a policy with a squashed Gaussian. Travels with the weights.
public struct SquashedActorArchitecture: Sendable, Codable, Equatable {
    public var observationWidth: Int
    /// A box with finite bounds.
    public var actionSpace: Space
    public var hidden: [Int]
    public var activation: Activation
    /// Batch renormalisation of every layer's inputs.
    public var batchRenorm: Bool
    /// Bounds of ln σ.
    public var logStdMin: Float
    public var logStdMax: Float

    public init(
        observationWidth: Int, actionSpace: Space, hidden: [Int], activation: Activation, batchRenorm: Bool = false, logStdMin: Float = -20,
        logStdMax: Float = 2
    ) {
        self.observationWidth = observationWidth
        self.actionSpace = actionSpace
        self.hidden = hidden
        self.activation = activation
        self.batchRenorm = batchRenorm
        self.logStdMin = logStdMin
        self.logStdMax = logStdMax
    }
}

/// A policy whose mean and ln σ both depend on the state, squashed into [−1, 1] by tanh.
public struct SquashedActor: Sendable {
    public let architecture: SquashedActorArchitecture
    public let layout: ParameterLayout
    public let distribution: SquashedGaussian
    let body: MLP

    /// Numbers in an action.
    public var actionWidth: Int { distribution.width }

    public init(_ architecture: SquashedActorArchitecture) {
        self.architecture = architecture
        distribution = SquashedGaussian(width: architecture.actionSpace.width, low: architecture.logStdMin, high: architecture.logStdMax)
        var layout = ParameterLayout()
        body = MLP(
            "actor", inputs: architecture.observationWidth, hidden: architecture.hidden, outputs: 2 * distribution.width,
            activation: architecture.activation, batchRenorm: architecture.batchRenorm, in: &layout)
        self.layout = layout
    }

    /// A new parameter buffer with PyTorch's default initial values.
    public func makeParameters(using random: inout Philox) -> FloatBuffer {
        let parameters = FloatBuffer(layout.count)
        body.initialise(parameters, orthogonal: false, hiddenGain: nil, outputGain: 1, using: &random)
        return parameters
    }
}

/// Memory of one pass through a `SquashedActor`.
final class SquashedActorWorkspace: @unchecked Sendable {
    let body: MLPWorkspace
    let sample: SquashedGaussianWorkspace

    init(_ network: SquashedActor, capacity: Int, forwardOnly: Bool = false) {
        body = MLPWorkspace(network.body, capacity: capacity, forwardOnly: forwardOnly)
        sample = SquashedGaussianWorkspace(network.distribution, capacity: capacity)
    }
}

extension SquashedActor {
    /// Actions and log-densities of a batch x[rows × observationWidth] for the noise that stands in `workspace.sample`.
    func act(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, rows: Int, mode: BatchRenorm.Mode = .running, _ workspace: SquashedActorWorkspace
    ) {
        body.forward(parameters, x: x, rows: rows, mode: mode, workspace.body)
        distribution.sample(workspace.body.output.pointer, rows: rows, workspace.sample)
    }

    /// The way back from Σ dActions·a + weight·Σ ln π after `act`; overwrites `gradients`.
    func backward(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, dActions: UnsafePointer<Float>, weight: Float, rows: Int,
        _ workspace: SquashedActorWorkspace
    ) {
        distribution.backward(
            workspace.body.output.pointer, dActions: dActions, weight: weight, dOutput: workspace.body.outputGradient.pointer, rows: rows,
            workspace.sample)
        body.backward(parameters, gradients: gradients, x: x, dx: nil, rows: rows, workspace.body)
    }
}
