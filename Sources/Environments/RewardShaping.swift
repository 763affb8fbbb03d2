import Foundation

/// What reward shaping can see of an environment's last step.
public struct RewardSignals: Sendable, Equatable {
    /// Speed in the direction in which the task wants to go (m/s).
    public var forwardVelocity: Double
    /// Angle of the body from upright (rad), 0 when upright.
    public var tilt: Double
    /// Sum of the sizes of the commands, each clipped to the action space.
    public var effort: Double
    /// Whether the body has fallen, by the task's own measure.
    public var fell: Bool

    public init(forwardVelocity: Double = 0, tilt: Double = 0, effort: Double = 0, fell: Bool = false) {
        self.forwardVelocity = forwardVelocity
        self.tilt = tilt
        self.effort = effort
        self.fell = fell
    }
}

/// An environment whose reward can be shaped.
public protocol ShapeableEnvironment: Environment {
    /// Of the last step; after a reset, of the first observation.
    var signals: RewardSignals { get }
}

/// One change to the reward of a step. Terms apply in the order in which they stand, each to what the ones before it left.
public enum RewardTerm: Sendable, Codable, Equatable {
    /// Adds `weight` × forward velocity (m/s), the velocity cut to ±`limit`.
    case forwardVelocity(weight: Double, limit: Double)
    /// Adds `weight` × max(0, cos tilt): the whole weight while upright, nothing from a right angle on.
    case balance(weight: Double)
    /// Takes off `weight` × effort.
    case effort(weight: Double)
    /// In a step that ends in a fall the reward is `reward`, whatever it was.
    case fallPenalty(reward: Double)
    /// Cuts the reward to a range.
    case clip(low: Double, high: Double)
    /// Multiplies the reward.
    case scale(Double)

    /// The reward that this term makes of `reward`.
    public func apply(to reward: Double, _ signals: RewardSignals) -> Double {
        switch self {
        case .forwardVelocity(let weight, let limit): reward + weight * min(max(signals.forwardVelocity, -limit), limit)
        case .balance(let weight): reward + weight * max(0, cos(signals.tilt))
        case .effort(let weight): reward - weight * signals.effort
        case .fallPenalty(let penalty): signals.fell ? penalty : reward
        case .clip(let low, let high): min(max(reward, low), high)
        case .scale(let factor): reward * factor
        }
    }
}

/// Gives an environment another reward to learn from.
///
/// Meant for training only: evaluation plays the bare environment, whose return alone counts. So that nobody is misled while training, the
/// return without shaping is always reported too, as the last metric `unshaped_return`, and success is judged by it. A step limit belongs
/// inside or around; both give the same.
///
/// ```swift
/// let training = try RewardShaping(BipedalWalker(), [.forwardVelocity(weight: 0.1, limit: 3), .fallPenalty(reward: -20)])
/// let evaluation = try BipedalWalker()
/// ```
public struct RewardShaping<Base: ShapeableEnvironment>: ShapeableEnvironment {
    /// The inner environment's, with `unshaped_return` added to the metrics.
    public let spec: EnvironmentSpec
    /// What is done to the reward, in order.
    public let terms: [RewardTerm]
    public private(set) var base: Base
    /// Sum of the inner environment's rewards of the episode under way.
    public private(set) var unshapedReturn = 0.0

    /// - Throws: `EnvironmentError` for a number that is not finite, or a range whose low end is above its high end.
    public init(_ base: Base, _ terms: [RewardTerm]) throws {
        for term in terms { try Self.check(term) }
        self.base = base
        self.terms = terms
        var spec = base.spec
        spec.metricNames.append("unshaped_return")
        self.spec = spec
    }

    public var signals: RewardSignals { base.signals }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try base.reset(seed: seed, observation: &observation)
        unshapedReturn = 0
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        var step = try base.step(action: action, observation: &observation)
        unshapedReturn += Double(step.reward)
        let signals = base.signals
        var reward = Double(step.reward)
        for i in 0..<terms.count { reward = terms[i].apply(to: reward, signals) }
        step.reward = Float(reward)
        return step
    }

    public func metrics(into values: inout MutableSpan<Double>) {
        precondition(values.count == spec.metricNames.count, "one number for each metric's name")
        let own = values.count - 1
        var inner = values._mutatingExtracting(first: own)
        base.metrics(into: &inner)
        values[own] = unshapedReturn
    }

    public func succeeded(_ episode: EpisodeTotals) -> Bool {
        base.succeeded(EpisodeTotals(return: unshapedReturn, length: episode.length, truncated: episode.truncated))
    }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(unshapedReturn)
        writer.write(array: try base.snapshot())
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        let unshapedReturn = try reader.read(Double.self)
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        try base.restore(inner)
        self.unshapedReturn = unshapedReturn
    }

    private static func check(_ term: RewardTerm) throws {
        let numbers: [Double]
        switch term {
        case .forwardVelocity(let weight, let limit): numbers = [weight, limit]
        case .balance(let number), .effort(let number), .fallPenalty(let number), .scale(let number): numbers = [number]
        case .clip(let low, let high): numbers = [low, high]
        }
        guard numbers.allSatisfy(\.isFinite) else {
            throw EnvironmentError("the shaping term \(term) holds a number that is not finite", place: "RewardShaping")
        }
        if case .clip(let low, let high) = term, low > high {
            throw EnvironmentError("rewards cannot be clipped to \(low)...\(high)", place: "RewardShaping", hint: "put the smaller number first")
        }
        if case .forwardVelocity(_, let limit) = term, limit < 0 {
            throw EnvironmentError("the velocity's limit \(limit) is negative", place: "RewardShaping")
        }
    }
}
