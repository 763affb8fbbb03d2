import Core
import EnvironmentContract
import Environments
import Testing

@Suite struct FrameStackTests {
    @Test(arguments: EnvironmentContract.Check.allCases) func keepsTheContract(_ check: EnvironmentContract.Check) throws {
        let contract = EnvironmentContract(
            .init(id: "Dummy-v1", observationWidth: 6, actionSpace: .box(count: 1, low: -1, high: 1), maxEpisodeSteps: 50)
        ) { limit in FrameStack(DummyEnvironment(limit: limit ?? 50), frames: 3) }
        try contract.verify(check)
    }

    @Test(arguments: [1, 2, 4]) func stacksOldestFirst(frames: Int) throws {
        var plain = DummyEnvironment(limit: 100)
        var stacked = FrameStack(DummyEnvironment(limit: 100), frames: frames)
        #expect(stacked.spec.observationSpace == .box(count: 2 * frames, low: -2.5, high: 2.5))
        var frame: [Float] = [0, 0]
        var stack = [Float](repeating: .nan, count: 2 * frames)
        for seed in UInt64(1)...2 {
            var a = frame.mutableSpan
            try plain.reset(seed: seed, observation: &a)
            var b = stack.mutableSpan
            try stacked.reset(seed: seed, observation: &b)
            // The first observation stands in all frames.
            var expected = Array([[Float]](repeating: frame, count: frames).joined())
            #expect(stack == expected)
            for t in 0..<10 {
                let action: [Float] = [Float(t) / 10]
                var a = frame.mutableSpan
                let step = try plain.step(action: action.span, observation: &a)
                var b = stack.mutableSpan
                #expect(try stacked.step(action: action.span, observation: &b) == step)
                expected = Array(expected.dropFirst(2)) + frame
                #expect(stack == expected)
            }
        }
    }

    @Test func refusesAnotherStacksSnapshot() throws {
        var two = FrameStack(DummyEnvironment(), frames: 2)
        let three = FrameStack(DummyEnvironment(), frames: 3)
        #expect(throws: EnvironmentError.self) { try two.restore(try three.snapshot()) }
    }
}

@Suite struct ActionRepeatTests {
    @Test(arguments: EnvironmentContract.Check.allCases) func keepsTheContract(_ check: EnvironmentContract.Check) throws {
        let contract = EnvironmentContract(
            .init(id: "Dummy-v1", observationWidth: 2, actionSpace: .box(count: 1, low: -1, high: 1), maxEpisodeSteps: 17)
        ) { limit in ActionRepeat(DummyEnvironment(limit: 3 * (limit ?? 17)), count: 3) }
        try contract.verify(check)
    }

    /// Like giving the same action by hand, rewards summed; the last decision of an episode may be shorter.
    @Test(arguments: [1, 3, 4]) func repeatsAndSums(count: Int) throws {
        var plain = DummyEnvironment(limit: 10)
        var repeated = ActionRepeat(DummyEnvironment(limit: 10), count: count)
        #expect(repeated.spec.maxEpisodeSteps == (10 + count - 1) / count)
        #expect(repeated.spec.timeStep == Double(count) * plain.spec.timeStep)
        var expected: [Float] = [0, 0]
        var seen: [Float] = [0, 0]
        var a = expected.mutableSpan
        try plain.reset(seed: 3, observation: &a)
        var b = seen.mutableSpan
        try repeated.reset(seed: 3, observation: &b)
        #expect(seen == expected)
        var isOver = false
        var decisions = 0
        while !isOver {
            let action: [Float] = [Float(decisions) / 7 - 0.4]
            var reward: Float = 0
            var last = Step(reward: 0, terminated: false)
            for _ in 0..<count where !last.isLast {
                var a = expected.mutableSpan
                last = try plain.step(action: action.span, observation: &a)
                reward += last.reward
            }
            var b = seen.mutableSpan
            let step = try repeated.step(action: action.span, observation: &b)
            #expect(step == Step(reward: reward, terminated: last.terminated, truncated: last.truncated))
            #expect(seen == expected)
            decisions += 1
            isOver = step.isLast
        }
        #expect(decisions == (10 + count - 1) / count)
    }

    @Test func wrappersFindTheTaskInside() {
        let wrapped = FrameStack(ActionRepeat(DummyEnvironment(), count: 2), frames: 2)
        #expect(wrapped.innermost is DummyEnvironment)
        let rewrapped = wrapped.wrapping(DummyEnvironment(limit: 7))
        #expect((rewrapped as? FrameStack)?.frames == 2 && rewrapped.spec.maxEpisodeSteps == 7)
    }
}

@Suite struct ActionTransformTests {
    private let space = Space.box(low: [-2, 0, -0.4], high: [2, 10, 0.4])

    private func apply(_ transform: ActionTransform, _ action: [Float]) -> [Float] {
        var result = [Float](repeating: .nan, count: action.count)
        var span = result.mutableSpan
        transform.apply(action.span, into: &span)
        return result
    }

    @Test func clips() throws {
        let transform = try ActionTransform(.clip, space: space)
        #expect(apply(transform, [-3, 5, 0.5]) == [-2, 5, 0.4])
        #expect(apply(transform, [1.5, -1, -0.5]) == [1.5, 0, -0.4])
        #expect(transform.bounds(1) == (0, 10))
        #expect(apply(try ActionTransform(.clip, space: .box(count: 1)), [1e30]) == [1e30])
    }

    @Test func rescales() throws {
        let transform = try ActionTransform(.rescale, space: space)
        #expect(apply(transform, [-1, -1, -1]) == [-2, 0, -0.4])
        #expect(apply(transform, [1, 1, 1]) == [2, 10, 0.4])
        #expect(apply(transform, [0, 0, 0]) == [0, 5, 0])
        #expect(apply(transform, [7, -7, 0.5]).dropLast() == [2, 0] && abs(apply(transform, [0, 0, 0.5])[2] - 0.2) < 1e-6)
        #expect(transform.bounds(1) == (-1, 1))
        #expect(throws: EnvironmentError.self) { try ActionTransform(.rescale, space: .box(count: 1, low: -1)) }
    }

    /// No rounding leads out of the space, whatever the bounds.
    @Test(arguments: [ActionTransform.Kind.clip, .rescale]) func staysInTheSpace(kind: ActionTransform.Kind) throws {
        var random = Philox(seed: 1, purpose: .test)
        for _ in 0..<5000 {
            let low = Float(random.uniform(-3, 3))
            let space = Space.box(low: [low], high: [low + Float(random.uniform(0.01, 3))])
            let transform = try ActionTransform(kind, space: space)
            for action: Float in [-1, 1, 5, -5, Float(random.normal())] {
                let contained = space.contains(apply(transform, [action]).span)
                #expect(contained)
            }
        }
    }

    /// NaN must reach the environment, which refuses it; cutting it to a bound would hide it.
    @Test(arguments: ActionTransform.Kind.allCases) func passesNaN(kind: ActionTransform.Kind) throws {
        #expect(apply(try ActionTransform(kind, space: .box(count: 1, low: -1, high: 1)), [.nan])[0].isNaN)
    }

    @Test func leavesOthersAlone() throws {
        #expect(apply(try ActionTransform(.none, space: space), [-30, 50, 7]) == [-30, 50, 7])
        let discrete = try ActionTransform(.rescale, space: .discrete(count: 4))
        #expect(discrete.kind == .none && apply(discrete, [3]) == [3])
    }
}
