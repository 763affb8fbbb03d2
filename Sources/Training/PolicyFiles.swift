import Algorithms
import Configuration
import Core
import Environments
import Foundation
import Runs

/// What a policy is, beside its weights: stands in `policy.json` next to `policy.safetensors`.
public struct PolicyDescription: Codable, Sendable, Equatable {
    public var formatVersion = 1
    public var algorithm: String
    public var architecture: PolicyArchitecture
    public var actionTransform: ActionTransform.Kind
    /// Cut of normalised observations; nil where observations are not normalised.
    public var observationClip: Float?
    /// The environment it was trained in; another one is refused.
    public var environment: EnvironmentSpec
    /// Environment steps it was trained for.
    public var steps: Int
    public var seed: UInt64
    public var configurationHash: String

    enum CodingKeys: String, CodingKey {
        case algorithm, architecture, environment, steps, seed
        case formatVersion = "format_version"
        case actionTransform = "action_transform"
        case observationClip = "observation_clip"
        case configurationHash = "config_hash"
    }
}

/// A policy with all that it takes to run it: weights, description and the configuration it came from.
public struct StoredPolicy: Sendable {
    public let description: PolicyDescription
    public let policy: Policy
    public let configuration: Configuration
    /// CRC-32C and length of the weights' file: equal ones are the same policy.
    public let checksum: String

    static let weightsFile = "policy.safetensors"
    static let descriptionFile = "policy.json"
    static let configurationFile = "config.yaml"

    /// The three files of a policy.
    static func files(_ description: PolicyDescription, learned: StateArchive, configuration: String) throws -> [CheckpointFile] {
        [
            CheckpointFile(weightsFile, tensors: StateFiles.tensors(learned), metadata: ["format": "crest-policy", "environment": description.environment.id]),
            CheckpointFile(descriptionFile, try JSON.encode(description)),
            CheckpointFile(configurationFile, Data(configuration.utf8)),
        ]
    }

    /// Loads a policy and checks it against the environment it says it belongs to.
    ///
    /// - Throws: `RunError` for damaged files, `TrainingError` where policy and environment differ.
    public init(_ checkpoint: Checkpoint) throws {
        let place = checkpoint.path
        let description: PolicyDescription
        do {
            description = try JSONDecoder().decode(PolicyDescription.self, from: try checkpoint.data(Self.descriptionFile))
        } catch let error as DecodingError {
            throw TrainingError("policy.json can't be read (\(error))", place: place, hint: "use another checkpoint")
        }
        guard description.formatVersion == 1 else {
            throw TrainingError("the policy has format version \(description.formatVersion), this program knows 1", place: place, hint: "use the crest that wrote it")
        }
        let text = String(decoding: try checkpoint.data(Self.configurationFile), as: UTF8.self)
        configuration = try Configuration.parse(text: text, file: "\(place)/\(Self.configurationFile)")
        let weights = try checkpoint.data(Self.weightsFile)
        checksum = Self.checksum(weights)
        let archive = try StateFiles.archive(try SafetensorsFile(weights, place: "\(place)/\(Self.weightsFile)"))
        policy = try Policy(
            archive, architecture: description.architecture, transform: description.actionTransform, clip: description.observationClip ?? 10)
        self.description = description

        // Spaces, time step and limits travel with the weights; a policy never runs on something that only looks alike.
        let spec = try EnvironmentCatalogue.entry(of: configuration).factory(configuration).make().spec
        guard spec == description.environment else {
            throw TrainingError(
                "the policy was trained in \(Self.difference(description.environment, spec))", place: place,
                hint: "evaluate it with the version and parameters it was trained with")
        }
    }

    /// The checksum of a saved policy's weights.
    static func checksum(of checkpoint: Checkpoint) throws -> String { checksum(try checkpoint.data(weightsFile)) }

    private static func checksum(_ weights: Data) -> String { String(CRC32C.checksum(weights), radix: 16) + "-\(weights.count)" }

    private static func difference(_ trained: EnvironmentSpec, _ now: EnvironmentSpec) -> String {
        if trained.id != now.id { return "\(trained.id), not in \(now.id)" }
        if trained.observationSpace.width != now.observationSpace.width {
            return "an environment with \(trained.observationSpace.width) observations, this one has \(now.observationSpace.width)"
        }
        if trained.actionSpace != now.actionSpace { return "an environment with another action space" }
        if trained.timeStep != now.timeStep { return "an environment with a step of \(trained.timeStep) s, this one has \(now.timeStep) s" }
        if trained.maxEpisodeSteps != now.maxEpisodeSteps { return "episodes of \(trained.maxEpisodeSteps ?? 0) steps, these have \(now.maxEpisodeSteps ?? 0)" }
        return "an environment with other bounds, measures or success"
    }
}

/// JSON as Crest writes it: sorted keys, readable.
enum JSON {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(value)
    }

    static func decode<T: Decodable>(_ type: T.Type, _ data: Data) throws -> T {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: data)
    }
}
