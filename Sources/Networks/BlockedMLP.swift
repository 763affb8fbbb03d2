import CVectorMath
import Tensor

/// Passes of an `MLP` over batches of some hundred samples, in blocks of 32: activations, gradients and what they need.
///
/// A block holds all samples' values of one feature together, [features × 32]. So the outputs of a layer stand as the next product reads them, in
/// both directions, a block goes through all layers without leaving the nearest caches, bias and ReLU are part of the products, and weights are
/// read where they stand; OpenBLAS would bring the weights into another order in every product (measured for 256 × 256 × 256 on one core of a
/// Sapphire Rapids: 175 GFLOP/s against OpenBLAS' 125 to 140). Every element of a gradient is summed over the samples in their order, whoever sums
/// it, so neither results nor bits depend on how blocks and weights are shared out to threads.
///
/// Buffers that are blocked hold blocks one behind the other; columns of the last block that have no sample must have no output gradient.
public final class BlockedMLP: @unchecked Sendable {
    /// Samples of a block.
    public static var columns: Int { Int(CVM_BLOCK) }
    /// Outputs of a layer that belong together where the weights' gradient is shared out.
    private static let unit = 32

    public let network: MLP
    /// Most blocks that a pass may have.
    public let blocks: Int
    /// Output of each layer, blocked.
    private let outputs: [FloatBuffer]
    /// ∂loss/∂output of each layer, blocked; behind `backward` that of the layer's products.
    private let gradients: [FloatBuffer]
    private let layers: [Layer]
    /// Sums of squares of the units' gradients.
    private let squares: UnsafeMutableBufferPointer<Float>

    /// A layer without what only descriptions need, and the memory of its layer normalisation.
    private struct Layer {
        let inputs: Int
        let outputs: Int
        let weight: Int
        let bias: Int
        let norm: (gain: Int, bias: Int)?
        let activation: Activation
        /// Where its units' squares stand.
        let firstUnit: Int
        /// What the layer normalisation got, blocked; each sample's mean and 1/σ [blocks × 2 × 32]; each block's gradients [blocks × 2 × outputs].
        let normInput: FloatBuffer
        let normRows: FloatBuffer
        let normSums: FloatBuffer

        init(_ layer: DenseLayer, blocks: Int, firstUnit: Int) {
            inputs = layer.inputs
            outputs = layer.outputs
            weight = layer.weight.offset
            bias = layer.bias.offset
            norm = layer.norm.map { ($0.gain.offset, $0.bias.offset) }
            activation = layer.activation
            self.firstUnit = firstUnit
            let columns = norm == nil ? 0 : blocks * BlockedMLP.columns
            normInput = FloatBuffer(columns * outputs)
            normRows = FloatBuffer(columns * 2)
            normSums = FloatBuffer(norm == nil ? 0 : blocks * 2 * outputs)
        }
    }

    /// - Parameter rows: most samples that a pass may have.
    public init(_ network: MLP, rows: Int) {
        precondition(network.renorms.isEmpty, "batch renormalisation looks at all samples at once and can't go by blocks")
        self.network = network
        let blocks = Self.blocks(rows)
        self.blocks = blocks
        outputs = network.layers.map { FloatBuffer(blocks * $0.outputs * Self.columns) }
        gradients = network.layers.map { FloatBuffer(blocks * $0.outputs * Self.columns) }
        var units = 0
        layers = network.layers.map { layer in
            defer { units += (layer.outputs + Self.unit - 1) / Self.unit }
            return Layer(layer, blocks: blocks, firstUnit: units)
        }
        squares = .allocate(capacity: units)
        squares.initialize(repeating: 0)
    }

    deinit { squares.deallocate() }

    /// Blocks that some samples need.
    public static func blocks(_ rows: Int) -> Int { (rows + columns - 1) / columns }

    /// Copies up to 32 samples' rows, `stride` apart, into a block's first features; columns without a sample become 0.
    @inline(__always)
    public static func fill(_ block: UnsafeMutablePointer<Float>, from rows: UnsafePointer<Float>, stride: Int, width: Int, rows count: Int) {
        cvm_block_from_rows(rows, stride, block, width, count)
    }

    /// Copies a block's first features into up to 32 samples' rows, `stride` apart.
    @inline(__always)
    public static func empty(_ block: UnsafePointer<Float>, into rows: UnsafeMutablePointer<Float>, stride: Int, width: Int, rows count: Int) {
        cvm_block_to_rows(block, rows, stride, width, count)
    }

    /// Output of the last layer, blocked.
    public var output: FloatBuffer { outputs[outputs.count - 1] }
    /// Gradient of the last layer's output, to be filled before the way back.
    public var outputGradient: FloatBuffer { gradients[gradients.count - 1] }

    @inline(__always)
    private func block(_ buffer: FloatBuffer, _ b: Int, _ width: Int) -> UnsafeMutablePointer<Float> { buffer.pointer + b * width * Self.columns }

