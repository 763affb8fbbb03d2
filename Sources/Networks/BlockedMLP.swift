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
    /// Output of the last layer, blocked.
    public let output: FloatBuffer
    /// Gradient of the last layer's output, to be filled before the way back. Behind it, as in every layer, it is that of the layer's products.
    public let outputGradient: FloatBuffer
    private let layers: [Layer]
    /// What the layers point into.
    private let memory: [FloatBuffer]
    /// Sums of squares of the units' gradients.
    private let squares: UnsafeMutableBufferPointer<Float>

    /// A layer's numbers and memory, without anything that would have to be counted as a reference.
    private struct Layer {
        let inputs: Int
        let outputs: Int
        let weight: Int
        let bias: Int
        let norm: (gain: Int, bias: Int)?
        let activation: Activation
        /// Where its units' squares stand.
        let firstUnit: Int
        let y: UnsafeMutablePointer<Float>
        let dy: UnsafeMutablePointer<Float>
        /// What the layer normalisation got, blocked; each sample's mean and 1/σ [blocks × 2 × 32]; each block's gradients [blocks × 2 × outputs].
        let normInput: UnsafeMutablePointer<Float>
        let normRows: UnsafeMutablePointer<Float>
        let normSums: UnsafeMutablePointer<Float>

        @inline(__always)
        func y(_ b: Int) -> UnsafeMutablePointer<Float> { y + b * outputs * BlockedMLP.columns }
        @inline(__always)
        func dy(_ b: Int) -> UnsafeMutablePointer<Float> { dy + b * outputs * BlockedMLP.columns }
        @inline(__always)
        func normInput(_ b: Int) -> UnsafeMutablePointer<Float> { normInput + b * outputs * BlockedMLP.columns }
        @inline(__always)
        func normRows(_ b: Int) -> UnsafeMutablePointer<Float> { normRows + b * 2 * BlockedMLP.columns }
    }

    /// - Parameter rows: most samples that a pass may have.
    public init(_ network: MLP, rows: Int) {
        precondition(network.renorms.isEmpty, "batch renormalisation looks at all samples at once and can't go by blocks")
        self.network = network
        let blocks = Self.blocks(rows)
        self.blocks = blocks
        var units = 0
        var memory: [FloatBuffer] = []
        func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
            memory.append(FloatBuffer(count))
            return memory[memory.count - 1].pointer
        }
        let last = network.layers.count - 1
        output = FloatBuffer(blocks * network.outputs * Self.columns)
        outputGradient = FloatBuffer(blocks * network.outputs * Self.columns)
        var layers: [Layer] = []
        for (i, layer) in network.layers.enumerated() {
            let size = blocks * layer.outputs * Self.columns
            let normed = layer.norm != nil
            layers.append(
                Layer(
                    inputs: layer.inputs, outputs: layer.outputs, weight: layer.weight.offset, bias: layer.bias.offset,
                    norm: layer.norm.map { ($0.gain.offset, $0.bias.offset) }, activation: layer.activation, firstUnit: units,
                    y: i == last ? output.pointer : reserve(size), dy: i == last ? outputGradient.pointer : reserve(size),
                    normInput: reserve(normed ? size : 0), normRows: reserve(normed ? blocks * 2 * Self.columns : 0),
                    normSums: reserve(normed ? blocks * 2 * layer.outputs : 0)))
            units += (layer.outputs + Self.unit - 1) / Self.unit
        }
        self.layers = layers
        self.memory = memory
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
        let elsewhere = output?.pointer
        let last = layers.count - 1
        for b in range {
            let slot = slot ?? b
            var input = x + b * stride
            for i in layers.indices {
                let layer = layers[i]
                let D = layer.outputs
                let y = i < last ? layer.y(slot) : elsewhere.map { $0 + b * D * Self.columns } ?? layer.y(b)
                let relu = layer.activation == .relu && layer.norm == nil
                let product = layer.norm == nil ? y : layer.normInput(slot)
                cvm_block_forward(p + layer.weight, p + layer.bias, input, product, layer.inputs, D, relu ? 1 : 0)
                if let norm = layer.norm {
                    let rows = layer.normRows(slot)
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
                let d = layer.dy(i == last ? b : slot)
                let masked = i < last && layer.activation == .relu
                if !masked { layer.activation.backward(output: layer.y(i == last ? b : slot), gradient: d, count: D * Self.columns) }
                if let norm = layer.norm {
                    let rows = layer.normRows(slot)
                    let sums = layer.normSums + slot * 2 * D
                    cvm_block_layer_norm_backward(
                        layer.normInput(slot), p + norm.gain, rows, rows + Self.columns, d, sums, sums + D, D)
                }
                if i > 0 {
                    let before = layers[i - 1]
                    let mask = before.activation == .relu ? before.y(slot) : nil
                    cvm_block_backward(p + layer.weight, d, mask, before.dy(slot), layer.inputs, D, 0, layer.inputs)
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
                layer.dy + rows.lowerBound * Self.columns, i == 0 ? x : UnsafePointer(layers[i - 1].y),
                i == 0 ? stride : C * Self.columns, g + layer.weight + rows.lowerBound * C, g + layer.bias + rows.lowerBound, blocks, C, D, rows.count)
            if let norm = layer.norm {
                let (gain, bias) = (g + norm.gain + rows.lowerBound, g + norm.bias + rows.lowerBound)
                gain.update(repeating: 0, count: rows.count)
                bias.update(repeating: 0, count: rows.count)
                for b in 0..<blocks {
                    let sums = layer.normSums + b * 2 * D + rows.lowerBound
                    cvm_add(gain, sums, rows.count)
                    cvm_add(bias, sums + D, rows.count)
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
