import Environments

/// What came of an episode.
public struct EngagementOutcome: Sendable, Equatable {
    public var seed: UInt64
    public var outcome: Interceptor.Outcome
    /// Smallest distance, m.
    public var missDistance: Double
    /// Distance at the end, m.
    public var finalDistance: Double
    /// Kilograms.
    public var fuelUsed: Double
    /// Seconds.
    public var time: Double
    public var steps: Int
    /// Undiscounted sum of rewards.
    public var `return`: Double
    /// 0 north-east, 1 north-west, 2 south-west, 3 south-east.
    public var approachQuadrant: Int
    /// Means over the episode of the tracker's errors, m and m/s.
    public var trackPositionError: Double
    public var trackVelocityError: Double

    /// Whether the episode would have been a success with this intercept radius, which is at least the one it was played with.
    ///
    /// Policies and laws do not know the radius, so up to the moment at which a larger one ends the episode nothing differs.
    public func intercepted(atRadius radius: Double) -> Bool { missDistance <= radius }
}

/// Plays episodes with a guidance law.
public struct Engagement {
    public private(set) var environment: Interceptor
    private var observation: [Float]
    private var action: [Float]

    /// - Parameter parameters: the task; a residual is left out, for the laws command the whole action.
    /// - Throws: `EnvironmentError` for parameters that make no sense.
    public init(_ parameters: InterceptorParameters) throws {
        var parameters = parameters
        parameters.residual = .none
        environment = try Interceptor(parameters)
        observation = Array(repeating: 0, count: environment.spec.observationSpace.width)
        action = Array(repeating: 0, count: environment.spec.actionSpace.width)
    }

    /// Plays the episode of `seed` to its end.
    public mutating func play(_ law: any GuidanceLaw, from source: GuidanceSource, seed: UInt64) throws -> EngagementOutcome {
        var law = law
        law.begin(seed: seed)
        let total = try Self.run(&environment, &law, source, seed, &observation, &action)
        return outcome(seed: seed, return: total)
    }

    // Apart, since a span of one property of `self` bars the use of another.
    private static func run(
        _ environment: inout Interceptor, _ law: inout any GuidanceLaw, _ source: GuidanceSource, _ seed: UInt64, _ observation: inout [Float],
        _ action: inout [Float]
    ) throws -> Double {
        var view = observation.mutableSpan
        var total = 0.0
        try environment.reset(seed: seed, observation: &view)
        while true {
            let command = law.command(environment.picture(source))
            var controls = action.mutableSpan
            environment.action(for: command, into: &controls)
            let step = try environment.step(action: action.span, observation: &view)
            total += Double(step.reward)
            if step.isLast { return total }
        }
    }

    private func outcome(seed: UInt64, return total: Double) -> EngagementOutcome {
        let steps = Double(environment.episodeSteps)
        let books = environment.state.books
        return EngagementOutcome(
            seed: seed, outcome: environment.outcome, missDistance: environment.minimumDistance, finalDistance: environment.distance,
            fuelUsed: environment.fuelUsed, time: steps * environment.parameters.timeStep, steps: environment.episodeSteps, return: total,
            approachQuadrant: environment.approachQuadrant, trackPositionError: books.positionErrorSum / steps,
            trackVelocityError: books.velocityErrorSum / steps)
    }
}
