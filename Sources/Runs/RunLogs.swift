import Foundation

/// The writers of a run's measurements: progress, evaluations, events, monitor files and TensorBoard.
///
/// Everything is buffered: `flush()` shows it to others, `positions()` makes it durable. A checkpoint stores the positions, and a run
/// resumed from it cuts the files back to them, so that its rows are those of a run never interrupted. An error leaves the unwritten
/// bytes in the buffer; calling `flush()` again after the cause is gone loses nothing.
///
/// One thread uses it at a time.
public final class RunLogs {
    public let folder: RunFolder
    let disk: Disk
    private let environment: String
    private let started: Date

    private var progress: LogFile
    private var evaluations: LogFile
    private var events: LogFile
    private var monitors: [Int: LogFile] = [:]
    /// Of the open monitor files, whether they have a column for the stage.
    private var hasStage: [Int: Bool] = [:]
    private var tensorboard: LogFile?
    /// Names of the columns of `progress.csv`; nil before its first row is written or read.
    private var columns: [String]?

    /// - Parameters:
    ///   - folder: the run, locked by the caller.
    ///   - environment: identifier of the environment, for the monitor files.
    ///   - started: when the run began, also for a resumed one.
    ///   - positions: nil for a new run; for a resumed one those of its checkpoint, or empty ones where it never had a checkpoint.
    /// - Throws: `RunError` as `truncate(to:)`; of kind `.invalid` when a new run's folder already has logs.
    public convenience init(folder: RunFolder, environment: String, started: Date, resumingAt positions: LogPositions? = nil) throws {
        try self.init(folder: folder, environment: environment, started: started, resumingAt: positions, disk: folder.disk)
    }

    init(folder: RunFolder, environment: String, started: Date, resumingAt positions: LogPositions?, disk: Disk) throws {
        self.folder = folder
        self.disk = disk
        self.environment = environment
        self.started = started
        progress = LogFile(path: folder.progressPath, disk: disk)
        evaluations = LogFile(path: folder.evaluationsPath, disk: disk)
        events = LogFile(path: folder.eventsPath, disk: disk)
        if let positions {
            try truncate(to: positions)
        } else if let existing = try ownFiles().first {
            throw RunError(
                .invalid, "a new run cannot begin on the logs of another", place: "\(folder.path)/\(existing)",
                hint: "go on with: crest resume \(folder.path)")
        }
    }

    // MARK: Writing

