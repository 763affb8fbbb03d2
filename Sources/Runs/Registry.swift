import Foundation
import GRDB

/// All runs under a folder, in an SQLite file there: `runs/registry.sqlite`.
///
/// It is an index only. The truth about a run is its `run.json`, and the file can be rebuilt from those at any time; `init` does so when
/// it is missing or damaged and says it in `notices`. Several processes may use it at once.
public final class Registry: Sendable {
    /// Version of the table's layout; a file with another one is rebuilt.
    private static let layout = 2
    static let fileName = "registry.sqlite"

    /// The folder of all runs, absolute.
    public let root: String
    /// What happened while opening, as sentences for the user; usually empty.
    public let notices: [String]
    private let queue: DatabaseQueue

    private var path: String { "\(root)/\(Self.fileName)" }

    /// Opens the registry of a folder of runs; makes folder and file where missing.
    ///
    /// - Throws: `RunError` when the file can be neither opened nor made anew.
    public init(root: String = "runs") throws {
        try Disk().makeDirectories(root)
        let root = Disk.absolute(root)
        let path = "\(root)/\(Self.fileName)"
        self.root = root

        // One process at a time looks, so that two do not both set a damaged file aside.
        var notices: [String] = []
        queue = try RunLock.exclusively(path: "\(root)/registry.lock") {
            let wasMissing = Disk().size(path) == nil
            do {
                let (queue, rebuilt) = try Self.opened(path, root: root)
                if let report = rebuilt, report.runs > 0 || !report.unreadable.isEmpty {
                    notices = ["the registry \(wasMissing ? "was missing" : "had another layout"): \(report.summary)"]
                }
                return queue
            } catch let error as DatabaseError where Self.isDamage(error) {
                let aside = try Self.setAside(path)
                let (queue, rebuilt) = try Self.guarded(path) { try Self.opened(path, root: root) }
                notices = ["the registry was damaged and is kept as \(aside)" + (rebuilt.map { ": \($0.summary)" } ?? "")]
                return queue
            } catch let error as DatabaseError {
                throw Self.failure(error, path)
            }
        }
        self.notices = notices
    }

    // MARK: Writing

    /// Enters a run, or brings its entry up to date.
    public func update(_ folder: RunFolder, _ information: RunInformation) throws {
        let run = RegisteredRun(path: Self.relative(folder.path, to: root), information: information)
        try Self.guarded(path) { try queue.write { try Self.insert(run, $0) } }
    }

    /// Makes the registry agree with the `run.json` files under the root: enters the runs that are there, drops those that are gone.
    @discardableResult
    public func rescan() throws -> RescanReport {
        try Self.guarded(path) { try Self.rescan(queue, root: root) }
    }

    // MARK: Reading

    /// The runs whose folder is there, filtered and in order.
    ///
    /// A run that is entered as running while no process holds its lock is looked up in its `run.json` and, if that says running too,
    /// shown as interrupted.
    public func list(_ filter: RunFilter = RunFilter(), order: RunOrder = .started, limit: Int? = nil) throws -> [RegisteredRun] {
        let all = try Self.guarded(path) {
            try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM runs").compactMap(RegisteredRun.init(row:)) }
        }
        let present = all.compactMap(current).filter(filter.accepts).sorted(by: order.precedes)
        return Array(present.prefix(limit ?? present.count))
    }

    /// The folder of an entry.
    public func folder(of run: RegisteredRun) throws -> RunFolder { try RunFolder.open(absolute(run.path)) }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(root)/\(path)" }

    /// The entry as it stands now; nil when its folder is gone.
    private func current(_ run: RegisteredRun) -> RegisteredRun? {
        guard let folder = try? RunFolder.open(absolute(run.path)) else { return nil }
        guard run.status == .running, !folder.isLocked else { return run }
        var result = run
        if let information = try? folder.information() { result = RegisteredRun(path: run.path, information: information) }
        if result.status == .running { result.status = .interrupted }
        return result
    }

    // MARK: SQLite

