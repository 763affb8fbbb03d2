import Configuration
import Testing

/// The keys of recurrent PPO.
@Suite struct RecurrentTests {
    @Test(arguments: Recipe.allCases) func offUnlessAsked(_ recipe: Recipe) throws {
        let plain = try ppo(minimal, set: ["recipe=\(recipe.rawValue)"])
        #expect(!plain.useLSTM)
        let settings = try ppo(minimal, set: ["recipe=\(recipe.rawValue)", "use_lstm=true"])
        #expect(settings.useLSTM && settings.lstmHiddenSize == 256 && settings.bpttLength == 64 && settings.refreshStates)
        #expect(!settings.sharedLSTM && !settings.lstmLayerNorm && settings.lstmInputArch == NetworkSizes(policy: [], value: []))
    }

    @Test func everyKeyIsRead() throws {
        let text = minimal + """
            algorithm:
              use_lstm: true
              n_envs: 16
              n_steps: 1024
              batch_size: 4096
              lstm_hidden_size: 128
              lstm_input_arch: {pi: [64], vf: [32, 16]}
              lstm_layer_norm: true
              bptt_length: 32
              refresh_states: false

            """
        let settings = try ppo(text)
        #expect(settings.lstmHiddenSize == 128 && settings.bpttLength == 32 && settings.lstmLayerNorm && !settings.refreshStates)
        #expect(settings.lstmInputArch == NetworkSizes(policy: [64], value: [32, 16]))
        #expect(try ppo(minimal, set: ["use_lstm=true", "shared_lstm=true", "lstm_input_arch=[8]"]).sharedLSTM)
    }

    /// Runs from before there was memory keep their hash, and their resolved file says nothing of it but that there is none.
    @Test func withoutMemoryNothingChanges() throws {
        let plain = try parse(minimal)
        #expect(plain.resolvedYAML().contains("use_lstm: false") && !plain.resolvedYAML().contains("bptt_length"))
        #expect(!plain.flattened().contains { $0.key.contains("lstm_") })
        #expect(try parse(minimal, set: ["use_lstm=false"]).hash == plain.hash)
        // The hash of what stood in a resolved file before the key was there.
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        for (key, value) in plain.flattened() where !["name", "machine.threads", "algorithm.use_lstm"].contains(key) && !key.hasPrefix("logging.") {
            for byte in "\(key): \(value)\n".utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        #expect(UInt64(plain.hash, radix: 16) == state)
        #expect(try parse(minimal, set: ["use_lstm=true"]).hash != plain.hash)
    }

    static let memory = "use_lstm: true\n  "
    @Test(arguments: [
        ("bptt_length: 32", "x.yaml:5:3: key 'bptt_length' is not used when algorithm.use_lstm is false; it needs algorithm.use_lstm: true"),
        ("shared_lstm: true", "x.yaml:5:3: key 'shared_lstm' is not used when algorithm.use_lstm is false; it needs algorithm.use_lstm: true"),
        (memory + "share_features: true", "x.yaml:6:3: key 'share_features' is not used when algorithm.use_lstm is true; it needs algorithm.use_lstm: false"),
        (memory + "bptt_length: 48", "x.yaml:6:16: 'bptt_length' 48 does not divide n_steps 2048; the nearest that do are 32 and 64"),
        (memory + "bptt_length: 128", "x.yaml:6:16: 'bptt_length' 128 does not divide batch_size 64; the nearest that does is 64"),
        (memory + "n_steps: 1000", "x.yaml:6:12: 'bptt_length' 64 does not divide n_steps 1000; the nearest that do are 50 and 100"),
        (memory + "bptt_length: 0", "x.yaml:6:16: 'bptt_length' must be at least 1, not 0"),
        (memory + "lstm_hidden_size: big", "x.yaml:6:21: 'lstm_hidden_size' must be a whole number, not 'big'"),
        (
            memory + "shared_lstm: true\n  lstm_input_arch: {pi: [8], vf: [16]}",
            "x.yaml:7:20: 'lstm_input_arch' has two shapes, but shared_lstm is true; give one list, or set shared_lstm: false"
        ),
    ])
    func mistakes(_ lines: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n  \(lines)\n").contains(expected), "\(errors(minimal + "algorithm:\n  \(lines)\n"))")
    }

    @Test func otherAlgorithmsHaveNone() {
        #expect(errors(minimal, set: ["algorithm.name=sac", "use_lstm=true"]).first?.contains("it belongs to ppo") == true)
    }

    /// Two shapes behind separate LSTMs are fine, whatever the recipe says about shared features.
    @Test func robustTakesTwoShapes() throws {
        let settings = try ppo(minimal, set: ["recipe=robust", "use_lstm=true", "net_arch={pi: [8], vf: [16]}"])
        #expect(settings.netArch == NetworkSizes(policy: [8], value: [16]))
    }

    @Test(arguments: [(16, 1024, 4096, 64), (1, 1000, 500, 50), (3, 100, 75, 25), (64, 128, 2048, 128), (2, 7, 7, 7)])
    func theDebugOverlayFits(_ environments: Int, _ steps: Int, _ batch: Int, _ length: Int) throws {
        let sizes = ["n_envs=\(environments)", "n_steps=\(steps)", "batch_size=\(batch)", "bptt_length=\(length)", "lstm_input_arch=[32]"]
        let full = try parse(minimal, set: ["use_lstm=true"] + sizes)
        let small = full.debugOverlay()
        #expect(try parse(small.resolvedYAML()) == small)
        guard case .ppo(let settings) = small.algorithm else { return }
        #expect(settings.useLSTM && settings.lstmHiddenSize == 16 && settings.bpttLength <= min(16, length) && settings.batchSize <= batch)
        #expect(settings.nSteps % settings.bpttLength == 0 && settings.batchSize % settings.bpttLength == 0)
        #expect(settings.rolloutSize % settings.batchSize == 0 && settings.lstmInputArch.policy == [16])
    }
}