    /// Adds a row to `progress.csv`. The first row fixes the columns and their order; every later row needs the same names, in any order.
    ///
    /// Numbers are written so that reading them gives the same `Double`; whole ones without a fraction, NaN as `nan`. A measurement that
    /// an iteration does not have is given as NaN.
    ///
    /// - Throws: `RunError` of kind `.invalid` that names missing and new columns, or a failure to write.
    public func appendProgress(_ row: [(name: String, value: Double)]) throws {
        var values: [String: Double] = [:]
        for item in row {
            precondition(
                !item.name.isEmpty && !item.name.contains { $0 == "," || $0 == "\"" || $0.isNewline },
                "a column name is not empty and has no comma, quote or line break")
            precondition(values.updateValue(item.value, forKey: item.name) == nil, "column '\(item.name)' is given twice")
        }
        if columns == nil { columns = try writtenColumns() }
        let names = columns ?? row.map(\.name)
        guard names.count == row.count, names.allSatisfy({ values[$0] != nil }) else {
            let new = row.map(\.name).filter { !names.contains($0) }
            let missing = names.filter { values[$0] == nil }
            let parts = [("new", new), ("missing", missing)].filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1.joined(separator: ", "))" }
            throw RunError(
                .invalid, "a row has other columns than the first one (\(parts.joined(separator: "; ")))", place: folder.progressPath,
                hint: "a run keeps its columns; if crest was updated since it began, resume it with the version it began with")
        }
        if columns == nil { try progress.append(names.joined(separator: ",") + "\n") }
        columns = names
        try progress.append(names.map { Self.format(values[$0] ?? .nan) }.joined(separator: ",") + "\n")
    }

    /// Adds a line to `evaluations.jsonl`.
    public func append(_ record: EvaluationRecord) throws {
        try evaluations.append(JSONCoding.encode(record, pretty: false))
    }

    /// Adds a line to `events.jsonl`.
    public func append(_ event: RunEvent) throws {
        try events.append(JSONCoding.encode(event, pretty: false))
    }

    /// Adds a finished training episode to `monitor/<environment>.monitor.csv`, in the format of Stable-Baselines3's `Monitor`.
    ///
    /// - Parameters:
    ///   - environment: the environment's number, from 0.
    ///   - time: seconds since the run began.
    ///   - stage: of the curriculum, from 1; nil without one. A fourth column, as `Monitor` writes what it is told to keep besides; files that were
    ///     begun without it stay without it.
    public func appendEpisode(environment index: Int, return total: Double, length: Int, time: Double, stage: Int? = nil) throws {
        precondition(index >= 0, "environments are numbered from 0")
        var file = monitors.removeValue(forKey: index) ?? LogFile(path: "\(folder.monitorPath)/\(index).monitor.csv", disk: disk)
        defer { monitors[index] = file }
        if file.isEmpty {
            let name = try JSONCoding.encode(environment, pretty: false).dropLast()
            let start = started.timeIntervalSince1970
            hasStage[index] = stage != nil
            try file.append(
                "#{\"t_start\": \(start), \"env_id\": \(String(decoding: name, as: UTF8.self))}\nr,l,t\(stage == nil ? "" : ",stage")\n")
        }
        let tellsStage = try hasStage[index] ?? monitorHasStage(file.path)
        hasStage[index] = tellsStage
        let last = tellsStage ? ",\(stage.map { "\($0)" } ?? "")" : ""
        try file.append("\(Self.rounded(total)),\(length),\(Self.rounded(time))\(last)\n")
    }

    /// Adds scalars of one step to the TensorBoard file; they are stored as `Float`.
    ///
    /// - Parameter time: when they were measured.
    public func appendScalars(_ values: [(tag: String, value: Double)], step: Int, time: Date) throws {
        let seconds = time.timeIntervalSince1970
        var file: LogFile
        if let open = tensorboard {
            file = open
        } else {
            // A resumed run goes on in the file it has.
            let existing = try ownFiles().last { $0.hasPrefix("tensorboard/") }
            file = LogFile(path: "\(folder.path)/\(existing ?? Self.newEventFile(seconds))", disk: disk)
        }
        tensorboard = nil
        defer { tensorboard = file }
        if file.isEmpty { try file.append(TensorBoardRecord.fileVersion(time: seconds)) }
        try file.append(TensorBoardRecord.scalars(values, step: step, time: seconds))
    }

    /// Hands all buffers to the operating system, so that others can read them.
    public func flush() throws {
        try progress.flush()
        try evaluations.flush()
        try events.flush()
        for index in monitors.keys.sorted() { try monitors[index]?.flush() }
        try tensorboard?.flush()
    }

    // MARK: Checkpoint and resume

    /// Flushes, makes every log durable, and returns the lengths to store in a checkpoint.
    public func positions() throws -> LogPositions {
        try flush()
        var result = LogPositions()
        // Files of this run that this process has not touched count too.
        for name in try ownFiles() {
            let path = "\(folder.path)/\(name)"
            let length: Int?
            switch name {
            case "progress.csv": length = try progress.sync()
            case "evaluations.jsonl": length = try evaluations.sync()
            case "events.jsonl": length = try events.sync()
            default:
                if let index = Self.monitorIndex(name), monitors[index] != nil {
                    length = try monitors[index]?.sync()
                } else if path == tensorboard?.path {
                    length = try tensorboard?.sync()
                } else {
                    var file = LogFile(path: path, disk: disk)
                    length = try file.sync()
                }
            }
            result.bytes[name] = length
        }
        return result
    }

    /// Cuts every log back to a checkpoint's length; logs that the checkpoint does not know are removed, buffers dropped.
    ///
    /// A TensorBoard that is running has already read what is cut off: it shows the resumed run correctly after a restart.
    ///
    /// - Throws: `RunError` of kind `.damaged`, before anything is changed, when a file is missing or shorter than recorded.
    public func truncate(to positions: LogPositions) throws {
        for (name, length) in positions.bytes.sorted(by: { $0.key < $1.key }) {
            guard Self.isOwn(name), length >= 0 else {
                throw RunError(.damaged, "the checkpoint records a length of \(length) for '\(name)', which is no log", place: folder.path)
            }
            let path = "\(folder.path)/\(name)"
            guard let size = disk.size(path) else {
                throw RunError(
                    .damaged, "the log is gone; the checkpoint recorded \(length) bytes", place: path, hint: "restore the file, or start anew")
            }
            guard size >= length else {
                throw RunError(
                    .damaged, "the log has \(size) bytes, but the checkpoint recorded \(length)", place: path,
                    hint: "restore the file, or resume from an earlier checkpoint")
            }
        }
        for name in try ownFiles() {
            let path = "\(folder.path)/\(name)"
            if let length = positions.bytes[name] {
                if disk.size(path) != length { try disk.truncate(path, to: length) }
            } else {
                try disk.remove(path)
            }
        }
        progress = LogFile(path: folder.progressPath, disk: disk)
        evaluations = LogFile(path: folder.evaluationsPath, disk: disk)
        events = LogFile(path: folder.eventsPath, disk: disk)
        monitors = [:]
        hasStage = [:]
        tensorboard = nil
        columns = nil
    }
}
