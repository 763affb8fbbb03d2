import Core
import EnvironmentContract
import Environments
import Testing

/// The dummy, declaring baselines as any task with a box of actions can.
private struct ComparedDummy: BaselineEnvironment {
    var inner = DummyEnvironment(limit: 30)
    var spec: EnvironmentSpec { inner.spec }
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws { try inner.reset(seed: seed, observation: &observation) }
    mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        try inner.step(action: action, observation: &observation)
    }
    func metrics(into values: inout MutableSpan<Double>) { inner.metrics(into: &values) }
    func succeeded(_ episode: EpisodeTotals) -> Bool { inner.succeeded(episode) }
    func snapshot() throws -> [UInt8] { try inner.snapshot() }
    mutating func restore(_ snapshot: [UInt8]) throws { try inner.restore(snapshot) }
}

/// Observations and rewards of an episode under one action.
private func trajectory(_ environment: any Environment, seed: UInt64, action: Float) throws -> [Float] {
    var environment = environment
    var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
    let action = [Float](repeating: action, count: environment.spec.actionSpace.width)
    var view = observation.mutableSpan
    try environment.reset(seed: seed, observation: &view)
    var trace = (0..<view.count).map { view[$0] }
    while true {
        let step = try environment.step(action: action.span, observation: &view)
        trace += (0..<view.count).map { view[$0] } + [step.reward]
        if step.isLast { return trace }
    }
}

@Suite struct BaselineTests {
    @Test func baselinesPlayTheSameSeedsAndIgnoreActions() throws {
        let task = ComparedDummy()
        #expect(task.baselineNames == ["zero", "random"])
        for name in task.baselineNames {
            let baseline = try task.playing(baseline: name)
            #expect(baseline.spec == task.spec)
            let trace = try trajectory(baseline, seed: 7, action: 0)
            #expect(try trajectory(baseline, seed: 7, action: 1) == trace)
            #expect(try trajectory(baseline, seed: 7, action: .nan) == trace)
            #expect(try trajectory(baseline, seed: 8, action: 0) != trace)
            // The episode begins as a policy's does.
            #expect(try trajectory(task, seed: 7, action: 0).prefix(2) == trace.prefix(2))
        }
        #expect(try trajectory(task.playing(baseline: "zero"), seed: 7, action: 1) == trajectory(task, seed: 7, action: 0))
        #expect(try trajectory(task.playing(baseline: "random"), seed: 7, action: 1) != trajectory(task, seed: 7, action: 0))
        #expect { _ = try task.playing(baseline: "best") } throws: { "\($0)".contains("no baseline 'best'") && "\($0)".contains("zero, random") }
    }

    @Test func wrappersShowTheTaskInside() {
        let stacked = FrameStack(OpenLoopBaseline(.random, in: DummyEnvironment()), frames: 3)
        #expect(stacked.innermost is DummyEnvironment)
        #expect(DummyEnvironment().innermost is DummyEnvironment)
    }

    /// Every promise of an environment but that of refusing bad actions, which it does not look at.
    @Test(arguments: EnvironmentContract.Check.allCases.filter { $0 != .badActions })
    func randomActionsKeepTheContract(_ check: EnvironmentContract.Check) throws {
        let contract = EnvironmentContract(
            .init(id: "Dummy-v1", observationWidth: 2, actionSpace: .box(count: 1, low: -1, high: 1), maxEpisodeSteps: 50)
        ) { OpenLoopBaseline(.random, in: DummyEnvironment(limit: $0 ?? 50)) }
        try contract.verify(check)
    }
}
