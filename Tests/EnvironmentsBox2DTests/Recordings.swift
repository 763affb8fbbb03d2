import CBox2D
import Environments
@testable import EnvironmentsBox2D
import Foundation

/// What `Tests/Fixtures/bipedal.py` recorded of Gymnasium.
struct Golden: Decodable {
    struct Ground: Decodable {
        var heights: [Double]
        var quads: [Float]
    }
    struct Moment: Decodable {
        var action: [Float]
        var observation: [Float]
        var reward: Float
        var terminated: Bool
    }
    struct Episode: Decodable {
        var kind: BipedalTerrain.Kind
        var terrain: Ground
        var push: Float
        var first: [Float]
        var steps: [Moment]
    }
    struct State: Decodable {
        var bodies: [[Float]]
        var contacts: [UInt8]
        var gameOver: Bool
        var action: [Float]
        var observation: [Float]
        var reward: Float
        var terminated: Bool

        var placement: [cbx_body] { bodies.map { cbx_body(x: $0[0], y: $0[1], angle: $0[2], vx: $0[3], vy: $0[4], omega: $0[5]) } }
    }
    struct Placed: Decodable {
        var kind: BipedalTerrain.Kind
        var terrain: Ground
        var push: Float
        var states: [State]
    }
    var episodes: [Episode]
    var placed: [Placed]
}

/// Scores of fixed controllers in Gymnasium.
struct Parity: Decodable {
    struct Result: Decodable {
        var kind: BipedalTerrain.Kind
        var policy: String
        var world: String
        var episodes: Int
        var mean: Double
        var std: Double
        var lengthMean: Double
        var lengthStd: Double
    }
    var results: [Result]
}

/// What Gymnasium's terrain generator makes, per episode.
struct TerrainStatistics: Decodable {
    struct Moments: Decodable {
        var mean: Double
        var std: Double
    }
    var episodes: Int
    var statistics: [String: [String: Moments]]
}

func fixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}

extension BipedalTerrain {
    init(_ kind: Kind, _ ground: Golden.Ground) { self.init(kind, heights: ground.heights, quads: ground.quads) }
}

/// A walker with its observation and action buffers.
struct Stage {
    var walker: BipedalWalker
    var observation = [Float](repeating: .nan, count: 24)
    var action = [Float](repeating: 0, count: 4)

    init(_ kind: BipedalTerrain.Kind, limit: Int? = nil) throws { walker = try BipedalWalker(kind, maxEpisodeSteps: limit) }

    mutating func reset(_ seed: UInt64) throws { try observing { try $0.reset(seed: seed, observation: &$1) } }

    mutating func begin(on terrain: BipedalTerrain, push: Float) throws {
        try observing { try $0.begin(on: terrain, push: push, observation: &$1) }
    }

    mutating func place(_ state: Golden.State) throws {
        try observing { try $0.place(state.placement, contacts: state.contacts, gameOver: state.gameOver, observation: &$1) }
    }

    mutating func step() throws -> Step {
        let action = action
        return try observing { try $0.step(action: action.span, observation: &$1) }
    }

    private mutating func observing<Result>(_ body: (inout BipedalWalker, inout MutableSpan<Float>) throws -> Result) rethrows -> Result {
        var buffer = [Float](repeating: .nan, count: 24)
        defer { observation = buffer }
        var span = buffer.mutableSpan
        return try body(&walker, &span)
    }

    mutating func decide(_ gait: inout ScriptedGait) {
        var chosen = action
        var span = chosen.mutableSpan
        gait.act(observation.span, action: &span)
        action = chosen
    }

    /// Largest difference to a recorded observation, and where.
    func difference(to recorded: [Float]) -> (value: Float, index: Int) {
        var worst: (value: Float, index: Int) = (0, 0)
        for i in 0..<24 where !(abs(observation[i] - recorded[i]) <= worst.value) { worst = (abs(observation[i] - recorded[i]), i) }
        return worst
    }
}
