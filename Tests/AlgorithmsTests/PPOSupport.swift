import Core
import Environments
import Testing

@testable import Algorithms

/// Configurations and measures that PPO's tests share.
enum Small {
    /// Everything switched on that keeps state, at a size that takes milliseconds.
    static func full(_ actions: DummyEnvironment.Actions) -> PPOConfiguration {
        var c = PPOConfiguration()
        c.environments = 8
        c.steps = 24
        c.batchSize = 64
        c.epochs = 3
        c.policyHidden = [16, 16]
        c.valueHidden = [16]
        c.activation = .elu
        c.layerNorm = true
        c.sharedTrunk = actions == .discrete
        c.learningRate = .linear(from: 1e-3, to: 1e-4, start: 0, end: 4000)
        if actions == .box { c.adaptiveKL = .init(desired: 0.01, minimum: 1e-4, maximum: 1e-2) }
        c.valueClipRange = 0.2
        c.entropyCoefficient = .linear(from: 0.01, to: 0, start: 0, end: 4000)
        c.boundLossCoefficient = 0.1
        c.weightDecay = 1e-3
        c.normalizeObservations = true
        c.normalizeRewards = true
        c.normalizeValues = true
        c.normalizeUntil = 1500
        c.shards = 3
        return c
    }

    /// What learns the dummy in a second or two.
    static func learning() -> PPOConfiguration {
        var c = PPOConfiguration()
        c.environments = 8
        c.steps = 128
        c.batchSize = 256
        c.policyHidden = [32, 32]
        c.valueHidden = [32, 32]
        c.learningRate = .constant(2e-3)
        c.gamma = 0.9
        c.normalizeRewards = true
        return c
    }
}

extension PPOReport {
    /// All numbers as bits, so that NaN equals NaN and −0 differs from 0.
    var bits: [UInt64] { metrics.map(\.value.bitPattern) }
}

/// A clock whose observation is how far the episode has come, the last one like the one before; each step gives 1. Ends after five steps, one
/// way or the other.
struct Clock: Environment {
    let terminates: Bool
    let spec = EnvironmentSpec(
        id: "Clock-v1", observationSpace: .box(count: 1, low: 0, high: 1), actionSpace: .box(count: 1, low: -1, high: 1), maxEpisodeSteps: 5,
        timeStep: 1, success: "always")
    private var steps = 0

    init(terminates: Bool) { self.terminates = terminates }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        steps = 0
        observation[0] = 0
    }

    mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> Step {
        steps += 1
        observation[0] = Float(min(steps, 4)) / 5
        return Step(reward: 1, terminated: terminates && steps == 5, truncated: !terminates && steps == 5)
    }

    func succeeded(_ episode: EpisodeTotals) -> Bool { true }
    func snapshot() -> [UInt8] { [UInt8(steps)] }
    mutating func restore(_ snapshot: [UInt8]) { steps = Int(snapshot[0]) }
}

/// The dummy, which gives something that is not finite in one step.
struct Poisoned: Environment {
    enum Place: CaseIterable, Sendable { case reward, observation, firstObservation, lastObservation }
    let place: Place
    let value: Float
    /// Counts over all episodes.
    let at: Int
    private var inner = DummyEnvironment(limit: 10)
    private var steps = 0

    init(_ place: Place, value: Float, at: Int) {
        self.place = place
        self.value = value
        self.at = at
    }

    var spec: EnvironmentSpec { inner.spec }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try inner.reset(seed: seed, observation: &observation)
        if place == .firstObservation, steps >= at { observation[1] = value }
    }

    mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        var step = try inner.step(action: action, observation: &observation)
        steps += 1
        if steps >= at {
            if place == .reward { step.reward = value }
            if place == .observation { observation[0] = value }
            if place == .lastObservation, step.isLast { observation[0] = value }
        }
        return step
    }

    func succeeded(_ episode: EpisodeTotals) -> Bool { false }
    func snapshot() throws -> [UInt8] { try inner.snapshot() }
    mutating func restore(_ snapshot: [UInt8]) throws { try inner.restore(snapshot) }
}