    /// Some blocks through all layers.
    ///
    /// - Parameters:
    ///   - x: the first block of the inputs, and how far it is from one to the next.
    ///   - output: takes the last layer's output in place of `self.output`.
    ///   - slot: the block in whose memory hidden layers' activations go, where those of no block but the last are wanted later. Spares caches.
    public func forward(
        _ parameters: FloatBuffer, x: UnsafePointer<Float>, stride: Int, blocks range: Range<Int>, into output: FloatBuffer? = nil,
        slot: Int? = nil
    ) {
        precondition(range.lowerBound >= 0 && range.upperBound <= blocks, "the workspace holds fewer blocks than the batch has")
        let p = parameters.pointer
        for b in range {
            let slot = slot ?? b
            var input = x + b * stride
            for i in layers.indices {
                let layer = layers[i]
                let D = layer.outputs
                let y = i == layers.count - 1 ? block(output ?? outputs[i], b, D) : block(outputs[i], slot, D)
                let relu = layer.activation == .relu && layer.norm == nil
                let product = layer.norm == nil ? y : block(layer.normInput, slot, D)
                cvm_block_forward(p + layer.weight, p + layer.bias, input, product, layer.inputs, D, relu ? 1 : 0)
                if let norm = layer.norm {
                    let rows = block(layer.normRows, slot, 2)
                    cvm_block_layer_norm(product, p + norm.gain, p + norm.bias, y, rows, rows + Self.columns, D, DenseLayer.normEpsilon)
                }
                if !relu { layer.activation.apply(y, count: D * Self.columns) }
                input = UnsafePointer(y)
            }
        }
    }

    /// The way back of some blocks after `forward`, without the parameters' gradients.
    ///
    /// - Parameters:
    ///   - dx: takes the gradient of some of the inputs, blocked [columns × 32].
    ///   - slot: as in `forward`, for a single block.
    public func backward(
        _ parameters: FloatBuffer, blocks range: Range<Int>, dx: UnsafeMutablePointer<Float>? = nil, columns: Range<Int> = 0..<0, slot: Int? = nil
    ) {
        precondition(slot == nil || range.count == 1, "blocks that share memory go back one by one")
        let p = parameters.pointer
        let last = layers.count - 1
        for b in range {
            let slot = slot ?? b
            for i in stride(from: layers.count - 1, through: 0, by: -1) {
                let layer = layers[i]
                let D = layer.outputs
                let d = block(gradients[i], i == last ? b : slot, D)
                let masked = i < last && layer.activation == .relu
                if !masked { layer.activation.backward(output: block(outputs[i], i == last ? b : slot, D), gradient: d, count: D * Self.columns) }
                if let norm = layer.norm {
                    let rows = block(layer.normRows, slot, 2)
                    let sums = layer.normSums.pointer + slot * 2 * D
                    cvm_block_layer_norm_backward(
                        block(layer.normInput, slot, D), p + norm.gain, rows, rows + Self.columns, d, sums, sums + D, D)
                }
                if i > 0 {
                    let mask = layers[i - 1].activation == .relu ? block(outputs[i - 1], slot, layer.inputs) : nil
                    cvm_block_backward(p + layer.weight, d, mask, block(gradients[i - 1], slot, layer.inputs), layer.inputs, D, 0, layer.inputs)
                } else if let dx {
                    let target = dx + b * columns.count * Self.columns
                    cvm_block_backward(p + layer.weight, d, nil, target, layer.inputs, D, columns.lowerBound, columns.count)
                }
            }
        }
    }
}

extension BlockedMLP {
    /// Outputs of a layer of which a part of the gradient consists.
    private func rows(_ layer: Layer, _ part: Int, _ parts: Int) -> Range<Int> {
        let units = (layer.outputs + Self.unit - 1) / Self.unit
        return min(layer.outputs, units * part / parts * Self.unit)..<min(layer.outputs, units * (part + 1) / parts * Self.unit)
    }

    /// One part of the parameters' gradients, over all blocks, after `backward` of all of them; overwrites what stood there.
    ///
    /// - Parameter x: as in `forward`.
    public func gradient(_ gradient: FloatBuffer, x: UnsafePointer<Float>, stride: Int, part: Int, of parts: Int) {
        let g = gradient.pointer
        for i in layers.indices {
            let layer = layers[i]
            let rows = rows(layer, part, parts)
            if rows.isEmpty { continue }
            let (C, D) = (layer.inputs, layer.outputs)
            cvm_block_weight_gradient(
                gradients[i].pointer + rows.lowerBound * Self.columns, i == 0 ? x : UnsafePointer(outputs[i - 1].pointer),
                i == 0 ? stride : C * Self.columns, g + layer.weight + rows.lowerBound * C, g + layer.bias + rows.lowerBound, blocks, C, D, rows.count)
            if let norm = layer.norm {
                for (target, sums) in [(norm.gain, layer.normSums.pointer), (norm.bias, layer.normSums.pointer + D)] {
                    (g + target + rows.lowerBound).update(repeating: 0, count: rows.count)
                    for b in 0..<blocks { cvm_add(g + target + rows.lowerBound, sums + b * 2 * D + rows.lowerBound, rows.count) }
                }
            }
            for first in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: Self.unit) {
                var sum: Float = 0
                eachRange(layer, first..<min(first + Self.unit, rows.upperBound)) { sum += cvm_sum_squares(g + $0.lowerBound, $0.count) }
                squares[layer.firstUnit + first / Self.unit] = sum
            }
        }
    }

    /// Sum of the whole gradient's squares, in an order of its own.
    public var squaredNorm: Float { squares.reduce(0, +) }

    /// Where one part's parameters stand.
    @inline(__always)
    public func eachRange(part: Int, of parts: Int, _ body: (Range<Int>) -> Void) {
        for layer in layers {
            let rows = rows(layer, part, parts)
            if !rows.isEmpty { eachRange(layer, rows, body) }
        }
    }

    @inline(__always)
    private func eachRange(_ layer: Layer, _ rows: Range<Int>, _ body: (Range<Int>) -> Void) {
        body(layer.weight + rows.lowerBound * layer.inputs..<layer.weight + rows.upperBound * layer.inputs)
        body(layer.bias + rows.lowerBound..<layer.bias + rows.upperBound)
        guard let norm = layer.norm else { return }
        body(norm.gain + rows.lowerBound..<norm.gain + rows.upperBound)
        body(norm.bias + rows.lowerBound..<norm.bias + rows.upperBound)
    }
}
