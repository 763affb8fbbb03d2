import Configuration
import Core
import Testing

@Suite struct ErrorTests {
    @Test func unknownKeyNamesPositionAndNearestKey() {
        #expect(
            errors(minimal + "algorithm:\n  learning_rte: 3e-4\n")
                == ["x.yaml:5:3: unknown key 'learning_rte'; did you mean 'learning_rate'?"])
    }

    @Test func unknownKeyWithoutNeighbourHasNoSuggestion() {
        #expect(errors(minimal + "paths:\n  log: /tmp\n") == ["x.yaml:4:1: unknown key 'paths'"])
    }

    @Test(arguments: [
        ("n_steps: 8\n", "x.yaml:4:1: unknown key 'n_steps'; it belongs under 'algorithm:'"),
        ("mini_batch_size: 8\n", "x.yaml:4:1: unknown key 'mini_batch_size'; it belongs under 'algorithm:' as 'batch_size'"),
        ("algorithm:\n  seed: 8\n", "x.yaml:5:3: unknown key 'seed'; it belongs at the top level"),
        ("algorithm:\n  eval_freq: 8\n", "x.yaml:5:3: unknown key 'eval_freq'; it belongs under 'evaluation:'"),
        ("algorithm:\n  evaluation:\n    eval_freq: 8\n", "x.yaml:5:3: unknown key 'evaluation'; the section 'evaluation:' belongs at the top level"),
        ("algoritm:\n  n_envs: 8\n", "x.yaml:4:1: unknown key 'algoritm'; did you mean 'algorithm'?"),
        ("algorithm:\n  rolout_steps: 8\n", "x.yaml:5:3: unknown key 'rolout_steps'; did you mean 'rollout_steps' (another name of 'n_steps')?"),
        ("nsteps: 8\n", "x.yaml:4:1: unknown key 'nsteps'; did you mean 'algorithm.n_steps'?"),
        ("algorithm:\n  entropy_schedule:\n    initial: 0.01\n", "x.yaml:5:3: unknown key 'entropy_schedule'"),
    ])
    func unknownKeysFindTheirPlace(_ text: String, _ expected: String) {
        #expect(errors(minimal + text) == [expected])
    }

    @Test(arguments: [
        ("n_steps: many", "x.yaml:5:12: 'n_steps' must be a whole number, not 'many'"),
        ("n_steps: 2.5", "x.yaml:5:12: 'n_steps' must be a whole number, not '2.5'"),
        ("n_steps: \"64\"", "x.yaml:5:12: 'n_steps' must be a whole number, not the quoted text \"64\"; leave out the quotes"),
        ("n_steps: [64]", "x.yaml:5:12: 'n_steps' must be a whole number, not a list"),
        ("n_steps:", "x.yaml:5:11: 'n_steps' has no value; write a whole number, or leave the key out"),
        ("n_steps: 99999999999999999999", "x.yaml:5:12: 'n_steps' must be a whole number, not '99999999999999999999'"),
        ("gamma: high", "x.yaml:5:10: 'gamma' must be a number, not 'high'"),
        ("gamma: .nan", "x.yaml:5:10: 'gamma' must be a number, not '.nan'"),
        ("gamma: 1e999", "x.yaml:5:10: 'gamma' must be a number, not '1e999'"),
        ("layer_norm: yes", "x.yaml:5:15: 'layer_norm' must be true or false, not 'yes'; write true"),
        ("layer_norm: off", "x.yaml:5:15: 'layer_norm' must be true or false, not 'off'; write false"),
        ("activation: tahn", "x.yaml:5:15: 'activation' must be one of tanh, relu, elu, not 'tahn'; did you mean 'tanh'?"),
        ("name: trpo", "x.yaml:5:9: 'name' must be one of ppo, sac, not 'trpo'"),
        ("target_kl: none", "x.yaml:5:14: 'target_kl' must be a number or null, not 'none'; write null"),
        ("net_arch: 64", "x.yaml:5:13: 'net_arch' must be a list of layer widths such as [64, 64], or {pi: [...], vf: [...]}, not '64'; write [64]"),
        ("net_arch: [64, wide]", "x.yaml:5:13: 'net_arch' must be a list of layer widths such as [64, 64], or {pi: [...], vf: [...]}, not a list"),
        ("clip_range: fast", "x.yaml:5:15: 'clip_range' must be a number, 'FROM -> TO', 'lin_FROM', 'cos_FROM', or a mapping of linear, cosine, piecewise, steps, two_phase, not 'fast'"),
    ])
    func wrongTypes(_ line: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n  \(line)\n") == [expected])
    }

    @Test(arguments: [
        ("n_steps: 0", "x.yaml:5:12: 'n_steps' must be at least 1, not 0"),
        ("n_envs: -4", "x.yaml:5:11: 'n_envs' must be in [1, 65536], not -4"),
        ("gamma: 1.5", "x.yaml:5:10: 'gamma' must be in [0, 1], not 1.5"),
        ("adam_beta1: 1", "x.yaml:5:15: 'adam_beta1' must be in [0, 1), not 1"),
        ("max_grad_norm: 0", "x.yaml:5:18: 'max_grad_norm' must be greater than 0, not 0"),
        ("ent_coef: 0.1 -> -0.1", "x.yaml:5:13: 'ent_coef' must be at least 0, not 0.1 -> -0.1"),
        ("clip_range: {linear: {from: 0.2, to: -1}}", "x.yaml:5:15: 'clip_range' must be at least 0, not {linear: {from: 0.2, to: -1}}"),
        ("net_arch: [64, 0]", "x.yaml:5:13: every width of 'net_arch' must be in [1, 16384], not [64, 0]"),
        ("learning_rate: 0", "x.yaml:5:18: 'learning_rate' must begin above 0"),
        ("rollout_steps: 0", "x.yaml:5:18: 'rollout_steps' must be at least 1, not 0"),
    ])
    func valuesOutOfRange(_ line: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n  \(line)\n") == [expected])
    }

    @Test(arguments: ["0", "3000000000000000000", "1_000_000_001"])
    func episodesHaveABoundedLength(_ steps: String) {
        #expect(
            errors("total_timesteps: 1M\nenv: {id: A, max_episode_steps: \(steps)}\n")
                == ["x.yaml:2:33: 'max_episode_steps' must be in [1, 1000000000], not \(steps)"])
    }

    @Test func seedsUseSixtyFourBits() throws {
        #expect(try parse(minimal + "seed: 18446744073709551615\n").seed == .max)
        #expect(errors(minimal + "seed: -1\n") == ["x.yaml:4:7: 'seed' must be at least 0, not -1"])
        #expect(errors(minimal + "seed: 18446744073709551616\n") == ["x.yaml:4:7: 'seed' must be a whole number, not '18446744073709551616'"])
    }

    @Test func duplicateKeysNameBothPlaces() {
        #expect(
            errors(minimal + "algorithm:\n  n_steps: 64\n  'gamma': 0.9\n  n_steps: 128\n  gamma: 0.8\n") == [
                "x.yaml:7:3: duplicate key 'n_steps'; first given at x.yaml:5:3",
                "x.yaml:8:3: duplicate key 'gamma'; first given at x.yaml:6:3",
            ])
    }

    @Test func aKeyGivenThreeTimesIsReportedTwice() {
        #expect(errors(minimal + "seed: 1\nseed: 2\nseed: 3\n").map { $0.prefix(11) } == ["x.yaml:5:1:", "x.yaml:6:1:"])
    }

    @Test func aliasBesideItsKeyIsADuplicate() {
        #expect(
            errors(minimal + "algorithm:\n  n_steps: 64\n  rollout_steps: 128\n")
                == ["x.yaml:6:3: duplicate key 'rollout_steps'; first given as 'n_steps' at x.yaml:5:3"])
    }

    @Test func sectionGivenTwiceIsADuplicate() {
        #expect(errors(minimal + "env:\n  frame_stack: 2\n") == ["x.yaml:4:1: duplicate key 'env'; first given at x.yaml:1:1"])
        #expect(errors(minimal + "environment:\n  frame_stack: 2\n") == ["x.yaml:4:1: duplicate key 'environment'; first given at x.yaml:1:1"])
    }

    @Test func duplicatesInsideEnvironmentParameters() {
        let text = "environment:\n  id: A\n  parameters:\n    wind: 1\n    wind: 2\ntotal_timesteps: 1\n"
        #expect(errors(text) == ["x.yaml:5:5: duplicate key 'wind'; first given at x.yaml:4:5"])
    }

    @Test(arguments: [
        ("  desired_kl: 0.02\n", "x.yaml:5:3: key 'desired_kl' is not used when algorithm.lr_schedule is constant; it needs algorithm.lr_schedule: adaptive"),
        ("  clip_obs: 5\n", "x.yaml:5:3: key 'clip_obs' is not used when algorithm.normalize_observations is false; it needs algorithm.normalize_observations: true"),
        (
            "  normalize_until: 1M\n",
            "x.yaml:5:3: key 'normalize_until' is not used when algorithm.normalize_observations and algorithm.normalize_rewards are false; "
                + "set one of them to true, or leave the key out"
        ),
        ("guard:\n  max_rollbacks: 2\n", "x.yaml:6:3: key 'max_rollbacks' is not used when guard.on_collapse is warn; it needs guard.on_collapse: rollback"),
    ])
    func unusedKeys(_ text: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n" + text) == [expected])
    }

    @Test func aBrokenSwitchDoesNotMakeItsKeysUnused() {
        #expect(
            errors(minimal + "algorithm:\n  lr_schedule: adaptve\n  desired_kl: 0.02\n") == [
                "x.yaml:5:16: 'lr_schedule' must be one of constant, linear, cosine, piecewise, steps, adaptive, not 'adaptve'; did you mean 'adaptive'?"
            ])
    }

    @Test func missingRequiredKeys() {
        #expect(
            errors("seed: 1\n") == [
                "x.yaml:1:1: missing key 'total_timesteps'; write total_timesteps: 10M",
                "x.yaml:1:1: missing key 'environment.id'; write environment: {id: Humanoid-v5}",
            ])
        #expect(
            errors("total_timesteps: 1M\nenvironment:\n  frame_stack: 2\n")
                == ["x.yaml:2:1: missing key 'environment.id'; write environment: {id: Humanoid-v5}"])
    }

    @Test func allProblemsAreReportedTogetherInReadingOrder() {
        let text = """
            algorithm:
              learning_rte: 3e-4
              n_steps: 0
              gamma: 2
              gamma: 0.9
              desired_kl: 0.1
            total_timesteps: soon
            """
        #expect(
            errors(text, set: ["sed=1"]) == [
                "x.yaml:1:1: missing key 'environment.id'; write environment: {id: Humanoid-v5}",
                "x.yaml:2:3: unknown key 'learning_rte'; did you mean 'learning_rate'?",
                "x.yaml:3:12: 'n_steps' must be at least 1, not 0",
                "x.yaml:4:10: 'gamma' must be in [0, 1], not 2",
                "x.yaml:5:3: duplicate key 'gamma'; first given at x.yaml:4:3",
                "x.yaml:6:3: key 'desired_kl' is not used when algorithm.lr_schedule is constant; it needs algorithm.lr_schedule: adaptive",
                "x.yaml:7:18: 'total_timesteps' must be a whole number, not 'soon'",
                "--set sed=1: unknown key 'sed'; did you mean 'seed'?",
            ])
    }

    @Test func theErrorDescribesItself() throws {
        let error = #expect(throws: ConfigurationError.self) { try parse(minimal + "sed: 1\n") }
        let described = try #require(error as (any DescribedError)?)
        #expect(described.what == "unknown key 'sed'")
        #expect(described.place == "x.yaml:4:1")
        #expect(described.hint == "did you mean 'seed'?")
    }

    @Test(arguments: [
        ("batch_size: 4096", "x.yaml:5:15: 'batch_size' 4096 is larger than n_envs · n_steps = 1 · 2048 = 2048; use 2048 or less"),
        ("batch_size: 100", "x.yaml:5:15: 'batch_size' 100 does not divide n_envs · n_steps = 1 · 2048 = 2048; the nearest that do are 64 and 128"),
        ("n_steps: 100", "x.yaml:5:12: 'batch_size' 64 does not divide n_envs · n_steps = 1 · 100 = 100; the nearest that do are 50 and 100"),
        ("batch_size: 1", "x.yaml:5:15: normalize_advantage needs a batch_size of at least 2; set normalize_advantage: false"),
        ("batch_size: 32\nmachine:\n  shards: 33", "x.yaml:7:11: 'shards' 33 is more than batch_size 32; use 32 or less, or shards: null"),
        ("name: sac\n  batch_size: 32\nmachine: {shards: 33}", "x.yaml:7:19: 'shards' 33 is more than batch_size 32; use 32 or less, or shards: null"),
        ("n_steps: 3000000000", "x.yaml:5:12: a rollout of n_envs · n_steps = 1 · 3000000000 is too large; use at most 2147483647 steps"),
        ("log_std_max: -2", "x.yaml:5:16: 'log_std_init' 0 is outside log_std_min … log_std_max"),
        ("net_arch: {pi: [8], vf: [16]}\n  share_features: true", "x.yaml:5:13: 'net_arch' has two shapes, but share_features is true; give one list, or set share_features: false"),
        ("log_std_min: 1\n  log_std_max: -1", "x.yaml:5:16: 'log_std_min' 1 must be below 'log_std_max' -1"),
        ("lr_schedule: adaptive\n  lr_min: 1e-2", "x.yaml:6:11: 'lr_min' 0.01 must be below 'lr_max' 0.001"),
        ("lr_schedule: adaptive\n  learning_rate: 0.1", "x.yaml:6:18: 'learning_rate' 0.1 is outside lr_min … lr_max [1e-05, 0.001]"),
        ("lr_schedule: constant\n  learning_rate: 3e-4 -> 3e-5", "x.yaml:6:18: 'learning_rate' is a linear schedule, but 'lr_schedule' is constant; give a number, or write lr_schedule: linear"),
    ])
    func crossChecks(_ line: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n  \(line)\n") == [expected])
    }

    @Test func theGuardNeedsEvaluations() {
        #expect(
            errors(minimal + "evaluation:\n  eval_freq: 0\nguard:\n  on_collapse: stop\n  early_stopping: {patience: 3}\n") == [
                "x.yaml:5:14: early stopping needs evaluations, but 'eval_freq' is 0; set eval_freq, or early_stopping: null",
                "x.yaml:5:14: on_collapse 'stop' needs evaluations, but 'eval_freq' is 0; set eval_freq, or on_collapse: warn",
            ])
        #expect(
            errors(minimal + "evaluation:\n  n_eval_envs: 11\n")
                == ["x.yaml:5:16: 'n_eval_envs' 11 is more than n_eval_episodes 10; use 10 or less"])
    }

    @Test func namesThatCannotBeFoldersAreRefused() throws {
        for name in ["a/b", "..", "-x", "a b", String(repeating: "a", count: 101)] {
            #expect(errors(minimal + "name: \"\(name)\"\n").count == 1, "\(name)")
        }
        #expect(try parse(minimal + "name: humanoid_1.2-a\n").name == "humanoid_1.2-a")
        #expect(try parse(minimal + "name: 2026\n").name == "2026")
    }

    @Test func sectionsNeedKeys() {
        #expect(
            errors(minimal + "algorithm: ppo\n")
                == ["x.yaml:4:12: 'algorithm' is a section and needs keys, not 'ppo'; write algorithm: {name: …}"])
        #expect(errors(minimal + "algorithm:\n") == [])
    }
}
