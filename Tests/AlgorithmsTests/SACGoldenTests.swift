import Core
import Environments
import GoldenNumbers
import Networks
import Tensor
import Testing

@testable import Algorithms

/// Losses and all gradients of a whole update against PyTorch.
@Suite struct SACGoldenTests {
    init() throws { try BLAS.open() }

    /// - Parameters:
    ///   - copies: how often the minibatch of 8 rows stands in the learner's. Losses and gradients are means, so that changes neither.
    ///   - change: what differs from the golden numbers' configuration.
    private func learner(_ name: String, _ golden: Golden, shards: Int, copies: Int = 1, change: (inout SACConfiguration) -> Void = { _ in }) throws -> SACLearner {
        var c = SACConfiguration()
        let B = 8 * copies
        c.batchSize = B
        c.shards = shards
        c.policyHidden = [6, 6]
        c.criticHidden = [6, 6]
        c.criticLayerNorm = name == "norm"
        c.crossQ = name == "crossq"
        c.renormWarmup = 0
        let settings = try golden["settings"]
        c.entropy = .automatic(initial: Double(settings[0]))
        change(&c)
        let space = Space.box(count: 2, low: -1, high: 1)
        let actor = SquashedActor(
            SquashedActorArchitecture(
                observationWidth: 4, actionSpace: space, hidden: c.policyHidden, activation: .relu, batchRenorm: c.crossQ, logStdMin: settings[2],
                logStdMax: settings[3]))
        let critic = TwinCritic(
            observationWidth: 4, actionWidth: 2, hidden: c.criticHidden, activation: .relu, layerNorm: c.criticLayerNorm, batchRenorm: c.crossQ)
        let replay = try ReplayBuffer(observationWidth: 4, actionWidth: 2, environments: 1, capacity: 10, path: nil, slack: 0)
        let learner = SACLearner(actor: actor, critic: critic, configuration: c, replay: replay, seed: 1)
        learner.usesPreparedBatch = true
        func load(_ layout: ParameterLayout, _ buffer: FloatBuffer, _ prefix: String) throws {
            for range in layout.ranges { for (i, value) in try golden[prefix + range.name].enumerated() { buffer[range.offset + i] = value } }
        }
        try load(actor.layout, learner.actorParameters, "")
        try load(critic.layout, learner.criticParameters, "")
        if !c.crossQ { try load(critic.layout, learner.targetParameters, "target:") }

        // The minibatch and the noise.
        let batch = learner.batch
        let (observations, actions) = (try golden["observations"], try golden["actions"])
        let (rewards, discounts) = (try golden["rewards"], try golden["discounts"])
        for i in 0..<2 * B {
            let from = i < B ? i % 8 : 8 + i % 8
            for w in 0..<4 {
                batch.observations[i * 4 + w] = observations[from * 4 + w]
                batch.inputs[i * 6 + w] = observations[from * 4 + w]
            }
        }
        for i in 0..<B {
            for a in 0..<2 { batch.inputs[i * 6 + 4 + a] = actions[i % 8 * 2 + a] }
            batch.rewards[i] = rewards[i % 8]
            batch.discounts[i] = discounts[i % 8]
        }
        let (noise, next) = (try golden["noise"], try golden["nextNoise"])
        for part in learner.passes.noises {
            for (k, i) in part.rows.enumerated() {
                for a in 0..<2 {
                    part.current.noise[k * 2 + a] = noise[i % 8 * 2 + a]
                    part.next.noise[k * 2 + a] = next[i % 8 * 2 + a]
                }
            }
        }
        return learner
    }

