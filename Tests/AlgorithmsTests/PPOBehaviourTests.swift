import Core
import Environments
import Tensor
import Testing

@testable import Algorithms

@Suite struct PPOBehaviourTests {
    private func make(_ c: PPOConfiguration, actions: DummyEnvironment.Actions = .box) throws -> PPO {
        try PPO(c, seed: 3, pool: WorkerPool(threads: 1)) { DummyEnvironment(actions: actions, limit: 15) }
    }

    @Test func stepSizeFollowsTheKL() throws {
        for (desired, bound) in [(1e-12, 1e-4), (100, 5e-3)] {
            var c = Small.full(.box)
            c.learningRate = .constant(1e-3)
            c.adaptiveKL = .init(desired: desired, minimum: 1e-4, maximum: 5e-3)
            var ppo = try make(c)
            var before = ppo.learningRate
            #expect(before == 1e-3)
            for _ in 0..<4 {
                _ = try ppo.iterate()
                #expect(ppo.learningRate >= 1e-4 && ppo.learningRate <= 5e-3)
                #expect(before == bound || (ppo.learningRate < before) == (bound < 1e-3), "\(before) → \(ppo.learningRate)")
                before = ppo.learningRate
            }
            #expect(ppo.learningRate == bound)
        }
        // Between the two thresholds it stays.
        var c = Small.full(.box)
        c.epochs = 1
        c.adaptiveKL = .init(desired: 1, minimum: 1e-9, maximum: 1)
        var probe = try make(c)
        let kl = try probe.iterate().update.approxKL
        c.adaptiveKL = .init(desired: kl, minimum: 1e-9, maximum: 1)
        var ppo = try make(c)
        _ = try ppo.iterate()
        #expect(ppo.learningRate == 1e-3)
    }

    @Test func targetKLEndsTheEpochs() throws {
        var c = Small.full(.box)
        c.adaptiveKL = nil
        c.epochs = 10
        c.targetKL = 1e-5
        var ppo = try make(c)
        let report = try ppo.iterate()
        #expect(report.update.epochs > 0 && report.update.epochs < 3)
        #expect(report.update.approxKL <= 1.5e-5)
        c.targetKL = 100
        var patient = try make(c)
        #expect(try patient.iterate().update.epochs == 10)
        // The step size hears of an early end.
        c.targetKL = 1e-5
        c.adaptiveKL = .init(desired: 1e-5, minimum: 1e-6, maximum: 1)
        var adaptive = try make(c)
        for _ in 0..<5 { _ = try adaptive.iterate() }
        #expect(adaptive.learningRate < 1e-3)
    }

    @Test func schedulesFollowTheSteps() throws {
        var c = Small.full(.discrete)
        c.clipRange = .linear(from: 0.3, to: 0.1, start: 0, end: 384)
        var ppo = try make(c, actions: .discrete)
        for (clip, entropy, rate) in [(0.3, 0.01, 1e-3), (0.2, 0.00952, 9.568e-4), (0.1, 0.00904, 9.136e-4), (0.1, 0.00856, 8.704e-4)] {
            let update = try ppo.iterate().update
            #expect(abs(update.clipRange - clip) < 1e-6 && abs(update.entropyCoefficient - entropy) < 1e-6)
            #expect(abs(update.learningRate - rate) < 1e-12)
        }
    }

    @Test(arguments: [1.0, -1]) func deviationStaysInItsBounds(direction: Double) throws {
        var c = Small.full(.box)
        c.adaptiveKL = nil
        c.learningRate = .constant(2e-2)
        c.entropyCoefficient = .constant(5 * direction)
        c.logStdMin = -0.05
        c.logStdMax = 0.05
        var ppo = try make(c)
        for _ in 0..<5 { _ = try ppo.iterate() }
        let range = ppo.network.logStd?.range ?? 0..<0
        #expect(ppo.parameters[range.lowerBound] == Float(0.05 * direction))
        // A projection, not a wall: it can come back.
        c.entropyCoefficient = .constant(-5 * direction)
        var back = try make(c)
        try back.restore(try ppo.state())
        for _ in 0..<5 { _ = try back.iterate() }
        #expect(back.parameters[range.lowerBound] == Float(-0.05 * direction))
    }

