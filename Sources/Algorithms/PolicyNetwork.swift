import Core
import Environments
import Networks
import Tensor

/// Shape of any policy that Crest stores. In JSON it is the architecture's object; a squashed one is marked by
/// `"kind": "squashed_gaussian"`, one with memory by `"kind": "recurrent_actor_critic"`.
public enum PolicyArchitecture: Sendable, Codable, Equatable {
    case actorCritic(ActorCriticArchitecture)
    case squashedGaussian(SquashedActorArchitecture)
    case recurrentActorCritic(RecurrentActorCriticArchitecture)

    public var actionSpace: Space {
        switch self {
        case .actorCritic(let a): a.actionSpace
        case .squashedGaussian(let a): a.actionSpace
        case .recurrentActorCritic(let a): a.actionSpace
        }
    }

    private enum CodingKeys: String, CodingKey { case kind }
    private static let squashed = "squashed_gaussian"
    private static let recurrent = "recurrent_actor_critic"

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decodeIfPresent(String.self, forKey: .kind) {
        case nil: self = .actorCritic(try ActorCriticArchitecture(from: decoder))
        case Self.squashed: self = .squashedGaussian(try SquashedActorArchitecture(from: decoder))
        case Self.recurrent: self = .recurrentActorCritic(try RecurrentActorCriticArchitecture(from: decoder))
        case let kind?:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown kind of policy '\(kind)'")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .actorCritic(let architecture): try architecture.encode(to: encoder)
        case .squashedGaussian(let architecture):
            try architecture.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Self.squashed, forKey: .kind)
        case .recurrentActorCritic(let architecture):
            try architecture.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Self.recurrent, forKey: .kind)
        }
    }
}

/// The network of a policy.
public enum PolicyNetwork: Sendable {
    case actorCritic(ActorCritic)
    case squashedGaussian(SquashedActor)
    case recurrentActorCritic(RecurrentActorCritic)

    public init(_ architecture: PolicyArchitecture) {
        switch architecture {
        case .actorCritic(let a): self = .actorCritic(ActorCritic(a))
        case .squashedGaussian(let a): self = .squashedGaussian(SquashedActor(a))
        case .recurrentActorCritic(let a): self = .recurrentActorCritic(RecurrentActorCritic(a))
        }
    }

    public var architecture: PolicyArchitecture {
        switch self {
        case .actorCritic(let network): .actorCritic(network.architecture)
        case .squashedGaussian(let network): .squashedGaussian(network.architecture)
        case .recurrentActorCritic(let network): .recurrentActorCritic(network.architecture)
        }
    }

    public var layout: ParameterLayout {
        switch self {
        case .actorCritic(let network): network.layout
        case .squashedGaussian(let network): network.layout
        case .recurrentActorCritic(let network): network.layout
        }
    }

    public var observationWidth: Int {
        switch self {
        case .actorCritic(let network): network.architecture.observationWidth
        case .squashedGaussian(let network): network.architecture.observationWidth
        case .recurrentActorCritic(let network): network.architecture.observationWidth
        }
    }

    /// Numbers in an action: components, or 1 for an index.
    public var actionWidth: Int {
        switch self {
        case .actorCritic(let network): network.actionWidth
        case .squashedGaussian(let network): network.actionWidth
        case .recurrentActorCritic(let network): network.actionWidth
        }
    }
}
