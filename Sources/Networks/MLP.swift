import CVectorMath
import Core
import Tensor

/// A chain of dense layers. Only a description: parameters, activations and gradients stand in buffers that are passed.
public struct MLP: Sendable, Equatable {
    public let layers: [DenseLayer]
    /// One before each layer, or none at all.
    public let renorms: [BatchRenorm]

    /// Where the parameters stand that have gradients: all but the running statistics, which are the last of the network's own.
    public var trained: Range<Int> {
        let last = layers[layers.count - 1]
        let end = last.norm?.bias.range.upperBound ?? last.bias.range.upperBound
        return layers[0].weight.offset..<(renorms.last?.bias.range.upperBound ?? end)
    }

    public var inputs: Int { layers[0].inputs }
    public var outputs: Int { layers[layers.count - 1].outputs }

    /// Hidden layers of the given widths, then an output layer without nonlinearity if `outputs` is given.
    ///
    /// - Parameters:
    ///   - name: prefix of the parameters; layer i is `name.i`.
    ///   - batchRenorm: every layer's inputs are batch-renormalised; the running statistics stand behind the network's other parameters.
    public init(
        _ name: String, inputs: Int, hidden: [Int], outputs: Int?, activation: Activation, layerNorm: Bool = false,
        batchRenorm: Bool = false, in layout: inout ParameterLayout
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
        guard batchRenorm else {
            renorms = []
            return
        }
        let trained = layers.enumerated().map { i, layer in
            (layout.add("\(name).\(i).renorm.weight", [layer.inputs]), layout.add("\(name).\(i).renorm.bias", [layer.inputs]))
        }
        renorms = layers.enumerated().map { i, layer in
            BatchRenorm(
                gain: trained[i].0, bias: trained[i].1, mean: layout.add("\(name).\(i).renorm.mean", [layer.inputs]),
                variance: layout.add("\(name).\(i).renorm.variance", [layer.inputs]))
        }
    }

    /// Orthogonal weights with the activation's gain in hidden layers and `outputGain` in an output layer; or PyTorch's default.
    public func initialise(_ parameters: FloatBuffer, orthogonal: Bool, hiddenGain: Float?, outputGain: Float, using random: inout Philox) {
        for layer in layers {
            let gain = layer.activation == .identity ? outputGain : hiddenGain ?? layer.activation.gain
            layer.initialise(parameters, orthogonalGain: orthogonal ? gain : nil, using: &random)
        }
        for renorm in renorms { renorm.initialise(parameters) }
    }

    /// x[rows × inputs] → the workspace's last output [rows × outputs].
    ///
    /// - Parameter mode: statistics of batch renormalisations, if there are any.
    public func forward(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, rows B: Int, mode: BatchRenorm.Mode = .running, _ workspace: MLPWorkspace
    ) {
        precondition(B <= workspace.capacity, "the workspace holds fewer rows than the batch has")
        var input = x
        for (i, layer) in layers.enumerated() {
            if let cache = workspace.renormCache(i) {
                renorms[i].forward(parameters.pointer, x: input, y: workspace.renormed[i].pointer, mode: mode, cache: cache, B: B)
                input = UnsafePointer(workspace.renormed[i].pointer)
            }
            layer.forward(parameters.pointer, x: input, y: workspace.outputs[i].pointer, normed: workspace.normCache(i), B: B)
            input = UnsafePointer(workspace.outputs[i].pointer)
        }
    }

    /// The way back after `forward` with the same x: the workspace's last gradient [rows × outputs] becomes parameter gradients, written
    /// over what stood in `gradients`, and the gradient of x in `dx` if that is given (added to it where `accumulate`, which batch
    /// renormalisation does not allow). Batch renormalisations must have used the batch's statistics.
    public func backward(
        _ parameters: FloatBuffer, gradients: FloatBuffer, x: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>?,
        accumulate: Bool = false, rows B: Int, _ workspace: MLPWorkspace
    ) {
        for i in stride(from: layers.count - 1, through: 0, by: -1) {
            let before = i == 0 ? x : UnsafePointer(workspace.outputs[i - 1].pointer)
            let dBefore = i == 0 ? dx : workspace.gradients[i - 1].pointer
            guard let cache = workspace.renormCache(i) else {
                layers[i].backward(
                    parameters.pointer, gradients: gradients.pointer, x: before, y: workspace.outputs[i].pointer,
                    dy: workspace.gradients[i].pointer, dx: dBefore, accumulate: i == 0 && accumulate, normed: workspace.normCache(i), B: B)
                continue
            }
            // The renormalisation's own gradients need the layer's input gradient, also where nobody else does.
            let d = dBefore ?? workspace.inputGradient.pointer
            layers[i].backward(
                parameters.pointer, gradients: gradients.pointer, x: workspace.renormed[i].pointer, y: workspace.outputs[i].pointer,
                dy: workspace.gradients[i].pointer, dx: d, normed: workspace.normCache(i), B: B)
            renorms[i].backward(parameters.pointer, gradients: gradients.pointer, x: before, d: d, cache: cache, B: B)
        }
    }

