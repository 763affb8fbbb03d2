/// Named arrays: everything that an algorithm's future depends on, ready to be written to a file and read back without loss.
public struct StateArchive: Sendable, Equatable {
    /// A float array with its shape, row-major.
    public struct Tensor: Sendable, Equatable {
        public var shape: [Int]
        public var values: [Float]

        public init(shape: [Int], values: [Float]) {
            self.shape = shape
            self.values = values
        }
    }

    public var tensors: [String: Tensor] = [:]
    public var doubles: [String: [Double]] = [:]
    public var bytes: [String: [UInt8]] = [:]

    public init() {}

    /// A tensor of a given number of elements.
    public func tensor(_ name: String, count: Int) throws -> [Float] {
        guard let tensor = tensors[name] else { throw StateArchiveError(what: "the state lacks '\(name)'") }
        guard tensor.values.count == count else {
            throw StateArchiveError(what: "the state's '\(name)' has \(tensor.values.count) elements where \(count) are needed")
        }
        return tensor.values
    }

    /// A double array of a given number of elements (any number when nil).
    public func doubles(_ name: String, count: Int?) throws -> [Double] {
        guard let values = doubles[name] else { throw StateArchiveError(what: "the state lacks '\(name)'") }
        if let count, values.count != count {
            throw StateArchiveError(what: "the state's '\(name)' has \(values.count) elements where \(count) are needed")
        }
        return values
    }

    /// One number.
    public func scalar(_ name: String) throws -> Double { try doubles(name, count: 1)[0] }

    /// A byte array.
    public func byteArray(_ name: String) throws -> [UInt8] {
        guard let value = bytes[name] else { throw StateArchiveError(what: "the state lacks '\(name)'") }
        return value
    }

    /// Stores a trivial value byte by byte.
    public mutating func store<T: BitwiseCopyable>(_ value: T, as name: String) {
        bytes[name] = withUnsafeBytes(of: value) { Array($0) }
    }

    /// Reads what `store` wrote.
    public func load<T: BitwiseCopyable>(_ type: T.Type, _ name: String) throws -> T {
        let value = try byteArray(name)
        guard value.count == MemoryLayout<T>.size else {
            throw StateArchiveError(what: "the state's '\(name)' has \(value.count) bytes where \(MemoryLayout<T>.size) are needed")
        }
        return value.withUnsafeBytes { $0.loadUnaligned(as: T.self) }
    }

    /// Stores running moments under a prefix.
    public mutating func store(_ moments: RunningMoments, as name: String) {
        doubles["\(name).count"] = [moments.count]
        doubles["\(name).mean"] = moments.mean
        doubles["\(name).squares"] = moments.squaredDeviations
    }

    /// Reads moments of a given width.
    public func moments(_ name: String, columns: Int) throws -> RunningMoments {
        RunningMoments(
            count: try scalar("\(name).count"), mean: try doubles("\(name).mean", count: columns),
            squaredDeviations: try doubles("\(name).squares", count: columns))
    }
}

/// A state that does not fit what it is loaded into.
public struct StateArchiveError: DescribedError {
    public var what: String

    public init(what: String) { self.what = what }

    public var place: String { "" }
    public var hint: String { "the checkpoint belongs to another configuration or version" }
}
