extension Schema {
    private static let recurrent = [Condition.equals(path: "algorithm.use_lstm", ["true"])]
    private static let adaptive = [Condition.equals(path: "algorithm.lr_schedule", ["adaptive"])]

    /// PPO's keys, and with them those that other algorithms share.
    static let ppoKeys: [KeyDescription] = [
        KeyDescription("algorithm.name", .choice(AlgorithmName.names), default: "ppo", "learning algorithm", aliases: ["type"]),
        KeyDescription(
            "algorithm.recipe", .choice(Recipe.allCases.map(\.rawValue)), default: .string(Recipe.standard.rawValue),
            "set of defaults for the keys left out",
            details: "sb3: what Stable-Baselines3 does; robust: made to keep its peak over any length."),

        // Data
        shared(
            "n_envs", .integer, in: .range(1, 65_536), unit: "environments", "environments stepped side by side",
            aliases: ["num_envs", "environment.n_envs", "environment.num_envs", "experiment.num_envs"]),
        ppo("n_steps", .integer, in: .atLeast(1), unit: "steps", "steps of each environment in one rollout",
            aliases: ["rollout_steps", "horizon_length", "training.rollout_steps"]),
        ppo(
            "batch_size", .integer, in: .atLeast(1), unit: "steps", "samples in one minibatch",
            details: "Must divide n_envs · n_steps, so that every minibatch is full.", aliases: ["mini_batch_size", "minibatch_size"]),
        ppo("n_epochs", .integer, in: .atLeast(1), unit: "epochs", "passes over each rollout", aliases: ["num_epochs", "ppo_epochs"]),

        // Step size
        shared(
            "learning_rate", .schedule, in: .atLeast(0), "Adam's step size, or its schedule",
            details: "Under lr_schedule adaptive: where it starts. A schedule given here names lr_schedule too.",
            aliases: ["lr"]),
        ppo(
            "lr_schedule", .choice(["constant", "linear", "cosine", "piecewise", "steps", "adaptive"]), "how the step size changes",
            details: "linear and cosine: to 0 over total_timesteps, or as learning_rate says (`3e-4 -> 3e-5`); piecewise and steps: through the "
                + "points that learning_rate has; adaptive: divided by 1.5 when an "
                + "epoch's KL divergence is over twice desired_kl, multiplied by 1.5 when under half of it."),
        ppo("lr_min", .number, in: .positive, "floor of the adaptive step size", when: adaptive),
        ppo("lr_max", .number, in: .positive, "ceiling of the adaptive step size", when: adaptive),
        ppo("desired_kl", .number, in: .positive, unit: "nats", "KL divergence an update should have", aliases: ["kl_threshold"], when: adaptive),

        // Loss
        shared("gamma", .number, in: .range(0, 1), "discount factor", aliases: ["discount"]),
        ppo("gae_lambda", .number, in: .range(0, 1), "λ of generalised advantage estimation", aliases: ["lambda", "gae_lam"]),
        ppo("clip_range", .schedule, in: .atLeast(0), "how far the probability ratio may leave 1", aliases: ["clip_epsilon"]),
        ppo(
            "clip_range_vf", .number, optional: true, in: .positive, "how far a value may move in one update; null: not clipped",
            details: "In units of the return, or of its deviation with normalize_values."),
        ppo("normalize_advantage", .boolean, "shift and scale the advantages of a minibatch to mean 0, deviation 1"),
        ppo(
            "ent_coef", .schedule, in: .atLeast(0), "weight of the entropy bonus",
            details: "On a σ that does not depend on the state a bonus can drive σ up without end; keep it 0 or bound σ.",
            aliases: ["entropy_coef"]),
        ppo("vf_coef", .number, in: .atLeast(0), "weight of the value loss (mean squared error)", aliases: ["value_coef", "value_loss_coef"]),
        ppo("max_grad_norm", .number, in: .positive, "norm that a gradient is cut down to"),
        ppo("target_kl", .number, optional: true, in: .positive, unit: "nats",
            "ends the epochs early past 1.5 × this KL divergence; null: never"),
        ppo(
            "bound_loss_coef", .number, in: .atLeast(0), "weight of the penalty on mean actions outside the bounds",
            details: "Keeps the mean where clipping does not hide it.", aliases: ["bounds_loss_coef"]),

        // Policy
        ppo("log_std_init", .number, in: .range(-20, 5), "log σ of the actions at the start"),
        ppo("log_std_min", .number, optional: true, in: .range(-20, 5), "floor of log σ; null: none"),
        ppo("log_std_max", .number, optional: true, in: .range(-20, 5), "ceiling of log σ; null: none"),
        ppo(
            "net_arch", .layers(value: "vf"), in: .range(1, 16_384), unit: "units", "hidden layers of policy and value network",
            details: "One list for both, or {pi: [...], vf: [...]}. With share_features one list, for the trunk.",
            aliases: ["hidden_dims", "hidden_sizes"]),
        shared("activation", .choice(ActivationName.names), "activation of the hidden layers", aliases: ["activation_fn"]),
        ppo(
            "ortho_init", .boolean, "orthogonal initial weights", details: "Gain √2 for hidden layers, policy_gain for the policy's output, 1 for the value's."),
        ppo(
            "policy_gain", .number, in: .atLeast(0), "gain of the initial weights of the policy's output layer; 0: the first action is 0 everywhere",
            details: "0 lets a residual policy begin as the controller that it corrects.", when: [.equals(path: "algorithm.ortho_init", ["true"])]),
        ppo("layer_norm", .boolean, "LayerNorm after every hidden layer"),
        ppo(
            "share_features", .boolean, "policy and value share their hidden layers",
            when: [.equals(path: "algorithm.use_lstm", ["false"])]),

        // Memory
        ppo(
            "use_lstm", .boolean, "policy and value network remember: an LSTM in each",
            details: "The layers of net_arch then stand behind the LSTMs. Without it a frame stack shows the last observations.",
            aliases: ["recurrent"]),
        ppo(
            "lstm_hidden_size", .integer, in: .range(1, 16_384), unit: "units", "width of an LSTM's state", aliases: ["lstm_hidden_dim"],
            when: recurrent),
        ppo(
            "lstm_input_arch", .layers(value: "vf"), in: .range(1, 16_384), unit: "units", "hidden layers in front of the LSTMs",
            details: "One list for both, or {pi: [...], vf: [...]}. []: an LSTM reads the observation itself. With shared_lstm one list.",
            when: recurrent),
        ppo("shared_lstm", .boolean, "one LSTM for policy and value", when: recurrent),
        ppo("lstm_layer_norm", .boolean, "LayerNorm of the gates and the cell inside the LSTMs", when: recurrent),
        ppo(
            "bptt_length", .integer, in: .atLeast(1), unit: "steps", "steps that gradients go back through time",
            details: "Rollouts are cut into sequences of this length, which begin with their stored state. Must divide n_steps and batch_size.",
            aliases: ["sequence_length", "seq_len"], when: recurrent),
        ppo(
            "refresh_states", .boolean, "compute the sequences' first states anew before every epoch",
            details: "false: they stay those of the policy that collected.", when: recurrent),

        // Optimiser
        shared("adam_beta1", .number, in: .range(0, 1, openAbove: true), "decay of Adam's mean of gradients"),
        shared(
            "adam_beta2", .number, in: .range(0, 1, openAbove: true), "decay of Adam's mean of squared gradients",
            details: "Equal betas keep PPO from collapsing late (Dohare et al. 2023)."),
        shared("adam_eps", .number, in: .positive, "Adam's ε"),
        shared("weight_decay", .number, in: .atLeast(0), "weight of the L2 penalty", details: "Added to the gradient, as in Adam with L2."),

        // Normalisation
        shared("normalize_observations", .boolean, "shift and scale observations by their running moments"),
        shared("normalize_rewards", .boolean, "divide rewards by the running deviation of the discounted return"),
        ppo("normalize_values", .boolean, "the value network predicts normalised returns"),
        shared(
            "clip_observations", .number, in: .positive, "largest size of a normalised observation", aliases: ["clip_obs"],
            when: [.equals(path: "algorithm.normalize_observations", ["true"])]),
        shared(
            "clip_rewards", .number, in: .positive, "largest size of a normalised reward", aliases: ["clip_reward"],
            when: [.equals(path: "algorithm.normalize_rewards", ["true"])]),
        shared("reward_scale", .number, in: .positive, "factor on every reward that the algorithm sees", details: "Reported returns are unscaled.",
            when: [.equals(path: "algorithm.normalize_rewards", ["false"])]),
        shared(
            "normalize_until", .integer, optional: true, in: .atLeast(1), unit: "steps", "step after which the moments are frozen; null: never",
            when: [.anyTrue(["algorithm.normalize_observations", "algorithm.normalize_rewards"])]),
    ]

    /// A key that means the same to PPO and SAC; its defaults stand in the recipes.
    private static func shared(
        _ leaf: String, _ type: KeyType, optional: Bool = false, in bounds: Bounds = .any, unit: String = "", _ summary: String,
        details: String = "", aliases: [String] = [], when conditions: [Condition] = []
    ) -> KeyDescription {
        KeyDescription(
            "algorithm.\(leaf)", type, optional: optional, in: bounds, unit: unit, summary, details: details, aliases: aliases,
            algorithms: [AlgorithmName.ppo.rawValue, AlgorithmName.sac.rawValue], when: conditions)
    }

    /// A key of PPO alone; its default stands in the recipes.
    private static func ppo(
        _ leaf: String, _ type: KeyType, optional: Bool = false, in bounds: Bounds = .any, unit: String = "", _ summary: String,
        details: String = "", aliases: [String] = [], when conditions: [Condition] = []
    ) -> KeyDescription {
        KeyDescription(
            "algorithm.\(leaf)", type, optional: optional, in: bounds, unit: unit, summary, details: details, aliases: aliases,
            algorithms: [AlgorithmName.ppo.rawValue], when: conditions)
    }
}
