import Configuration
import Testing

@Suite struct ShapingTests {
    @Test func termsInOrder() throws {
        let text = """
            environment:
              id: BipedalWalker-v3
              shaping:
                - forward_velocity: {weight: 0.1, limit: 3}
                - balance: 0.05
                - effort: 0.001
                - fall_penalty: -20
                - clip: [-1, 1]
                - scale: 0.1
                - balance: 1
            total_timesteps: 1M
            """
        let configuration = try parse(text)
        #expect(
            configuration.environment.shaping == [
                .forwardVelocity(weight: 0.1, limit: 3), .balance(weight: 0.05), .effort(weight: 0.001), .fallPenalty(reward: -20),
                .clip(low: -1, high: 1), .scale(0.1), .balance(weight: 1),
            ])
        #expect(configuration.resolvedYAML().contains("\n    - {forward_velocity: {limit: 3.0, weight: 0.1}}\n    - {balance: 0.05}\n"))
        let row = configuration.flattened().first { $0.key == "environment.shaping" }
        #expect(row?.value.hasSuffix("{clip: [-1.0, 1.0]}, {scale: 0.1}, {balance: 1.0}]") == true)
        // Order decides.
        #expect(try parse(text, set: ["shaping=[{scale: 2}, {balance: 1}]"]).hash != parse(text, set: ["shaping=[{balance: 1}, {scale: 2}]"]).hash)
    }

    @Test(arguments: [
        ("0.1", "x.yaml:3:12: 'shaping' must be a list of terms, not '0.1'; write - balance: 0.05"),
        ("{balance: 1}", "x.yaml:3:12: 'shaping' must be a list of terms, not a mapping; terms apply in order: begin each with '- '"),
        ("[balance]", "x.yaml:3:13: each term of 'shaping' must be one name and its value, not 'balance'; write - balance: 0.05"),
        ("[{balance: 1, effort: 2}]", "x.yaml:3:13: each term of 'shaping' must be one name and its value, not a mapping; write - balance: 0.05"),
        ("[{balence: 1}]", "x.yaml:3:14: unknown shaping term 'balence'; did you mean 'balance'?"),
        ("[{speed: 1}]", "x.yaml:3:14: unknown shaping term 'speed'; known are forward_velocity, balance, effort, fall_penalty, clip, scale"),
        ("[{balance: much}]", "x.yaml:3:23: 'balance' must be a number, not 'much'"),
        ("[{scale: .inf}]", "x.yaml:3:21: 'scale' must be a number, not '.inf'"),
        ("[{clip: [1, -1]}]", "x.yaml:3:20: 'clip' has its low end 1 above its high end -1"),
        ("[{clip: [1]}]", "x.yaml:3:20: 'clip' must be [low, high], two numbers, not a list; write clip: [-1, 1]"),
        ("[{forward_velocity: 0.1}]", "x.yaml:3:32: 'forward_velocity' needs a weight and a limit, not '0.1'; write forward_velocity: {weight: 0.1, limit: 3}"),
        ("[{forward_velocity: {weight: 0.1}}]", "x.yaml:3:32: missing key 'limit'"),
        ("[{forward_velocity: {weight: 0.1, limit: -1}}]", "x.yaml:3:53: 'limit' must be at least 0, not -1"),
        ("[{forward_velocity: {wieght: 0.1, weight: 1, limit: 1}}]", "x.yaml:3:33: unknown key 'wieght'; did you mean 'weight'?"),
    ])
    func mistakes(_ terms: String, _ expected: String) {
        #expect(errors("environment:\n  id: A\n  shaping: \(terms)\ntotal_timesteps: 1M\n") == [expected])
    }

    @Test func everyMistakeIsReported() {
        #expect(errors("env:\n  id: A\n  shaping:\n    - balence: 1\n    - scale: x\ntotal_timesteps: 1M\n").count == 2)
    }
}
