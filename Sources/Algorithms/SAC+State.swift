import Core
import Environments
import Networks
import Tensor

extension SAC {
    /// Everything that the rest of the run depends on, the environments' state included. A replay buffer in memory is part of it; of one in a
    /// file it has positions and checksums, and the file is safe on the disk when this returns.
    public func state() throws -> StateArchive {
        var archive = StateArchive()
        for (prefix, layout, buffer) in stored { archive.store(buffer, layout, prefix: "parameters." + prefix) }
        archive.store(learner.actorAdam, as: "adam.actor")
        archive.store(learner.criticAdam, as: "adam.critic")
        archive.store(learner.temperature.adam, as: "adam.alpha")
        archive.tensors["log_alpha"] = StateArchive.Tensor(shape: [1], values: learner.temperature.logAlpha.array)
        archive.doubles["steps"] = [Double(steps)]
        archive.doubles["iterations"] = [Double(iterations)]
        archive.doubles["updates"] = [Double(learner.updates), Double(learner.actorUpdates)]
        archive.doubles["learning_rate.factor"] = [learningRateFactor]
        archive.store(observationNormalizer)
        archive.store(rewardNormalizer.moments, as: "rewards")
        archive.doubles["rewards.returns"] = rewardNormalizer.returns
        archive.store(sampling, as: "random.sampling")
        for i in 0..<learner.noiseCount { archive.store(learner.noise[i], as: "random.update.\(i)") }
        for i in 0..<configuration.environments {
            archive.store(noise[i], as: "random.noise.\(i)")
            archive.store(exploration[i], as: "random.exploration.\(i)")
            archive.bytes["environment.\(i)"] = try vector.snapshot(i)
        }
        try replay.store(in: &archive)
        return archive
    }

    /// Continues from a state of the same configuration: what follows has the same bits as if it had never stopped.
    ///
    /// - Throws: `StateArchiveError` for a state that doesn't fit, `AlgorithmError` where the replay file is missing or not what it was.
    public mutating func restore(_ archive: StateArchive) throws {
        for (prefix, layout, buffer) in stored { try archive.load(layout, into: buffer, prefix: "parameters." + prefix) }
        try archive.load("adam.actor", into: &learner.actorAdam)
        try archive.load("adam.critic", into: &learner.criticAdam)
        try archive.load("adam.alpha", into: &learner.temperature.adam)
        learner.temperature.logAlpha.assign(try archive.tensor("log_alpha", count: 1))
        steps = Int(try archive.scalar("steps"))
        iterations = Int(try archive.scalar("iterations"))
        let updates = try archive.doubles("updates", count: 2)
        learner.updates = Int(updates[0])
        learner.actorUpdates = Int(updates[1])
        learningRateFactor = try archive.scalar("learning_rate.factor")
        observationNormalizer = try archive.normalizer(like: observationNormalizer)
        rewardNormalizer.restore(
            moments: try archive.moments("rewards", columns: 1),
            returns: try archive.doubles("rewards.returns", count: configuration.environments))
        sampling = try archive.load(Philox.self, "random.sampling")
        for i in 0..<learner.noiseCount { learner.noise[i] = try archive.load(Philox.self, "random.update.\(i)") }
        for i in 0..<configuration.environments {
            noise[i] = try archive.load(Philox.self, "random.noise.\(i)")
            exploration[i] = try archive.load(Philox.self, "random.exploration.\(i)")
            try vector.restore(i, try archive.byteArray("environment.\(i)"))
        }
        let vector = vector
        try replay.restore(archive) { vector.observation($0) }
        // What an iteration that failed has left is not the restored run's.
        collection.forget()
        _ = learner.takeSums()
    }

    /// What a rollback returns to, and a policy is made of: weights, temperature and normaliser, without optimisers, environments and generators.
    public func learned() -> StateArchive {
        var archive = StateArchive()
        for (prefix, layout, buffer) in stored { archive.store(buffer, layout, prefix: prefix) }
        archive.tensors["log_alpha"] = StateArchive.Tensor(shape: [1], values: learner.temperature.logAlpha.array)
        archive.store(observationNormalizer)
        archive.store(rewardNormalizer.moments, as: "rewards")
        return archive
    }

    /// Goes back to learned weights after a collapse: Adam starts anew and the step sizes are halved. Steps, generators and the replay buffer go on.
    public mutating func rollBack(to archive: StateArchive) throws {
        for (prefix, layout, buffer) in stored { try archive.load(layout, into: buffer, prefix: prefix) }
        learner.temperature.logAlpha.assign(try archive.tensor("log_alpha", count: 1))
        observationNormalizer = try archive.normalizer(like: observationNormalizer)
        try archive.loadRewardMoments(into: &rewardNormalizer)
        learner.actorAdam.reset()
        learner.criticAdam.reset()
        learner.temperature.adam.reset()
        learningRateFactor *= 0.5
    }

    /// A policy that can act on its own, with the normaliser as it is now.
    public func policy() -> Policy {
        Policy(
            network: .squashedGaussian(network), parameters: parameters.array,
            normalizer: observationNormalizer.map { ObservationNormalizer(moments: $0.moments, clip: $0.clip) }, transform: transform)
    }

    /// All parameter buffers with the prefix of their names.
    private var stored: [(prefix: String, layout: ParameterLayout, buffer: FloatBuffer)] {
        var all = [("", network.layout, learner.actorParameters), ("", learner.critic.layout, learner.criticParameters)]
        if learner.targetParameters.count > 0 { all.append(("target.", learner.critic.layout, learner.targetParameters)) }
        return all
    }
}
