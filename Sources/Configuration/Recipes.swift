/// A named set of defaults for an algorithm.
public enum Recipe: String, Sendable, Codable, CaseIterable {
    /// What Stable-Baselines3 does when told nothing.
    case sb3
    /// Made to keep its peak: KL-adaptive step size, normalised values, equal Adam betas with L2, bounded σ.
    case robust

    /// The recipe of a configuration that names none. Keys are Stable-Baselines3's, so unset keys mean what they mean there.
    static let standard = Recipe.sb3

    /// Values for every key of the algorithm that is not set, by leaf name.
    func defaults(for algorithm: AlgorithmName) -> [String: ConfigurationValue] {
        switch (algorithm, self) {
        case (.ppo, .sb3): return Self.ppoSB3
        case (.ppo, .robust): return Self.ppoRobust
        case (.sac, .sb3): return Self.sacSB3
        case (.sac, .robust): return Self.sacRobust
        }
    }

    // The two tables of an algorithm list every key, so that they can be read side by side.

    /// Defaults of Stable-Baselines3 2.x (PPO, ActorCriticPolicy).
    private static let ppoSB3: [String: ConfigurationValue] = [
        // data
        "n_envs": 1, "n_steps": 2048, "batch_size": 64, "n_epochs": 10,
        // step size
        "learning_rate": .constant(3e-4), "lr_schedule": "constant", "lr_min": 1e-5, "lr_max": 1e-3, "desired_kl": 0.01,
        // loss
        "gamma": 0.99, "gae_lambda": 0.95, "clip_range": .constant(0.2), "clip_range_vf": nil,
        "normalize_advantage": true, "ent_coef": .constant(0.0), "vf_coef": 0.5, "max_grad_norm": 0.5, "target_kl": nil,
        "bound_loss_coef": 0.0,
        // policy
        "log_std_init": 0.0, "log_std_min": nil, "log_std_max": nil,
        "net_arch": [64, 64], "activation": "tanh", "ortho_init": true, "policy_gain": 0.01, "layer_norm": false, "share_features": false,
        // memory
        "use_lstm": false, "lstm_hidden_size": 256, "lstm_input_arch": [], "shared_lstm": false, "lstm_layer_norm": false, "bptt_length": 64,
        "refresh_states": true,
        // optimiser
        "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_eps": 1e-5, "weight_decay": 0.0,
        // normalisation
        "normalize_observations": false, "normalize_rewards": false, "normalize_values": false,
        "clip_observations": 10.0, "clip_rewards": 10.0, "reward_scale": 1.0, "normalize_until": nil,
    ]

    /// rl_games' Humanoid recipe (64 × 128, ELU 512-256-128, KL-adaptive, values normalised, bound loss, reward × 0.1)
    /// with what keeps PPO from collapsing late: equal Adam betas and L2 (Dohare et al. 2023), σ with floor and ceiling.
    private static let ppoRobust: [String: ConfigurationValue] = [
        // data
        "n_envs": 64, "n_steps": 128, "batch_size": 2048, "n_epochs": 5,
        // step size
        "learning_rate": .constant(3e-4), "lr_schedule": "adaptive", "lr_min": 1e-5, "lr_max": 1e-3, "desired_kl": 0.008,
        // loss; rl_games' critic coefficient 4 stands before half the squared error
        "gamma": 0.99, "gae_lambda": 0.95, "clip_range": .constant(0.2), "clip_range_vf": 0.2,
        "normalize_advantage": true, "ent_coef": .constant(0.0), "vf_coef": 2.0, "max_grad_norm": 1.0, "target_kl": nil,
        "bound_loss_coef": 5e-4,
        // policy
        "log_std_init": 0.0, "log_std_min": -3.0, "log_std_max": 0.5,
        "net_arch": [512, 256, 128], "activation": "elu", "ortho_init": true, "policy_gain": 0.01, "layer_norm": false, "share_features": true,
        // memory
        "use_lstm": false, "lstm_hidden_size": 256, "lstm_input_arch": [], "shared_lstm": false, "lstm_layer_norm": false, "bptt_length": 64,
        "refresh_states": true,
        // optimiser
        "adam_beta1": 0.99, "adam_beta2": 0.99, "adam_eps": 1e-8, "weight_decay": 1e-5,
        // normalisation
        "normalize_observations": true, "normalize_rewards": false, "normalize_values": true,
        "clip_observations": 5.0, "clip_rewards": 10.0, "reward_scale": 0.1, "normalize_until": nil,
    ]

    /// Defaults of Stable-Baselines3 2.x (SAC, SACPolicy).
    private static let sacSB3: [String: ConfigurationValue] = [
        // data and pace
        "n_envs": 1, "buffer_size": 1_000_000, "replay_storage": "file", "learning_starts": 100, "batch_size": 256,
        "train_freq": 1, "gradient_steps": 1, "policy_delay": 1,
        // step sizes
        "learning_rate": .constant(3e-4), "lr_schedule": "constant", "critic_learning_rate": nil, "alpha_learning_rate": nil,
        // loss
        "gamma": 0.99, "n_step": 1, "tau": 0.005, "ent_coef": "auto", "target_entropy": "auto", "alpha_min": 0.0, "max_grad_norm": nil,
        // networks
        "net_arch": [256, 256], "activation": "relu", "critic_layer_norm": false, "crossq": false, "log_std_min": -20.0, "log_std_max": 2.0,
        // optimiser
        "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_eps": 1e-8, "weight_decay": 0.0,
        // normalisation
        "normalize_observations": false, "normalize_rewards": false, "clip_observations": 10.0, "clip_rewards": 10.0, "reward_scale": 1.0,
        "normalize_until": nil,
    ]

    /// SAC with LayerNorm in the critics, half the usual target entropy (SimbaV2), a floor under α so that exploration never dies out,
    /// and enough random steps for a first batch that says something.
    private static let sacRobust: [String: ConfigurationValue] = [
        // data and pace
        "n_envs": 1, "buffer_size": 1_000_000, "replay_storage": "file", "learning_starts": 5000, "batch_size": 256,
        "train_freq": 1, "gradient_steps": 1, "policy_delay": 1,
        // step sizes
        "learning_rate": .constant(3e-4), "lr_schedule": "constant", "critic_learning_rate": nil, "alpha_learning_rate": nil,
        // loss
        "gamma": 0.99, "n_step": 1, "tau": 0.005, "ent_coef": "auto", "target_entropy": "auto_0.5", "alpha_min": 1e-4, "max_grad_norm": nil,
        // networks
        "net_arch": [256, 256], "activation": "relu", "critic_layer_norm": true, "crossq": false, "log_std_min": -20.0, "log_std_max": 2.0,
        // optimiser
        "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_eps": 1e-8, "weight_decay": 0.0,
        // normalisation
        "normalize_observations": false, "normalize_rewards": false, "clip_observations": 10.0, "clip_rewards": 10.0, "reward_scale": 1.0,
        "normalize_until": nil,
    ]
}
