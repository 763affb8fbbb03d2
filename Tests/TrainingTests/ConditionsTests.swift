import Algorithms
import Configuration
import Core
import Environments
import Foundation
import Runs
import Testing

@testable import Training

/// Baselines and conditions of evaluations, on policies that have hardly learned.
@Suite(.serialized) struct ConditionsTests {
    private static let training = """
        seed: 3
        total_timesteps: 128
        algorithm: {n_envs: 2, n_steps: 32, batch_size: 64, n_epochs: 1, net_arch: [8, 8]}
        evaluation: {eval_freq: 64, n_eval_episodes: 1, confirm_episodes: 1, n_eval_envs: 1}
        checkpoint: {save_freq: 64}
        """

    /// What an evaluation said.
    private final class Lines { var all: [String] = [] }

    private func run(_ environment: String, in folder: TemporaryFolder) throws -> RunFolder {
        var training = try Training.start(
            try Configuration.parse(text: "environment: \(environment)\n\(Self.training)"), configurationPath: "test.yaml", root: folder.path)
        while try training.advance() != nil {}
        return training.folder
    }

    private func rank(
        _ run: RunFolder, checkpoint: String = "best", episodes: Int = 3, baselines: Bool? = nil, said: Lines = Lines(),
        _ change: (inout EvaluationConditions) -> Void = { _ in }
    ) throws -> Ranking {
        var conditions = EvaluationConditions()
        change(&conditions)
        return try TrainingCommands.rank(
            paths: [run.path], root: "", checkpoint: checkpoint, episodes: episodes, seed: 5, stochastic: false, conditions: conditions,
            baselines: baselines, command: "test", say: { said.all.append($0) })
    }

    private static let interceptor =
        "{id: Interceptor-v1, parameters: {residual: pn, frame: line_of_sight, curriculum_steps: [0, 64], curriculum_radii: [300, 10]}}"
    private static let quadruped = "{id: ResidualQuadruped-v1, max_episode_steps: 15, parameters: {terrain_height: 0.02}}"

    // MARK: Interceptor

