import CVectorMath
import Tensor

/// A network's weights once more, in the order in which products read them fastest.
///
/// For batches of some hundred rows OpenBLAS spends a fifth of its time on bringing the weights into such an order, in every product anew. Where
/// several passes use the same weights, packing them once is faster. Layers that are too narrow to gain stay with OpenBLAS.
public final class PackedMLP: @unchecked Sendable {
    /// Of each layer: the weights transposed for the way forth, and as they are for the way back; empty where OpenBLAS is used.
    private let forth: [FloatBuffer]
    private let back: [FloatBuffer]
    private let network: MLP

    /// Whether this processor gains by it.
    public static var isFaster: Bool { cvm_has_wide_registers() != 0 }

    /// Fewer columns than these fill too little of a strip.
    private static let leastWidth = 32

    public init(_ network: MLP, forwardOnly: Bool = false) {
        self.network = network
        func buffer(_ inner: Int, _ columns: Int) -> FloatBuffer { FloatBuffer(columns < Self.leastWidth ? 0 : cvm_packed_count(inner, columns)) }
        forth = network.layers.map { buffer($0.inputs, $0.outputs) }
        // The first layer's input gradient is mostly not wanted.
        back = network.layers.enumerated().map { $0.offset == 0 || forwardOnly ? FloatBuffer(0) : buffer($0.element.outputs, $0.element.inputs) }
    }

    /// Packs the parameters as they are now. They must not change before the passes that use the packed ones are over.
    public func pack(_ parameters: FloatBuffer) {
        for (i, layer) in network.layers.enumerated() {
            let weights = parameters.pointer + layer.weight.offset
            if forth[i].count > 0 { cvm_pack(weights, forth[i].pointer, layer.inputs, layer.outputs, 1) }
            if back[i].count > 0 { cvm_pack(weights, back[i].pointer, layer.outputs, layer.inputs, 0) }
        }
    }

    func layer(_ i: Int) -> PackedLayer {
        func pointer(_ buffer: FloatBuffer) -> UnsafePointer<Float>? { buffer.count > 0 ? UnsafePointer(buffer.pointer) : nil }
        return PackedLayer(forth: pointer(forth[i]), back: pointer(back[i]), packsInputs: network.layers[i].inputs >= Self.leastWidth)
    }
}

/// What a layer's products may use in OpenBLAS' place.
struct PackedLayer {
    let forth: UnsafePointer<Float>?
    let back: UnsafePointer<Float>?
    /// Whether the inputs are wide enough for the weights' gradient.
    let packsInputs: Bool
}
