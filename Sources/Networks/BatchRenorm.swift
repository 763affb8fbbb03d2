import CVectorMath
import Tensor

/// Batch renormalisation of a layer's inputs: batch statistics, corrected toward running ones, which alone are used once training is over.
///
///     batch:    y = ((x − μ_B)/σ_B · r + d)·gain + bias,    r = clip(σ_B/σ, 1/r_max, r_max),  d = clip((μ_B − μ)/σ, ±d_max)
///     running:  y = (x − μ)/σ · gain + bias                 σ² = variance + ε throughout; r and d count as constants
///
/// The running statistics stand in the parameter buffer, behind what is trained. Source: Ioffe 2017, algorithm 1.
public struct BatchRenorm: Sendable, Equatable {
    public let gain: ParameterRange
    public let bias: ParameterRange
    /// Running mean and variance.
    public let mean: ParameterRange
    public let variance: ParameterRange

    /// Added to variances; share of a batch in the running statistics; bounds of the correction. As in CrossQ's authors' code.
    public static let epsilon: Float = 1e-3
    public static let momentum: Float = 0.01
    public static let rMax: Float = 3
    public static let dMax: Float = 5

    public var width: Int { gain.count }

    /// Which statistics a pass uses.
    public enum Mode: Sendable {
        /// Running ones: rows don't depend on each other.
        case running
        /// The batch's, corrected; during the warm-up they are used as they are.
        case batch(corrected: Bool)
    }

    /// Fresh statistics and an identity.
    func initialise(_ parameters: FloatBuffer) {
        for range in [gain, variance] { parameters.pointer.advanced(by: range.offset).update(repeating: 1, count: range.count) }
        for range in [bias, mean] { parameters.pointer.advanced(by: range.offset).update(repeating: 0, count: range.count) }
    }

    /// x[B×C] → y[B×C].
    @inline(__always)
    func forward(
        _ parameters: UnsafePointer<Float>, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>, mode: Mode, cache: RenormCache, B: Int
    ) {
        let C = width
        let gain = parameters + gain.offset
        let bias = parameters + bias.offset
        let mean = parameters + mean.offset
        let variance = parameters + variance.offset
        switch mode {
        case .running:
            for c in 0..<C {
                let scale = gain[c] / (variance[c] + Self.epsilon).squareRoot()
                cache.scale[c] = scale
                cache.shift[c] = bias[c] - mean[c] * scale
            }
        case .batch(let corrected):
            cvm_column_moments(x, cache.mean, cache.variance, B, C)
            for c in 0..<C {
                let deviation = (cache.variance[c] + Self.epsilon).squareRoot()
                let running = (variance[c] + Self.epsilon).squareRoot()
                cache.inverse[c] = 1 / deviation
                cache.r[c] = corrected ? min(max(deviation / running, 1 / Self.rMax), Self.rMax) : 1
                cache.d[c] = corrected ? min(max((cache.mean[c] - mean[c]) / running, -Self.dMax), Self.dMax) : 0
                let scale = gain[c] * cache.r[c] / deviation
                cache.scale[c] = scale
                cache.shift[c] = bias[c] + gain[c] * cache.d[c] - cache.mean[c] * scale
            }
        }
        cvm_affine(x, cache.scale, cache.shift, y, B, C)
    }

    /// The way back after a forward pass with the batch's statistics: d[B×C] becomes ∂/∂x, gain and bias gradients are written.
    @inline(__always)
    func backward(
        _ parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>, x: UnsafePointer<Float>, d: UnsafeMutablePointer<Float>,
        cache: RenormCache, B: Int
    ) {
        cvm_batch_renorm_backward(
            x, cache.mean, cache.inverse, parameters + gain.offset, cache.r, cache.d, d, gradients + gain.offset, gradients + bias.offset, B, width)
    }

    /// Takes the statistics of the last batch into the running ones.
    func follow(_ parameters: UnsafeMutablePointer<Float>, cache: RenormCache) {
        cvm_polyak(parameters + mean.offset, cache.mean, Self.momentum, width)
        cvm_polyak(parameters + variance.offset, cache.variance, Self.momentum, width)
    }
}

/// What a batch renormalisation keeps between forward and backward: seven rows of the layer's width.
struct RenormCache {
    let mean: UnsafeMutablePointer<Float>
    let variance: UnsafeMutablePointer<Float>
    let inverse: UnsafeMutablePointer<Float>
    let r: UnsafeMutablePointer<Float>
    let d: UnsafeMutablePointer<Float>
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>

    init(_ base: UnsafeMutablePointer<Float>, width: Int) {
        mean = base
        variance = base + width
        inverse = base + 2 * width
        r = base + 3 * width
        d = base + 4 * width
        scale = base + 5 * width
        shift = base + 6 * width
    }
}
