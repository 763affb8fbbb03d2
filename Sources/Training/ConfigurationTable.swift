import Configuration
import Core
import Foundation
import Insight
import Runs

extension TrainingCommands {
    /// How `compare` writes its table.
    public enum TableForm: Sendable { case text, markdown, json }

    /// Effective configurations side by side: a row for each key, a column for each file. Values that differ from the first file's are marked.
    ///
    /// - Parameters:
    ///   - paths: YAML files, or run folders.
    ///   - all: rows that are equal too.
    ///   - colour: rows that differ in bold, for a terminal.
    /// - Throws: `ConfigurationError` for a file that is no configuration.
    public static func compare(_ paths: [String], all: Bool, form: TableForm, colour: Bool) throws -> String {
        let files = paths.map(configurationFile)
        // Short names, as long as they tell the files apart.
        let short = files.map(shortName)
        let names = Set(short).count == short.count ? short : paths
        let configurations = try files.map { try Configuration.load(path: $0) }
        let comparison = ConfigurationComparison(zip(names, configurations).map { (name: $0, configuration: $1) })
        switch form {
        case .text: return text(comparison, all: all, colour: colour)
        case .markdown: return markdown(comparison, all: all)
        case .json:
            let heads = zip(names, zip(files, configurations)).map { name, file -> JSONValue in
                .object(["name": .string(name), "path": .string(file.0), "hash": .string(file.1.hash)])
            }
            return try json(comparison, heads, all: all)
        }
    }

    private static func text(_ comparison: ConfigurationComparison, all: Bool, colour: Bool) -> String {
        let rows = all ? comparison.rows : comparison.differing
        var table = TextTable([.init("key")] + comparison.names.map { .init($0, .right) })
        for row in rows { table.add([row.key] + cells(row) { "*" + $0 }, emphasis: row.differs ? .strong : .plain) }
        let rest = remainder(comparison, all: all)
        return (rows.isEmpty ? "" : table.text(colour: colour)) + (rest.isEmpty ? "" : (rows.isEmpty ? "" : "\n") + rest + "\n")
    }

    /// A row's values, those that differ from the first one marked.
    private static func cells(_ row: ConfigurationComparison.Row, mark: (String) -> String) -> [String] {
        zip(row.texts, row.differences).map { $1 ? mark($0) : $0 }
    }

    /// Values that differ are bold.
    private static func markdown(_ comparison: ConfigurationComparison, all: Bool) -> String {
        let rows = all ? comparison.rows : comparison.differing
        var table = TextTable([.init("key")] + comparison.names.map { .init($0, .right) })
        for row in rows { table.add([row.key] + cells(row) { "**\($0)**" }) }
        let rest = remainder(comparison, all: all)
        return (rows.isEmpty ? "" : table.markdown()) + (rest.isEmpty ? "" : (rows.isEmpty ? "" : "\n") + rest + "\n")
    }

    private static func json(_ comparison: ConfigurationComparison, _ heads: [JSONValue], all: Bool) throws -> String {
        let rows = (all ? comparison.rows : comparison.differing).map { row -> JSONValue in
            // A key without effect has no value, which is not the same as null.
            let values = zip(comparison.names, row.values).compactMap { name, value in value.map { (name, $0.json) } }
            return .object(["key": .string(row.key), "differs": .bool(row.differs), "values": .object(Dictionary(values) { first, _ in first })])
        }
        let equal = comparison.rows.count - comparison.differing.count
        let object = JSONValue.object(["configurations": .array(heads), "rows": .array(rows), "equal": .number(Double(equal))])
        return String(decoding: try JSONCoding.encode(object, pretty: true), as: UTF8.self)
    }

    /// What the table leaves out, as a sentence; empty if nothing.
    private static func remainder(_ comparison: ConfigurationComparison, all: Bool) -> String {
        let equal = comparison.rows.count - comparison.differing.count
        if all || equal == 0 { return "" }
        if comparison.differing.isEmpty { return "all \(equal) keys are equal" }
        return equal == 1 ? "1 further key is equal" : "\(equal) further keys are equal"
    }

    /// A run folder stands for the configuration that it was trained with.
    private static func configurationFile(_ path: String) -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else { return path }
        return (path as NSString).appendingPathComponent("config.yaml")
    }

    /// `Configs/bipedal/sac.yaml`: sac; `runs/x/config.yaml`: x.
    private static func shortName(_ file: String) -> String {
        let path = file as NSString
        let stem = (path.lastPathComponent as NSString).deletingPathExtension
        let folder = (path.deletingLastPathComponent as NSString).lastPathComponent
        return stem == "config" && !folder.isEmpty ? folder : stem
    }
}
