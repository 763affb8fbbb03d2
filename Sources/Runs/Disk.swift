import Foundation

/// The file operations of this module: plain system calls whose every result is checked.
///
/// Foundation's own writers hide which call failed and leave out `fsync`; here each failure becomes a `RunError` with file, cause and hint.
struct Disk: Sendable {
    /// What is about to happen to a path. The tests use it to make any single operation fail.
    enum Operation: String, Sendable {
        case makeDirectory, create, write, sync, rename, remove, truncate
    }

    /// Path of the run folder that error hints name; empty where there is none.
    let run: String
    /// Called before every operation that changes the disk; what it throws is thrown on.
    let before: (@Sendable (Operation, String) throws -> Void)?

    init(run: String = "", before: (@Sendable (Operation, String) throws -> Void)? = nil) {
        self.run = run
        self.before = before
    }

    func failure(_ action: String, _ path: String) -> RunError {
        .system(action, path: path, code: errno, run: run)
    }

    // MARK: Looking

    /// Size in bytes of a regular file, nil where there is none.
    func size(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// When a file was last written to, nil where there is none.
    func modified(_ path: String) -> Date? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9)
    }

    func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Names in a folder, sorted; empty where there is no such folder.
    func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("read the folder", path)
        }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { result.append(name) }
        }
        return result.sorted()
    }

    /// Reads a regular file in pieces of at most 1 MiB.
    func read(_ path: String, piece: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard exists(path) else { throw RunError(.notFound, "there is no such file", place: path) }
        // A pipe or a device in place of the file would block or never end.
        guard size(path) != nil else { throw RunError(.damaged, "this is not a regular file", place: path) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 16) { buffer in
            while true {
                let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
                if count == 0 { return }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw failure("read", path)
                }
                try piece(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// Fills `buffer` from a place in the file.
    func read(_ path: String, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw RunError(.damaged, "the file ends at byte \(offset + done), before what it should hold", place: path)
            } else if errno != EINTR {
                throw failure("read", path)
            }
        }
    }

    func contents(_ path: String) throws -> Data {
        var data = Data(capacity: size(path) ?? 0)
        try read(path) { data.append(contentsOf: $0) }
        return data
    }

    // MARK: Changing

    /// Creates a folder and those above it.
    func makeDirectories(_ path: String) throws {
        if isDirectory(path) { return }
        let parent = Self.parent(of: path)
        if parent != path && !parent.isEmpty { try makeDirectories(parent) }
        _ = try makeDirectory(path)
    }

    /// Creates one folder; false where something of that name exists already as a folder.
    func makeDirectory(_ path: String) throws -> Bool {
        try before?(.makeDirectory, path)
        if mkdir(path, 0o755) == 0 {
            try syncDirectory(Self.parent(of: path))
            return true
        }
        if errno == EEXIST && isDirectory(path) { return false }
        throw failure("create the folder", path)
    }

    /// Opens a file, lets `body` write to it, syncs it if wanted, closes it.
    ///
    /// - Parameter flags: added to `O_WRONLY`; `O_CREAT | O_TRUNC` for a new file, `O_CREAT | O_APPEND` for a log.
    func withFile(_ path: String, flags: Int32, sync: Bool, body: (Int32) throws -> Void) throws {
        try before?(.create, path)
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o644)
        guard descriptor >= 0 else { throw failure("open for writing", path) }
        do {
            try body(descriptor)
            if sync { try self.sync(descriptor, path) }
        } catch {
            close(descriptor)
            throw error
        }
        // Some file systems report a full disk only here.
        guard close(descriptor) == 0 || errno == EINTR else { throw failure("close", path) }
    }

    /// Writes all bytes. `written` tells how many arrived, also when it throws.
    func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String, written: inout Int) throws {
        written = 0
        try before?(.write, path)
        while written < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                // A write of nothing without an error does not happen on a regular file; treated as a full disk, it can't loop.
                if count == 0 { errno = ENOSPC }
                throw failure("write", path)
            }
        }
    }

    func sync(_ descriptor: Int32, _ path: String) throws {
        try before?(.sync, path)
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw failure("write to the disk", path) }
        }
    }

    /// Makes new, renamed and removed names in a folder durable.
    func syncDirectory(_ path: String) throws {
        try before?(.sync, path)
        let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the folder", path) }
        defer { close(descriptor) }
        // Some network file systems cannot sync a folder and say EINVAL; there is nothing more to do there.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("write the folder to the disk", path) }
    }

    func rename(_ source: String, to target: String) throws {
        try before?(.rename, target)
        guard Foundation.rename(source, target) == 0 else { throw failure("rename \(source) to this", target) }
    }

    func truncate(_ path: String, to length: Int) throws {
        try withFile(path, flags: 0, sync: true) { descriptor in
            try before?(.truncate, path)
            guard ftruncate(descriptor, off_t(length)) == 0 else { throw failure("shorten", path) }
        }
    }

    /// Removes a file, or a folder with all that is in it. A path that does not exist is fine; links are removed, never followed.
    func remove(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove("\(path)/\(name)") }
            try before?(.remove, path)
            guard rmdir(path) == 0 || errno == ENOENT else { throw failure("remove the folder", path) }
        } else {
            try before?(.remove, path)
            guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
        }
    }

    /// Replaces a file as a whole: a reader, or a crash at any moment, sees the old content or the new.
    func writeAtomically(_ data: Data, to path: String) throws {
        let temporary = "\(path).tmp-\(getpid())"
        do {
            try withFile(temporary, flags: O_CREAT | O_TRUNC, sync: true) { descriptor in
                var written = 0
                try data.withUnsafeBytes { try write($0, to: descriptor, temporary, written: &written) }
            }
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)
            throw error
        }
        try syncDirectory(Self.parent(of: path))
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The absolute path without links, or the path made absolute where it does not exist.
    static func absolute(_ path: String) -> String {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }
}
