import Core
import Environments
import Networks
import Tensor
import Testing

@testable import Algorithms

/// Losses and all gradients of a whole update against PyTorch.
@Suite struct SACGoldenTests {
    init() throws { try BLAS.open() }

    /// - Parameter copies: how often the minibatch of 8 rows stands in the learner's. Losses and gradients are means, so that changes neither.
    private func learner(_ name: String, _ golden: Golden, shards: Int, copies: Int = 1, weightDecay: Double = 0) throws -> SACLearner {
        var c = SACConfiguration()
        let B = 8 * copies
        c.batchSize = B
        c.weightDecay = weightDecay
        c.shards = shards
        c.policyHidden = [6, 6]
        c.criticHidden = [6, 6]
        c.criticLayerNorm = name == "norm"
        c.crossQ = name == "crossq"
        c.renormWarmup = 0
        let settings = try golden["settings"]
        c.entropy = .automatic(initial: Double(settings[0]))
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
            rates: (0, 0, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: sizes.threads))
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
        #expect(abs(floored.alpha - 0.299) < 1e-6)
        for _ in 0..<60 { _ = floored.update(logProbability: 50, learningRate: 0.1) }
        #expect(floored.alpha > 0.3)
        c.entropy = .fixed(0.1)
        let fixed = SACTemperature(c, actionWidth: 2)
        #expect(fixed.update(logProbability: -50, learningRate: 0.1) == 0 && fixed.alpha == 0.1)
    }

    /// The targets follow by τ, after the critics' step; clipping cuts the gradient's norm.
    @Test func targetsFollow() throws {
        let golden = try Golden("update-plain", file: "sac")
        let learner = try learner("plain", golden, shards: 2)
        let (critics, targets) = (learner.criticParameters.array, learner.targetParameters.array)
        var random = Philox(seed: 1, purpose: .test)
        try learner.update(
            rates: (1e-2, 1e-2, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
        var moved = 0
        for i in critics.indices {
            let expected = targets[i] + 0.005 * (learner.criticParameters[i] - targets[i])
            #expect(abs(learner.targetParameters[i] - expected) <= 1e-6)
            if learner.criticParameters[i] != critics[i] { moved += 1 }
        }
        #expect(moved > critics.count / 2)
    }

    /// L2 pulls weights, never running statistics: those are as the batch left them.
    @Test func weightDecaySparesStatistics() throws {
        let golden = try Golden("update-crossq", file: "sac")
        var statistics: [[Float]] = []
        for decay in [0, 0.1] {
            let learner = try learner("crossq", golden, shards: 1, weightDecay: decay)
            var random = Philox(seed: 1, purpose: .test)
            try learner.update(
                rates: (1e-2, 1e-2, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
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
            rates: (1e-2, 1e-2, 0), normalizer: nil, rewardScale: 1, rewardLimit: .infinity, random: &random, pool: WorkerPool(threads: 1))
        } throws: { "\($0)".contains("critics' loss is no longer a finite number") }
        #expect(learner.criticParameters.array == before)
    }
}
