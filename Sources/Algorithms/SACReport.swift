import Environments

/// What one iteration of SAC did.
public struct SACReport: Sendable {
    /// Environment steps and iterations so far.
    public var steps: Int
    public var iterations: Int
    /// Episodes that ended during the iteration.
    public var episodes: [FinishedEpisode]
    public var update: SACUpdate
    public var diagnostics: SACDiagnostics

    /// The report as named numbers, in a fixed order. Documentation/Metrics.md explains each.
    public var metrics: [(name: String, value: Double)] {
        [
            ("critic_loss", update.criticLoss), ("actor_loss", update.actorLoss), ("alpha", update.alpha), ("alpha_loss", update.alphaLoss),
            ("entropy", update.entropy), ("target_entropy", update.targetEntropy), ("q_mean", update.qMean), ("q_target_mean", update.targetMean),
            ("q_disagreement", update.disagreement), ("critic_gradient_norm", update.criticGradientNorm),
            ("actor_gradient_norm", update.actorGradientNorm), ("updates", update.updates), ("learning_rate", update.actorLearningRate),
            ("critic_learning_rate", update.criticLearningRate), ("alpha_learning_rate", update.alphaLearningRate), ("std", diagnostics.std),
            ("std_min", diagnostics.stdMin), ("std_max", diagnostics.stdMax), ("reward_scale", diagnostics.rewardScale),
            ("weight_norm", diagnostics.weightNorm), ("critic_weight_norm", diagnostics.criticWeightNorm),
            ("update_to_weight", diagnostics.updateToWeight), ("critic_update_to_weight", diagnostics.criticUpdateToWeight),
            ("dormant_units", diagnostics.dormantUnits), ("critic_dormant_units", diagnostics.criticDormantUnits),
            ("stable_rank", diagnostics.stableRank), ("critic_stable_rank", diagnostics.criticStableRank),
            ("feature_norm", diagnostics.featureNorm), ("critic_feature_norm", diagnostics.criticFeatureNorm),
            ("action_saturation", diagnostics.actionSaturation), ("normalizer_drift", diagnostics.normalizerDrift),
            ("truncation_share", diagnostics.truncationShare), ("replay_size", diagnostics.replaySize),
        ]
    }
}

/// Means over all updates of an iteration; NaN where there were none.
public struct SACUpdate: Sendable, Equatable {
    /// ½·Σ over both critics of the mean squared error.
    public var criticLoss = Double.nan
    public var actorLoss = Double.nan
    /// The entropy's weight after the iteration.
    public var alpha = Double.nan
    public var alphaLoss = Double.nan
    /// −mean ln π of the actor's actions in [−1, 1], and what the temperature aims at, in nats.
    public var entropy = Double.nan
    public var targetEntropy = Double.nan
    /// Mean of both critics on the buffer's actions, and of their targets, in the rewards' scaled units.
    public var qMean = Double.nan
    public var targetMean = Double.nan
    /// Mean |Q₁ − Q₂|.
    public var disagreement = Double.nan
    /// Before they are cut.
    public var criticGradientNorm = Double.nan
    public var actorGradientNorm = Double.nan
    /// Updates of the critics since the run's beginning.
    public var updates = 0.0
    /// At the iteration's beginning.
    public var actorLearningRate = 0.0
    public var criticLearningRate = 0.0
    public var alphaLearningRate = 0.0
}

/// Health of the networks after an iteration. What is not said to be the critics' is the actor's.
public struct SACDiagnostics: Sendable, Equatable {
    /// Mean, least and greatest σ before tanh, over recent observations.
    public var std = Double.nan
    public var stdMin = Double.nan
    public var stdMax = Double.nan
    /// Factor on rewards.
    public var rewardScale = 1.0
    /// Euclidean norm of all parameters, and how far the iteration moved them relative to it.
    public var weightNorm = 0.0
    public var criticWeightNorm = 0.0
    public var updateToWeight = 0.0
    public var criticUpdateToWeight = 0.0
    /// Share of hidden units whose mean |activation| is at most 2.5 % of their layer's mean; of both critics together.
    public var dormantUnits = Double.nan
    public var criticDormantUnits = Double.nan
    /// Number of singular values of the last hidden features that carry 99 % of their sum, and those features' mean norm; of the first critic.
    public var stableRank = Double.nan
    public var criticStableRank = Double.nan
    public var featureNorm = Double.nan
    public var criticFeatureNorm = Double.nan
    /// Share of action components taken with |a| ≥ 0.99.
    public var actionSaturation = 0.0
    /// How far the observation means moved, in deviations.
    public var normalizerDrift = 0.0
    /// Share of ended episodes that were truncated; NaN if none ended.
    public var truncationShare = Double.nan
    /// Rows that can be sampled, marks of ended episodes included.
    public var replaySize = 0.0
}
