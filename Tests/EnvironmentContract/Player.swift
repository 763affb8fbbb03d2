import Core
import Environments

/// Plays an environment with random actions, episode after episode, and writes down every bit that comes out.
struct Player {
    var environment: any Environment
    /// Seed of the episode under way; the next one has the next number.
    private(set) var seed: UInt64
    /// Steps of the episode under way.
    private(set) var steps = 0
    /// Undiscounted sum of its rewards.
    private(set) var total = 0.0
    private(set) var last = Step(reward: 0, terminated: false)
    /// Everything seen so far: observations, rewards and flags.
    private(set) var bits: [UInt32] = []
    var observation: [Float]
    private var action: [Float]
    private var actions: Philox
    private let actionSpace: Space

    /// Takes over an environment and begins the episode of `seed`.
    init(environment: any Environment, seed: UInt64) throws {
        self.environment = environment
        self.seed = seed
        let spec = environment.spec
        observation = Array(repeating: .nan, count: spec.observationSpace.width)
        action = Array(repeating: 0, count: spec.actionSpace.width)
        actionSpace = spec.actionSpace
        actions = Philox(seed: 7, purpose: .test)
        try begin(seed: seed)
    }

    /// Begins the episode of `seed`.
    mutating func begin(seed: UInt64) throws {
        self.seed = seed
        steps = 0
        total = 0
        last = Step(reward: 0, terminated: false)
        for i in observation.indices { observation[i] = .nan }
        try Self.reset(&environment, seed: seed, observation: &observation)
    }

    /// One step with a random action. The observation is made unreadable before, so that what the environment leaves out shows.
    mutating func step() throws {
        drawAction()
        for i in observation.indices { observation[i] = .nan }
        last = try Self.step(&environment, action: action, observation: &observation)
        steps += 1
        total += Double(last.reward)
    }

    /// `count` steps, through as many episodes as it takes; writes everything down.
    mutating func play(_ count: Int) throws {
        for _ in 0..<count {
            if last.isLast { try begin(seed: seed &+ 1) }
            if steps == 0 { bits.append(contentsOf: observation.map(\.bitPattern)) }
            try step()
            bits.append(contentsOf: observation.map(\.bitPattern))
            bits.append(last.reward.bitPattern)
            bits.append((last.terminated ? 1 : 0) | (last.truncated ? 2 : 0))
        }
    }

    /// As `play`, but without writing down, which would allocate.
    mutating func playSilently(_ count: Int) throws {
        for _ in 0..<count {
            if last.isLast { try begin(seed: seed &+ 1) }
            try step()
        }
    }

    /// Forgets what was written down.
    mutating func forget() { bits = [] }

    /// Tries one action of the caller's.
    mutating func attempt(_ values: [Float]) throws {
        _ = try Self.step(&environment, action: values, observation: &observation)
    }

    /// The environment's measures of the episode so far.
    func metrics() -> [Double] {
        var values = Array(repeating: Double.nan, count: environment.spec.metricNames.count)
        var span = values.mutableSpan
        environment.metrics(into: &span)
        return values
    }

    // Apart, since a span of one property of `self` bars the use of another.
    private static func reset(_ environment: inout any Environment, seed: UInt64, observation: inout [Float]) throws {
        var span = observation.mutableSpan
        try environment.reset(seed: seed, observation: &span)
    }

    private static func step(_ environment: inout any Environment, action: [Float], observation: inout [Float]) throws -> Step {
        var span = observation.mutableSpan
        return try environment.step(action: action.span, observation: &span)
    }

    /// A uniform random action; unbounded elements come from [-1, 1).
    private mutating func drawAction() {
        switch actionSpace {
        case .discrete(let count):
            action[0] = Float(actions.below(count))
        case .box(let low, let high):
            for i in action.indices {
                action[i] = Float(actions.uniform(Double(max(low[i], -1e3)), Double(min(high[i], 1e3))))
                if !(low[i].isFinite && high[i].isFinite) { action[i] = Float(actions.uniform(-1, 1)) }
            }
        }
    }
}
