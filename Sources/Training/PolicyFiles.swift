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
    /// The environment's own settings, as the configuration beside it has them; nil in policies older than this field.
    public var environmentParameters: [String: JSONValue]?

    enum CodingKeys: String, CodingKey {
        case algorithm, architecture, environment, steps, seed
        case formatVersion = "format_version"
        case actionTransform = "action_transform"
        case observationClip = "observation_clip"
        case configurationHash = "config_hash"
        case environmentParameters = "environment_parameters"
    }
}

/// A policy with all that it takes to run it: weights, description and the configuration it came from.
public struct StoredPolicy: Sendable {
    public let description: PolicyDescription
    public let policy: Policy
    /// The configuration it came from, and the same under the conditions of an evaluation.
    public let trained: Configuration
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
            CheckpointFile(descriptionFile, try JSONCoding.encode(description, pretty: true)),
            CheckpointFile(configurationFile, Data(configuration.utf8)),
        ]
    }

    /// Loads a policy and checks it against the environment it says it belongs to.
    ///
    /// - Parameter conditions: what is asked for in place of the conditions of the training. Spaces, time step, and what the policy
    ///   sees and how it acts have to stay.
    /// - Throws: `RunError` for damaged files, `TrainingError` where policy and environment differ or a condition can't be met.
    public init(_ checkpoint: Checkpoint, conditions: EvaluationConditions = EvaluationConditions()) throws {
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
        let text = String(decoding: try Self.explainingEdits { try checkpoint.data(Self.configurationFile) }, as: UTF8.self)
        let file = "\(place)/\(Self.configurationFile)"
        trained = try Configuration.parse(text: text, file: file)
        if let known = description.environmentParameters { try Self.compare(known, trained.environment.parameters.mapValues(\.json), place: file) }
        configuration = conditions.isEmpty ? trained : try conditions.apply(to: trained, text: text, file: file)
        let weights = try checkpoint.data(Self.weightsFile)
        checksum = Self.checksum(weights)
        let archive = try StateFiles.archive(try SafetensorsFile(weights, place: "\(place)/\(Self.weightsFile)"))
        policy = try Policy(
            archive, architecture: description.architecture, transform: description.actionTransform, clip: description.observationClip ?? 10)
        self.description = description

        // Spaces, time step and limits travel with the weights; a policy never runs on something that only looks alike.
        let spec = try EnvironmentCatalogue.entry(of: configuration).factory(configuration).make().spec
        let known = description.environment
        let fits = spec.observationSpace == known.observationSpace && spec.actionSpace == known.actionSpace && spec.timeStep == known.timeStep
        guard conditions.isEmpty ? spec == known : fits else {
            throw TrainingError(
                "the policy was trained in \(Self.difference(known, spec, isSameTask: conditions.isEmpty))", place: place,
                hint: conditions.isEmpty
                    ? "evaluate it with the version and parameters it was trained with"
                    : "conditions may change the task, not observations, actions or time step: leave out the one that does")
        }
    }

    /// Reads from a checkpoint. A configuration that was edited is refused: it says under which conditions the policy was trained.
    static func explainingEdits<T>(_ read: () throws -> T) throws -> T {
        do {
            return try read()
        } catch let error as RunError where error.kind == .damaged && error.place.hasSuffix("/\(configurationFile)") {
            throw TrainingError(
                "\(error.what): it was changed after the policy was saved", place: error.place, hint: "put it back; \(otherParametersHint)")
        }
    }

    private static let otherParametersHint = "to evaluate under other conditions, ask for them: --set environment.parameters.NAME=VALUE"

    /// Refuses environment parameters that are not those of the training.
    private static func compare(_ trained: [String: JSONValue], _ found: [String: JSONValue], place: String) throws {
        guard let name = Set(trained.keys).union(found.keys).sorted().first(where: { trained[$0] != found[$0] }) else { return }
        func text(_ value: JSONValue?) -> String { value.map { "\(name): \($0.text)" } ?? "no \(name)" }
        throw TrainingError(
            "the policy was trained with \(text(trained[name])), here stands \(text(found[name]))", place: place, hint: otherParametersHint)
    }

    /// The checksum of a saved policy's weights.
    static func checksum(of checkpoint: Checkpoint) throws -> String { checksum(try checkpoint.data(weightsFile)) }

    private static func checksum(_ weights: Data) -> String { String(CRC32C.checksum(weights), radix: 16) + "-\(weights.count)" }

    /// - Parameter isSameTask: whether the two should have the same name.
    private static func difference(_ trained: EnvironmentSpec, _ now: EnvironmentSpec, isSameTask: Bool) -> String {
        if isSameTask, trained.id != now.id { return "\(trained.id), not in \(now.id)" }
        if trained.observationSpace.width != now.observationSpace.width {
            return "an environment with \(trained.observationSpace.width) observations, this one has \(now.observationSpace.width)"
        }
        if trained.observationSpace != now.observationSpace { return "an environment with other bounds of its observations" }
        if trained.actionSpace != now.actionSpace { return "an environment with another action space" }
        if trained.timeStep != now.timeStep { return "an environment with a step of \(trained.timeStep) s, this one has \(now.timeStep) s" }
        if trained.maxEpisodeSteps != now.maxEpisodeSteps { return "episodes of \(trained.maxEpisodeSteps ?? 0) steps, these have \(now.maxEpisodeSteps ?? 0)" }
        return "an environment with other bounds, measures or success"
    }
}
