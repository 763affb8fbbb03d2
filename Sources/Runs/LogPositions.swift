/// How long each log file of a run was at a moment, saved in a checkpoint so that a resumed run can cut its logs back to it.
public struct LogPositions: Codable, Sendable, Equatable {
    /// Path relative to the run folder → length in bytes.
    public var bytes: [String: Int]

    /// Without arguments: the state before the first row, i.e. no log files at all.
    public init(bytes: [String: Int] = [:]) { self.bytes = bytes }

    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode([String: Int].self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}
