@testable import Configuration
import Core
import Testing

@Suite struct CurriculumTests {
    static let three = """
        total_timesteps: 10M
        curriculum:
          stages:
            - environment: BipedalWalkerFlat-v3
              promote_at: {success_rate: 0.8}
            - id: BipedalWalker-v3
              params: {wind: 2}
              promote_at: {return: 250}
              window: 5
              min_steps: 500k
              optimizer: reset
              learning_rate_factor: 0.5
            - {environment: BipedalWalkerHardcore-v3, normalizer: reset}

        """

    @Test func stagesInOrder() throws {
        let configuration = try parse(Self.three)
        let stages = try #require(configuration.curriculum?.stages)
        #expect(stages.map(\.environment) == ["BipedalWalkerFlat-v3", "BipedalWalker-v3", "BipedalWalkerHardcore-v3"])
        #expect(stages.map(\.promoteAt) == [.successRate(0.8), .meanReturn(250), nil])
        #expect(stages.map(\.window) == [3, 5, 3] && stages.map(\.minSteps) == [0, 500_000, 0])
        #expect(stages.map(\.optimizer) == [.keep, .reset, .keep] && stages.map(\.normalizer) == [.keep, .keep, .reset])
        #expect(stages.map(\.learningRateFactor) == [1, 0.5, 1] && stages[1].parameters == ["wind": 2])
        // The last stage is the environment that counts.
        #expect(configuration.environment.id == "BipedalWalkerHardcore-v3" && configuration.environment.parameters.isEmpty)
    }

    @Test func withoutACurriculumNothingChanges() throws {
        let plain = try parse(minimal)
        #expect(plain.curriculum == nil && plain.environment.shaping.isEmpty)
        for text in ["curriculum:\n", "curriculum: {stages: null}\n", "curriculum: null\n"] {
            let same = try parse(minimal + text)
            #expect(same == plain && same.hash == plain.hash)
        }
        let text = plain.resolvedYAML()
        #expect(!text.contains("curriculum") && !text.contains("shaping"), "what has no effect must not be written")
        #expect(plain.atStage(0) == plain)
    }

    @Test func aStageAsAConfiguration() throws {
        let configuration = try parse(Self.three)
        let second = configuration.atStage(1)
        #expect(second.environment.id == "BipedalWalker-v3" && second.environment.parameters == ["wind": 2])
        #expect(configuration.atStage(2).environment == configuration.environment && second.algorithm == configuration.algorithm)
        // Errors of the environment name the place inside the stage.
        var reader = second.environmentParameters
        #expect(reader.number("wind", default: 0, in: .range(0, 1)) == 0)
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(error?.description == "x.yaml:7:16: 'wind' must be in [0, 1], not 2")
        #expect("\(second.origins.position(of: "environment.id"))" == "x.yaml:6:7")
    }

