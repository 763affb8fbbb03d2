import CVectorMath
import Core
import Tensor

/// y = f(norm(x·Wᵀ + b)): a dense layer, with layer normalisation before the nonlinearity where wanted. Only a description; the numbers
/// stand in a parameter buffer.
///
/// Shape letters: B rows, C inputs, D outputs.
public struct DenseLayer: Sendable, Equatable {
    public let weight: ParameterRange
    public let bias: ParameterRange
    /// Gain and bias of the layer normalisation, if there is one.
    public let norm: (gain: ParameterRange, bias: ParameterRange)?
    public let activation: Activation

    public var inputs: Int { weight.shape[1] }
    public var outputs: Int { weight.shape[0] }

    /// ε of the layer normalisation, PyTorch's default.
    static let normEpsilon: Float = 1e-5

    public init(
        _ name: String, inputs: Int, outputs: Int, activation: Activation, layerNorm: Bool = false, in layout: inout ParameterLayout
    ) {
        weight = layout.add("\(name).weight", [outputs, inputs])
        bias = layout.add("\(name).bias", [outputs])
        norm = layerNorm ? (layout.add("\(name).norm.weight", [outputs]), layout.add("\(name).norm.bias", [outputs])) : nil
        self.activation = activation
    }

    public static func == (a: DenseLayer, b: DenseLayer) -> Bool {
        a.weight == b.weight && a.bias == b.bias && a.norm?.gain == b.norm?.gain && a.norm?.bias == b.norm?.bias && a.activation == b.activation
    }

    /// Writes initial values: orthogonal weights of the given gain, or PyTorch's default uniform; zero (or uniform) biases, unit norm gain.
    public func initialise(_ parameters: FloatBuffer, orthogonalGain: Float?, using random: inout Philox) {
        var weights = parameters.mutableSpan(weight.range)
        var biases = parameters.mutableSpan(bias.range)
        if let gain = orthogonalGain {
            Initialisation.orthogonal(&weights, rows: outputs, columns: inputs, gain: gain, using: &random)
            for i in 0..<biases.count { biases[i] = 0 }
        } else {
            let bound = 1 / Double(inputs).squareRoot()
            for i in 0..<weights.count { weights[i] = Float(random.uniform(-bound, bound)) }
            for i in 0..<biases.count { biases[i] = Float(random.uniform(-bound, bound)) }
        }
        if let norm {
            var gains = parameters.mutableSpan(norm.gain.range)
            for i in 0..<gains.count { gains[i] = 1 }
            var shifts = parameters.mutableSpan(norm.bias.range)
            for i in 0..<shifts.count { shifts[i] = 0 }
        }
    }

    /// x[B×C] → y[B×D]. `normed` keeps what the layer normalisation's way back needs.
    @inline(__always)
    func forward(
        _ parameters: UnsafePointer<Float>, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, normed: NormCache?, B: Int
    ) {
        BLAS.forward(x: x, w: parameters + weight.offset, y: y, B: B, C: inputs, D: outputs)
        if let norm, let normed {
            cvm_bias(y, parameters + bias.offset, B, outputs)
            normed.input.update(from: y, count: B * outputs)
            cvm_layer_norm(
                normed.input, parameters + norm.gain.offset, parameters + norm.bias.offset, y, normed.mean, normed.inverse, B, outputs,
                Self.normEpsilon)
            activation.apply(y, count: B * outputs)
        } else {
            activation.apply(y, bias: parameters + bias.offset, B: B, D: outputs)
        }
    }

    /// Turns dy[B×D] (overwritten) into parameter gradients, written over what stood there, and into dx[B×C] unless that is nil.
    @inline(__always)
    func backward(
        _ parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
        dy: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?, accumulate: Bool = false, normed: NormCache?, B: Int
    ) {
        activation.backward(output: y, gradient: dy, count: B * outputs)
        if let norm, let normed {
            (gradients + norm.gain.offset).update(repeating: 0, count: outputs)
            (gradients + norm.bias.offset).update(repeating: 0, count: outputs)
            cvm_layer_norm_backward(
                normed.input, parameters + norm.gain.offset, normed.mean, normed.inverse, dy, gradients + norm.gain.offset,
                gradients + norm.bias.offset, B, outputs)
        }
        (gradients + bias.offset).update(repeating: 0, count: outputs)
        cvm_add_column_sums(dy, gradients + bias.offset, B, outputs)
        BLAS.weightGradient(dy: dy, x: x, dw: gradients + weight.offset, B: B, C: inputs, D: outputs)
        if let dx {
            BLAS.inputGradient(dy: dy, w: parameters + weight.offset, dx: dx, B: B, C: inputs, D: outputs, accumulate: accumulate)
        }
    }

    /// Turns dy[B×D] (overwritten) into dx[B×columns] for some of the inputs, without parameter gradients.
    @inline(__always)
    func backwardInputs(
        _ parameters: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>,
        columns: Range<Int>, normed: NormCache?, B: Int
    ) {
        activation.backward(output: y, gradient: dy, count: B * outputs)
        if let norm, let normed {
            cvm_layer_norm_backward(
                normed.input, parameters + norm.gain.offset, normed.mean, normed.inverse, dy, normed.unwanted, normed.unwanted + outputs, B, outputs)
        }
        BLAS.inputGradient(dy: dy, w: parameters + weight.offset, dx: dx, B: B, C: inputs, D: outputs, columns: columns)
    }
}

/// What a layer normalisation keeps between forward and backward: its input and each row's mean and 1/σ.
struct NormCache {
    let input: UnsafeMutablePointer<Float>
    let mean: UnsafeMutablePointer<Float>
    let inverse: UnsafeMutablePointer<Float>
    /// Room for gain and bias gradients that nobody wants [2 × D].
    let unwanted: UnsafeMutablePointer<Float>
}
