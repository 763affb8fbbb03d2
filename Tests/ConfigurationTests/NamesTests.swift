import Configuration
import Core
import Testing

@Suite struct NamesTests {
    @Test func theReportsDialect() throws {
        let text = """
            env:
              env_id: BipedalWalker-v3
              num_envs: 4
            agent:
              rollout_steps: 4096
              mini_batch_size: 128
              num_epochs: 7
              lr: 1e-4
              entropy_coef: 0.03
              clip_epsilon: 0.15
              hidden_dims: [400, 300]
              value_loss_coef: 0.25
              lambda: 0.9
              max_grad_norm: 0.3
            training:
              total_timesteps: 3M
              seed: 43
            experiment:
              name: exploration
            """
        let configuration = try parse(text)
        #expect(configuration.environment.id == "BipedalWalker-v3")
        #expect(configuration.totalTimesteps == 3_000_000 && configuration.seed == 43 && configuration.name == "exploration")
        let settings = try ppo(text)
        #expect(settings.nEnvs == 4 && settings.nSteps == 4096 && settings.batchSize == 128 && settings.nEpochs == 7)
        #expect(settings.learningRate == .scheduled(.constant(1e-4)) && settings.entCoef == .constant(0.03))
        #expect(settings.clipRange == .constant(0.15) && settings.vfCoef == 0.25 && settings.gaeLambda == 0.9)
        #expect(settings.netArch == NetworkSizes(policy: [400, 300], value: [400, 300]) && settings.maxGradNorm == 0.3)
    }

    @Test(arguments: [
        ("num_envs: 8", "n_envs: 8"), ("minibatch_size: 32", "batch_size: 32"), ("ppo_epochs: 3", "n_epochs: 3"),
        ("value_coef: 1", "vf_coef: 1"), ("gae_lam: 0.8", "gae_lambda: 0.8"), ("hidden_sizes: [8]", "net_arch: [8]"),
        ("hyperparams: {n_steps: 64}", "n_steps: 64"), ("policy_kwargs: {net_arch: [8]}", "net_arch: [8]"),
    ])
    func aliasesMeanTheirKeys(_ alias: String, _ key: String) throws {
        #expect(try parse(minimal + "algorithm:\n  \(alias)\n") == parse(minimal + "algorithm:\n  \(key)\n"))
        #expect(try parse(minimal + "algorithm:\n  \(alias)\n") != parse(minimal))
    }

