import Environments

/// What one iteration of PPO did.
public struct PPOReport: Sendable {
    /// Environment steps and iterations so far.
    public var steps: Int
    public var iterations: Int
    /// Episodes that ended during the rollout.
    public var episodes: [FinishedEpisode]
    public var update: PPOUpdate
    public var diagnostics: PPODiagnostics

    /// The report as named numbers, in a fixed order. Documentation/Metrics.md explains each.
    public var metrics: [(name: String, value: Double)] {
        [
            ("policy_loss", update.policyLoss), ("value_loss", update.valueLoss), ("entropy", update.entropy), ("bound_loss", update.boundLoss),
            ("approx_kl", update.approxKL), ("clip_fraction", update.clipFraction), ("ratio_deviation", update.firstRatioDeviation),
            ("gradient_norm", update.gradientNorm), ("gradient_clip_fraction", update.gradientClipFraction), ("epochs", update.epochs),
            ("learning_rate", update.learningRate), ("clip_range", update.clipRange), ("ent_coef", update.entropyCoefficient),
            ("std", diagnostics.std), ("std_min", diagnostics.stdMin), ("std_max", diagnostics.stdMax),
            ("explained_variance", diagnostics.explainedVariance), ("return_target_mean", diagnostics.returnMean),
            ("value_scale", diagnostics.valueScale), ("reward_scale", diagnostics.rewardScale), ("weight_norm", diagnostics.weightNorm),
            ("update_to_weight", diagnostics.updateToWeight), ("dormant_units", diagnostics.dormantUnits),
            ("stable_rank", diagnostics.stableRank), ("feature_norm", diagnostics.featureNorm),
            ("action_saturation", diagnostics.actionSaturation), ("normalizer_drift", diagnostics.normalizerDrift),
            ("truncation_share", diagnostics.truncationShare),
        ]
    }
}

/// Means over all minibatches of an iteration.
public struct PPOUpdate: Sendable, Equatable {
    public var policyLoss = 0.0
    public var valueLoss = 0.0
    /// Nats.
    public var entropy = 0.0
    public var boundLoss = 0.0
    public var approxKL = 0.0
    /// Share of samples whose ratio left the clipping range.
    public var clipFraction = 0.0
    /// Greatest |ratio − 1| in the first minibatch of the first epoch: 0 but for rounding, or the log-probabilities are wrong.
    public var firstRatioDeviation = 0.0
    /// Before clipping.
    public var gradientNorm = 0.0
    public var gradientClipFraction = 0.0
    /// Epochs done, in fractions when the target KL ended them early.
    public var epochs = 0.0
    public var learningRate = 0.0
    public var clipRange = 0.0
    public var entropyCoefficient = 0.0
}

/// Health of the policy and its networks after an iteration.
public struct PPODiagnostics: Sendable, Equatable {
    /// Mean, least and greatest σ of the action components, in the policy's units; NaN for discrete actions.
    public var std = Double.nan
    public var stdMin = Double.nan
    public var stdMax = Double.nan
    public var explainedVariance = Double.nan
    /// Mean return target, in the rewards' scaled units.
    public var returnMean = 0.0
    /// Deviation by which the critic's targets are divided.
    public var valueScale = 1.0
    /// Factor on rewards.
    public var rewardScale = 1.0
    /// Euclidean norm of all parameters.
    public var weightNorm = 0.0
    /// ‖change in this iteration‖ / ‖parameters before‖.
    public var updateToWeight = 0.0
    /// Share of hidden units whose mean |activation| is at most 2.5 % of their layer's mean.
    public var dormantUnits = 0.0
    /// Number of singular values of the policy's last hidden features that carry 99 % of their sum.
    public var stableRank = 0.0
    /// Mean Euclidean norm of those features.
    public var featureNorm = 0.0
    /// Share of action components that were cut at the bounds.
    public var actionSaturation = 0.0
    /// How far the observation means moved, in deviations.
    public var normalizerDrift = 0.0
    /// Share of ended episodes in the rollout that were truncated; NaN if none ended.
    public var truncationShare = Double.nan
}
