import Environments
import Testing

/// A task whose reward and signals are the steps' numbers.
private struct Script: ShapeableEnvironment {
    var spec = EnvironmentSpec(
        id: "Script-v1", observationSpace: .box(count: 1), actionSpace: .box(count: 1), maxEpisodeSteps: nil, timeStep: 1, success: "return of at least 2",
        metricNames: ["steps"])
    var rewards: [Float] = []
    var seen: [RewardSignals] = []
    var next = 0

    var signals: RewardSignals { next > 0 ? seen[next - 1] : RewardSignals() }
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws { next = 0 }
    mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        next += 1
        return Step(reward: rewards[next - 1], terminated: next == rewards.count)
    }
    func metrics(into values: inout MutableSpan<Double>) { values[0] = Double(next) }
    func succeeded(_ episode: EpisodeTotals) -> Bool { episode.return >= 2 }
    func snapshot() throws -> [UInt8] { [UInt8(next)] }
    mutating func restore(_ snapshot: [UInt8]) throws {
        guard snapshot.count == 1 else { throw EnvironmentError("damaged") }
        next = Int(snapshot[0])
    }
}

@Suite struct RewardShapingTests {
    private func play(_ shaping: inout RewardShaping<Script>) throws -> [Float] {
        var (observation, action): ([Float], [Float]) = ([0], [0])
        var rewards: [Float] = []
        do {
            var span = observation.mutableSpan
            try shaping.reset(seed: 0, observation: &span)
        }
        var last = false
        while !last {
            var span = observation.mutableSpan
            let step = try shaping.step(action: action.span, observation: &span)
            rewards.append(step.reward)
            last = step.isLast
        }
        action[0] = 1
        return rewards
    }

    @Test func eachTerm() {
        let signals = RewardSignals(forwardVelocity: -4, tilt: 1, effort: 2, fell: true)
        #expect(RewardTerm.forwardVelocity(weight: 0.5, limit: 3).apply(to: 1, signals) == -0.5)
        #expect(abs(RewardTerm.balance(weight: 2).apply(to: 1, signals) - 2.0806046) < 1e-6)
        #expect(RewardTerm.balance(weight: 2).apply(to: 1, RewardSignals(tilt: 2)) == 1)
        #expect(RewardTerm.effort(weight: 0.1).apply(to: 1, signals) == 0.8)
        #expect(RewardTerm.fallPenalty(reward: -5).apply(to: -100, signals) == -5)
        #expect(RewardTerm.fallPenalty(reward: -5).apply(to: -100, RewardSignals()) == -100)
        #expect(RewardTerm.clip(low: -10, high: 1).apply(to: -100, signals) == -10)
        #expect(RewardTerm.scale(0.1).apply(to: 5, signals) == 0.5)
    }

    /// Terms work in order; the unshaped return is kept, reported last, and decides about success.
    @Test func wrapper() throws {
        let script = Script(rewards: [1, 2, -100], seen: [RewardSignals(forwardVelocity: 1), RewardSignals(forwardVelocity: 2), RewardSignals(fell: true)])
        var shaping = try RewardShaping(script, [.forwardVelocity(weight: 1, limit: 10), .fallPenalty(reward: -10), .scale(2)])
        #expect(shaping.spec.metricNames == ["steps", "unshaped_return"])
        #expect(try play(&shaping) == [4, 8, -20])
        #expect(shaping.unshapedReturn == -97)
        var values = [0.0, 0.0]
        var span = values.mutableSpan
        shaping.metrics(into: &span)
        #expect(values == [3, -97])
        // A great shaped return is no success.
        #expect(!shaping.succeeded(EpisodeTotals(return: 1000, length: 3, truncated: false)))
        // A new episode starts at zero.
        shaping = try RewardShaping(Script(rewards: [3], seen: [RewardSignals()]), [.scale(0)])
        #expect(try play(&shaping) == [0])
        #expect(shaping.succeeded(EpisodeTotals(return: 0, length: 1, truncated: false)))
    }

    @Test func refusesBadTerms() {
        #expect(throws: EnvironmentError.self) { try RewardShaping(Script(), [.scale(.nan)]) }
        #expect(throws: EnvironmentError.self) { try RewardShaping(Script(), [.clip(low: 1, high: 0)]) }
        #expect(throws: EnvironmentError.self) { try RewardShaping(Script(), [.forwardVelocity(weight: 1, limit: -1)]) }
    }
}
