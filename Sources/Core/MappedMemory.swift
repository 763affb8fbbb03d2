import Glibc

/// A failure to map memory or a file.
public struct MappedMemoryError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String
}

/// A block of zeroed memory that the system commits page by page, of its own or backed by a file.
///
/// A file's whole length is reserved on the disk when it is made, so that a full disk is an error here and never a signal later. Threads may work on
/// disjoint ranges. Valid as long as the object lives.
public final class MappedMemory: @unchecked Sendable {
    public let byteCount: Int
    public let pointer: UnsafeMutableRawPointer
    /// Path of the file; nil for memory without one.
    public let path: String?
    /// Whether the file was made now, rather than found.
    public let isNew: Bool

    /// Memory without a file.
    ///
    /// - Throws: `MappedMemoryError` where the system gives no more.
    public init(byteCount: Int) throws {
        precondition(byteCount > 0, "a mapping has at least one byte")
        let found = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let found, found != MAP_FAILED else {
            throw MappedMemoryError(
                what: "\(byteCount) bytes of memory can't be had (\(Self.reason(errno)))", place: "", hint: "use a smaller buffer")
        }
        self.byteCount = byteCount
        pointer = found
        path = nil
        isNew = true
    }

    /// Memory that is a file: one that exists already with just this length, or a new one full of zeros.
    ///
    /// - Throws: `MappedMemoryError` for a file of another length, a full disk, or any other failure; a file that could not be finished is removed.
    public init(path: String, byteCount: Int) throws {
        precondition(byteCount > 0, "a mapping has at least one byte")
        func failure(_ action: String, _ code: Int32, _ hint: String = "") -> MappedMemoryError {
            MappedMemoryError(what: "can't \(action) (\(Self.reason(code)))", place: path, hint: hint)
        }
        var isNew = false
        var descriptor = open(path, O_RDWR | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT {
            descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            isNew = true
        }
        guard descriptor >= 0 else { throw failure("open the file", errno) }
        defer { close(descriptor) }

        // Reserve every block, or check what is there.
        if isNew {
            let status = posix_fallocate(descriptor, 0, off_t(byteCount))
            guard status == 0 else {
                unlink(path)
                throw failure("reserve \(byteCount) bytes on the disk", status, "free some space, or use a smaller buffer")
            }
        } else {
            var information = stat()
            guard fstat(descriptor, &information) == 0 else { throw failure("examine the file", errno) }
            guard information.st_mode & S_IFMT == S_IFREG else {
                throw MappedMemoryError(what: "this is not a regular file", place: path, hint: "choose another path")
            }
            guard information.st_size == off_t(byteCount) else {
                throw MappedMemoryError(
                    what: "the file has \(information.st_size) bytes where \(byteCount) are needed", place: path,
                    hint: "it is damaged, or belongs to another configuration")
            }
        }
        let found = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let found, found != MAP_FAILED else {
            let code = errno
            if isNew { unlink(path) }
            throw failure("map the file", code)
        }
        self.byteCount = byteCount
        pointer = found
        self.path = path
        self.isNew = isNew
    }

    deinit { munmap(pointer, byteCount) }

    /// Length of a file that is there; nil where there is none that could be mapped.
    public static func byteCount(ofFile path: String) -> Int? {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(information.st_size)
    }

    /// Returns when all that was written stands on the disk. Without a file there is nothing to do.
    ///
    /// - Throws: `MappedMemoryError` where the disk fails.
    public func sync() throws {
        guard let path else { return }
        guard msync(pointer, byteCount, MS_SYNC) == 0 else {
            throw MappedMemoryError(what: "can't write the file to the disk (\(Self.reason(errno)))", place: path, hint: "look at the disk")
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
