import Core
@testable import EnvironmentsIntercept
import Environments

/// An environment with the buffers that a test needs to play it.
struct Stage {
    var environment: Interceptor
    var observation: [Float]
    var last = Step(reward: 0, terminated: false)
    /// Sum of the rewards.
    var total = 0.0

    init(_ parameters: InterceptorParameters = InterceptorParameters()) throws {
        environment = try Interceptor(parameters)
        observation = Array(repeating: .nan, count: environment.spec.observationSpace.width)
    }

    mutating func reset(_ seed: UInt64) throws {
        total = 0
        try Self.reset(&environment, seed, &observation)
    }

    mutating func step(_ action: [Float]) throws {
        last = try Self.step(&environment, action, &observation)
        total += Double(last.reward)
    }

    /// One step with a law's command.
    mutating func step(_ law: some GuidanceLaw, _ source: GuidanceSource = .tracker) throws {
        var law = law
        try step(action(for: law.command(environment.picture(source))))
    }

    /// One step with a law's command as a baseline flies it, without an action in between.
    mutating func fly(_ law: some GuidanceLaw) {
        var law = law
        last = Self.fly(&environment, law.command(environment.picture(.tracker)), &observation)
        total += Double(last.reward)
    }

    func action(for command: GuidanceCommand) -> [Float] {
        var action = Array(repeating: Float(0), count: environment.spec.actionSpace.width)
        var span = action.mutableSpan
        environment.action(for: command, into: &span)
        return action
    }

    /// The environment's measures by name.
    func metrics() -> [String: Double] {
        var values = Array(repeating: 0.0, count: environment.spec.metricNames.count)
        var span = values.mutableSpan
        environment.metrics(into: &span)
        return Dictionary(uniqueKeysWithValues: zip(environment.spec.metricNames, values))
    }

    /// Writes the observation once more, without a step.
    mutating func observeAgain() {
        var fresh = Array(repeating: Float.nan, count: observation.count)
        var span = fresh.mutableSpan
        environment.observe(&span)
        observation = fresh
    }

    /// The observation's bits.
    var bits: [UInt32] { observation.map(\.bitPattern) }

    private static func reset(_ environment: inout Interceptor, _ seed: UInt64, _ observation: inout [Float]) throws {
        var span = observation.mutableSpan
        try environment.reset(seed: seed, observation: &span)
    }

    private static func fly(_ environment: inout Interceptor, _ command: GuidanceCommand, _ observation: inout [Float]) -> Step {
        var span = observation.mutableSpan
        return environment.step(command, observation: &span)
    }

    private static func step(_ environment: inout Interceptor, _ action: [Float], _ observation: inout [Float]) throws -> Step {
        var span = observation.mutableSpan
        return try environment.step(action: action.span, observation: &span)
    }
}

/// xᵀ A⁻¹ x for a symmetric positive definite n × n matrix, row-major.
func normalisedSquare(_ x: [Double], _ matrix: [Double]) -> Double {
    let n = x.count
    var L = matrix
    var y = x
    // Cholesky, then forward substitution: |L⁻¹x|².
    for i in 0..<n {
        for j in 0...i {
            var sum = L[i * n + j]
            for k in 0..<j { sum -= L[i * n + k] * L[j * n + k] }
            L[i * n + j] = i == j ? sum.squareRoot() : sum / L[j * n + j]
        }
        for k in 0..<i { y[i] -= L[i * n + k] * y[k] }
        y[i] /= L[i * n + i]
    }
    return y.reduce(0) { $0 + $1 * $1 }
}

/// The interval within which the mean of `runs` independent χ² numbers lies with a probability of 95 % (normal approximation).
func meanBounds(degrees: Double, runs: Int) -> ClosedRange<Double> {
    let half = 1.96 * (2 * degrees / Double(runs)).squareRoot()
    return degrees - half...degrees + half
}