    /// One block, and three of which the last is not full, on one thread and on several.
    @Test(arguments: ["plain", "norm", "crossq"], [(1, 1, 2), (3, 1, 1), (3, 9, 2), (2, 9, 5)])
    func update(_ name: String, sizes: (shards: Int, copies: Int, threads: Int)) throws {
        let golden = try Golden("update-\(name)", file: "sac")
        // A running variance depends on the number of samples.
        let learner = try learner(name, golden, shards: sizes.shards, copies: name == "crossq" ? 1 : sizes.copies)
        var random = Philox(seed: 1, purpose: .test)
        // Step sizes of zero keep the weights, so the actor meets the critics that the golden numbers were made with.
        try learner.update(
            step: 0, rates: (0, 0, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: sizes.threads))
        try golden.expect(learner.batch.targets.array[..<8], "targets")
        let sums = learner.takeSums()
        try golden.expect([sums.criticLoss, sums.actorLoss, sums.alphaLoss].map { Float($0) }, "losses")
        for (layout, gradient) in [(learner.critic.layout, learner.passes.criticGradient), (learner.actor.layout, learner.passes.actorGradient)] {
            for range in layout.ranges where !range.name.hasSuffix("renorm.mean") && !range.name.hasSuffix("renorm.variance") {
                // Relative to the greatest element, which for a bias in front of a normalisation is zero but for rounding.
                let expected = try golden["d:\(range.name)"]
                for (found, expected) in zip(gradient.array[range.range], expected) {
                    #expect(abs(found - expected) < 1e-5 * max(1, abs(expected)), "\(range.name): \(found) for \(expected)")
                }
            }
        }
        if name == "crossq" {
            for (layout, buffer) in [(learner.critic.layout, learner.criticParameters), (learner.actor.layout, learner.actorParameters)] {
                for range in layout.ranges where range.name.hasSuffix("renorm.mean") || range.name.hasSuffix("renorm.variance") {
                    try golden.expect(buffer.array[range.range], "after:\(range.name)")
                }
            }
        }
    }

