extension Schema {
    static let standardSections: [(path: String, summary: String)] = [
        ("environment", "The task, and what stands between it and the policy."),
        ("curriculum", "Environments of growing difficulty; the last is the one that counts."),
        ("algorithm", "How the policy learns. Keys left out come from the recipe."),
        ("evaluation", "Deterministic episodes on separate environments, with the normaliser frozen."),
        ("guard", "What watches over the evaluations, and what it does."),
        ("guard.early_stopping", "Ends a run that no longer improves."),
        ("checkpoint", "What is saved, and how much of it is kept."),
        ("logging", "Files for other tools."),
        ("machine", "How the work is spread; no effect on the result but for `shards`."),
    ]

    static let standardSectionAliases: [String: String] = [
        "env": "environment", "agent": "algorithm", "algo": "algorithm", "eval": "evaluation",
        "checkpoints": "checkpoint", "early_stopping": "guard.early_stopping",
        // Other projects put the same keys one level deeper.
        "algorithm.hyperparams": "algorithm", "algorithm.hyperparameters": "algorithm", "algorithm.policy_kwargs": "algorithm",
    ]

    static let generalKeys: [KeyDescription] = [
        KeyDescription(
            "name", .text, default: .null, optional: true, "name of the run, part of its folder's name",
            details: "Letters, digits, '.', '_' and '-'. Without it, the environment and the algorithm give the name.",
            aliases: ["experiment.name", "run_name"]),
        KeyDescription(
            "seed", .unsigned, default: 0, in: .atLeast(0), "seed of every random draw",
            details: "The same seed and configuration give the same bits, on any number of threads.",
            aliases: ["experiment.seed", "training.seed"]),
        KeyDescription(
            "total_timesteps", .integer, required: true, in: .atLeast(1), unit: "steps",
            "environment steps to train for, all environments together",
            details: "Schedules without an end of their own arrive at their last value here.",
            aliases: ["n_timesteps", "training.total_timesteps", "training.n_timesteps", "algorithm.total_timesteps"]),
    ]

    static let environmentKeys: [KeyDescription] = [
        KeyDescription(
            "environment.id", .text, required: true, "name of the environment, as in `crest environments`",
            aliases: ["name", "env_id"]),
        KeyDescription(
            "environment.max_episode_steps", .integer, default: .null, optional: true, in: .range(1, 1_000_000_000), unit: "steps",
            "steps after which an episode is truncated; null: the environment's own limit",
            details: "A truncated episode bootstraps from the value of its last observation; a terminated one does not."),
        KeyDescription(
            "environment.action_repeat", .integer, default: 1, in: .range(1, 64), unit: "steps",
            "steps of the environment for which each action is given",
            details: "Rewards are summed. Everything else counts decisions: total_timesteps, n_steps, lengths, γ. Only max_episode_steps counts the "
                + "environment's own steps."),
        KeyDescription(
            "environment.frame_stack", .integer, default: 1, in: .range(1, 64), unit: "observations",
            "latest observations given to the policy at once", aliases: ["n_stack"]),
        KeyDescription(
            "environment.action_transform", .choice(ActionTransformName.names), default: "clip",
            "how an action becomes one that the environment allows",
            details: "clip: cut at the bounds, as Stable-Baselines3 does; rescale: [-1, 1] stretched to the bounds, then cut; "
                + "none: passed on as it is. SAC's actions lie in [-1, 1] and are always stretched."),
        KeyDescription(
            "environment.parameters", .parameters, default: .mapping([:]), "the environment's own settings",
            details: "Checked by the environment itself; `crest environments` lists them.", aliases: ["params", "kwargs"]),
        KeyDescription(
            "environment.shaping", .shaping, default: .list([]), "changes to the reward that the policy learns from, in order",
            details: "Terms: forward_velocity: {weight: W, limit: M/S}; balance: W; effort: W; fall_penalty: REWARD; clip: [LOW, HIGH]; "
                + "scale: FACTOR. For training only: evaluations, and the returns that count, are unshaped."),
        KeyDescription(
            "curriculum.stages", .stages, default: .null, optional: true, "stages, each with its environment and when it is left",
            details: "Each: environment: ID; parameters: {…}; promote_at: {success_rate: S} or {return: R}, mean over the last `window` (3) "
                + "evaluations of the stage, not before `min_steps` (0) in it; optimizer and normalizer: keep or reset when the stage begins; "
                + "learning_rate_factor (1) while it lasts. The last stage has no promote_at, and its environment is environment.id."),
    ]

