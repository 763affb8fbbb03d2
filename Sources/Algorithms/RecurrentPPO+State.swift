import Core
import Environments
import Networks
import Tensor

extension RecurrentPPO {
    /// Everything that the rest of the run depends on, the environments' state included.
    public func state() throws -> StateArchive {
        var archive = StateArchive()
        archive.store(parameters, network.layout, prefix: "parameters.")
        archive.store(adam, as: "adam")
        archive.doubles["steps"] = [Double(steps)]
        archive.doubles["iterations"] = [Double(iterations)]
        archive.doubles["learning_rate.adaptive"] = [adaptiveLearningRate]
        archive.doubles["learning_rate.factor"] = [learningRateFactor]
        archive.store(observationNormalizer)
        archive.store(rewardNormalizer.moments, as: "rewards")
        archive.doubles["rewards.returns"] = rewardNormalizer.returns
        archive.store(valueNormalizer.moments, as: "values")
        archive.store(order, as: "random.order")
        for i in 0..<configuration.environments {
            archive.store(noise[i], as: "random.noise.\(i)")
            archive.bytes["environment.\(i)"] = try vector.snapshot(i)
        }
        store(rollout.actorState, as: "memory.actor", in: &archive)
        if let state = rollout.criticState { store(state, as: "memory.critic", in: &archive) }
        return archive
    }

    /// Continues from a state of the same configuration: what follows has the same bits as if it had never stopped.
    public mutating func restore(_ archive: StateArchive) throws {
        try restoreLearning(archive)
        steps = Int(try archive.scalar("steps"))
        iterations = Int(try archive.scalar("iterations"))
        learningRateFactor = try archive.scalar("learning_rate.factor")
        rewardNormalizer.restore(
            moments: try archive.moments("rewards", columns: 1),
            returns: try archive.doubles("rewards.returns", count: configuration.environments))
        order = try archive.load(Philox.self, "random.order")
        for i in 0..<configuration.environments {
            noise[i] = try archive.load(Philox.self, "random.noise.\(i)")
            try vector.restore(i, try archive.byteArray("environment.\(i)"))
        }
        try load(rollout.actorState, "memory.actor", from: archive)
        if let state = rollout.criticState { try load(state, "memory.critic", from: archive) }
    }

    /// Takes back the weights, the optimiser and the normalisers alone; the environments, generators and step counts go on.
    private mutating func restoreLearning(_ archive: StateArchive) throws {
        try archive.load(network.layout, into: parameters, prefix: "parameters.")
        try archive.load("adam", into: &adam)
        adaptiveLearningRate = try archive.scalar("learning_rate.adaptive")
        observationNormalizer = try archive.normalizer(like: observationNormalizer)
        valueNormalizer = ValueNormalizer(moments: try archive.moments("values", columns: 1))
    }

    /// What a rollback returns to: weights and normalisers, without optimiser, environments and generators.
    public func learned() -> StateArchive {
        var archive = StateArchive()
        archive.store(parameters, network.layout, prefix: "")
        archive.store(observationNormalizer)
        archive.store(rewardNormalizer.moments, as: "rewards")
        archive.store(valueNormalizer.moments, as: "values")
        archive.doubles["learning_rate.adaptive"] = [adaptiveLearningRate]
        return archive
    }

    /// Goes back to learned weights after a collapse: Adam starts anew and the step size is halved. Steps and generators go on.
    public mutating func rollBack(to archive: StateArchive) throws {
        try archive.load(network.layout, into: parameters, prefix: "")
        observationNormalizer = try archive.normalizer(like: observationNormalizer)
        valueNormalizer = ValueNormalizer(moments: try archive.moments("values", columns: 1))
        adaptiveLearningRate = try archive.scalar("learning_rate.adaptive")
        try archive.loadRewardMoments(into: &rewardNormalizer)
        // What the collapsed weights remembered means nothing to these.
        rollout.actorState.reset()
        rollout.criticState?.reset()
        adam.reset()
        learningRateFactor *= 0.5
    }

    /// A policy that can act on its own, with the normaliser as it is now.
    public func policy() -> Policy {
        Policy(
            network: .recurrentActorCritic(network), parameters: parameters.array,
            normalizer: observationNormalizer.map { ObservationNormalizer(moments: $0.moments, clip: $0.clip) },
            transform: transform)
    }

    /// What the environments' open episodes have left in an LSTM.
    private func store(_ state: LSTMState, as name: String, in archive: inout StateArchive) {
        archive.tensors["\(name).hidden"] = StateArchive.Tensor(shape: [state.rows, state.width], values: state.hidden.array)
        archive.tensors["\(name).cell"] = StateArchive.Tensor(shape: [state.rows, state.width], values: state.cell.array)
    }

    private func load(_ state: LSTMState, _ name: String, from archive: StateArchive) throws {
        state.hidden.assign(try archive.tensor("\(name).hidden", count: state.hidden.count))
        state.cell.assign(try archive.tensor("\(name).cell", count: state.cell.count))
    }
}
