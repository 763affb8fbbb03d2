import Foundation

/// Reads a run's folder again and again while another process writes it. Writes nothing; each reading looks only at what is new.
///
/// A last line without its line break is not there yet. A resumed run cuts its logs back: then they are read from the beginning.
public struct RunFollower {
    public let folder: RunFolder
    private var progressFile: GrowingFile
    private var evaluationsFile: GrowingFile
    private var eventsFile: GrowingFile
    private var progress = ProgressTable(columns: [], rows: [])
    private var evaluations: [EvaluationRecord] = []
    private var events: [RunEvent] = []
    private var resumed: Int?

    public init(_ folder: RunFolder) {
        self.folder = folder
        progressFile = GrowingFile(path: folder.progressPath)
        evaluationsFile = GrowingFile(path: folder.evaluationsPath)
        eventsFile = GrowingFile(path: folder.eventsPath)
    }

    /// The folder as it is now.
    ///
    /// - Throws: `RunError` for files that can't be read or hold what they should not; a later call starts over.
    public mutating func read() throws -> RunSnapshot {
        do {
            return try update()
        } catch {
            self = RunFollower(folder)
            throw error
        }
    }

    private mutating func update() throws -> RunSnapshot {
        var information = try folder.information()
        // Logs that were cut and have grown again are longer than before, yet not a continuation.
        if let resumed, resumed != information.resumed { self = RunFollower(folder) }
        resumed = information.resumed

        let rows = try progressFile.newLines()
        if rows.fromStart { progress = ProgressTable(columns: [], rows: []) }
        for line in rows.lines { try progress.append(line: line, path: progressFile.path) }
        try Self.append(try evaluationsFile.newLines(), to: &evaluations, evaluationsFile.path)
        try Self.append(try eventsFile.newLines(), to: &events, eventsFile.path)

        // It may have come to its end while the logs were read, and is not one that went without a word.
        if folder.presentStatus(information) != information.status { information = try folder.information() }

        let disk = Disk()
        let paths = [progressFile.path, evaluationsFile.path, eventsFile.path, folder.informationPath]
        return RunSnapshot(
            information: information, status: folder.presentStatus(information), progress: progress, evaluations: evaluations, events: events,
            lastWritten: paths.compactMap { disk.modified($0) }.max() ?? .distantPast)
    }

    private static func append<Record: Decodable>(_ new: (fromStart: Bool, lines: [String]), to records: inout [Record], _ path: String) throws {
        if new.fromStart { records = [] }
        for line in new.lines { records.append(try RunFolder.record(line, number: records.count + 1, path: path)) }
    }
}

/// A text file that another process appends to.
private struct GrowingFile {
    let path: String
    /// Bytes up to the end of the last complete line that was read.
    private var position = 0

    init(path: String) { self.path = path }

    /// The complete lines since the last call; all of them, and `fromStart`, where the file has become shorter. None while there is no file.
    mutating func newLines() throws -> (fromStart: Bool, lines: [String]) {
        let disk = Disk()
        let size = disk.size(path) ?? 0
        let fromStart = size < position
        if fromStart { position = 0 }
        guard size > position else { return (fromStart, []) }
        var data = Data(count: size - position)
        do {
            try data.withUnsafeMutableBytes { try disk.read(path, at: position, into: $0) }
        } catch let error as RunError where error.kind == .damaged || disk.size(path) ?? 0 < size {
            // Cut back between the two looks: the next call sees the shorter file.
            position = .max
            return (fromStart, [])
        }
        guard let end = data.lastIndex(of: 0x0A) else { return (fromStart, []) }
        position += end + 1
        return (fromStart, data[..<end].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) })
    }
}
