/// A run as the registry knows it.
public struct RegisteredRun: Sendable, Equatable {
    public var id: String
    /// Relative to the registry's root, absolute where the run lies elsewhere.
    public var path: String
    public var name: String
    public var environment: String
    /// nil without a curriculum.
    public var stage: RunStage?
    public var algorithm: String
    public var seed: UInt64
    /// In lists already corrected: `interrupted` where it was left `running`.
    public var status: RunStatus
    public var steps: Int
    public var totalTimesteps: Int
    public var bestMean: Double?
    public var bestStep: Int?
    public var configHash: String
    /// ISO 8601, UTC.
    public var started: String
    public var ended: String?
    public var wallSeconds: Double
    /// Hash of the best policy's weights.
    public var weightsHash: String?

    init(path: String, information: RunInformation) {
        id = information.id
        self.path = path
        name = information.name
        environment = information.environment
        stage = information.stage
        algorithm = information.algorithm
        seed = information.seed
        status = information.status
        steps = information.steps
        totalTimesteps = information.totalTimesteps
        bestMean = information.bestMean
        bestStep = information.bestStep
        configHash = information.configHash
        started = information.started
        ended = information.ended
        wallSeconds = information.wallSeconds
        weightsHash = information.weightsHash
    }
}

/// Which runs to list; a nil field accepts all.
public struct RunFilter: Sendable, Equatable {
    /// The one that counts, or that of the present stage.
    public var environment: String?
    public var status: RunStatus?
    public var seed: UInt64?
    /// Part of the name or of the path, in any case.
    public var text: String?

    public init(environment: String? = nil, status: RunStatus? = nil, seed: UInt64? = nil, text: String? = nil) {
        self.environment = environment
        self.status = status
        self.seed = seed
        self.text = text
    }

    func accepts(_ run: RegisteredRun) -> Bool {
        (environment.map { [run.environment, run.stage?.environment].contains($0) } ?? true)
            && (status ?? run.status) == run.status && (seed ?? run.seed) == run.seed
            && (text.map { run.name.lowercased().contains($0.lowercased()) || run.path.lowercased().contains($0.lowercased()) } ?? true)
    }
}

/// In which order to list runs. Equal ones follow by path.
public enum RunOrder: String, Sendable, CaseIterable {
    /// Newest first.
    case started
    /// Best mean return first; runs without an evaluation last.
    case best
    /// Most steps first.
    case steps
    /// By name, A to Z.
    case name
    /// Longest training time first.
    case wall

    func precedes(_ a: RegisteredRun, _ b: RegisteredRun) -> Bool {
        switch self {
        case .started: (b.started, a.path) < (a.started, b.path)
        case .best: (b.rank, a.path) < (a.rank, b.path)
        case .steps: (b.steps, a.path) < (a.steps, b.path)
        case .name: (a.name, a.path) < (b.name, b.path)
        case .wall: (b.wallSeconds, a.path) < (a.wallSeconds, b.path)
        }
    }
}

extension RegisteredRun {
    /// The best mean as a number that always compares.
    fileprivate var rank: Double {
        guard let bestMean, !bestMean.isNaN else { return -.infinity }
        return bestMean
    }
}