    @Test func temperature() throws {
        let golden = try Golden("update-plain", file: "sac")
        var c = SACConfiguration()
        c.entropy = .automatic(initial: 0.3)
        c.adamEpsilon = 1e-8
        let temperature = SACTemperature(c, actionWidth: 2)
        #expect(temperature.target == -2)
        let logProbability = Double(try golden["logProbabilities"].reduce(0, +) / 8)
        let loss = temperature.update(logProbability: logProbability, learningRate: 0.01)
        #expect(abs(loss - Double(try golden["losses"][2])) < 1e-6)
        // Adam's first step has the size of the step size, against the gradient's sign.
        let gradient = try golden["dLogAlpha"][0]
        #expect(abs(temperature.logAlpha[0] - (Float(-1.2039728) - 0.01 * (gradient > 0 ? 1 : -1))) < 1e-5)
        // The floor, a given target, and a fixed α.
        c.alphaMin = 0.299
        c.targetEntropy = -5
        let floored = SACTemperature(c, actionWidth: 2)
        #expect(floored.target == -5)
        for _ in 0..<20 { _ = floored.update(logProbability: -50, learningRate: 0.1) }
        #expect(abs(floored.alpha(at: 0) - 0.299) < 1e-6)
        for _ in 0..<60 { _ = floored.update(logProbability: 50, learningRate: 0.1) }
        #expect(floored.alpha(at: 0) > 0.3)
        c.entropy = .fixed(.linear(from: 0.3, to: 0.1, start: 0, end: 100))
        let given = SACTemperature(c, actionWidth: 2)
        #expect(given.update(logProbability: -50, learningRate: 0.1) == 0)
        for (step, alpha) in [(0, 0.3), (50, 0.2), (100, 0.1), (500, 0.1)] { #expect(given.alpha(at: step) == Float(alpha)) }
    }

    /// The targets follow by τ, after the critics' step.
    @Test func targetsFollow() throws {
        let golden = try Golden("update-plain", file: "sac")
        let learner = try learner("plain", golden, shards: 2)
        let (critics, targets) = (learner.criticParameters.array, learner.targetParameters.array)
        var random = Philox(seed: 1, purpose: .test)
        try learner.update(
            step: 0, rates: (1e-2, 1e-2, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
        var moved = 0
        for i in critics.indices {
            let expected = targets[i] + 0.005 * (learner.criticParameters[i] - targets[i])
            #expect(abs(learner.targetParameters[i] - expected) <= 1e-6)
            if learner.criticParameters[i] != critics[i] { moved += 1 }
        }
        #expect(moved > critics.count / 2)
    }

    /// A gradient that is longer than `max_grad_norm` is cut to it, the critics' as one; a shorter one is left as it is.
    @Test(arguments: ["plain", "norm"]) func gradientsAreCut(_ name: String) throws {
        let golden = try Golden("update-\(name)", file: "sac")
        func gradient(_ layout: ParameterLayout) throws -> [Float] {
            var all = [Float](repeating: 0, count: layout.count)
            for range in layout.ranges { for (i, value) in try golden["d:\(range.name)"].enumerated() { all[range.offset + i] = value } }
            return all
        }
        func norm(_ values: [Float]) -> Double { values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
        let bare = try learner(name, golden, shards: 2)
        let gradients = (critic: try gradient(bare.critic.layout), actor: try gradient(bare.actor.layout))
        let norms = (critic: norm(gradients.critic), actor: norm(gradients.actor))
        // Shorter than both, between them, longer than both.
        for limit in [0.5 * min(norms.critic, norms.actor), 0.5 * (norms.critic + norms.actor), 2 * max(norms.critic, norms.actor)] {
            let learner = try learner(name, golden, shards: 2) { $0.maxGradNorm = limit }
            var random = Philox(seed: 1, purpose: .test)
            try learner.update(
                step: 0, rates: (0, 0, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
            // What Adam was given is its first mean over 1 − β₁.
            for (adam, gradient, norm) in [(learner.criticAdam, gradients.critic, norms.critic), (learner.actorAdam, gradients.actor, norms.actor)] {
                let factor = Float(min(1, limit / norm))
                for (mean, value) in zip(adam.m.array, gradient) {
                    #expect(abs(mean - 0.1 * factor * value) < 2e-6 * max(1, abs(value)), "limit \(limit): \(mean) for \(0.1 * factor * value)")
                }
            }
            // The report has the norms from before.
            let sums = learner.takeSums()
            #expect(abs(sums.criticNorm - norms.critic) < 1e-4 * norms.critic && abs(sums.actorNorm - norms.actor) < 1e-4 * norms.actor)
        }
    }

    /// Actor and temperature take part in every `policy_delay`-th update.
    @Test func theActorWaitsForTheCritics() throws {
        let learner = try learner("plain", try Golden("update-plain", file: "sac"), shards: 2) { $0.policyFrequency = 3 }
        var random = Philox(seed: 1, purpose: .test)
        for k in 1...7 {
            let (critic, actor, alpha) = (learner.criticParameters.array, learner.actorParameters.array, learner.temperature.alpha(at: 0))
            try learner.update(
                step: 0, rates: (1e-3, 1e-3, 1e-3), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
            let isDue = k % 3 == 0
            #expect(learner.updates == k && learner.actorUpdates == k / 3 && learner.criticParameters.array != critic)
            #expect((learner.actorParameters.array != actor) == isDue && (learner.temperature.alpha(at: 0) != alpha) == isDue, "update \(k)")
        }
    }

    /// L2 pulls weights, never running statistics: those are as the batch left them.
    @Test func weightDecaySparesStatistics() throws {
        let golden = try Golden("update-crossq", file: "sac")
        var statistics: [[Float]] = []
        for decay in [0, 0.1] {
            let learner = try learner("crossq", golden, shards: 1) { $0.weightDecay = decay }
            var random = Philox(seed: 1, purpose: .test)
            try learner.update(
                step: 0, rates: (1e-2, 1e-2, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
            var found: [Float] = []
            for range in learner.critic.layout.ranges where range.name.hasSuffix("renorm.mean") || range.name.hasSuffix("renorm.variance") {
                found += learner.criticParameters.array[range.range]
            }
            statistics.append(found)
            // The whole layout is either trained or a statistic.
            let trained = try #require(learner.passes as? SACJointPasses).criticChunks.ranges.reduce(0) { $0 + $1.count }
            #expect(trained + found.count == learner.critic.layout.count)
        }
        #expect(statistics[0] == statistics[1])
    }

    @Test func notANumberIsFound() throws {
        let golden = try Golden("update-plain", file: "sac")
        let learner = try learner("plain", golden, shards: 2)
        learner.batch.rewards[3] = .nan
        let before = learner.criticParameters.array
        var random = Philox(seed: 1, purpose: .test)
        #expect { try learner.update(
            step: 0, rates: (1e-2, 1e-2, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
        } throws: { "\($0)".contains("critics' loss is no longer a finite number") }
        #expect(learner.criticParameters.array == before)
    }
}
