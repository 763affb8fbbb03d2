import Foundation

/// `progress.csv` as columns.
public struct ProgressTable: Sendable, Equatable {
    public internal(set) var columns: [String]
    /// One array a row, as wide as `columns`.
    public internal(set) var rows: [[Double]]

    public init(columns: [String], rows: [[Double]]) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "every row is as wide as the columns")
        self.columns = columns
        self.rows = rows
    }

    /// The values of a column from first row to last; nil where there is no such column.
    public func column(_ name: String) -> [Double]? {
        columns.firstIndex(of: name).map { index in rows.map { $0[index] } }
    }
}

/// Reading while a run may be writing: a last line without its line break is not there yet.
extension RunFolder {
    /// The rows of `progress.csv`; empty while there is none.
    public func progress() throws -> ProgressTable {
        var table = ProgressTable(columns: [], rows: [])
        for line in try completeLines(progressPath) { try table.append(line: line, path: progressPath) }
        return table
    }

    /// The lines of `evaluations.jsonl`; empty while there is none.
    public func evaluations() throws -> [EvaluationRecord] { try records(evaluationsPath) }

    /// The lines of `events.jsonl`; empty while there is none.
    public func events() throws -> [RunEvent] { try records(eventsPath) }

    private func records<Record: Decodable>(_ path: String) throws -> [Record] {
        try completeLines(path).enumerated().map { try Self.record($1, number: $0 + 1, path: path) }
    }

    /// One line of a JSON Lines file.
    static func record<Record: Decodable>(_ line: String, number: Int, path: String) throws -> Record {
        do {
            return try JSONCoding.decode(Record.self, from: Data(line.utf8))
        } catch {
            throw RunError.undecodable(error, path: "\(path):\(number)", hint: "remove the line, or restore the file")
        }
    }

    private func completeLines(_ path: String) throws -> [String] {
        guard disk.exists(path) else { return [] }
        let data = try disk.contents(path)
        guard let end = data.lastIndex(of: 0x0A) else { return [] }
        return data[..<end].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension ProgressTable {
    /// Takes in the file's next line; the first one names the columns.
    mutating func append(line: String, path: String) throws {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard !columns.isEmpty else {
            columns = cells.map(String.init)
            return
        }
        let values = cells.compactMap { Double($0) }
        guard values.count == columns.count else {
            throw RunError(
                .damaged, "line \(rows.count + 2) does not hold \(columns.count) numbers", place: path,
                hint: "remove the line, or restore the file")
        }
        rows.append(values)
    }
}
