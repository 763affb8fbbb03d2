import CAllocationCounter
import Core
import Environments
import Tensor
import Testing

@testable import Algorithms

@Suite struct SACBehaviourTests {
    /// Steps of the learning task that the best policy earns: mean return of deterministic episodes over the greatest possible.
    private func share(_ policy: Policy) throws -> Double {
        let actor = policy.makeActor(rows: 1)
        var (reached, best) = (0.0, 0.0)
        for seed in 0..<20 as Range<UInt64> {
            for optimal in [false, true] {
                var environment = DummyEnvironment(limit: 30)
                var observation: [Float] = [0, 0]
                var action: [Float] = [0]
                var o = observation.mutableSpan
                try environment.reset(seed: seed, observation: &o)
                var step = Step(reward: 0, terminated: false)
                while !step.isLast {
                    if optimal { action[0] = environment.optimalAction } else {
                        actor.act(observations: observation, rows: 1, noise: nil, actions: &action)
                    }
                    var o = observation.mutableSpan
                    step = try environment.step(action: action.span, observation: &o)
                    if optimal { best += Double(step.reward) } else { reached += Double(step.reward) }
                }
            }
        }
        return reached / best
    }

    @Test(arguments: ["plain", "crossq", "everything"]) func learnsTheDummy(_ kind: String) throws {
        var c = SACConfiguration()
        c.stepsPerIteration = 500
        c.learningStarts = 200
        c.learningRate = .constant(3e-3)
        c.gamma = 0.9
        c.batchSize = 64
        c.policyHidden = [32, 32]
        c.criticHidden = [32, 32]
        c.bufferSize = 20_000
        c.tau = 0.02
        if kind == "crossq" {
            c.crossQ = true
            c.adamBeta1 = 0.5
            c.policyFrequency = 3
            c.renormWarmup = 1000
        }
        if kind == "everything" {
            c.environments = 4
            c.gradientSteps = -1
            c.nStep = 3
            c.criticLayerNorm = true
            c.normalizeObservations = true
            c.normalizeRewards = true
            c.maxGradNorm = 5
        }
        var sac = try SAC(c, seed: 2, pool: WorkerPool(threads: 1)) { DummyEnvironment(limit: 30) }
        let before = try share(sac.policy())
        for _ in 0..<10 { _ = try sac.iterate() }
        let after = try share(sac.policy())
        #expect(after > 0.95, "\(kind): \(before) → \(after)")
    }

    /// A clock whose every step gives 1: the value of its first step knows whether the end is a termination or a truncation.
    @Test(arguments: [true, false], [1, 3]) func onlyTerminationCutsTheBootstrap(terminates: Bool, nStep: Int) throws {
        var c = SACConfiguration()
        c.stepsPerIteration = 1500
        c.learningStarts = 100
        c.learningRate = .constant(3e-3)
        c.entropy = .fixed(.constant(0))
        c.gamma = 0.8
        c.nStep = nStep
        c.tau = 0.05
        c.batchSize = 64
        c.policyHidden = [16]
        c.criticHidden = [32, 32]
        var sac = try SAC(c, seed: 1, pool: WorkerPool(threads: 1)) { Clock(terminates: terminates) }
        for _ in 0..<2 { _ = try sac.iterate() }
        let q = try sac.iterate().update.qMean
        // Mean over the five steps of 1 + γ + … to the end, or of 1/(1 − γ).
        let expected = terminates ? (0..<5).reduce(0.0) { $0 + (1 - power(0.8, $1 + 1)) / 0.2 } / 5 : 5
        #expect(abs(q - expected) < 0.25, "Q is \(q), should be \(expected)")
    }

    /// What follows a truncated step is the episode's last observation, not the next episode's first.
    @Test(arguments: [1, 3]) func aTruncatedStepLeadsToItsOwnLastObservation(nStep: Int) throws {
        var c = SACConfiguration()
        c.stepsPerIteration = 20
        c.learningStarts = 100
        c.policyHidden = [4]
        c.criticHidden = [4]
        var sac = try SAC(c, seed: 1, pool: WorkerPool(threads: 1)) { Clock(terminates: false) }
        _ = try sac.iterate()
        // Six rows an episode: five steps and the mark.
        for first in stride(from: 0, to: 24, by: 6) {
            #expect(sac.replay.flag(0, first + 4).pointee == ReplayBuffer.truncated)
            let step = sac.replay.transition(first + 4, steps: nStep, gamma: 0.9, scale: 1, limit: .infinity)
            #expect(step.next[0] == 0.8 && abs(step.discount - 0.9) < 1e-6 && step.reward == 1)
        }
    }

