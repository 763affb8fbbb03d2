import Foundation

/// Writing of named tensors in the safetensors format: eight bytes of header length, a JSON header, the elements; little-endian.
///
/// The same tensors give the same bytes, whatever their order: they are laid out by element size, largest first, then by name. So every
/// tensor is aligned to its element size.
///
/// Source: the format section of the `safetensors` package's README.
public enum Safetensors {
    /// The whole file as one piece of memory.
    ///
    /// - Parameters:
    ///   - tensors: with distinct names.
    ///   - metadata: free text by name, stored under `__metadata__`.
    public static func encode(_ tensors: [NamedTensor], metadata: [String: String] = [:]) -> Data {
        var data = Data()
        data.reserveCapacity(tensors.reduce(1024) { $0 + $1.values.count * $1.values.type.size })
        stream(tensors, metadata: metadata) { data.append(contentsOf: $0) }
        return data
    }

    /// Replaces the file at `path` as a whole.
    ///
    /// - Throws: `RunError` when it cannot be written.
    public static func write(_ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String) throws {
        try Disk().writeAtomically(encode(tensors, metadata: metadata), to: path)
    }

    /// Hands the file's bytes to `sink` piece by piece, without a copy of the elements.
    static func stream(_ tensors: [NamedTensor], metadata: [String: String], to sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "the tensors of a file need distinct names")
        #if _endian(big)
            #error("safetensors are little-endian; elements are written as they lie in memory")
        #endif
        let ordered = tensors.sorted {
            ($1.values.type.size, $0.name) < ($0.values.type.size, $1.name)
        }
        let header = header(ordered, metadata: metadata)
        try withUnsafeBytes(of: UInt64(header.count)) { try sink($0) }
        try header.withUnsafeBytes { try sink($0) }
        for tensor in ordered { try tensor.values.withBytes { try sink($0) } }
    }

    private static func header(_ tensors: [NamedTensor], metadata: [String: String]) -> [UInt8] {
        var entries: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            entries.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.values.count * tensor.values.type.size
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.values.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var bytes = Array("{\(entries.joined(separator: ","))}".utf8)
        // Trailing spaces are part of the format; they align the elements to eight bytes.
        bytes.append(contentsOf: repeatElement(0x20, count: (8 - bytes.count % 8) % 8))
        return bytes
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
