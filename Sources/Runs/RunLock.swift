import Foundation

/// The right to train in a run folder. Held until the object goes away; the system frees it when the process dies.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `RunError` of kind `.locked` when another holder has it after a quarter of a second.
    init(path: String, run: String) throws {
        descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RunError.system("open the lock", path: path, code: errno, run: "") }
        // Someone who only looks (`isHeld`) takes the lock for an instant, so one refusal proves nothing.
        var attempts = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            attempts += 1
            if code == EINTR { continue }
            guard code == EWOULDBLOCK, attempts < 12 else {
                let error = Self.refusal(code, path: path, run: run)
                close(descriptor)
                throw error
            }
            usleep(20_000)
        }
        // The number is for people and error messages only; the lock itself is what counts.
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let error = RunError.system("write the lock", path: path, code: errno, run: run)
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    private static func refusal(_ code: Int32, path: String, run: String) -> RunError {
        guard code == EWOULDBLOCK else { return RunError.system("lock", path: path, code: code, run: "") }
        let text = (try? Disk().contents(path)).flatMap { String(data: $0, encoding: .utf8) } ?? ""
        let holder = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { "process \($0)" } ?? "another process"
        return RunError(
            .locked, "\(holder) is training in this run folder", place: run, hint: "wait until it ends, or stop it with Ctrl-C or kill")
    }

    /// True while some process, this one included, holds the lock.
    static func isHeld(path: String) -> Bool {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Runs `body` while no other process runs one under the same lock file; waits for its turn.
    static func exclusively<Result>(path: String, body: () throws -> Result) throws -> Result {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RunError.system("open the lock", path: path, code: errno, run: "") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw RunError.system("lock", path: path, code: errno, run: "") }
        }
        return try body()
    }
}
