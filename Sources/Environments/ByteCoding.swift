/// Writes plain values one after another; the counterpart of `ByteReader`. Used for snapshots.
public struct ByteWriter {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends the bytes of a trivial value (numbers, tuples of numbers, enums with raw values).
    public mutating func write<T: BitwiseCopyable>(_ value: T) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Appends a count and the elements.
    public mutating func write<T: BitwiseCopyable>(array: [T]) {
        write(Int64(array.count))
        array.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

/// Reads what a `ByteWriter` wrote; throws where bytes are missing or left over.
public struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public mutating func read<T: BitwiseCopyable>(_ type: T.Type = T.self) throws -> T {
        let size = MemoryLayout<T>.size
        guard bytes.count - position >= size else { throw Self.damaged }
        defer { position += size }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: T.self) }
    }

    public mutating func readArray<T: BitwiseCopyable>(_ type: T.Type = T.self) throws -> [T] {
        let count = Int(try read(Int64.self))
        guard count >= 0, count <= (bytes.count - position) / max(MemoryLayout<T>.stride, 1) else { throw Self.damaged }
        return try (0..<count).map { _ in try read(T.self) }
    }

    /// Asserts that everything was read.
    public func finish() throws {
        guard position == bytes.count else { throw Self.damaged }
    }

    private static var damaged: EnvironmentError {
        EnvironmentError("the snapshot does not belong to this environment or is damaged", hint: "restore only snapshots of the same environment and version")
    }
}