    @Test func statisticsFreeze() throws {
        var c = Small.full(.box)
        c.normalizeUntil = 400
        var ppo = try make(c)
        var counts: [Double] = []
        for i in 0..<5 {
            let report = try ppo.iterate()
            counts.append(ppo.observationNormalizer?.moments.count ?? .nan)
            #expect(ppo.rewardNormalizer.moments.count == counts[i])
            #expect((report.diagnostics.normalizerDrift > 0) == (i == 1 || i == 2), "iteration \(i)")
        }
        // Rollouts have 192 steps; the third one begins at 384.
        #expect(counts == [192, 384, 576, 576, 576])
    }

    /// Statistics stay as they are while they are in use: the stored observations are those of the statistics before.
    @Test func statisticsChangeOnlyBehindTheUpdate() throws {
        var ppo = try make(Small.full(.box))
        _ = try ppo.iterate()
        let before = ppo.observationNormalizer?.moments ?? RunningMoments(columns: 2)
        _ = try ppo.iterate()
        let frozen = ObservationNormalizer(moments: before, clip: 10)
        var expected = [Float](repeating: 0, count: 2)
        for row in [0, 17, 191] {
            frozen.apply(ppo.rollout.rawObservations.pointer + 2 * row, into: &expected, rows: 1)
            #expect(ppo.rollout.observations[2 * row] == expected[0] && ppo.rollout.observations[2 * row + 1] == expected[1])
        }
        #expect(ppo.observationNormalizer?.moments.count == before.count + 192)
    }

    /// Observations behind the rollout and behind truncated episodes go through the normaliser and the critic as all others do.
    @Test func bootstrapsFromNormalisedObservations() throws {
        var c = Small.full(.box)
        c.adaptiveKL = nil
        c.learningRate = .constant(0)
        c.normalizeValues = false
        var ppo = try make(c)
        _ = try ppo.iterate()
        let normalizer = ObservationNormalizer(moments: ppo.observationNormalizer?.moments ?? RunningMoments(columns: 2), clip: 10)
        _ = try ppo.iterate()
        let workspace = ActorCriticWorkspace(ppo.network, capacity: 1, forwardOnly: true)
        func value(_ raw: UnsafePointer<Float>) -> Float {
            var x: [Float] = [0, 0]
            normalizer.apply(raw, into: &x, rows: 1)
            ppo.network.forwardCritic(ppo.parameters, x: x, rows: 1, workspace)
            return workspace.critic.output[0]
        }
        for n in 0..<8 {
            #expect(abs(ppo.rollout.lastValues[n] - value(ppo.vector.observation(n))) < 1e-5)
            // The second rollout's last truncation: step 45 of all, its row 20.
            #expect(ppo.rollout.truncated[160 + n])
            #expect(abs(ppo.rollout.truncationValues[160 + n] - value(ppo.vector.finalObservation(n))) < 1e-5)
        }
    }

    @Test func rollsBack() throws {
        var ppo = try make(Small.full(.box))
        for _ in 0..<3 { _ = try ppo.iterate() }
        let best = ppo.learned()
        let (weights, moments, rate) = (ppo.parameters.array, ppo.observationNormalizer?.moments, ppo.learningRate)
        for _ in 0..<3 { _ = try ppo.iterate() }
        #expect(ppo.parameters.array != weights && ppo.adam.updates > 0)
        try ppo.rollBack(to: best)
        #expect(ppo.parameters.array == weights && ppo.observationNormalizer?.moments == moments)
        #expect(ppo.adam.updates == 0 && ppo.adam.m.array.allSatisfy { $0 == 0 } && ppo.adam.v.array.allSatisfy { $0 == 0 })
        #expect(ppo.learningRate == rate / 2 && ppo.learningRateFactor == 0.5)
        #expect(ppo.iterations == 6 && ppo.steps == 6 * 192, "the clocks go on")
        #expect(ppo.learned() == best.replacing(ppo.learned(), "learning_rate.adaptive"))
        _ = try ppo.iterate()
        try ppo.rollBack(to: best)
        #expect(ppo.learningRateFactor == 0.25)
    }