    /// The way back to some of the inputs alone, without parameter gradients: dx[rows × columns]. Batch renormalisations must have used the
    /// running statistics.
    public func backwardInputs(
        _ parameters: FloatBuffer, dx: UnsafeMutablePointer<Float>, columns: Range<Int>, rows B: Int, _ workspace: MLPWorkspace
    ) {
        for i in stride(from: layers.count - 1, through: 0, by: -1) {
            let wanted = i == 0 ? columns : 0..<layers[i].inputs
            let target = i == 0 ? dx : workspace.gradients[i - 1].pointer
            layers[i].backwardInputs(
                parameters.pointer, y: workspace.outputs[i].pointer, dy: workspace.gradients[i].pointer, dx: target, columns: wanted,
                normed: workspace.normCache(i), B: B)
            if let cache = workspace.renormCache(i) { cvm_scale_columns(target, cache.scale + wanted.lowerBound, B, wanted.count) }
        }
    }

    /// Takes the statistics of the workspace's last pass with the batch's ones into the running ones.
    public func followStatistics(_ parameters: FloatBuffer, _ workspace: MLPWorkspace) {
        for (i, renorm) in renorms.enumerated() {
            if let cache = workspace.renormCache(i) { renorm.follow(parameters.pointer, cache: cache) }
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
    /// Each layer's renormalised input [capacity × C], its statistics, and room for a gradient of the network's input.
    let renormed: [FloatBuffer]
    private let renormRows: [FloatBuffer]
    let inputGradient: FloatBuffer

    /// - Parameters:
    ///   - capacity: most rows that a pass may have.
    ///   - forwardOnly: without room for gradients.
    public init(_ network: MLP, capacity: Int, forwardOnly: Bool = false) {
        self.capacity = capacity
        outputs = network.layers.map { FloatBuffer(capacity * $0.outputs) }
        gradients = forwardOnly ? [] : network.layers.map { FloatBuffer(capacity * $0.outputs) }
        normInputs = network.layers.map { FloatBuffer($0.norm == nil ? 0 : capacity * $0.outputs) }
        normRows = network.layers.map { FloatBuffer($0.norm == nil ? 0 : 2 * capacity + 2 * $0.outputs) }
        renormed = network.renorms.map { FloatBuffer(capacity * $0.width) }
        renormRows = network.renorms.map { FloatBuffer(7 * $0.width) }
        inputGradient = FloatBuffer(network.renorms.isEmpty || forwardOnly ? 0 : capacity * network.inputs)
    }

    /// Output of the last layer [rows × outputs].
    public var output: FloatBuffer { outputs[outputs.count - 1] }
    /// Gradient of the last layer's output, to be filled before the way back.
    public var outputGradient: FloatBuffer { gradients[gradients.count - 1] }

    /// Moves some rows of the last forward pass to the front, in ascending order, so that `backwardInputs` can go back through them alone.
    public func keepRows(_ rows: UnsafeBufferPointer<Int32>, of network: MLP) {
        func move(_ buffer: UnsafeMutablePointer<Float>, width: Int) {
            for (to, from) in rows.enumerated() where to != Int(from) {
                (buffer + to * width).update(from: buffer + Int(from) * width, count: width)
            }
        }
        for (i, layer) in network.layers.enumerated() {
            // A layer without a nonlinearity needs no output on the way back.
            if layer.activation != .identity { move(outputs[i].pointer, width: layer.outputs) }
            guard let cache = normCache(i) else { continue }
            move(cache.input, width: layer.outputs)
            move(cache.mean, width: 1)
            move(cache.inverse, width: 1)
        }
        move(outputGradient.pointer, width: network.outputs)
    }

    func normCache(_ layer: Int) -> NormCache? {
        guard normInputs[layer].count > 0 else { return nil }
        let rows = normRows[layer].pointer
        return NormCache(input: normInputs[layer].pointer, mean: rows, inverse: rows + capacity, unwanted: rows + 2 * capacity)
    }

    func renormCache(_ layer: Int) -> RenormCache? {
        guard layer < renormRows.count else { return nil }
        return RenormCache(renormRows[layer].pointer, width: renormRows[layer].count / 7)
    }
}