    @Test func parametersOfTheLastStageStandAtEitherPlace() throws {
        let stages = "curriculum: {stages: [{environment: A, promote_at: {return: 1}}, {environment: B, parameters: {wind: 2}}]}\n"
        let inStage = try parse("total_timesteps: 1M\n" + stages)
        #expect(inStage.environment.parameters == ["wind": 2])
        #expect("\(inStage.origins.position(of: "environment.parameters.wind"))" == "x.yaml:2:96")
        let outside = try parse(
            "total_timesteps: 1M\nenv: {id: B, parameters: {wind: 2}}\ncurriculum: {stages: [{environment: A, promote_at: {return: 1}}, {environment: B}]}\n")
        #expect(outside == inStage && outside.hash == inStage.hash)
        #expect(
            errors("total_timesteps: 1M\nenv: {parameters: {wind: 3}}\n" + stages)
                == ["x.yaml:2:19: 'parameters' are not those of the curriculum's last stage; give them in one of the two places"])
    }

    @Test func anOverrideReplacesTheStages() throws {
        let changed = try parse(Self.three, set: ["curriculum.stages=[{environment: A, promote_at: {return: 1}}, {environment: B}]"])
        #expect(changed.curriculum?.stages.count == 2 && changed.environment.id == "B")
        #expect(try parse(minimal + "curriculum: {stages: [{environment: Humanoid-v5}]}\n", set: ["curriculum=null"]) == parse(minimal))
    }

    @Test func flattenedAndHashTellStagesApart() throws {
        let rows = try parse(Self.three).flattened().filter { $0.key.hasPrefix("curriculum") }
        #expect(rows.map(\.key) == ["curriculum.stages.0", "curriculum.stages.1", "curriculum.stages.2"])
        #expect(rows[0].value == "{environment: BipedalWalkerFlat-v3, learning_rate_factor: 1.0, min_steps: 0, parameters: {}, promote_at: {success_rate: 0.8}, window: 3}")
        #expect(rows[2].value == "{environment: BipedalWalkerHardcore-v3, learning_rate_factor: 1.0, normalizer: reset, optimizer: keep, parameters: {}}")
        let hash = try parse(Self.three).hash
        for (old, new) in [("0.8", "0.9"), ("250", "251"), ("window: 5", "window: 6"), ("500k", "501k"), ("optimizer: reset", "optimizer: keep"), ("factor: 0.5", "factor: 0.6")] {
            #expect(try parse(Self.three.replacing(old, with: new)).hash != hash, "\(new)")
        }
    }

    @Test func debugKeepsTheStages() throws {
        let small = try parse(Self.three, debug: true)
        let stages = try #require(small.curriculum?.stages)
        #expect(stages.map(\.window) == [1, 1, 3] && stages.map(\.minSteps) == [0, small.totalTimesteps / 20, 0])
        #expect(try parse(small.resolvedYAML()) == small)
    }

    @Test(arguments: [
        ("[]", "x.yaml:4:11: a curriculum needs at least one stage; write - {environment: ID, promote_at: {success_rate: 0.8}}, and last - {environment: ID}"),
        ("flat", "x.yaml:4:11: 'stages' must be a list of stages, not 'flat'; write - {environment: ID, promote_at: {success_rate: 0.8}}, and last - {environment: ID}"),
        ("[flat, {environment: B}]", "x.yaml:4:12: a stage must be a mapping of keys and values, not 'flat'; write - {environment: ID, promote_at: {success_rate: 0.8}}, and last - {environment: ID}"),
        ("[{environment: A}, {environment: B}]", "x.yaml:4:12: a stage before the last needs 'promote_at'; write promote_at: {success_rate: 0.8} or promote_at: {return: 250}"),
        ("[{environment: B, promote_at: {return: 1}}]", "x.yaml:4:29: key 'promote_at' is not used in the last stage: nothing comes after it; leave it out"),
        ("[{environment: B, window: 1}]", "x.yaml:4:29: key 'window' is not used in the last stage: nothing comes after it; leave it out"),
        ("[{promote_at: {return: 1}}, {environment: B}]", "x.yaml:4:12: missing key 'environment'"),
        ("[{environment: A, promote_at: {return: 1, success_rate: 0.5}}, {environment: B}]", "x.yaml:4:41: 'promote_at' has two criteria; keep success_rate or return"),
        ("[{environment: A, promote_at: 0.8}, {environment: B}]", "x.yaml:4:41: 'promote_at' must name a measure and its threshold, not '0.8'; write promote_at: {success_rate: 0.8} or promote_at: {return: 250}"),
        ("[{environment: A, promote_at: {sucess_rate: 0.8}}, {environment: B}]", "x.yaml:4:42: unknown key 'sucess_rate'; did you mean 'success_rate'?"),
        ("[{environment: A, promote_at: {success_rate: 80}}, {environment: B}]", "x.yaml:4:56: 'success_rate' must be in (0, 1], not 80"),
        ("[{environment: A, promote_at: {return: 1}, windw: 3}, {environment: B}]", "x.yaml:4:54: unknown key 'windw'; did you mean 'window'?"),
        ("[{environment: A, promote_at: {return: 1}, window: 0}, {environment: B}]", "x.yaml:4:62: 'window' must be at least 1, not 0"),
        ("[{environment: A, promote_at: {return: 1}, optimizer: keep}, {environment: B}]", "x.yaml:4:54: key 'optimizer' is not used in the first stage: nothing comes before it; leave it out"),
        ("[{environment: A, promote_at: {return: 1}}, {environment: B, optimizer: drop}]", "x.yaml:4:83: 'optimizer' must be one of keep, reset, not 'drop'"),
        ("[{environment: A, promote_at: {return: 1}}, {environment: B, learning_rate_factor: 0}]", "x.yaml:4:94: 'learning_rate_factor' must be greater than 0, not 0"),
        ("[{environment: A, id: C, promote_at: {return: 1}}, {environment: B}]", "x.yaml:4:29: duplicate key 'id'; first given as 'environment' at x.yaml:4:13"),
        ("[{environment: A, promote_at: {return: 1}, min_steps: 1M}, {environment: B}]", "x.yaml:4:65: 'min_steps' of the stages up to here take all 1000000 steps of the run: the last stage would never begin; use less, or raise total_timesteps"),
        ("[{environment: A, promote_at: {return: 1}, min_steps: 600k}, {environment: C, promote_at: {return: 1}, min_steps: 9223372036854775807}, {environment: D, promote_at: {return: 1}, min_steps: 1M}, {environment: B}]", "x.yaml:4:125: 'min_steps' of the stages up to here take all 1000000 steps of the run: the last stage would never begin; use less, or raise total_timesteps"),
        ("[{environment: A, promote_at: {return: 1}}, {environment: C}]", "x.yaml:2:11: 'id' is B, but the curriculum ends in C; the last stage is the environment that counts; leave 'id' out, or end the curriculum in B"),
    ])
    func mistakes(_ stages: String, _ expected: String) {
        #expect(errors("total_timesteps: 1M\nenv: {id: B}\ncurriculum:\n  stages: \(stages)\n") == [expected])
    }

    @Test func everyMistakeIsReported() {
        let text = "total_timesteps: 1M\ncurriculum:\n  stages:\n    - {environment: A, windw: 3}\n    - {environment: B, promote_at: {return: 1}}\n  stage: 3\n"
        #expect(
            errors(text).map { $0.prefix(11) } == ["x.yaml:4:7:", "x.yaml:4:24", "x.yaml:5:24", "x.yaml:6:3:"])
    }

    @Test func promotionNeedsEvaluations() {
        #expect(
            errors(Self.three + "evaluation: {eval_freq: 0}\n")
                == ["x.yaml:14:25: a curriculum is promoted by evaluations, but 'eval_freq' is 0; set eval_freq, or leave the curriculum out"])
    }
}
