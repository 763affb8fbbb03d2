import Algorithms
import Configuration
import Networks

extension SACConfiguration {
    /// The algorithm's configuration from the resolved file.
    ///
    /// - Parameters:
    ///   - actions: components of an action.
    ///   - checkpoints: how often checkpoints are saved and how many stay: a replay file has to serve the oldest of them.
    init(_ sac: SACSettings, actions: Int, checkpoints: CheckpointConfiguration, shards: Int?) {
        self.init()
        environments = sac.nEnvs
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
        case .fixed(let value): entropy = .fixed(value)
        }
        targetEntropy = sac.targetEntropy(actions: actions)
        alphaMin = sac.alphaMin > 0 ? sac.alphaMin : nil
        maxGradNorm = sac.maxGradNorm
        policyHidden = sac.netArch.policy
        criticHidden = sac.netArch.value
        activation = Activation(sac.activation)
        criticLayerNorm = sac.criticLayerNorm
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
        // One checkpoint more than is kept is under way when the oldest goes.
        replaySlack = checkpoints.saveFreq * (checkpoints.keepLast + 1)
        self.shards = shards
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
