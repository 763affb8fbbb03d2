import CVectorMath
import Core
import Tensor

/// A normal distribution with independent components, squashed by tanh into (−1, 1). Mean and ln σ both depend on the state.
///
///     u = μ + σ·ε,   a = tanh u,   ln π(a) = Σ ( −½ε² − ln σ − ½ ln 2π − 2·(ln 2 − u − softplus(−2u)) )
///
/// The last term is ln(1 − tanh²u) without cancellation; u is kept, so nothing is ever inverted. ln σ is cut to its bounds.
///
/// Source: Haarnoja et al. 2018, appendix C.
public struct SquashedGaussian: Sendable, Equatable {
    /// Components of an action; a network puts out twice as many numbers, means first.
    public let width: Int
    /// Bounds of ln σ.
    public let low: Float
    public let high: Float

    /// - Parameters:
    ///   - width: components of an action.
    ///   - low, high: bounds of ln σ; low < high.
    public init(width: Int, low: Float, high: Float) {
        self.width = width
        self.low = low
        self.high = high
    }

    /// Actions and their log-densities for the noise that stands in the workspace.
    ///
    /// - Parameter output: [rows × 2·width].
    @inline(__always)
    public func sample(_ output: UnsafePointer<Float>, rows: Int, _ w: SquashedGaussianWorkspace) {
        cvm_squashed_gaussian(
            output, w.noise.pointer, low, high, w.unsquashed.pointer, w.spread.pointer, w.actions.pointer, w.scratch.pointer,
            w.logProbabilities.pointer, rows, width)
    }

    /// Gradient of Σ dActions·a + weight·Σ ln π with respect to the network's output, for the actions that `sample` made. [rows × 2·width]
    @inline(__always)
    public func backward(
        _ output: UnsafePointer<Float>, dActions: UnsafePointer<Float>, weight: Float, dOutput: UnsafeMutablePointer<Float>, rows: Int,
        _ w: SquashedGaussianWorkspace
    ) {
        cvm_squashed_gaussian_backward(output, w.actions.pointer, w.spread.pointer, dActions, weight, low, high, dOutput, rows, width)
    }
}

/// Noise, actions and what the way back needs, of up to `capacity` rows.
public final class SquashedGaussianWorkspace: @unchecked Sendable {
    /// ε, u, σ·ε, a = tanh u [capacity × width]; ln π(a) [capacity].
    public let noise: FloatBuffer
    public let unsquashed: FloatBuffer
    public let spread: FloatBuffer
    public let actions: FloatBuffer
    public let logProbabilities: FloatBuffer
    fileprivate let scratch: FloatBuffer
    private let words: UnsafeMutablePointer<UInt32>
    private let pairs: Int
    private let width: Int

    /// - Parameter capacity: most rows that are sampled at once.
    public init(_ distribution: SquashedGaussian, capacity: Int) {
        width = distribution.width
        let size = capacity * width
        pairs = (size + 1) / 2
        // The generator gives numbers in pairs.
        noise = FloatBuffer(2 * pairs)
        unsquashed = FloatBuffer(size)
        spread = FloatBuffer(size)
        actions = FloatBuffer(size)
        scratch = FloatBuffer(size)
        logProbabilities = FloatBuffer(capacity)
        words = .allocate(capacity: max(2 * pairs, 1))
    }

    deinit { words.deallocate() }

    /// Draws standard normal noise for some rows.
    public func drawNoise(rows: Int, using random: inout Philox) {
        let pairs = (rows * width + 1) / 2
        precondition(pairs <= self.pairs, "the workspace holds fewer rows")
        for i in 0..<2 * pairs { words[i] = random.nextWord() }
        cvm_normal(words, noise.pointer, pairs)
    }
}