    static let evaluationKeys: [KeyDescription] = [
        KeyDescription(
            "evaluation.eval_freq", .integer, default: 100_000, in: .atLeast(0), unit: "steps", "steps between evaluations; 0: none",
            details: "All environments' steps count, unlike in Stable-Baselines3, where the calls of one environment do.",
            aliases: ["training.eval_freq", "training.eval_frequency"]),
        KeyDescription(
            "evaluation.n_eval_episodes", .integer, default: 10, in: .range(1, 1_000_000), unit: "episodes", "episodes of one evaluation",
            aliases: ["episodes", "training.eval_episodes"]),
        KeyDescription(
            "evaluation.confirm_episodes", .integer, default: 20, in: .range(1, 1_000_000), unit: "episodes",
            "episodes on fresh seeds that a candidate for best must pass"),
        KeyDescription(
            "evaluation.n_eval_envs", .integer, default: .null, optional: true, in: .range(1, 65_536), unit: "environments",
            "environments that evaluate side by side; null: chosen by Crest"),
    ]

    static let guardKeys: [KeyDescription] = [
        KeyDescription(
            "guard.on_collapse", .choice(CollapseResponse.names), default: "warn", "what to do about a confirmed decline",
            details: "warn: say so; stop: end the run; rollback: back to the best checkpoint with Adam reset and half the step size."),
        KeyDescription(
            "guard.collapse_margin", .number, default: 0.2, in: .range(0, 1, openBelow: true),
            "share of the gain that must be lost to count as a decline",
            details: "The gain is the best evaluation minus the first. An evaluation below best − margin · (best − first) counts."),
        KeyDescription(
            "guard.collapse_count", .integer, default: 2, in: .atLeast(1), unit: "evaluations",
            "declined evaluations in a row before the guard acts"),
        KeyDescription(
            "guard.max_rollbacks", .integer, default: 3, in: .atLeast(1), unit: "times",
            "rollbacks in one run before it is ended", when: [.equals(path: "guard.on_collapse", ["rollback"])]),
        KeyDescription(
            "guard.early_stopping.enabled", .boolean, default: false, "stop when evaluations no longer improve",
            details: "True by itself as soon as patience or min_delta is set. `early_stopping: null` turns it off."),
        KeyDescription(
            "guard.early_stopping.patience", .integer, default: 5, in: .atLeast(1), unit: "evaluations",
            "evaluations without improvement before the run ends", when: [.equals(path: "guard.early_stopping.enabled", ["true"])]),
        KeyDescription(
            "guard.early_stopping.min_delta", .number, default: 0.0, in: .atLeast(0), unit: "return",
            "gain over the best that counts as improvement", when: [.equals(path: "guard.early_stopping.enabled", ["true"])]),
    ]

    static let checkpointKeys: [KeyDescription] = [
        KeyDescription(
            "checkpoint.save_freq", .integer, default: 100_000, in: .atLeast(1), unit: "steps", "steps between checkpoints",
            aliases: ["training.save_freq", "training.save_frequency"]),
        KeyDescription(
            "checkpoint.keep_last", .integer, default: 3, in: .atLeast(1), unit: "checkpoints",
            "latest checkpoints that are kept; best and milestones always are"),
        KeyDescription(
            "checkpoint.milestone_freq", .integer, default: 0, in: .atLeast(0), unit: "steps",
            "steps between checkpoints that are kept for good; 0: none", aliases: ["training.milestone_freq"]),
    ]

    static let machineKeys: [KeyDescription] = [
        KeyDescription("logging.tensorboard", .boolean, default: true, "write TensorBoard event files"),
        KeyDescription("logging.monitor", .boolean, default: true, "write Stable-Baselines3's monitor.csv, one row an episode"),
        KeyDescription(
            "machine.threads", .integer, default: 0, in: .range(0, 4096), unit: "threads", "worker threads; 0: all cores",
            details: "Any number gives the same bits."),
        KeyDescription(
            "machine.shards", .integer, default: .null, optional: true, in: .range(1, 1024), unit: "shards",
            "parts a minibatch is cut into for its gradient; null: chosen by Crest",
            details: "Gradients are summed in the order of the shards, so this number, unlike the threads, shows in the last bits."),
    ]
}