    /// Opens the file; where the table is missing or has another layout, makes it anew from the runs' files and says what that found.
    private static func opened(_ path: String, root: String) throws -> (queue: DatabaseQueue, rebuilt: RescanReport?) {
        var configuration = GRDB.Configuration()
        // Readers go on while one process writes; writers wait for each other.
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // All or nothing: a table that has the layout's number has its runs.
        let rebuilt: RescanReport? = try queue.write { db in
            guard try String.fetchOne(db, sql: "PRAGMA quick_check(1)") == "ok" else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT)
            }
            if try Int.fetchOne(db, sql: "PRAGMA user_version") == layout { return nil }
            // Runs outside the root are not found by searching it.
            let elsewhere = try db.tableExists("runs") ? String.fetchAll(db, sql: "SELECT path FROM runs WHERE path LIKE '/%'") : []
            let (found, report) = try search(root, and: elsewhere.filter { Disk().size("\($0)/run.json") != nil })
            try db.execute(
                sql: """
                    DROP TABLE IF EXISTS runs;
                    CREATE TABLE runs (
                        path TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, environment TEXT NOT NULL,
                        stage INTEGER, stages INTEGER, stage_environment TEXT,
                        algorithm TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, steps INTEGER NOT NULL,
                        total_timesteps INTEGER NOT NULL, best_mean REAL, best_step INTEGER, config_hash TEXT NOT NULL,
                        started TEXT NOT NULL, ended TEXT, wall_seconds REAL NOT NULL, weights_hash TEXT
                    );
                    """)
            for run in found { try insert(run, db) }
            try db.execute(sql: "PRAGMA user_version = \(layout)")
            return report
        }
        return (queue, rebuilt)
    }

    static func insert(_ run: RegisteredRun, _ db: Database) throws {
        // SQLite knows signed integers only: the seed keeps its bits.
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO runs (path, id, name, environment, stage, stages, stage_environment, algorithm, seed, status, steps,
                    total_timesteps, best_mean, best_step, config_hash, started, ended, wall_seconds, weights_hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                run.path, run.id, run.name, run.environment, run.stage?.number, run.stage?.of, run.stage?.environment, run.algorithm,
                Int64(bitPattern: run.seed), run.status.rawValue, run.steps, run.totalTimesteps, run.bestMean, run.bestStep, run.configHash,
                run.started, run.ended, run.wallSeconds, run.weightsHash,
            ])
    }

    private static func isDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    /// Renames a damaged file; what SQLite keeps beside it belongs to it and is dropped.
    private static func setAside(_ path: String) throws -> String {
        let disk = Disk()
        var name = "\(fileName).damaged"
        var number = 1
        while disk.exists("\(Disk.parent(of: path))/\(name)") {
            number += 1
            name = "\(fileName).damaged-\(number)"
        }
        try disk.rename(path, to: "\(Disk.parent(of: path))/\(name)")
        for suffix in ["-wal", "-shm", "-journal"] { try disk.remove(path + suffix) }
        return name
    }

    private static func failure(_ error: DatabaseError, _ path: String) -> RunError {
        let what = "SQLite says: \(error.message ?? error.resultCode.description)"
        switch error.resultCode {
        case .SQLITE_FULL:
            return RunError(.diskFull, what, place: path, hint: "free some space; the runs themselves are not affected")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            return RunError(.notWritable, what, place: path, hint: "check owner and permissions of the file and its folder")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return RunError(.locked, what, place: path, hint: "another process keeps the registry busy: try again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return RunError(.damaged, what, place: path, hint: "start crest again: it rebuilds the registry from the runs")
        default:
            return RunError(.system, what, place: path)
        }
    }

    private static func guarded<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw failure(error, path)
        }
    }
}

extension RegisteredRun {
    /// Nil for a row that this version does not understand.
    init?(row: Row) {
        guard let status = RunStatus(rawValue: row["status"]) else { return nil }
        id = row["id"]
        path = row["path"]
        name = row["name"]
        environment = row["environment"]
        if let number = row["stage"] as Int?, let count = row["stages"] as Int?, let name = row["stage_environment"] as String? {
            stage = RunStage(number: number, of: count, environment: name)
        }
        algorithm = row["algorithm"]
        seed = UInt64(bitPattern: row["seed"] as Int64)
        self.status = status
        steps = row["steps"]
        totalTimesteps = row["total_timesteps"]
        bestMean = row["best_mean"]
        bestStep = row["best_step"]
        configHash = row["config_hash"]
        started = row["started"]
        ended = row["ended"]
        wallSeconds = row["wall_seconds"]
        weightsHash = row["weights_hash"]
    }
}