    @Test func onePassAtTheSmallestRadiusCountsAsPassesAtEachDo() throws {
        let configuration = try Configuration.parse(
            text: "environment: {id: Interceptor-v1, parameters: {scenario: hard, residual: pn, intercept_radius: 150}}\ntotal_timesteps: 1k")
        let pool = WorkerPool(threads: 2)
        let set = EpisodeSet(seed: 8, purpose: .finalEvaluationEpisodes)
        var c = PPOConfiguration()
        c.environments = 4
        c.steps = 64
        let radii: [Double] = [150, 100, 50, 20]
        let task = try EvaluationTask(configuration, radii: [20, 100, 150, 50, 100])
        #expect(task.radii == radii)
        let policy = try PPO(c, seed: 1, pool: pool, makeEnvironment: task.factory.make).policy()
        func play(_ baseline: String?) -> (EnvironmentFactory) throws -> EvaluationOutcome {
            { factory in
                let evaluator = Evaluator(factory: factory, pool: pool)
                guard let baseline else { return try evaluator.evaluate(policy, episodes: 24, set: set) }
                return try evaluator.evaluate(baseline: baseline, episodes: 24, set: set)
            }
        }
        for baseline in [nil, "lead_pursuit@tracker"] {
            let once = try task.measure(play(baseline))
            var seen: Set<Double> = []
            for radius in radii {
                var single = configuration
                single.environment.parameters["intercept_radius"] = .float(radius)
                let separate = try EvaluationTask(single, radii: []).measure(play(baseline))
                let name = InterceptRadius.metric(radius)
                #expect(once.metrics[name] == separate.successes.map { $0 ? 1 : 0 })
                #expect(once.figures.metrics[name] == separate.figures.successRate)
                for quadrant in ["ne", "nw", "sw", "se"] {
                    #expect(once.figures.metrics["\(name)_\(quadrant)"] == separate.figures.metrics["\(name)_\(quadrant)"])
                }
                seen.insert(separate.figures.successRate)
                // Return and the rest are the largest radius's, the distances the smallest's.
                if radius == 150 { #expect(once.returns == separate.returns && once.metrics["fuel_used"] == separate.metrics["fuel_used"]) }
                if radius == 20 { #expect(once.metrics["miss_distance"] == separate.metrics["miss_distance"]) }
            }
            #expect(seen.count > 2, "the radii have to make a difference: \(seen)")
        }
    }

    @Test func baselinesStandBesideAnInterceptorByDefault() throws {
        let folder = try TemporaryFolder()
        let run = try run(Self.interceptor, in: folder)
        let ranking = try rank(run, episodes: 4) { $0.radii = [50, 150]; $0.scenario = "easy" }
        let result = try #require(ranking.results.first)
        #expect(result.baselines.count == 13 && result.baselines["zero"]?.episodes == 4)
        #expect(result.baselines["proportional_navigation@tracker"]?.metrics["success_50m"] == 1)
        // The curriculum's radius is not the evaluation's.
        #expect(result.figures.metrics["intercept_radius"] == 150)
        #expect(result.conditions == [
            "scenario": .string("easy"), "radius": .array([.number(150), .number(50)]), "return_radius": .number(150), "seconds": .number(20),
            "actions": .string("deterministic"),
        ])
        #expect(result.differences["proportional_navigation@truth"]?["success_50m"] != nil)
        let text = ranking.text()
        #expect(text.hasPrefix("Interceptor-v1, 4 episodes from seed 5: actions deterministic; radius 150, 50; return_radius 150; scenario easy; seconds 20\n"))
        #expect(text.contains("counted in one pass at 50 m"))
        // The quarters' table has the measures of the main one, of the policy and of what it shall beat.
        let quarters = try #require(text.components(separatedBy: "By approach quadrant\n").last).split(separator: "\n")
        #expect(quarters[0].contains("success at 50 m, %") && quarters[0].contains("return") && quarters[0].contains("minimum distance, m"))
        #expect(quarters.contains { $0.contains("proportional_navigation@tracker") } && !quarters.contains { $0.contains("@truth") })
        let array = try JSONDecoder().decode([EvaluationResult].self, from: Data(try ranking.json().utf8))
        #expect(array == ranking.results)

        // Evaluations in training play at the stated radius too.
        let records = try run.evaluations()
        #expect(!records.isEmpty && records.allSatisfy { $0.figures.metrics["intercept_radius"] == 150 })

        // Without them where that is wanted; at the task's own radius where none is asked for.
        let bare = try rank(run, baselines: false)
        #expect(bare.results[0].baselines.isEmpty && bare.results[0].differences.isEmpty)
        #expect(bare.results[0].conditions["radius"] == .number(150) && bare.results[0].conditions["return_radius"] == nil)
        #expect(bare.text().contains("minimum distance, m"))
    }

    // MARK: Quadruped

