import Core
import Foundation

/// What goes wrong with run folders, checkpoints, logs and the registry.
public struct RunError: DescribedError, Equatable {
    /// The class of an error, for callers that treat some of them differently.
    public enum Kind: String, Sendable {
        /// No space, quota or file-size limit: the same action works once there is room.
        case diskFull
        /// Permission denied or a read-only file system.
        case notWritable
        /// Any other failure of the operating system.
        case system
        /// The path is not a run folder.
        case notARun
        /// Another process trains in the run folder.
        case locked
        /// A file exists but does not hold what it should.
        case damaged
        /// The request itself cannot be met (different columns, unknown names).
        case invalid
        /// There is no such run, checkpoint, file or tensor.
        case notFound
        /// A reference fits several runs.
        case ambiguous
    }

    public let kind: Kind
    public let what: String
    public let place: String
    public let hint: String

    public init(_ kind: Kind, _ what: String, place: String = "", hint: String = "") {
        self.kind = kind
        self.what = what
        self.place = place
        self.hint = hint
    }

    /// A failed system call.
    ///
    /// - Parameters:
    ///   - action: what was tried, as in "cannot \(action)".
    ///   - path: the file.
    ///   - code: the value of `errno`.
    ///   - run: path of the run folder for the hint, empty where there is none.
    static func system(_ action: String, path: String, code: Int32, run: String) -> RunError {
        let resume = run.isEmpty ? "try again" : "go on with: crest resume \(run)"
        let (kind, hint): (Kind, String) =
            switch code {
            case ENOSPC: (.diskFull, "the disk is full: free some space, then \(resume)")
            case EDQUOT: (.diskFull, "your disk quota is used up: free some space, then \(resume)")
            case EFBIG: (.diskFull, "the file-size limit (ulimit -f) is reached: raise it, then \(resume)")
            case EACCES, EPERM: (.notWritable, "check owner and permissions of the file and its folder")
            case EROFS: (.notWritable, "the file system is mounted read-only: choose another folder or remount it")
            case EIO: (.system, "the disk reports a fault: look at dmesg, save what you can, then \(resume)")
            case EMFILE, ENFILE: (.system, "too many open files: raise ulimit -n")
            case ENOENT: (.notFound, "")
            default: (.system, "")
            }
        return RunError(kind, "cannot \(action): \(String(cString: strerror(code)))", place: path, hint: hint)
    }

    /// A JSON text that does not hold the expected value.
    static func undecodable(_ error: any Error, path: String, hint: String) -> RunError {
        func join(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
            (path + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        let what =
            switch error {
            case DecodingError.keyNotFound(let key, let context): "'\(join(context.codingPath, key))' is missing"
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
                "'\(join(context.codingPath))' has the wrong type"
            case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
                "'\(join(context.codingPath))' has an unknown value"
            default: "this is not valid JSON"
            }
        return RunError(.damaged, what, place: path, hint: hint)
    }
}
