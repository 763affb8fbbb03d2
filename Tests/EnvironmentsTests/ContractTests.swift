import Core
import EnvironmentContract
import Environments
import Synchronization
import Testing

/// The contract itself: each check finds the fault that it is there for.
@Suite struct ContractTests {
    @Test(arguments: Fault.allCases)
    func findsTheFault(_ fault: Fault) {
        let shared = Shared()
        let contract = EnvironmentContract(
            .init(
                id: "Dummy-v1", observationWidth: 2, actionSpace: .box(count: 1, low: -1, high: 1), maxEpisodeSteps: 50,
                terminates: fault == .neverEnds ? nil : false)
        ) { limit in FaultyEnvironment(fault: fault, limit: limit ?? 50, shared: shared) }
        #expect(throws: EnvironmentError.self, "\(fault)") { try contract.verify(fault.check) }
    }

    enum Fault: CaseIterable, Sendable {
        case otherLimit, ignoresSeed, leavesLastObservationOut, neverEnds, cutsEarly, terminates, forgetsInSnapshot, acceptsDamage
        case survivesReset, sharesState, allocates, acceptsNaN, refusesLate, keepsMetrics

        var check: EnvironmentContract.Check {
            switch self {
            case .otherLimit: .spec
            case .ignoresSeed: .seeds
            case .leavesLastObservationOut: .observations
            case .neverEnds, .cutsEarly: .truncation
            case .terminates: .termination
            case .forgetsInSnapshot: .snapshots
            case .acceptsDamage: .damagedSnapshots
            case .survivesReset: .resets
            case .sharesState: .independence
            case .allocates: .allocations
            case .acceptsNaN, .refusesLate: .badActions
            case .keepsMetrics: .metrics
            }
        }
    }

    final class Shared: Sendable {
        let steps = Mutex(0)
    }

    /// The dummy with one thing wrong.
    struct FaultyEnvironment: Environment {
        let fault: Fault
        let shared: Shared
        var inner: DummyEnvironment
        var steps = 0
        var everSteps = 0
        var garbage: [Int] = []

        init(fault: Fault, limit: Int, shared: Shared) {
            self.fault = fault
            self.shared = shared
            inner = DummyEnvironment(limit: fault == .otherLimit ? limit + 1 : limit)
        }

        var spec: EnvironmentSpec { inner.spec }

        mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
            try inner.reset(seed: fault == .ignoresSeed ? 1 : seed, observation: &observation)
            steps = 0
        }

        mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
            var step: Step
            switch (fault, action[0].isFinite) {
            case (.acceptsNaN, false):
                return Step(reward: 0, terminated: false)
            case (.refusesLate, false):
                _ = try inner.step(action: [0].span, observation: &observation)
                throw EnvironmentError("refused")
            default:
                step = try inner.step(action: action, observation: &observation)
            }
            steps += 1
            everSteps += 1
            shared.steps.withLock { $0 += 1 }
            switch fault {
            case .leavesLastObservationOut: if step.isLast { observation[0] = .nan }
            case .neverEnds: step.truncated = false
            case .cutsEarly: if steps == 4 { step.truncated = true }
            case .terminates: if steps == 9 { step.terminated = true }
            case .forgetsInSnapshot: step.reward += Float(steps)
            case .survivesReset: step.reward += Float(everSteps)
            case .sharesState: step.reward += Float(shared.steps.withLock { $0 })
            case .allocates: garbage = Array(repeating: steps, count: 100)
            default: break
            }
            return step
        }

        func metrics(into values: inout MutableSpan<Double>) {
            inner.metrics(into: &values)
            if fault == .keepsMetrics { values[0] = Double(everSteps) }
        }

        func succeeded(_ episode: EpisodeTotals) -> Bool { false }

        func snapshot() throws -> [UInt8] { try inner.snapshot() }

        mutating func restore(_ snapshot: [UInt8]) throws {
            if fault == .acceptsDamage, snapshot.isEmpty { return }
            try inner.restore(snapshot)
        }
    }
}
