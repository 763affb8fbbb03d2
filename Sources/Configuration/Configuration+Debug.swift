extension Configuration {
    /// The same configuration with every size made small, so that any system runs end to end in seconds:
    ///
    /// - at most 4 environments, batches of 64, 2 layers of 16 units
    /// - PPO: 64 steps a rollout, 2 epochs, 4 rollouts in all; sequences of 16 steps, an LSTM of 16 units
    /// - SAC: 512 steps in all, at most an eighth of them before learning starts, a buffer of 1024, sums of at most 64 rewards
    /// - episodes of at most 100 steps; at most 2 episodes and 2 environments an evaluation, 2 to confirm
    /// - evaluation, checkpoint and milestone every half run (or as often as before), off if it was off
    /// - a curriculum's windows are one evaluation
    /// - schedules, `min_steps` and `normalize_until` keep their place relative to the length of the run
    ///
    /// Nothing is made larger, and the result passes every check that the original passed.
    public func debugOverlay() -> Configuration {
        var small = self
        switch small.algorithm {
        case .ppo(var ppo):
            ppo.shrink()
            small.totalTimesteps = min(totalTimesteps, 4 * ppo.rolloutSize)
            ppo.rescaleTime(from: totalTimesteps, to: small.totalTimesteps)
            small.algorithm = .ppo(ppo)
            small.machine.shards = machine.shards.map { min($0, ppo.batchSize) }
        case .sac(var sac):
            small.totalTimesteps = min(totalTimesteps, 512)
            sac.shrink(total: small.totalTimesteps)
            sac.rescaleTime(from: totalTimesteps, to: small.totalTimesteps)
            small.algorithm = .sac(sac)
            small.machine.shards = machine.shards.map { min($0, sac.batchSize) }
        }

        let half = max(1, small.totalTimesteps / 2)
        small.curriculum = curriculum.map { $0.shrunk(from: totalTimesteps, to: small.totalTimesteps) }
        small.environment.maxEpisodeSteps = min(environment.maxEpisodeSteps ?? 100, 100)
        small.evaluation.evalFreq = min(evaluation.evalFreq, half)
        small.evaluation.nEvalEpisodes = min(evaluation.nEvalEpisodes, 2)
        small.evaluation.confirmEpisodes = min(evaluation.confirmEpisodes, 2)
        small.evaluation.nEvalEnvs = evaluation.nEvalEnvs.map { min($0, small.evaluation.nEvalEpisodes) }
        small.checkpoint.saveFreq = min(checkpoint.saveFreq, half)
        small.checkpoint.milestoneFreq = min(checkpoint.milestoneFreq, half)
        return small
    }
}

extension CurriculumSettings {
    fileprivate func shrunk(from old: Int, to new: Int) -> CurriculumSettings {
        var small = self
        // The last stage has no window.
        for index in small.stages.indices.dropLast() {
            small.stages[index].window = 1
            small.stages[index].minSteps = Int(Double(stages[index].minSteps) * Double(new) / Double(old))
        }
        return small
    }
}

extension PPOSettings {
    fileprivate mutating func shrink() {
        nEnvs = min(nEnvs, 4)
        nSteps = min(nSteps, 64)
        if useLSTM { shrinkMemory() }
        // A divisor of the rollout, or minibatches would not be full; with memory whole sequences.
        let unit = useLSTM ? bpttLength : 1
        batchSize = unit * SettingsResolver.nearestDivisors(of: rolloutSize / unit, to: max(1, min(batchSize, 64, rolloutSize) / unit)).0
        nEpochs = min(nEpochs, 2)
        netArch.policy = netArch.policy.prefix(2).map { min($0, 16) }
        netArch.value = netArch.value.prefix(2).map { min($0, 16) }
    }

    private mutating func shrinkMemory() {
        bpttLength = SettingsResolver.nearestDivisors(of: nSteps, to: min(bpttLength, 16, nSteps)).0
        lstmHiddenSize = min(lstmHiddenSize, 16)
        lstmInputArch.policy = lstmInputArch.policy.prefix(2).map { min($0, 16) }
        lstmInputArch.value = lstmInputArch.value.prefix(2).map { min($0, 16) }
    }

    fileprivate mutating func rescaleTime(from old: Int, to new: Int) {
        clipRange = ScheduleText.rescaled(clipRange, from: old, to: new)
        entCoef = ScheduleText.rescaled(entCoef, from: old, to: new)
        if case .scheduled(let schedule) = learningRate {
            learningRate = .scheduled(ScheduleText.rescaled(schedule, from: old, to: new))
        }
        normalizeUntil = normalizeUntil.map { max(1, Int(Double($0) * Double(new) / Double(old))) }
    }
}

extension SACSettings {
    /// - Parameter total: steps of the shrunk run.
    fileprivate mutating func shrink(total: Int) {
        nEnvs = min(nEnvs, 4)
        batchSize = min(batchSize, 64)
        bufferSize = min(bufferSize, 1024)
        learningStarts = min(learningStarts, total / 8)
        trainFreq = min(trainFreq, 16)
        gradientSteps = min(gradientSteps, 4)
        nStep = min(nStep, 64)
        netArch.policy = netArch.policy.prefix(2).map { min($0, 16) }
        netArch.value = netArch.value.prefix(2).map { min($0, 16) }
    }

    fileprivate mutating func rescaleTime(from old: Int, to new: Int) {
        learningRate = ScheduleText.rescaled(learningRate, from: old, to: new)
        if case .fixed(let schedule) = entCoef { entCoef = .fixed(ScheduleText.rescaled(schedule, from: old, to: new)) }
        criticLearningRate = criticLearningRate.map { ScheduleText.rescaled($0, from: old, to: new) }
        alphaLearningRate = alphaLearningRate.map { ScheduleText.rescaled($0, from: old, to: new) }
        normalizeUntil = normalizeUntil.map { max(1, Int(Double($0) * Double(new) / Double(old))) }
    }
}
