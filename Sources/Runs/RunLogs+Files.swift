import Foundation

extension RunLogs {
    private static let single: Set<String> = ["progress.csv", "evaluations.jsonl", "events.jsonl"]
    private static let eventPrefix = "tensorboard/events.out.tfevents."

    /// The number of a monitor file's environment, nil for any other path.
    static func monitorIndex(_ name: String) -> Int? {
        guard name.hasPrefix("monitor/"), name.hasSuffix(".monitor.csv") else { return nil }
        let digits = name.dropFirst(8).dropLast(12)
        return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
    }

    /// True for the paths, relative to the run, that this type writes. Everything else is never cut or removed.
    static func isOwn(_ name: String) -> Bool {
        single.contains(name) || monitorIndex(name) != nil
            || (name.hasPrefix(eventPrefix) && !name.dropFirst(eventPrefix.count).contains("/"))
    }

    /// The logs that are there, relative to the run, sorted.
    func ownFiles() throws -> [String] {
        let inside = try ["monitor", "tensorboard"].flatMap { folderName in
            try disk.names(in: "\(folder.path)/\(folderName)").map { "\(folderName)/\($0)" }
        }
        return (Self.single + inside).filter { Self.isOwn($0) && disk.size("\(folder.path)/\($0)") != nil }.sorted()
    }

    /// Path of a new event file: TensorBoard wants `tfevents` in the name and sorts by what follows.
    static func newEventFile(_ seconds: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let failed = gethostname(&buffer, buffer.count - 1) != 0
        let host = failed ? "" : String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(eventPrefix)\(Int64(seconds)).\(RunFolder.sanitised(host.isEmpty ? "localhost" : host)).0"
    }

    /// The columns of the `progress.csv` that an earlier session of the run began; nil where it has no row.
    func writtenColumns() throws -> [String]? {
        guard let size = disk.size(folder.progressPath), size > 0 else { return nil }
        let data = try disk.contents(folder.progressPath)
        guard let end = data.firstIndex(of: 0x0A) else {
            throw RunError(.damaged, "the header line is cut off", place: folder.progressPath, hint: "restore the file")
        }
        return String(decoding: data[..<end], as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether a monitor file that an earlier session of the run began has a column for the stage.
    func monitorHasStage(_ path: String) throws -> Bool {
        let lines = try disk.contents(path).split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
        return lines.count > 1 && String(decoding: lines[1], as: UTF8.self).split(separator: ",").contains("stage")
    }

    /// A number that reads back as the same `Double`.
    static func format(_ value: Double) -> String {
        // Whole numbers are exact below 2^53, and "163840" reads better than "163840.0"; −0 keeps its sign.
        if value == value.rounded(), abs(value) < 0x1p53, !(value == 0 && value.sign == .minus) { return String(Int(value)) }
        return value.description
    }

    /// A number with six decimals, as Stable-Baselines3 rounds them.
    static func rounded(_ value: Double) -> String {
        let scaled = value * 1e6
        return (scaled.isFinite ? scaled.rounded() / 1e6 : value).description
    }
}
