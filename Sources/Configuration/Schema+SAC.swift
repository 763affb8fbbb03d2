extension Schema {
    private static let learned = [Condition.automatic(path: "algorithm.ent_coef")]
    private static let targets = [Condition.equals(path: "algorithm.crossq", ["false"])]

    /// SAC's keys, but for those that it shares with PPO (`ppoKeys`). A key whose values differ stands in both tables.
    static let sacKeys: [KeyDescription] = [
        // Data and pace
        sac(
            "buffer_size", .integer, in: .range(1, 1_000_000_000), unit: "transitions",
            "transitions that the replay buffer holds, all environments together",
            aliases: ["memory_size", "replay_size", "buffer.capacity"]),
        sac(
            "replay_storage", .choice(ReplayStorageName.names), "where the replay buffer lies",
            details: "file: a memory-mapped file in the run folder, which the system may write out; memory: the process's own memory."),
        sac(
            "learning_starts", .integer, in: .atLeast(0), unit: "steps", "steps with random actions, before the first update",
            details: "All environments together.", aliases: ["training.learning_starts"]),
        sac(
            "batch_size", .integer, in: .atLeast(1), unit: "transitions", "transitions drawn for one update",
            aliases: ["mini_batch_size", "minibatch_size", "buffer.batch_size"]),
        sac(
            "train_freq", .integer, in: .range(1, 1_000_000), unit: "steps", "steps of each environment between updates",
            details: "Of all environments together at most total_timesteps.",
            aliases: ["train_frequency", "training.train_freq", "training.train_frequency"]),
        sac(
            "gradient_steps", .integer, in: .atLeast(-1), unit: "updates", "updates after every train_freq steps; -1: one for each step taken",
            details: "With -1, the steps of all environments count.", aliases: ["training.gradient_steps"]),
        sac(
            "policy_delay", .integer, in: .atLeast(1), unit: "updates", "critic updates for one of the actor and the temperature",
            aliases: ["policy_frequency"]),

        // Step sizes
        sac(
            "lr_schedule", .choice(["constant", "linear", "cosine", "piecewise", "steps"]), "how the step size changes",
            details: "linear and cosine: to 0 over total_timesteps, or as learning_rate says (`3e-4 -> 3e-5`); piecewise and steps: through the "
                + "points that learning_rate has."),
        sac(
            "critic_learning_rate", .schedule, optional: true, in: .atLeast(0), "the critics' step size; null: learning_rate",
            aliases: ["critic_lr"]),
        sac(
            "alpha_learning_rate", .schedule, optional: true, in: .atLeast(0), "the temperature's step size; null: learning_rate",
            aliases: ["alpha_lr"], when: learned),

        // Loss
        sac(
            "n_step", .integer, in: .range(1, 1024), unit: "steps", "rewards summed before the critics' estimate takes over",
            details: "Fewer where an episode ends."),
        sac("tau", .number, in: .range(0, 1, openBelow: true), "share of the way that target networks go in one update", when: targets),
        sac(
            "ent_coef", .automaticSchedule, in: .atLeast(0), "temperature α, the weight of the entropy, or its schedule",
            details: "auto: learned from 1 on; auto_0.1: learned from 0.1 on; a number or a schedule: that, whatever the entropy.",
            aliases: ["alpha", "entropy_coef"]),
        sac(
            "target_entropy", .automatic, unit: "nats", "entropy that a learned temperature aims at",
            details: "auto: minus the number of actions; auto_0.5: half of that; or a number.", when: learned),
        sac("alpha_min", .number, in: .atLeast(0), "floor of the learned temperature; 0: none", when: learned),
        sac("max_grad_norm", .number, optional: true, in: .positive, "norm that a gradient is cut down to; null: not cut"),

        // Networks
        sac(
            "net_arch", .layers(value: "qf"), in: .range(1, 16_384), unit: "units", "hidden layers of actor and critics",
            details: "One list for all, or {pi: [...], qf: [...]}.", aliases: ["hidden_dims", "hidden_sizes"]),
        sac("critic_layer_norm", .boolean, "LayerNorm after every hidden layer of the critics", when: targets),
        sac(
            "crossq", .boolean, "critics with joint batch normalisation, without target networks",
            details: "CrossQ (Bhatt et al. 2024): present and next observations pass the critics in one batch."),
        sac("log_std_min", .number, in: .range(-40, 5), "floor of log σ"),
        sac("log_std_max", .number, in: .range(-40, 5), "ceiling of log σ"),
    ]

    /// A key of SAC; its default stands in the recipes.
    private static func sac(
        _ leaf: String, _ type: KeyType, optional: Bool = false, in bounds: Bounds = .any, unit: String = "", _ summary: String,
        details: String = "", aliases: [String] = [], when conditions: [Condition] = []
    ) -> KeyDescription {
        KeyDescription(
            "algorithm.\(leaf)", type, optional: optional, in: bounds, unit: unit, summary, details: details, aliases: aliases,
            algorithms: [AlgorithmName.sac.rawValue], when: conditions)
    }
}
