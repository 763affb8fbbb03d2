/// Where a value or a key was written.
public enum SourcePosition: Sendable, Hashable, Codable, CustomStringConvertible {
    /// A place in a file; line and column count from 1, columns in Unicode scalars.
    case file(String, line: Int, column: Int)
    /// A file as a whole.
    case wholeFile(String)
    /// A command-line option with its text, as in `--set seed=3`.
    case option(String)

    public var description: String {
        switch self {
        case .file(let file, let line, let column): return "\(file):\(line):\(column)"
        case .wholeFile(let file): return file
        case .option(let text): return text
        }
    }

    /// Reading order: whole files, then places in them from the top, then options.
    var order: (Int, Int, Int) {
        switch self {
        case .wholeFile: return (0, 0, 0)
        case .file(_, let line, let column): return (1, line, column)
        case .option: return (2, 0, 0)
        }
    }
}

/// Where each value of a configuration was written, by its full key (`algorithm.n_steps`).
///
/// Two origins always compare equal: where a value stands is not part of the value.
public struct Origins: Sendable, Equatable {
    var positions: [String: SourcePosition] = [:]
    /// Answer for keys that were not written anywhere.
    var fallback: SourcePosition = .wholeFile("configuration")

    /// The place where `key` (or the nearest mapping around it) was written; the file if it is a default.
    public func position(of key: String) -> SourcePosition {
        var path = Substring(key)
        while true {
            if let position = positions[String(path)] { return position }
            guard let dot = path.lastIndex(of: ".") else { return fallback }
            path = path[..<dot]
        }
    }

    /// Whether `key` has a place of its own; else it is a default.
    func isWritten(_ key: String) -> Bool { positions[key] != nil }

    /// Gives `target` the place of `source`, if that has one, and so for every key inside.
    mutating func copy(_ source: String, to target: String) {
        for (path, position) in positions where path == source || path.hasPrefix(source + ".") {
            positions[target + path.dropFirst(source.count)] = position
        }
    }

    public static func == (left: Origins, right: Origins) -> Bool { true }
}
