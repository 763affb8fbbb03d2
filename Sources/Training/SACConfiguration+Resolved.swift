import Algorithms
import Configuration
import Networks

extension SACConfiguration {
    /// The algorithm's configuration from the resolved file.
    ///
    /// - Parameters:
    ///   - actions: components of an action.
    ///   - checkpoints: how often checkpoints are saved and how many stay: a replay file has to serve the oldest of them.
    ///   - frequencies: how often something falls due, in steps; 0: never. An iteration is not longer than the shortest.
    init(_ sac: SACSettings, actions: Int, checkpoints: CheckpointConfiguration, totalTimesteps: Int, frequencies: [Int], shards: Int?) {
        self.init()
        environments = sac.nEnvs
        stepsPerIteration = ([1000, totalTimesteps] + frequencies.filter { $0 > 0 }).min() ?? 1000
        bufferSize = sac.bufferSize
        learningStarts = sac.learningStarts
        batchSize = sac.batchSize
        trainFrequency = sac.trainFreq
        gradientSteps = sac.gradientSteps
        policyFrequency = sac.policyDelay
        learningRate = sac.learningRate
        criticLearningRate = sac.criticLearningRate
        alphaLearningRate = sac.alphaLearningRate
        gamma = sac.gamma
        nStep = sac.nStep
        tau = sac.tau
        switch sac.entCoef {
        case .automatic(let initial): entropy = .automatic(initial: initial)
        case .fixed(let schedule): entropy = .fixed(schedule)
        }
        targetEntropy = sac.targetEntropy(actions: actions)
        alphaMin = sac.alphaMin > 0 ? sac.alphaMin : nil
        maxGradNorm = sac.maxGradNorm
        policyHidden = sac.netArch.policy
        criticHidden = sac.netArch.value
        activation = Activation(sac.activation)
        // CrossQ normalises by batches; the recipe's default is meant for critics with targets.
        criticLayerNorm = sac.criticLayerNorm && !sac.crossQ
        crossQ = sac.crossQ
        logStdMin = sac.logStdMin
        logStdMax = sac.logStdMax
        adamBeta1 = sac.adamBeta1
        adamBeta2 = sac.adamBeta2
        adamEpsilon = sac.adamEps
        weightDecay = sac.weightDecay
        normalizeObservations = sac.normalizeObservations
        normalizeRewards = sac.normalizeRewards
        clipObservations = sac.clipObservations
        clipRewards = sac.clipRewards
        rewardScale = sac.rewardScale
        normalizeUntil = sac.normalizeUntil
        replaySlack = slack(checkpoints, totalTimesteps: totalTimesteps)
        self.shards = shards
    }

    /// Rows beyond the buffer with which the oldest checkpoint can still be resumed. One checkpoint more than is kept is under way when the oldest
    /// goes; none comes sooner than an iteration after the last; each step may end an episode, which takes a second row. No run writes more than all
    /// its steps; 2⁴⁰ are more than any disk holds, which is for the file to say.
    private func slack(_ checkpoints: CheckpointConfiguration, totalTimesteps: Int) -> Int {
        let apart = max(checkpoints.saveFreq, iterationSize)
        let (steps, isTooMany) = apart.multipliedReportingOverflow(by: min(checkpoints.keepLast, Int.max - 1) + 1)
        return 2 * min(isTooMany ? .max : steps, min(totalTimesteps, 1 << 40) + iterationSize)
    }
}

extension Activation {
    init(_ configured: ActivationName) {
        switch configured {
        case .tanh: self = .tanh
        case .relu: self = .relu
        case .elu: self = .elu
        }
    }
}
