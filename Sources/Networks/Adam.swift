import CVectorMath
import Tensor

/// Adam with bias correction and L2 (added to the gradient, as PyTorch's `weight_decay`).
///
/// Source: Kingma and Ba 2015, algorithm 1.
public struct Adam: Sendable {
    /// Decay of the first and the second moment, in [0, 1).
    public var beta1: Float
    public var beta2: Float
    /// Added to √v̂, > 0.
    public var epsilon: Float
    /// Factor of the parameters that is added to the gradient, ≥ 0.
    public var l2: Float
    /// Updates done.
    public var updates = 0
    /// First and second moments, one entry a parameter. They end at 0 where gradients do.
    public let m: FloatBuffer
    public let v: FloatBuffer

    /// Zero moments.
    ///
    /// - Parameters:
    ///   - count: number of parameters.
    ///   - beta1, beta2: decay of the moments, in [0, 1).
    ///   - l2: share of a parameter that is added to its gradient.
    public init(count: Int, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, l2: Float = 0) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.l2 = l2
        m = FloatBuffer(count)
        v = FloatBuffer(count)
    }

    /// Counts the update that `apply` then does piece by piece.
    public mutating func beginUpdate() { updates += 1 }

    /// Updates the parameters of a range; ranges of one update may run on different threads.
    ///
    /// - Parameter factor: multiplies the gradient first (global-norm clipping).
    public func apply(_ range: Range<Int>, parameters: FloatBuffer, gradients: FloatBuffer, factor: Float, learningRate: Float) {
        precondition(range.upperBound <= m.count && parameters.count == m.count, "the range must lie in the parameters Adam was made for")
        let o = range.lowerBound
        cvm_adam(
            parameters.pointer + o, gradients.pointer + o, m.pointer + o, v.pointer + o, range.count, factor, learningRate, beta1, beta2, epsilon,
            l2, Float(1 - Self.power(beta1, updates)), Float(1 - Self.power(beta2, updates)))
    }

    /// Forgets the moments and starts counting anew.
    public mutating func reset() {
        m.fill(0)
        v.fill(0)
        updates = 0
    }

    /// base^exponent by repeated squaring: the same bits everywhere. In double precision, since 1 − β^t cancels.
    private static func power(_ base: Float, _ exponent: Int) -> Double {
        var result = 1.0
        var factor = Double(base)
        var n = exponent
        while n > 0 {
            if n & 1 == 1 { result *= factor }
            factor *= factor
            n >>= 1
        }
        return result
    }
}