    private func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { product, _ in product * x } }

    @Test func learningBeginsWhenItShould() throws {
        var c = SmallSAC.full()
        c.learningStarts = 60
        var sac = try SmallSAC.make(c)
        let start = sac.learned()
        let early = try sac.iterate()
        #expect(early.steps == 24 && early.update.updates == 0 && early.update.criticLoss.isNaN)
        _ = try sac.iterate()
        var moved = sac.learned()
        for key in start.doubles.keys { moved.doubles[key] = start.doubles[key] }
        #expect(moved == start)
        // Steps 49…72 in collections of 6: updates after 60, 66 and 72.
        let report = try sac.iterate()
        #expect(report.update.updates == 6 && report.update.criticLoss.isFinite)
        // Uniform actions until then: their mean square is 1/3.
        #expect(report.diagnostics.replaySize > 72)
        let replay = sac.replay
        var squares = 0.0
        for r in 0..<15 where replay.flag(0, r).pointee & ReplayBuffer.mark == 0 { squares += Double(replay.row(0, r)[2] * replay.row(0, r)[2]) }
        #expect(squares > 1 && squares < 10)
    }

    @Test func ratesFollowTheSteps() throws {
        var c = SmallSAC.full()
        c.criticLearningRate = .linear(from: 2e-3, to: 0, start: 0, end: 48)
        var sac = try SmallSAC.make(c)
        for expected in [2e-3, 1e-3, 0, 0] { #expect(abs(try sac.iterate().update.criticLearningRate - expected) < 1e-12) }
        try sac.rollBack(to: sac.learned())
        #expect(sac.learningRateFactor == 0.5 && abs(sac.learningRates.alpha - 5e-3) < 1e-12)
    }

    /// With −1 there are as many updates as steps of all environments, once learning has begun.
    @Test func asManyUpdatesAsSteps() throws {
        var c = SmallSAC.full()
        c.gradientSteps = -1
        c.policyFrequency = 4
        var sac = try SmallSAC.make(c)
        // Learning begins at step 30, at the end of the second iteration's first collection of 6.
        var updates: [Double] = []
        for _ in 0..<3 { updates.append(try sac.iterate().update.updates) }
        #expect(updates == [0, 24, 48])
        #expect(sac.learner.actorUpdates == 12)
    }

    /// A given α follows the environment steps, in the report and in the loss, wherever the run was taken up again.
    @Test func aScheduledTemperatureFollowsTheSteps() throws {
        var c = SmallSAC.full()
        c.entropy = .fixed(.linear(from: 0.4, to: 0.1, start: 24, end: 96))
        var whole = try SmallSAC.make(c)
        for expected in [0.4, 0.3, 0.2] { #expect(abs(try whole.iterate().update.alpha - expected) < 1e-6) }
        let saved = try whole.state()
        var resumed = try SmallSAC.make(c)
        try resumed.restore(saved)
        for expected in [0.1, 0.1] {
            let report = try whole.iterate()
            #expect(abs(report.update.alpha - expected) < 1e-6 && report.update.alphaLoss == 0)
            #expect(try resumed.iterate().bits == report.bits)
        }
        // Another schedule teaches something else.
        c.entropy = .fixed(.constant(0.4))
        var other = try SmallSAC.make(c)
        for _ in 0..<5 { _ = try other.iterate() }
        #expect(other.learned() != whole.learned())
    }

    @Test func rollingBackRestoresTheWeights() throws {
        var sac = try SmallSAC.make(SmallSAC.full())
        for _ in 0..<4 { _ = try sac.iterate() }
        let learned = sac.learned()
        for _ in 0..<3 { _ = try sac.iterate() }
        #expect(sac.learned() != learned)
        try sac.rollBack(to: learned)
        #expect(sac.learned() == learned && sac.steps == 7 * 24)
        _ = try sac.iterate()
    }

    @Test func unusableConfigurations() throws {
        for change: (inout SACConfiguration) -> Void in [
            { $0.environments = 0 }, { $0.trainFrequency = 0 }, { $0.gradientSteps = 0 }, { $0.tau = 0 }, { $0.gamma = 1.1 }, { $0.batchSize = 0 },
            { $0.bufferSize = 1 }, { $0.entropy = .fixed(.linear(from: 1, to: -1, start: 0, end: 9)) }, { $0.alphaMin = 0 }, { $0.logStdMin = 3 }, { $0.shards = 0 }, { $0.nStep = 0 },
            { $0.maxGradNorm = 0 }, { $0.policyFrequency = 0 }, { $0.adamBeta1 = 1 },
        ] {
            var c = SACConfiguration()
            change(&c)
            #expect(throws: AlgorithmError.self) { try c.validate() }
        }
        try SACConfiguration().validate()
        #expect { _ = try SAC(SACConfiguration(), seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment(actions: .discrete) } }
            throws: { "\($0)".contains("continuous actions") }
    }

    @Test(arguments: Poisoned.Place.allCases) func numbersThatAreNoneAreRefused(_ place: Poisoned.Place) throws {
        var c = SmallSAC.full()
        c.environments = 1
        var sac = try SAC(c, seed: 1, pool: WorkerPool(threads: 1)) { Poisoned(place, value: .nan, at: 35) }
        #expect { for _ in 0..<4 { _ = try sac.iterate() } } throws: { $0 is AlgorithmError && "\($0)".contains("is not finite") }
    }

    /// Beyond the fixed cost of an iteration, neither a step nor an update allocates.
    @Test(arguments: [false, true]) func nothingIsAllocated(crossQ: Bool) throws {
        func allocations(steps: Int, updates: Int) throws -> Int {
            var c = SmallSAC.full(crossQ: crossQ)
            c.stepsPerIteration = steps
            c.gradientSteps = updates
            c.normalizeUntil = 0
            var sac = try SAC(c, seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment(limit: 1 << 40) }
            for _ in 0..<3 { _ = try sac.iterate() }
            let before = allocation_count()
            let ended = try sac.iterate().episodes.count
            return Int(allocation_count() - before) - ended * 3
        }
        let short = try allocations(steps: 60, updates: 1)
        #expect(try allocations(steps: 60, updates: 30) - short <= 2, "updates allocate")
        #expect(try abs(allocations(steps: 240, updates: 1) - short) <= 12, "steps allocate")
    }
}
