/// The algorithms that a configuration can name.
public enum AlgorithmName: String, Sendable, Codable, CaseIterable {
    case ppo, sac
    static var names: [String] { allCases.map(\.rawValue) }
}

/// The `algorithm:` section. A new algorithm is a case here and in `AlgorithmName`, its keys in the schema and its recipes.
public enum AlgorithmConfiguration: Sendable, Codable, Equatable {
    case ppo(PPOSettings)
    case sac(SACSettings)

    public var name: AlgorithmName {
        switch self {
        case .ppo: .ppo
        case .sac: .sac
        }
    }

    /// Environments stepped side by side.
    public var nEnvs: Int {
        switch self {
        case .ppo(let ppo): ppo.nEnvs
        case .sac(let sac): sac.nEnvs
        }
    }

    /// Blank, for `bind` to fill.
    init(blank name: AlgorithmName) {
        switch name {
        case .ppo: self = .ppo(PPOSettings())
        case .sac: self = .sac(SACSettings())
        }
    }

    mutating func bind(_ binder: inout Binder) {
        var name = name
        binder.choice("algorithm.name", &name)
        switch self {
        case .ppo(var ppo):
            ppo.bind(&binder)
            self = .ppo(ppo)
        case .sac(var sac):
            sac.bind(&binder)
            self = .sac(sac)
        }
    }
}
