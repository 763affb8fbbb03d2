import Foundation
import GRDB

/// What a rescan found.
public struct RescanReport: Sendable, Equatable {
    /// Runs entered.
    public var runs: Int
    /// Entries dropped because their folder is gone.
    public var dropped: Int
    /// Run folders whose `run.json` could not be read, with the reason.
    public var unreadable: [SkippedRun]

    /// For the user, e.g. "rebuilt from 12 runs; 1 could not be read (…)".
    public var summary: String {
        let head = "rebuilt from \(runs) \(runs == 1 ? "run" : "runs")"
        guard let first = unreadable.first else { return head }
        return "\(head); \(unreadable.count) could not be read (\(first.path): \(first.reason)\(unreadable.count > 1 ? ", …" : ""))"
    }
}

/// A run folder that could not be read.
public struct SkippedRun: Sendable, Equatable {
    public let path: String
    public let reason: String
}

extension Registry {
    /// Folders below the root that are searched: a day, a run, and one level for those who sort theirs.
    private static let greatestDepth = 4

    static func rescan(_ queue: DatabaseQueue, root: String) throws -> RescanReport {
        let (found, searched) = try search(root)
        var report = searched
        // Entries of runs that lie outside the root are not found by searching; they stay while their folder does.
        let names = Set(found.map(\.path))
        report.dropped = try queue.write { db in
            var dropped = 0
            for path in try String.fetchAll(db, sql: "SELECT path FROM runs") where !names.contains(path) {
                if path.hasPrefix("/"), Disk().size("\(path)/run.json") != nil { continue }
                try db.execute(sql: "DELETE FROM runs WHERE path = ?", arguments: [path])
                dropped += 1
            }
            for run in found { try insert(run, db) }
            return dropped
        }
        return report
    }

    /// Reads the `run.json` files below the root and those of some folders elsewhere.
    static func search(_ root: String, and elsewhere: [String] = []) throws -> (found: [RegisteredRun], report: RescanReport) {
        var found: [RegisteredRun] = []
        var report = RescanReport(runs: 0, dropped: 0, unreadable: [])
        for path in try runFolders(in: root, depth: 0) + elsewhere {
            do {
                let information = try RunFolder.open(path).information()
                found.append(RegisteredRun(path: relative(path, to: root), information: information))
            } catch let error as RunError {
                report.unreadable.append(SkippedRun(path: path, reason: error.what))
            }
        }
        report.runs = found.count
        return (found, report)
    }

    private static func runFolders(in folder: String, depth: Int) throws -> [String] {
        let disk = Disk()
        if disk.size("\(folder)/run.json") != nil { return [folder] }
        guard depth < greatestDepth else { return [] }
        // A folder that may not be read hides its runs, not those of the others.
        let names = (try? disk.names(in: folder)) ?? []
        return try names.filter { !$0.hasPrefix(".") && disk.isDirectory("\(folder)/\($0)") }
            .flatMap { try runFolders(in: "\(folder)/\($0)", depth: depth + 1) }
    }

    /// A path below the root without the root, any other unchanged.
    static func relative(_ path: String, to root: String) -> String {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }
}
