import Foundation

/// A safetensors file, checked completely when it is opened; the elements are read only when asked for, straight into their array.
///
/// No content, however damaged or hostile, does more than throw.
public struct SafetensorsFile: Sendable {
    /// The greatest header accepted, in bytes: the limit of the `safetensors` package.
    static let greatestHeader = 100_000_000

    private enum Source: Sendable {
        case memory(Data)
        case disk(String)
    }

    /// Names in the order of the data.
    public var names: [String] { entries.map(\.name) }
    /// Free text by name.
    public let metadata: [String: String]

    private let source: Source
    private let place: String
    private let entries: [SafetensorsHeader.Entry]
    private let indices: [String: Int]
    private let dataStart: Int

    /// - Throws: `RunError` of kind `.damaged` with the reason.
    public init(_ data: Data, place: String = "safetensors data") throws {
        try self.init(source: .memory(data), size: data.count, place: place)
    }

    /// - Throws: `RunError`: there is no such file, it cannot be read, or it is damaged.
    public init(path: String) throws {
        let disk = Disk()
        guard let size = disk.size(path) else {
            throw RunError(.notFound, "there is no such file", place: path)
        }
        try self.init(source: .disk(path), size: size, place: path)
    }

    private init(source: Source, size: Int, place: String) throws {
        self.source = source
        self.place = place
        func damaged(_ reason: String) -> RunError {
            RunError(.damaged, reason, place: place, hint: "the file is damaged or no safetensors file: use another checkpoint")
        }
        guard size >= 8 else { throw damaged("\(size) bytes are too few for a safetensors file") }
        let prefix: [UInt8] = try Self.read(source, at: 0, count: 8, place: place)
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(min(size - 8, Self.greatestHeader)) else {
            throw damaged("the header claims \(length) bytes; the file has \(size)")
        }
        dataStart = 8 + Int(length)
        do {
            let header = try SafetensorsHeader(
                Self.read(source, at: 8, count: Int(length), place: place), dataSize: size - dataStart)
            entries = header.entries
            metadata = header.metadata
        } catch let failure as SafetensorsHeader.Failure {
            throw damaged(failure.reason)
        }
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    /// The elements of a tensor that must have the given shape and element type.
    ///
    /// - Throws: `RunError` of kind `.notFound` when it is missing, `.invalid` when shape or type differ.
    public func values<Element: TensorElement>(_ name: String, shape: [Int]? = nil, as type: Element.Type = Element.self) throws -> [Element] {
        let entry = try entry(name)
        guard entry.type == Element.tensorType, shape == nil || entry.shape == shape else {
            let wanted = "\(Element.tensorType.rawValue)\(shape.map { " of shape \($0)" } ?? "")"
            throw RunError(
                .invalid, "tensor '\(name)' is \(entry.type.rawValue) of shape \(entry.shape), but \(wanted) is needed", place: place,
                hint: "the file belongs to another network or environment")
        }
        return try elements(entry)
    }

    /// A tensor of any type.
    public func tensor(_ name: String) throws -> NamedTensor {
        let entry = try entry(name)
        let values: TensorValues =
            switch entry.type {
            case .float32: .float32(try elements(entry))
            case .float64: .float64(try elements(entry))
            case .int32: .int32(try elements(entry))
            case .int64: .int64(try elements(entry))
            case .uint8: .uint8(try elements(entry))
            case .uint32: .uint32(try elements(entry))
            case .uint64: .uint64(try elements(entry))
            }
        return NamedTensor(entry.name, shape: entry.shape, values: values)
    }

    /// All tensors, in the order of the data.
    public func tensors() throws -> [NamedTensor] { try names.map(tensor) }

    private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
        guard let index = indices[name] else {
            throw RunError(.notFound, "there is no tensor '\(name)'", place: place, hint: "there are: \(names.joined(separator: ", "))")
        }
        return entries[index]
    }

    private func elements<Element: TensorElement>(_ entry: SafetensorsHeader.Entry) throws -> [Element] {
        try Self.read(source, at: dataStart + entry.range.lowerBound, count: entry.range.count / MemoryLayout<Element>.size, place: place)
    }

    /// Reads `count` elements into a fresh array. The range was checked against the size; the file may have shrunk since.
    private static func read<Element: TensorElement>(_ source: Source, at offset: Int, count: Int, place: String) throws -> [Element] {
        try [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count * MemoryLayout<Element>.stride)
            if count > 0 {
                switch source {
                case .memory(let data):
                    data.withUnsafeBytes { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + bytes.count])) }
                case .disk(let path):
                    try Disk().read(path, at: offset, into: bytes)
                }
            }
            initialized = count
        }
    }
}
