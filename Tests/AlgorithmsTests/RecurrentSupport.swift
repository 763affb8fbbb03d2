import Core
import Environments
import Tensor

@testable import Algorithms

/// Configurations and measures that recurrent PPO's tests share.
enum SmallRecurrent {
    /// Everything switched on, at a size that takes milliseconds; episodes of 15 steps start inside the sequences of 8.
    static func recurrence(_ actions: DummyEnvironment.Actions) -> RecurrenceConfiguration {
        var r = RecurrenceConfiguration()
        r.hidden = 12
        r.bpttLength = 8
        r.shared = actions == .discrete
        r.layerNorm = true
        r.policyInput = [10]
        r.valueInput = []
        return r
    }

    /// What learns to remember in seconds.
    static func remembering() -> (PPOConfiguration, RecurrenceConfiguration) {
        var c = PPOConfiguration()
        c.environments = 16
        c.steps = 64
        c.batchSize = 256
        c.epochs = 4
        c.learningRate = .constant(3e-3)
        c.policyHidden = [16]
        c.valueHidden = [16]
        c.gamma = 0.95
        c.entropyCoefficient = .constant(0.01)
        var r = RecurrenceConfiguration()
        r.hidden = 24
        r.bpttLength = 16
        return (c, r)
    }
}

extension RecurrentPPOReport {
    /// All numbers as bits, so that NaN equals NaN and −0 differs from 0.
    var bits: [UInt64] { metrics.map(\.value.bitPattern) }
}

/// A task that needs memory: the first observation shows +1 or −1, all others nothing but the time. The last action earns +1 if it names what was
/// shown (a positive number, or index 1), else −1; nothing else counts.
struct Recall: Environment {
    let spec: EnvironmentSpec
    private let length: Int
    private let isDiscrete: Bool
    private var cue: Float = 0
    private var steps = 0

    init(_ actions: DummyEnvironment.Actions, length: Int) {
        self.length = length
        isDiscrete = actions == .discrete
        spec = EnvironmentSpec(
            id: "Recall-v1", observationSpace: .box(count: 2, low: -1, high: 1),
            actionSpace: isDiscrete ? .discrete(count: 2) : .box(count: 1, low: -1, high: 1), maxEpisodeSteps: length, timeStep: 1,
            success: "the last action names the cue")
    }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var random = Philox(seed: seed, purpose: .environment)
        cue = random.uniform() < 0.5 ? -1 : 1
        steps = 0
        observation[0] = cue
        observation[1] = 0
    }

    mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> Step {
        steps += 1
        observation[0] = 0
        observation[1] = Float(steps) / Float(length)
        guard steps == length else { return Step(reward: 0, terminated: false) }
        let answer: Float = isDiscrete ? 2 * action[0] - 1 : action[0]
        return Step(reward: answer * cue > 0 ? 1 : -1, terminated: true)
    }

    func succeeded(_ episode: EpisodeTotals) -> Bool { episode.return > 0 }
    func snapshot() -> [UInt8] { [UInt8(steps), cue > 0 ? 1 : 0] }
    mutating func restore(_ snapshot: [UInt8]) {
        steps = Int(snapshot[0])
        cue = snapshot[1] == 1 ? 1 : -1
    }

    /// Share of episodes in which a policy, acting deterministically, recalls.
    ///
    /// - Parameter forgets: the actor is reset before every step and not only where an episode begins.
    static func share(_ policy: Policy, _ actions: DummyEnvironment.Actions, length: Int, forgets: Bool = false) -> Double {
        let actor = policy.makeActor(rows: 1)
        var successes = 0
        for seed in UInt64(0)..<200 {
            var environment = Recall(actions, length: length)
            var observation: [Float] = [0, 0]
            var action: [Float] = [0]
            var first = observation.mutableSpan
            environment.reset(seed: seed, observation: &first)
            actor.reset(row: 0)
            var step = Step(reward: 0, terminated: false)
            while !step.isLast {
                if forgets { actor.reset(row: 0) }
                actor.act(observations: observation, rows: 1, noise: nil, actions: &action)
                var next = observation.mutableSpan
                step = environment.step(action: action.span, observation: &next)
            }
            if step.reward > 0 { successes += 1 }
        }
        return Double(successes) / 200
    }
}