    @Test func policyAndPlainGaitPlayTheSameEpisodes() throws {
        let folder = try TemporaryFolder()
        // Under wrappers, which a baseline wears too.
        let wrapped = Self.quadruped.replacingOccurrences(of: "max_episode_steps: 15", with: "max_episode_steps: 15, action_repeat: 2, frame_stack: 2")
        let run = try run(wrapped, in: folder)
        #expect(try rank(run).results[0].baselines.isEmpty)
        let ranking = try rank(run, baselines: true) { $0.terrain = "steps"; $0.terrainSeed = 4; $0.seconds = 0.5 }
        let result = try #require(ranking.results.first)
        #expect(result.figures.lengthMean == 13 && result.baselines["plain_gait"]?.lengthMean == 13)
        #expect(result.baselines["plain_gait"]?.metrics["draw_heading"] == result.figures.metrics["draw_heading"])
        #expect(result.baselines["plain_gait"]?.metrics["action_magnitude"] == 0)
        #expect(result.figures.metrics["draw_terrain_kind"] == 2)
        #expect(result.conditions == [
            "terrain": .string("steps"), "terrain_seed": .number(4), "terrain_height": .number(0.02), "seconds": .number(0.5),
            "actions": .string("deterministic"),
        ])
        for title in ["forward velocity, m/s", "fall rate, %", "lateral drift, m", "height deviation, m", "tilt, °", "energy, J/m", "action magnitude"] {
            #expect(ranking.text().contains(title))
        }
        for ending in try ranking.save(as: folder.path + "/saved") { #expect(FileManager.default.fileExists(atPath: ending)) }
        let table = try String(contentsOfFile: folder.path + "/saved-baselines.csv", encoding: .utf8)
        #expect(table.hasPrefix("task,policy,baseline,measure,") && table.contains("plain_gait,forward_velocity,3,"))
        #expect(try String(contentsOfFile: folder.path + "/saved.md", encoding: .utf8).contains("against plain\\_gait") == false)
    }

    @Test func otherObservationsAndTimeStepsAreRefused() throws {
        let folder = try TemporaryFolder()
        let run = try run(Self.quadruped, in: folder)
        #expect { _ = try rank(run) { $0.settings = ["environment.parameters.privileged=true"] } } throws: {
            "\($0)".contains("the policy was trained with privileged: false, not with privileged: true")
        }
        #expect { _ = try rank(run) { $0.settings = ["environment.id=AdaptiveQuadruped-v1"] } } throws: {
            "\($0)".contains("an environment with 77 observations, this one has 85") && "\($0)".contains("leave out the one that does")
        }
        #expect { _ = try rank(run) { $0.settings = ["environment.parameters.frame_skip=10"] } } throws: { "\($0)".contains("a step of 0.02 s, this one has 0.01 s") }
        #expect { _ = try rank(run) { $0.settings = ["environment.id=InvertedPendulum-v5"] } } throws: { _ in true }
        // What the spec's sentence says may change where it is asked for, and stands in the conditions.
        let ranking = try rank(run) { $0.settings = ["environment.parameters.success_velocity=0.01", "environment.parameters.terrain_height=default"] }
        #expect(ranking.results[0].conditions["success_velocity"] == .number(0.01) && ranking.results[0].conditions["terrain_height"] == .number(0.025))
    }

    /// What observations and actions mean is no condition, also where their spaces would not tell.
    @Test func whatAPolicySeesAndHowItActsStay() throws {
        let folder = try TemporaryFolder()
        let run = try run(Self.interceptor, in: folder)
        for (setting, trained) in [
            ("frame=world", "frame: line_of_sight"), ("frame=default", "frame: line_of_sight"), ("residual=none", "residual: pn"),
            ("residual=augmented_pn", "residual: pn"), ("residual_scale=0", "residual_scale: 0.5"), ("residual_gain=3", "residual_gain: 4"),
            ("observation=omniscient", "observation: radar_only"), ("actions=thrust", "actions: thrust_and_rates"),
        ] {
            let (name, value) = (setting.prefix { $0 != "=" }, setting.hasSuffix("default") ? "world" : String(setting.drop { $0 != "=" }.dropFirst()))
            #expect { _ = try rank(run, baselines: false) { $0.settings = ["environment.parameters.\(setting)"] } } throws: { error in
                ["--set environment.parameters.\(setting): ", "trained with \(trained), not with \(name): \(value)\n", "leave it out"]
                    .allSatisfy { "\(error)".contains($0) }
            }
        }
        // Together with a named condition, too; and asking for what is so anyway, or for what counts in training alone, is fine.
        #expect { _ = try rank(run) { $0.seconds = 1; $0.settings = ["environment.parameters.residual=none"] } } throws: { "\($0)".contains("residual: pn") }
        let same = ["frame=line_of_sight", "residual_scale=0.5", "curriculum_linear=true", "wind_turbulence=0"].map { "environment.parameters.\($0)" }
        let ranking = try rank(run, episodes: 1, baselines: false) { $0.settings = same }
        #expect(ranking.results[0].conditions["wind_turbulence"] == .number(0))
    }

    /// A run does not begin with a setting that has no effect; one that is stored with it goes on and is evaluated; an evaluation does not ask for it.
    @Test func settingsWithoutEffectAreForStoredRunsAlone() throws {
        let folder = try TemporaryFolder()
        let idle = "{id: Interceptor-v1, max_episode_steps: 60, parameters: {residual_gain: 3}}"
        #expect { _ = try run(idle, in: folder) } throws: { "\($0)".contains("key 'residual_gain' is not used when residual is none") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasPrefix("20") })

        let text = "environment: \(idle.replacingOccurrences(of: "residual_gain: 3", with: "gravity: 9"))\n\(Self.training)"
        let stored = try Training.start(try Configuration.parse(text: text), configurationPath: "test.yaml", root: folder.path).folder
        let file = stored.configPath
        let before = try String(contentsOfFile: file, encoding: .utf8)
        try before.replacingOccurrences(of: "gravity: 9", with: "residual_gain: 3").write(toFile: file, atomically: true, encoding: .utf8)
        var training = try Training.resume(stored, root: folder.path)
        while try training.advance() != nil {}
        _ = consume training
        let ranking = try rank(stored, episodes: 1, baselines: false) { $0.settings = ["environment.parameters.wind_turbulence=0"] }
        #expect(ranking.results[0].conditions["residual_gain"] == nil)
        #expect { _ = try rank(stored) { $0.settings = ["environment.parameters.tracker_prior_speed=50"] } } throws: {
            "\($0)".contains("key 'tracker_prior_speed' is not used when launch_cue is true") && "\($0)".contains("--set ")
        }
    }

    @Test func wrongConditionsNameTheValidOnes() throws {
        let folder = try TemporaryFolder()
        let (quadruped, interceptor) = (try run(Self.quadruped, in: folder), try run(Self.interceptor, in: folder))
        func expect(_ run: RunFolder, _ words: [String], _ change: (inout EvaluationConditions) -> Void) {
            #expect { _ = try rank(run, change) } throws: { error in words.allSatisfy { "\(error)".contains($0) } }
        }
        expect(quadruped, ["no terrain 'moon'", "flat, rough, steps, slope, mixed"]) { $0.terrain = "moon" }
        expect(quadruped, ["ResidualQuadruped-v1 has no scenario", "Interceptor-v1"]) { $0.scenario = "easy" }
        expect(quadruped, ["ResidualQuadruped-v1 has no intercept radius"]) { $0.radii = [20] }
        expect(quadruped, ["--terrain-seed -1"]) { $0.terrainSeed = -1 }
        expect(quadruped, ["--seconds 0.001", "0.02 s"]) { $0.seconds = 0.001 }
        expect(quadruped, ["--seconds nan"]) { $0.seconds = .nan }
        expect(quadruped, ["an evaluation can't change 'algorithm.n_envs'", "environment.parameters.NAME"]) { $0.settings = ["algorithm.n_envs=4"] }
        expect(quadruped, ["'step_length_range' must be [low, high]"]) { $0.settings = ["environment.parameters.step_length_range=[0.09,0.04]"] }
        expect(quadruped, ["trained with step_length_rate: "]) { $0.settings = ["environment.parameters.step_length_rate=0.9"] }
        expect(quadruped, ["unknown key 'terain'", "'terrain'"]) { $0.settings = ["environment.parameters.terain=flat"] }
        expect(interceptor, ["no scenario 'extreme'", "easy, medium, hard"]) { $0.scenario = "extreme" }
        expect(interceptor, ["Interceptor-v1 has no terrain", "ResidualQuadruped-v1, AdaptiveQuadruped-v1"]) { $0.terrain = "flat" }
        for radius in [0, -20, Double.infinity, .nan] { expect(interceptor, ["--radius", "between 0 and 10000 m"]) { $0.radii = [50, radius] } }
    }

    // MARK: Any environment

    @Test func anEnvironmentWithoutBaselinesSaysSo() throws {
        let folder = try TemporaryFolder()
        let dummy = try run("{id: Dummy-v1}", in: folder)
        #expect { _ = try rank(dummy, baselines: true) } throws: { "\($0)".contains("Dummy-v1 declares no baselines") }
        let ranking = try rank(dummy)
        #expect(ranking.comparisons.isEmpty && ranking.results[0].conditions == ["actions": .string("deterministic")])
        let pendulum = try run("{id: InvertedPendulum-v5, max_episode_steps: 60}", in: folder)
        #expect(Set(try rank(pendulum, baselines: true).results[0].baselines.keys) == ["zero", "random"])
        // Longer episodes have to be asked for.
        let long = try rank(pendulum) { $0.seconds = 4 }
        #expect(long.results[0].conditions["seconds"] == .number(4))
    }

    /// Tasks that differ where their own conditions don't tell are told apart; what belongs to the policy alone makes no other task.
    @Test func unlikeTasksAreToldApart() throws {
        let folder = try TemporaryFolder()
        func interceptor(_ parameters: String) throws -> String {
            try self.run("{id: Interceptor-v1, parameters: {\(parameters)}}", in: folder).path
        }
        func rank(_ paths: [String], _ settings: [String] = []) throws -> Ranking {
            var conditions = EvaluationConditions()
            conditions.settings = settings
            return try TrainingCommands.rank(
                paths: paths, root: "", checkpoint: "best", episodes: 2, seed: 5, stochastic: false, conditions: conditions, baselines: false,
                command: "test", say: { _ in })
        }
        let (calm, windy) = (try interceptor("wind_turbulence: 0"), try interceptor("wind_turbulence: 3"))
        let unlike = try rank([calm, windy])
        #expect(unlike.results.map { $0.conditions["wind_turbulence"] } == [.number(0), .number(3)])
        #expect(unlike.heads.count == 2 && unlike.text().contains("ranks compare unlike things") && !unlike.text().contains("2 paired episodes"))

        let residual = try interceptor("wind_turbulence: 0, residual: pn, residual_scale: 0.2, curriculum_steps: [0], curriculum_radii: [90]")
        let alike = try rank([calm, residual])
        #expect(alike.results[0].conditions == alike.results[1].conditions && alike.results[0].conditions["wind_turbulence"] == nil)
        #expect(alike.heads.count == 1 && !alike.text().contains("unlike things"))

        // Where a policy was trained says nothing about its episodes.
        let flat = try self.run("{id: BipedalWalkerFlat-v3, max_episode_steps: 20}", in: folder).path
        let normal = try self.run("{id: BipedalWalker-v3, max_episode_steps: 20}", in: folder).path
        let walkers = try rank([flat, normal], ["environment.id=BipedalWalker-v3"])
        #expect(walkers.results.map { $0.conditions["trained_in"] } == [.string("BipedalWalkerFlat-v3"), nil])
        #expect(walkers.heads.count == 1 && !walkers.heads[0].contains("trained_in") && !walkers.text().contains("unlike things"))
    }

    /// A damaged checkpoint is passed over aloud, and refused where it was asked for by its step.
    @Test func damagedCheckpointsAreSpokenOf() throws {
        let folder = try TemporaryFolder()
        let run = try run("{id: Dummy-v1}", in: folder)
        func damage(_ step: Int) throws {
            let path = run.checkpointsPath + "/step_\(String(repeating: "0", count: 9 - String(step).count))\(step)/policy.safetensors"
            var data = try Data(contentsOf: URL(fileURLWithPath: path))
            data[data.count - 1] ^= 1
            try data.write(to: URL(fileURLWithPath: path))
        }
        try damage(128)
        let said = Lines()
        #expect(try rank(run, checkpoint: "last", said: said).results[0].steps == 64)
        #expect(said.all.contains { $0.contains("step_000000128") && $0.contains("damaged and passed over") })
        #expect { _ = try rank(run, checkpoint: "128") } throws: { "\($0)".contains("policy.safetensors") }
        #expect { _ = try rank(run, checkpoint: "99") } throws: { "\($0)".contains("64, 128") }
        try damage(64)
        #expect { _ = try rank(run, checkpoint: "last") } throws: { "\($0)".contains("no checkpoint of the run is sound") }
    }

    @Test func theCheckpointsConfigurationCounts() throws {
        let folder = try TemporaryFolder()
        let run = try run(Self.quadruped, in: folder)
        let before = try rank(run).results[0].figures
        func edit(_ path: String) throws {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains("terrain_height: 0.02"))
            try Data(text.replacingOccurrences(of: "terrain_height: 0.02", with: "terrain_height: 0.09").utf8).write(to: URL(fileURLWithPath: path))
        }
        // The run's file is only what it was begun with.
        try edit(run.configPath)
        let said = Lines()
        #expect(try rank(run, said: said).results[0].figures == before)
        #expect(said.all.contains { $0.contains("the checkpoint's own configuration counts") })

        // One whose manifest agrees: the parameters stand with the policy, too.
        let best = try #require(try CheckpointReader(folder: run.checkpointsPath).best())
        let store = try CheckpointStore(folder: folder.path + "/forged", keepLast: 1)
        let text = String(decoding: try best.data("config.yaml"), as: UTF8.self).replacingOccurrences(of: "terrain_height: 0.02", with: "terrain_height: 0.09")
        let forged = try store.save(step: 1, files: [
            CheckpointFile("policy.safetensors", try best.data("policy.safetensors")), CheckpointFile("policy.json", try best.data("policy.json")),
            CheckpointFile("config.yaml", Data(text.utf8)),
        ])
        #expect { _ = try StoredPolicy(forged) } throws: {
            "\($0)".contains("trained with terrain_height: 0.02, here stands terrain_height: 0.09") && "\($0)".contains("--set environment.parameters.NAME=VALUE")
        }
        // The checkpoint's own is refused once edited.
        try edit(run.checkpointsPath + "/best/config.yaml")
        #expect { _ = try rank(run) } throws: { "\($0)".contains("changed after the policy was saved") }
    }
}
