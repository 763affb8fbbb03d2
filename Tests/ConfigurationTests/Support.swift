import Configuration
import Testing

/// The smallest complete file; tests add lines after it.
let minimal = """
    environment:
      id: Humanoid-v5
    total_timesteps: 10M

    """

func parse(_ text: String, set overrides: [String] = [], debug: Bool = false) throws -> Configuration {
    try Configuration.parse(text: text, file: "x.yaml", overrides: overrides, debug: debug)
}

/// The lines of the error that `text` must give.
func errors(_ text: String, set overrides: [String] = []) -> [String] {
    do {
        _ = try parse(text, set: overrides)
        return []
    } catch {
        return "\(error)".split(separator: "\n").map(String.init)
    }
}

/// PPO's settings after `text`.
func ppo(_ text: String, set overrides: [String] = []) throws -> PPOSettings {
    switch try parse(text, set: overrides).algorithm {
    case .ppo(let ppo): ppo
    case .sac: throw WrongAlgorithm()
    }
}

/// SAC's settings after `text` with `algorithm.name: sac`.
func sac(_ text: String, set overrides: [String] = []) throws -> SACSettings {
    switch try parse(text, set: ["algorithm.name=sac"] + overrides).algorithm {
    case .ppo: throw WrongAlgorithm()
    case .sac(let sac): sac
    }
}

struct WrongAlgorithm: Error {}
