import Algorithms
import Configuration
import Environments
import Networks

extension PPOConfiguration {
    /// The algorithm's configuration from the resolved file.
    init(_ ppo: PPOSettings, actionTransform: ActionTransformName, shards: Int?) {
        self.init()
        environments = ppo.nEnvs
        steps = ppo.nSteps
        batchSize = ppo.batchSize
        epochs = ppo.nEpochs
        switch ppo.learningRate {
        case .scheduled(let schedule):
            learningRate = schedule
        case .adaptive(let initial, let minimum, let maximum, let desired):
            learningRate = .constant(initial)
            adaptiveKL = AdaptiveKL(desired: desired, minimum: minimum, maximum: maximum)
        }
        gamma = ppo.gamma
        gaeLambda = ppo.gaeLambda
        clipRange = ppo.clipRange
        valueClipRange = ppo.clipRangeVF
        normalizeAdvantage = ppo.normalizeAdvantage
        entropyCoefficient = ppo.entCoef
        valueCoefficient = ppo.vfCoef
        maxGradNorm = ppo.maxGradNorm
        targetKL = ppo.targetKL
        boundLossCoefficient = ppo.boundLossCoef
        logStdInit = ppo.logStdInit
        // Unbounded means: as far as single precision goes without overflow.
        logStdMin = ppo.logStdMin ?? -40
        logStdMax = ppo.logStdMax ?? 40
        policyHidden = ppo.netArch.policy
        valueHidden = ppo.netArch.value
        activation = Activation(ppo.activation)
        orthogonalInit = ppo.orthoInit
        policyGain = ppo.policyGain
        layerNorm = ppo.layerNorm
        sharedTrunk = ppo.shareFeatures
        adamBeta1 = ppo.adamBeta1
        adamBeta2 = ppo.adamBeta2
        adamEpsilon = ppo.adamEps
        weightDecay = ppo.weightDecay
        normalizeObservations = ppo.normalizeObservations
        normalizeRewards = ppo.normalizeRewards
        normalizeValues = ppo.normalizeValues
        clipObservations = ppo.clipObservations
        clipRewards = ppo.clipRewards
        rewardScale = ppo.rewardScale
        normalizeUntil = ppo.normalizeUntil
        self.actionTransform = .init(actionTransform)
        self.shards = shards
    }
}

extension RecurrenceConfiguration {
    /// What recurrent PPO needs beside it.
    init(_ ppo: PPOSettings) {
        self.init()
        hidden = ppo.lstmHiddenSize
        bpttLength = ppo.bpttLength
        shared = ppo.sharedLSTM
        refreshStates = ppo.refreshStates
        layerNorm = ppo.lstmLayerNorm
        policyInput = ppo.lstmInputArch.policy
        valueInput = ppo.lstmInputArch.value
    }
}

extension ActionTransform.Kind {
    init(_ configured: ActionTransformName) {
        switch configured {
        case .clip: self = .clip
        case .rescale: self = .rescale
        case .none: self = .none
        }
    }
}
