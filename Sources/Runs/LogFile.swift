import Foundation

/// A file that only grows, with a buffer in front of it.
///
/// It is opened for each flush rather than kept open: a run with a thousand environments has a thousand monitor files.
struct LogFile {
    /// Buffered bytes beyond which an append flushes by itself.
    static let bufferLimit = 1 << 16

    let path: String
    private let disk: Disk
    private var buffer: [UInt8] = []
    private var needsSync: Bool
    private var isNew: Bool

    init(path: String, disk: Disk) {
        self.path = path
        self.disk = disk
        isNew = disk.size(path) == nil
        // What a killed process wrote may still be in memory only.
        needsSync = !isNew
    }

    /// True when nothing was ever appended, here or by an earlier process.
    var isEmpty: Bool { buffer.isEmpty && (disk.size(path) ?? 0) == 0 }

    mutating func append(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > Self.bufferLimit { try flush() }
    }

    mutating func append(_ data: Data) throws {
        buffer.append(contentsOf: data)
        if buffer.count > Self.bufferLimit { try flush() }
    }

    /// Hands the buffer to the operating system. After an error the unwritten rest stays buffered, so a later flush goes on where it stopped.
    mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        if isNew { try disk.makeDirectories(Disk.parent(of: path)) }
        var written = 0
        defer { buffer.removeFirst(written) }
        try disk.withFile(path, flags: O_CREAT | O_APPEND, sync: false) { descriptor in
            needsSync = true
            try buffer.withUnsafeBytes { try disk.write($0, to: descriptor, path, written: &written) }
        }
    }

    /// Flushes, makes the content durable and returns the file's length; nil where there is no file.
    mutating func sync() throws -> Int? {
        try flush()
        if needsSync {
            try disk.withFile(path, flags: O_APPEND, sync: true) { _ in }
            if isNew { try disk.syncDirectory(Disk.parent(of: path)) }
            needsSync = false
            isNew = false
        }
        return disk.size(path)
    }
}
