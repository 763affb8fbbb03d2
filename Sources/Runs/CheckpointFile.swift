import Foundation

/// A file to be put into a checkpoint. Tensors go to the disk as they lie in memory, without a copy of the whole.
public struct CheckpointFile: Sendable {
    enum Content: Sendable {
        case data(Data)
        case tensors([NamedTensor], metadata: [String: String])
    }

    public let name: String
    let content: Content

    /// - Parameter name: letters, digits, `.`, `_` and `-`, not beginning with a dot; not `manifest.json`.
    public init(_ name: String, _ data: Data) {
        self.init(name: name, content: .data(data))
    }

    /// A safetensors file.
    public init(_ name: String, tensors: [NamedTensor], metadata: [String: String] = [:]) {
        self.init(name: name, content: .tensors(tensors, metadata: metadata))
    }

    private init(name: String, content: Content) {
        precondition(Self.isValid(name), "'\(name)' cannot be the name of a checkpoint's file")
        self.name = name
        self.content = content
    }

    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && name != CheckpointManifest.fileName
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    /// Hands the content to `sink` piece by piece.
    func stream(to sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        switch content {
        case .data(let data): try data.withUnsafeBytes(sink)
        case .tensors(let tensors, let metadata): try Safetensors.stream(tensors, metadata: metadata, to: sink)
        }
    }
}
