import Foundation

/// Where a run stands in its curriculum.
public struct RunStage: Codable, Sendable, Equatable {
    /// From 1.
    public var number: Int
    /// How many stages there are.
    public var of: Int
    /// The environment that is trained in now.
    public var environment: String

    public init(number: Int, of count: Int, environment: String) {
        self.number = number
        of = count
        self.environment = environment
    }
}

/// What `run.json` holds: everything about a run that is neither its configuration nor its measurements.
public struct RunInformation: Codable, Sendable, Equatable {
    /// Version of the file's format; 1.
    public var formatVersion = 1
    /// Twelve hexadecimal digits, drawn once.
    public var id: String
    /// The name as the user gave it.
    public var name: String
    public var status: RunStatus
    /// Why it has this status, a sentence; nil while there is nothing to say.
    public var statusReason: String?
    /// Name of a component (`crest`, `swift`, `mujoco`, `openblas`) → its version.
    public var versions: [String: String]
    /// Facts about the machine (`cpu`, `cores`, `memory`, `kernel`).
    public var machine: [String: String]
    public var seed: UInt64
    /// The environment's identifier, e.g. `Humanoid-v5`; with a curriculum the last stage's.
    public var environment: String
    /// nil without a curriculum, and in runs of versions that did not write it.
    public var stage: RunStage?
    public var algorithm: String
    /// Environment steps the run is to take.
    public var totalTimesteps: Int
    /// Environment steps taken.
    public var steps: Int
    /// ISO 8601, UTC, whole seconds.
    public var started: String
    public var ended: String?
    /// Seconds of training over all sessions of the run.
    public var wallSeconds: Double
    /// The configuration file the run was started with.
    public var configPath: String
    /// Hash of the resolved configuration.
    public var configHash: String
    /// The process that trains, or trained last.
    public var pid: Int
    /// How often the run was resumed.
    public var resumed: Int
    /// Mean return of the best confirmed evaluation, and the step of its policy.
    public var bestMean: Double?
    public var bestStep: Int?
    /// Checksum of the best policy's weights: equal ones are the same policy. nil while there is no best.
    public var weightsHash: String?

    /// A run that starts now in this process.
    public init(
        id: String = RunInformation.makeID(), name: String, seed: UInt64, environment: String, algorithm: String, totalTimesteps: Int,
        configPath: String, configHash: String, versions: [String: String] = [:], machine: [String: String] = [:], started: Date = Date()
    ) {
        self.id = id
        self.name = name
        status = .running
        self.versions = versions
        self.machine = machine
        self.seed = seed
        self.environment = environment
        self.algorithm = algorithm
        self.totalTimesteps = totalTimesteps
        steps = 0
        self.started = RunInformation.timestamp(started)
        wallSeconds = 0
        self.configPath = configPath
        self.configHash = configHash
        pid = Int(getpid())
        resumed = 0
    }

    enum CodingKeys: String, CodingKey {
        case id, name, status, versions, machine, seed, environment, stage, algorithm, steps, started, ended, pid, resumed
        case formatVersion = "format_version"
        case statusReason = "status_reason"
        case totalTimesteps = "total_timesteps"
        case wallSeconds = "wall_seconds"
        case configPath = "config_path"
        case configHash = "config_hash"
        case bestMean = "best_mean"
        case bestStep = "best_step"
        case weightsHash = "weights_hash"
    }

    /// A fresh identifier.
    public static func makeID() -> String {
        let digits = String(UInt64.random(in: 0..<(1 << 48)), radix: 16)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// A moment as the file writes it: `2026-11-20T13:02:09Z`.
    public static func timestamp(_ date: Date) -> String { date.ISO8601Format() }

    /// The moment of a timestamp, nil where it is none.
    public static func date(_ timestamp: String) -> Date? { try? Date(timestamp, strategy: .iso8601) }
}
