import Core
import Foundation

/// A complete checkpoint on the disk. Each file is compared with the manifest's size and checksum when it is read.
public struct Checkpoint: Sendable, Equatable {
    /// Absolute or relative path of its folder, as the reader was given it.
    public let path: String
    /// Environment steps taken.
    public let step: Int
    private let manifest: CheckpointManifest

    /// Reads the manifest; `verify()` reads the rest.
    init(path: String, disk: Disk) throws {
        self.path = path
        manifest = try CheckpointManifest.read(in: path, disk: disk)
        step = manifest.step
    }

    /// A checkpoint in any folder, one that was copied out of its run say.
    public init(path: String) throws { try self.init(path: path, disk: Disk()) }

    /// Names of its files, sorted, without the manifest.
    public var fileNames: [String] { manifest.files.keys.sorted() }

    /// Compares all files with the manifest.
    ///
    /// - Throws: `RunError` for the first that is missing, cannot be read, or differs.
    public func verify() throws {
        for name in fileNames { try check(name) { _ in } }
    }

    /// The content of a file.
    public func data(_ name: String) throws -> Data {
        var data = Data(capacity: manifest.files[name].map { max(0, $0.size) } ?? 0)
        try check(name) { data.append(contentsOf: $0) }
        return data
    }

    /// A safetensors file; its elements are read when asked for.
    public func tensors(_ name: String) throws -> SafetensorsFile {
        try check(name) { _ in }
        return try SafetensorsFile(path: "\(path)/\(name)")
    }

    /// Reads a file in pieces and throws when its size or checksum is not the manifest's.
    private func check(_ name: String, piece: (UnsafeRawBufferPointer) -> Void) throws {
        let place = "\(path)/\(name)"
        guard let expected = manifest.files[name] else {
            throw RunError(
                .notFound, "the checkpoint has no such file", place: place, hint: "it has: \(fileNames.joined(separator: ", "))")
        }
        // Before anything is read: a damaged file may be of any size.
        guard let size = Disk().size(place) else { throw RunError(.damaged, "the file is missing", place: place) }
        guard size == expected.size else {
            throw RunError(.damaged, "the file has \(size) bytes instead of \(expected.size)", place: place)
        }
        var crc = CRC32C()
        try Disk().read(place) {
            crc.update($0)
            piece($0)
        }
        guard CheckpointManifest.hexadecimal(crc.value) == expected.crc32c else {
            throw RunError(.damaged, "the content does not match its checksum", place: place)
        }
    }
}

/// A checkpoint that could not be used.
public struct SkippedCheckpoint: Sendable, Equatable {
    public let path: String
    /// Why, as a sentence fragment.
    public let reason: String
}
