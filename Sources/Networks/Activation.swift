import CVectorMath

/// The nonlinearity behind a dense layer.
public enum Activation: String, Sendable, Codable, CaseIterable {
    case identity, tanh, relu, elu

    /// The gain with which orthogonal initialisation keeps the variance of what passes (PyTorch's `calculate_gain`; ELU as in common use).
    public var gain: Float {
        switch self {
        case .identity: 1
        case .tanh: 5.0 / 3.0
        case .relu, .elu: Float(2).squareRoot()
        }
    }

    /// y[B×D] = f(y + bias).
    @inline(__always)
    func apply(_ y: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, B: Int, D: Int) {
        switch self {
        case .identity: cvm_bias(y, bias, B, D)
        case .tanh: cvm_bias_tanh(y, bias, B, D)
        case .relu: cvm_bias_relu(y, bias, B, D)
        case .elu: cvm_bias_elu(y, bias, B, D)
        }
    }

    /// y = f(y), without a bias.
    @inline(__always)
    func apply(_ y: UnsafeMutablePointer<Float>, count: Int) {
        switch self {
        case .identity: break
        case .tanh: cvm_tanh(y, y, count)
        case .relu: cvm_relu(y, y, count)
        case .elu: cvm_elu(y, y, count)
        }
    }

    /// d *= f′, by the activation's output y.
    @inline(__always)
    func backward(output y: UnsafePointer<Float>, gradient d: UnsafeMutablePointer<Float>, count: Int) {
        switch self {
        case .identity: break
        case .tanh: cvm_tanh_backward(y, d, count)
        case .relu: cvm_relu_backward(y, d, count)
        case .elu: cvm_elu_backward(y, d, count)
        }
    }
}
