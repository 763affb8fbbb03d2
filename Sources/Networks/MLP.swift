import Core
import Tensor

/// A chain of dense layers. Only a description: parameters, activations and gradients stand in buffers that are passed.
public struct MLP: Sendable, Equatable {
    public let layers: [DenseLayer]

    public var inputs: Int { layers[0].inputs }
    public var outputs: Int { layers[layers.count - 1].outputs }

    /// Hidden layers of the given widths, then an output layer without nonlinearity if `outputs` is given.
    ///
    /// - Parameter name: prefix of the parameters; layer i is `name.i`.
    public init(
        _ name: String, inputs: Int, hidden: [Int], outputs: Int?, activation: Activation, layerNorm: Bool = false,
        in layout: inout ParameterLayout
    ) {
        precondition(!hidden.isEmpty || outputs != nil, "a network needs at least one layer")
        var layers: [DenseLayer] = []
        var width = inputs
        for size in hidden {
            layers.append(DenseLayer("\(name).\(layers.count)", inputs: width, outputs: size, activation: activation, layerNorm: layerNorm, in: &layout))
            width = size
        }
        if let outputs {
            layers.append(DenseLayer("\(name).\(layers.count)", inputs: width, outputs: outputs, activation: .identity, in: &layout))
        }
        self.layers = layers
    }

    /// Orthogonal weights with the activation's gain in hidden layers and `outputGain` in an output layer; or PyTorch's default.
    public func initialise(_ parameters: FloatBuffer, orthogonal: Bool, hiddenGain: Float?, outputGain: Float, using random: inout Philox) {
        for layer in layers {
            let gain = layer.activation == .identity ? outputGain : hiddenGain ?? layer.activation.gain
            layer.initialise(parameters, orthogonalGain: orthogonal ? gain : nil, using: &random)
        }
    }

    /// x[rows × inputs] → the workspace's last output [rows × outputs].
    public func forward(_ parameters: FloatBuffer, x: UnsafePointer<Float>, rows B: Int, _ workspace: MLPWorkspace) {
        precondition(B <= workspace.capacity, "the workspace holds fewer rows than the batch has")
        var input = x
        for (i, layer) in layers.enumerated() {
            layer.forward(parameters.pointer, x: input, y: workspace.outputs[i].pointer, normed: workspace.normCache(i), B: B)
            input = UnsafePointer(workspace.outputs[i].pointer)
        }
    }

    /// The way back after `forward` with the same x: the workspace's last gradient [rows × outputs] becomes parameter gradients, written
    /// over what stood in `gradients`, and the gradient of x in `dx` if that is given (added to it where `accumulate`).
    public func backward(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>?,
        accumulate: Bool = false, rows B: Int, _ workspace: MLPWorkspace
    ) {
        for i in stride(from: layers.count - 1, through: 0, by: -1) {
            layers[i].backward(
                parameters.pointer, gradients: gradients.pointer, x: i == 0 ? x : UnsafePointer(workspace.outputs[i - 1].pointer),
                y: workspace.outputs[i].pointer, dy: workspace.gradients[i].pointer,
                dx: i == 0 ? dx : workspace.gradients[i - 1].pointer, accumulate: i == 0 && accumulate, normed: workspace.normCache(i), B: B)
        }
    }
}

/// Activations and their gradients of one pass through an `MLP`. One thread uses it at a time.
public final class MLPWorkspace: @unchecked Sendable {
    /// Most rows that a pass may have.
    public let capacity: Int
    /// Output of each layer [capacity × D].
    public let outputs: [FloatBuffer]
    /// ∂loss/∂output of each layer [capacity × D]; empty where only forward passes are wanted.
    public let gradients: [FloatBuffer]
    private let normInputs: [FloatBuffer]
    private let normRows: [FloatBuffer]

    public init(_ network: MLP, capacity: Int, forwardOnly: Bool = false) {
        self.capacity = capacity
        outputs = network.layers.map { FloatBuffer(capacity * $0.outputs) }
        gradients = forwardOnly ? [] : network.layers.map { FloatBuffer(capacity * $0.outputs) }
        normInputs = network.layers.map { FloatBuffer($0.norm == nil ? 0 : capacity * $0.outputs) }
        normRows = network.layers.map { FloatBuffer($0.norm == nil ? 0 : 2 * capacity) }
    }

    /// Output of the last layer [rows × outputs].
    public var output: FloatBuffer { outputs[outputs.count - 1] }
    /// Gradient of the last layer's output, to be filled before the way back.
    public var outputGradient: FloatBuffer { gradients[gradients.count - 1] }

    func normCache(_ layer: Int) -> NormCache? {
        guard normInputs[layer].count > 0 else { return nil }
        return NormCache(input: normInputs[layer].pointer, mean: normRows[layer].pointer, inverse: normRows[layer].pointer + capacity)
    }
}