    @Test func badConfigurationsAreRefused() throws {
        let faults: [(String, (inout PPOConfiguration) -> Void)] = [
            ("n_envs", { $0.environments = 0 }), ("n_steps", { $0.steps = 0 }), ("n_epochs", { $0.epochs = 0 }), ("batch_size", { $0.batchSize = 0 }),
            ("batch_size", { $0.batchSize = 193 }), ("multiple", { $0.batchSize = 100 }), ("normalize_advantage", { $0.batchSize = 1; $0.shards = nil }),
            ("gamma", { $0.gamma = -0.1 }), ("gamma", { $0.gamma = 1.01 }), ("gae_lambda", { $0.gaeLambda = -0.1 }), ("gamma", { $0.gamma = .nan }),
            ("log_std", { $0.logStdInit = 3 }), ("log_std", { $0.logStdMin = 1 }), ("max_grad_norm", { $0.maxGradNorm = 0 }),
            ("shards", { $0.shards = 0 }), ("shards", { $0.shards = 65 }), ("desired_kl", { $0.adaptiveKL = .init(desired: 0, minimum: 1e-4, maximum: 1) }),
            ("lr_min", { $0.adaptiveKL = .init(desired: 1, minimum: 1, maximum: 0.5) }),
        ]
        for (word, fault) in faults {
            var c = Small.full(.box)
            fault(&c)
            let error = #expect(throws: AlgorithmError.self, "\(word)") { _ = try make(c) }
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "") should name \(word)")
        }
        try Small.full(.box).validate()
        try PPOConfiguration().validate()
        var shortsighted = PPOConfiguration()
        shortsighted.gamma = 0
        try shortsighted.validate()
    }

    /// Something that is not a number is an error that names the environment, and nothing that was learned is touched.
    @Test(arguments: Poisoned.Place.allCases, [Float.nan, .infinity]) func poisonIsRefused(_ place: Poisoned.Place, value: Float) throws {
        var made = 0
        var ppo = try PPO(Small.full(.box), seed: 1, pool: WorkerPool(threads: 2)) {
            made += 1
            return Poisoned(place, value: value, at: made == 6 ? 40 : .max)
        }
        _ = try ppo.iterate()
        let before = ppo.learned()
        let updates = ppo.adam.updates
        let error = #expect(throws: AlgorithmError.self) { _ = try ppo.iterate() }
        #expect(error?.what.contains("environment 5") == true)
        #expect(error?.what.contains(place == .reward ? "reward" : "observation") == true)
        #expect(ppo.learned() == before && ppo.adam.updates == updates)
        #expect(ppo.rewardNormalizer.moments.count == 192 && ppo.iterations == 1 && ppo.steps == 192)
    }

    /// A gradient that overflows is refused before the step.
    @Test func overflowIsRefused() throws {
        var c = Small.full(.box)
        c.normalizeRewards = false
        c.normalizeValues = false
        c.valueClipRange = nil
        var ppo = try PPO(c, seed: 1, pool: WorkerPool(threads: 1)) { Poisoned(.reward, value: 1e25, at: 1) }
        let before = ppo.parameters.array
        let error = #expect(throws: AlgorithmError.self) { _ = try ppo.iterate() }
        #expect(error?.what.contains("gradient") == true)
        #expect(ppo.parameters.array == before && ppo.adam.updates == 0)
    }

    @Test func reportsAreComplete() throws {
        var ppo = try make(Small.full(.box))
        _ = try ppo.iterate()
        let report = try ppo.iterate()
        let names = report.metrics.map(\.name)
        #expect(Set(names).count == names.count && names.count == 28)
        #expect(report.metrics.allSatisfy { $0.value.isFinite }, "\(report.metrics.filter { !$0.value.isFinite })")
        #expect(report.diagnostics.truncationShare == 1 && report.diagnostics.updateToWeight > 0)
        #expect(report.diagnostics.stableRank >= 1 && report.diagnostics.stableRank <= 16)
        // Rollouts of 24 steps, episodes of 15: one or two ends in each of eight environments.
        #expect(report.episodes.count == 16 && report.episodes.allSatisfy { $0.totals.length == 15 && $0.totals.truncated })
    }
}

extension StateArchive {
    /// With one entry as in another archive.
    fileprivate func replacing(_ other: StateArchive, _ name: String) -> StateArchive {
        var copy = self
        copy.doubles[name] = other.doubles[name]
        return copy
    }
}
