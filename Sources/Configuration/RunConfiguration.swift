/// What the guard does about a confirmed decline.
public enum CollapseResponse: String, Sendable, Codable, CaseIterable {
    case warn, stop, rollback
    static var names: [String] { allCases.map(\.rawValue) }
}

/// The `evaluation:` section.
public struct EvaluationConfiguration: Sendable, Codable, Equatable {
    /// Steps between evaluations; 0: none.
    public var evalFreq = 0
    public var nEvalEpisodes = 0
    /// Episodes on fresh seeds that a candidate for best must pass.
    public var confirmEpisodes = 0
    /// nil: chosen by the training loop.
    public var nEvalEnvs: Int?

    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.int("evaluation.eval_freq", &evalFreq)
        binder.int("evaluation.n_eval_episodes", &nEvalEpisodes)
        binder.int("evaluation.confirm_episodes", &confirmEpisodes)
        binder.optionalInt("evaluation.n_eval_envs", &nEvalEnvs)
    }
}

/// When a run that no longer improves ends.
public struct EarlyStoppingConfiguration: Sendable, Codable, Equatable {
    /// Evaluations without improvement.
    public var patience: Int
    /// Gain over the best that counts as improvement, in units of the return.
    public var minDelta: Double
}

/// The `guard:` section.
public struct GuardConfiguration: Sendable, Codable, Equatable {
    /// nil: off.
    public var earlyStopping: EarlyStoppingConfiguration?
    public var onCollapse = CollapseResponse.warn
    /// A decline is an evaluation below `best - margin * (best - first)`; in (0, 1].
    public var collapseMargin = 0.0
    /// Declined evaluations in a row before the guard acts.
    public var collapseCount = 0
    public var maxRollbacks = 0

    init() {}

    mutating func bind(_ binder: inout Binder) {
        var isEnabled = earlyStopping != nil
        binder.bool("guard.early_stopping.enabled", &isEnabled)
        if isEnabled {
            var stopping = earlyStopping ?? EarlyStoppingConfiguration(patience: 0, minDelta: 0)
            binder.int("guard.early_stopping.patience", &stopping.patience)
            binder.number("guard.early_stopping.min_delta", &stopping.minDelta)
            earlyStopping = stopping
        }
        binder.choice("guard.on_collapse", &onCollapse)
        binder.number("guard.collapse_margin", &collapseMargin)
        binder.int("guard.collapse_count", &collapseCount)
        binder.int("guard.max_rollbacks", &maxRollbacks)
    }
}

/// The `checkpoint:` section.
public struct CheckpointConfiguration: Sendable, Codable, Equatable {
    /// Steps between checkpoints.
    public var saveFreq = 0
    /// Latest checkpoints that are kept.
    public var keepLast = 0
    /// Steps between checkpoints that are kept for good; 0: none.
    public var milestoneFreq = 0

    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.int("checkpoint.save_freq", &saveFreq)
        binder.int("checkpoint.keep_last", &keepLast)
        binder.int("checkpoint.milestone_freq", &milestoneFreq)
    }
}

/// The `logging:` section.
public struct LoggingConfiguration: Sendable, Codable, Equatable {
    public var tensorboard = false
    public var monitor = false

    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.bool("logging.tensorboard", &tensorboard)
        binder.bool("logging.monitor", &monitor)
    }
}

/// The `machine:` section.
public struct MachineConfiguration: Sendable, Codable, Equatable {
    /// Worker threads; 0: all cores.
    public var threads = 0
    /// Parts of a minibatch; nil: chosen by the algorithm.
    public var shards: Int?

    init() {}

    mutating func bind(_ binder: inout Binder) {
        binder.int("machine.threads", &threads)
        binder.optionalInt("machine.shards", &shards)
    }
}