    @Test func foreignSectionsTakeOnlyTheirKeys() {
        let text = "env: {id: A}\ntraining:\n  total_timesteps: 1M\n  total_timestep: 2M\n  log_interval: 1000\n"
        #expect(
            errors(text) == [
                "x.yaml:4:3: unknown key 'total_timestep'; did you mean 'total_timesteps'?", "x.yaml:5:3: unknown key 'log_interval'",
            ])
    }

    @Test func earlyStoppingForms() throws {
        func stopping(_ text: String) throws -> EarlyStoppingConfiguration? { try parse(minimal + text).guard.earlyStopping }
        #expect(try stopping("") == nil)
        #expect(try stopping("guard:\n  early_stopping: null\n") == nil)
        #expect(try stopping("guard:\n  early_stopping: {enabled: false}\n") == nil)
        let set = try stopping("guard:\n  early_stopping: {patience: 7, min_delta: 0.5}\n")
        #expect(set?.patience == 7 && set?.minDelta == 0.5)
        // The interceptor report's place and form.
        let report = try stopping("early_stopping:\n  enabled: true\n  patience: 5\n  min_delta: 0.01\n")
        #expect(report?.patience == 5 && report?.minDelta == 0.01)
        #expect(errors(minimal + "early_stopping: {enabled: false, patience: 3}\n").count == 1)
    }

    // MARK: Overrides

    @Test func overridesLieOverTheFile() throws {
        let text = minimal + "algorithm:\n  n_steps: 64\n"
        #expect(try ppo(text, set: ["algorithm.n_steps=128"]).nSteps == 128)
        #expect(try ppo(text, set: ["n_envs=16", "agent.lr=1e-3"]).nEnvs == 16)
        #expect(try ppo(text, set: ["rollout_steps=256"]).nSteps == 256)
        #expect(try ppo(text, set: ["n_steps=128", "n_steps=256"]).nSteps == 256)
        #expect(try ppo(text, set: ["net_arch=[8, 4]"]).netArch.policy == [8, 4])
        #expect(try ppo(text, set: ["net_arch={pi: [8], vf: [4]}"]).netArch.value == [4])
        #expect(try ppo(text, set: ["lr=3e-4 -> 3e-5"]).learningRate == .scheduled(.linear(from: 3e-4, to: 3e-5, start: 0, end: 10_000_000)))
        #expect(try ppo(text, set: ["n_steps=default"]).nSteps == 2048)
        #expect(try parse(text, set: ["seed=7", "name=ab"]).seed == 7)
    }

    @Test func overridesFillWhatTheFileLacks() throws {
        #expect(try parse("seed: 1\n", set: ["environment.id=Ant-v5", "total_timesteps=1M"]).environment.id == "Ant-v5")
    }

    @Test func sectionsCanBeCleared() throws {
        let text = minimal + "guard:\n  early_stopping: {patience: 3}\n"
        #expect(try parse(text, set: ["early_stopping=null"]).guard.earlyStopping == nil)
        #expect(try parse(text, set: ["guard.early_stopping.patience=4"]).guard.earlyStopping?.patience == 4)
    }

    @Test(arguments: [
        ("algorithm.lr=fast", "--set algorithm.lr=fast: 'algorithm.lr' must be a number, 'FROM -> TO', 'lin_FROM', 'cos_FROM', or a mapping of linear, cosine, piecewise, steps, two_phase, not 'fast'"),
        ("n_steps=0", "--set n_steps=0: 'n_steps' must be at least 1, not 0"),
        ("algorithm.n_stps=8", "--set algorithm.n_stps=8: unknown key 'algorithm.n_stps'; did you mean 'n_steps'?"),
        ("n_stps=8", "--set n_stps=8: unknown key 'n_stps'; did you mean 'n_steps'?"),
        ("n_steps", "--set n_steps: not of the form key=value; write --set algorithm.n_steps=1024"),
        ("=8", "--set =8: not of the form key=value; write --set algorithm.n_steps=1024"),
        ("algorithm=ppo", "--set algorithm=ppo: 'algorithm' is a section; set one of its keys, or null to clear it"),
        ("n_steps=[", "--set n_steps=[: not valid YAML: did not find expected node content while parsing a flow node"),
        ("n_steps=", "--set n_steps=: 'n_steps' has no value; write a whole number, or leave the key out"),
        ("desired_kl=0.1", "--set desired_kl=0.1: key 'desired_kl' is not used when algorithm.lr_schedule is constant; it needs algorithm.lr_schedule: adaptive"),
        ("batch_size=100", "--set batch_size=100: 'batch_size' 100 does not divide n_envs · n_steps = 1 · 2048 = 2048; the nearest that do are 64 and 128"),
        ("seed.x=1", "--set seed.x=1: unknown key 'seed.x'; did you mean 'seed'?"),
    ])
    func overrideErrorsNameTheOverride(_ override: String, _ expected: String) {
        #expect(errors(minimal, set: [override]) == [expected])
    }

    // MARK: Environment parameters

    @Test func parametersKeepTheirValues() throws {
        let text = """
            environment:
              id: A
              parameters:
                wind: 2.5
                count: 3
                label: rough
                quoted: "3"
                on: true
                none: null
                list: [1, 2.0, x]
                nested: {depth: 1M}
            total_timesteps: 1M
            """
        let expected: [String: ConfigurationValue] = [
            "wind": 2.5, "count": 3, "label": "rough", "quoted": "3", "on": true, "none": nil, "list": [1, 2.0, "x"],
            "nested": .mapping(["depth": 1_000_000]),
        ]
        #expect(try parse(text).environment.parameters == expected)
        let changed = try parse(text, set: ["env.parameters.wind=4", "environment.parameters.nested.width=2", "environment.parameters.on=default"])
        #expect(changed.environment.parameters["wind"] == 4)
        #expect(changed.environment.parameters["nested"] == .mapping(["depth": 1_000_000, "width": 2]))
        #expect(changed.environment.parameters["on"] == nil)
    }

    @Test func readersCheckParametersWithPositions() throws {
        let text = """
            environment:
              id: A
              parameters:
                wind: strong
                raduis: 3
                count: 2.5
                size: -1
                ok: 1
            total_timesteps: 1M
            """
        var reader = try parse(text, set: ["environment.parameters.mode=fly"]).environmentParameters
        #expect(reader.number("wind", default: 1) == 1)
        #expect(reader.number("radius", default: 150, in: .positive) == 150)
        #expect(reader.integer("count", default: 7) == 7)
        #expect(reader.number("size", default: 2, in: .positive) == 2)
        #expect(reader.number("ok", default: 5) == 1)
        #expect(reader.choice("mode", default: "walk", of: ["walk", "run"]) == "walk")
        reader.refuseNew(unused: ["ok", "absent"], when: "it is calm", need: "wind")
        #expect(reader.newRunProblems.map(\.name) == ["ok"] && reader.isSound("ok", "radius") && !reader.isSound("radius", "wind"))
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(
            "\(try #require(error))".split(separator: "\n").map(String.init) == [
                "x.yaml:4:5: 'wind' must be a number, not strong",
                "x.yaml:5:5: unknown key 'raduis'; did you mean 'radius'?",
                "x.yaml:6:5: 'count' must be a whole number, not 2.5",
                "x.yaml:7:5: 'size' must be greater than 0, not -1",
                "--set environment.parameters.mode=fly: 'mode' must be one of walk, run, not fly",
            ])
    }

    @Test func originsTellWhereAValueStands() throws {
        let origins = try parse(minimal + "algorithm:\n  gamma: 0.9\n", set: ["seed=3"]).origins
        #expect("\(origins.position(of: "environment.id"))" == "x.yaml:2:7")
        #expect("\(origins.position(of: "algorithm.gamma"))" == "x.yaml:5:10")
        #expect("\(origins.position(of: "algorithm.n_steps"))" == "x.yaml:4:1")
        #expect("\(origins.position(of: "seed"))" == "--set seed=3")
        #expect("\(origins.position(of: "guard.on_collapse"))" == "x.yaml:1:1")
    }
}
