/// The element types of saved tensors. Raw values are the names in the file format.
public enum TensorType: String, Sendable, CaseIterable {
    case float32 = "F32"
    case float64 = "F64"
    case int32 = "I32"
    case int64 = "I64"
    case uint8 = "U8"
    case uint32 = "U32"
    case uint64 = "U64"

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .uint8: 1
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }
}

/// A Swift number that a tensor can hold.
public protocol TensorElement: BitwiseCopyable, Sendable {
    static var tensorType: TensorType { get }
    static func wrap(_ values: [Self]) -> TensorValues
}

/// The elements of a tensor, row-major.
public enum TensorValues: Sendable, Equatable {
    case float32([Float])
    case float64([Double])
    case int32([Int32])
    case int64([Int64])
    case uint8([UInt8])
    case uint32([UInt32])
    case uint64([UInt64])

    public var type: TensorType {
        switch self {
        case .float32: .float32
        case .float64: .float64
        case .int32: .int32
        case .int64: .int64
        case .uint8: .uint8
        case .uint32: .uint32
        case .uint64: .uint64
        }
    }

    public var count: Int {
        switch self {
        case .float32(let values): values.count
        case .float64(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .uint8(let values): values.count
        case .uint32(let values): values.count
        case .uint64(let values): values.count
        }
    }

    /// The elements' memory, without a copy.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch self {
        case .float32(let values): try values.withUnsafeBytes(body)
        case .float64(let values): try values.withUnsafeBytes(body)
        case .int32(let values): try values.withUnsafeBytes(body)
        case .int64(let values): try values.withUnsafeBytes(body)
        case .uint8(let values): try values.withUnsafeBytes(body)
        case .uint32(let values): try values.withUnsafeBytes(body)
        case .uint64(let values): try values.withUnsafeBytes(body)
        }
    }
}

/// A tensor with its name, as a file holds it.
public struct NamedTensor: Sendable, Equatable {
    public let name: String
    /// Extents, outermost first; empty for a single number.
    public let shape: [Int]
    /// As many elements as the product of the extents.
    public let values: TensorValues

    public init(_ name: String, shape: [Int], values: TensorValues) {
        precondition(shape.allSatisfy { $0 >= 0 }, "the extents of tensor '\(name)' must not be negative")
        precondition(shape.reduce(1, *) == values.count, "tensor '\(name)' needs as many values as its shape \(shape) says")
        precondition(name != "__metadata__", "'__metadata__' names the metadata of the file, not a tensor")
        self.name = name
        self.shape = shape
        self.values = values
    }

    public init<Element: TensorElement>(_ name: String, shape: [Int], _ elements: [Element]) {
        self.init(name, shape: shape, values: Element.wrap(elements))
    }
}

extension Float: TensorElement {
    public static var tensorType: TensorType { .float32 }
    public static func wrap(_ values: [Float]) -> TensorValues { .float32(values) }
}

extension Double: TensorElement {
    public static var tensorType: TensorType { .float64 }
    public static func wrap(_ values: [Double]) -> TensorValues { .float64(values) }
}

extension Int32: TensorElement {
    public static var tensorType: TensorType { .int32 }
    public static func wrap(_ values: [Int32]) -> TensorValues { .int32(values) }
}

extension Int64: TensorElement {
    public static var tensorType: TensorType { .int64 }
    public static func wrap(_ values: [Int64]) -> TensorValues { .int64(values) }
}

extension UInt8: TensorElement {
    public static var tensorType: TensorType { .uint8 }
    public static func wrap(_ values: [UInt8]) -> TensorValues { .uint8(values) }
}

extension UInt32: TensorElement {
    public static var tensorType: TensorType { .uint32 }
    public static func wrap(_ values: [UInt32]) -> TensorValues { .uint32(values) }
}

extension UInt64: TensorElement {
    public static var tensorType: TensorType { .uint64 }
    public static func wrap(_ values: [UInt64]) -> TensorValues { .uint64(values) }
}
