import Foundation

/// `progress.csv` as columns.
public struct ProgressTable: Sendable, Equatable {
    public let columns: [String]
    /// One array a row, as wide as `columns`.
    public let rows: [[Double]]

    /// The values of a column from first row to last; nil where there is no such column.
    public func column(_ name: String) -> [Double]? {
        columns.firstIndex(of: name).map { index in rows.map { $0[index] } }
    }
}

/// Reading while a run may be writing: a last line without its line break is not there yet.
extension RunFolder {
    /// The rows of `progress.csv`; empty while there is none.
    public func progress() throws -> ProgressTable {
        var lines = try completeLines(progressPath).makeIterator()
        guard let header = lines.next() else { return ProgressTable(columns: [], rows: []) }
        let columns = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var rows: [[Double]] = []
        while let line = lines.next() {
            let values = line.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
            guard values.count == columns.count else {
                throw RunError(
                    .damaged, "line \(rows.count + 2) does not hold \(columns.count) numbers", place: progressPath,
                    hint: "remove the line, or restore the file")
            }
            rows.append(values)
        }
        return ProgressTable(columns: columns, rows: rows)
    }

    /// The lines of `evaluations.jsonl`; empty while there is none.
    public func evaluations() throws -> [EvaluationRecord] { try records(evaluationsPath) }

    /// The lines of `events.jsonl`; empty while there is none.
    public func events() throws -> [RunEvent] { try records(eventsPath) }

    private func records<Record: Decodable>(_ path: String) throws -> [Record] {
        try completeLines(path).enumerated().map { number, line in
            do {
                return try JSONCoding.decode(Record.self, from: Data(line.utf8))
            } catch {
                throw RunError.undecodable(error, path: "\(path):\(number + 1)", hint: "remove the line, or restore the file")
            }
        }
    }

    private func completeLines(_ path: String) throws -> [String] {
        guard disk.exists(path) else { return [] }
        let data = try disk.contents(path)
        guard let end = data.lastIndex(of: 0x0A) else { return [] }
        return data[..<end].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }
}
