import Core
import Foundation

/// What a checkpoint folder holds: `manifest.json`, written last, so that a folder without it is no checkpoint.
struct CheckpointManifest: Codable, Sendable, Equatable {
    struct File: Codable, Sendable, Equatable {
        var size: Int
        /// CRC-32C of the content, eight hexadecimal digits.
        var crc32c: String
    }

    static let fileName = "manifest.json"

    /// Version of the layout; 1.
    var formatVersion: Int
    /// Environment steps taken.
    var step: Int
    /// Name → size and checksum.
    var files: [String: File]
    /// CRC-32C of all the above, so that a damaged manifest is noticed too.
    var crc32c: String

    init(step: Int, files: [String: File], formatVersion: Int = 1) {
        self.formatVersion = formatVersion
        self.step = step
        self.files = files
        crc32c = ""
        crc32c = ownChecksum
    }

    enum CodingKeys: String, CodingKey {
        case step, files, crc32c
        case formatVersion = "format_version"
    }

    private var ownChecksum: String {
        let lines = files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.size) \($0.value.crc32c)" }
        return Self.hexadecimal(CRC32C.checksum("\(formatVersion) \(step)\n\(lines.joined(separator: "\n"))".utf8))
    }

    static func hexadecimal(_ crc: UInt32) -> String {
        let digits = String(crc, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// The manifest of a checkpoint folder.
    ///
    /// - Throws: `RunError`: missing, damaged, or of a newer format.
    static func read(in folder: String, disk: Disk) throws -> CheckpointManifest {
        let path = "\(folder)/\(fileName)"
        let data = try disk.contents(path)
        let manifest: CheckpointManifest
        do {
            manifest = try JSONCoding.decode(CheckpointManifest.self, from: data)
        } catch {
            throw RunError.undecodable(error, path: path, hint: "use another checkpoint")
        }
        guard manifest.crc32c == manifest.ownChecksum else {
            throw RunError(.damaged, "the manifest does not match its own checksum", place: path, hint: "use another checkpoint")
        }
        guard manifest.formatVersion == 1 else {
            throw RunError(
                .invalid, "format version \(manifest.formatVersion) is newer than this program", place: path,
                hint: "use the version of crest that wrote it")
        }
        guard manifest.files.keys.allSatisfy(CheckpointFile.isValid) else {
            throw RunError(.damaged, "the manifest names a file outside the checkpoint", place: path)
        }
        return manifest
    }
}
