import Configuration
import Environments
import EnvironmentsIntercept
import EnvironmentsMuJoCo
import Foundation
import Testing

@testable import Training

/// How a configuration's parameters become a task.
@Suite struct ParameterTests {
    /// A curriculum counts steps of the whole run: decisions of all environments, however many there are.
    @Test func curriculaCountStepsOfTheRun() throws {
        func task(_ environment: String, _ algorithm: String) throws -> any Environment {
            let configuration = try Configuration.parse(text: "environment: \(environment)\nalgorithm: \(algorithm)\ntotal_timesteps: 10k\n")
            return try EnvironmentCatalogue.entry(of: configuration).factory(configuration, forTraining: true).make().innermost
        }
        let intercept = "parameters: {curriculum_steps: [0, 1000], curriculum_radii: [200, 20]"
        let four = try #require(try task("{id: Interceptor-v1, action_repeat: 4, \(intercept)}}", "{n_envs: 8}") as? Interceptor)
        #expect(four.parameters.curriculum.stages.map(\.step) == [0, 4000] && four.parameters.curriculum.environments == 8)
        let own = try #require(try task("{id: Interceptor-v1, \(intercept), curriculum_environments: 2}}", "{n_envs: 8}") as? Interceptor)
        #expect(own.parameters.curriculum.stages.map(\.step) == [0, 1000] && own.parameters.curriculum.environments == 2)
        let heights = "parameters: {curriculum_steps: [0, 1000], curriculum_heights: [0, 0.03]}"
        let quadruped = try #require(try task("{id: ResidualQuadruped-v1, action_repeat: 2, \(heights)}", "{n_envs: 4}") as? Quadruped)
        #expect(quadruped.parameters.curriculum.steps == [0, 2000] && quadruped.parameters.curriculum.environments == 4)
    }

    /// What a task finds wrong with its parameters is reported where that parameter stands.
    @Test(arguments: [
        ("ResidualQuadruped-v1", "residual_scale: -1", "'residual_scale' must be finite and at least 0"),
        ("AdaptiveQuadruped-v1", "cycle_time: 0.05", "'cycle_time' must be at least 0.1 s"),
        ("ResidualQuadruped-v1", "step_height_range: [0.03, 0.01]", "'step_height_range' must be [low, high]"),
        ("Interceptor-v1", "seeker_beam: 400", "'seeker_beam' must be at most 360 degrees"),
        ("Interceptor-v1", "residual_scale: 1.5\n    residual: pn", "'residual_scale' must be between 0 and 1"),
        ("Interceptor-v1", "residual_gain: -1\n    residual: pn", "'residual_gain' must be at least 0"),
        ("Interceptor-v1", "seeker_minimum_range: 3500", "'seeker_minimum_range' must be below 'seeker_range'"),
        ("Interceptor-v1", "seeker_minimum_range: -1", "'seeker_minimum_range' must be at least 0"),
        ("Interceptor-v1", "gravity: -9.81", "'gravity' must be at least 0"),
        ("Interceptor-v1", "target_radius: -500", "'target_radius' must be at least 0"),
    ])
    func problemsStandAtTheirKey(id: String, parameter: String, problem: String) throws {
        let first = id == "Interceptor-v1" ? "scenario: hard" : "terrain: rough"
        let configuration = try Configuration.parse(
            text: "environment:\n  id: \(id)\n  parameters:\n    \(first)\n    \(parameter)\ntotal_timesteps: 1k\n", file: "task.yaml")
        #expect { _ = try EnvironmentCatalogue.entry(of: configuration).factory(configuration) } throws: {
            "\($0)".contains("task.yaml:5:") && "\($0)".contains(problem)
        }
    }

    /// What is written and has no effect is refused at its key where a run begins, and good where it has one. What is stored with it goes on.
    @Test(arguments: [
        ("residual_scale: 0.5", "residual: none", "residual: pn", "when residual is none"),
        ("residual_gain: 3", "residual: none", "residual: augmented_pn", "when residual is none"),
        ("cue_position_noise: 50", "launch_cue: false", "launch_cue: true", "when launch_cue is false"),
        ("cue_velocity_noise: 5", "launch_cue: false", "launch_cue: true", "when launch_cue is false"),
        ("launch_heading_error: 5", "launch_cue: false", "launch_cue: true", "when launch_cue is false"),
        ("tracker_prior_speed: 90", "launch_cue: true", "launch_cue: false", "when launch_cue is true"),
        ("curriculum_linear: true", "curriculum_steps: []", "curriculum_steps: [0]\n    curriculum_radii: [90]", "when there are no curriculum_steps"),
        ("curriculum_environments: 4", "curriculum_steps: []", "curriculum_steps: [0]\n    curriculum_radii: [90]", "when there are no curriculum_steps"),
    ])
    func settingsWithoutEffectAreRefused(key: String, idle: String, useful: String, problem: String) throws {
        func parts(_ other: String) throws -> RunParts {
            let text = "environment:\n  id: Interceptor-v1\n  parameters:\n    \(key)\n    \(other)\ntotal_timesteps: 1k\n"
            return try RunParts(try Configuration.parse(text: text, file: "task.yaml"))
        }
        try parts(useful).checkNew()
        let name = key.prefix { $0 != ":" }
        let stored = try parts(idle)
        #expect { try stored.checkNew() } throws: {
            "\($0)".hasPrefix("task.yaml:4:") && "\($0)".contains("key '\(name)' is not used \(problem); it needs ") && !"\($0)".contains("\n")
        }
    }

    /// One mistake is told once: what depends on a wrong value is not held against it. A late first stage is a new run's mistake.
    @Test func oneMistakeIsToldOnce() throws {
        func problem(_ parameters: String, of id: String = "Interceptor-v1", new: Bool = false) -> String {
            let error = #expect(throws: ConfigurationError.self) {
                let configuration = try Configuration.parse(text: "environment: {id: \(id), parameters: {\(parameters)}}\ntotal_timesteps: 1k\n")
                let parts = try RunParts(configuration)
                if new { try parts.checkNew() }
            }
            return error.map { "\($0)" } ?? ""
        }
        for (parameters, key) in [
            ("residual: corner, residual_scale: 0.5", "residual"), ("launch_cue: 1, tracker_prior_speed: 90", "launch_cue"),
            ("curriculum_steps: 5M, curriculum_radii: [90], curriculum_linear: true", "curriculum_steps"),
        ] {
            let text = problem(parameters)
            #expect(text.contains("'\(key)' must be ") && !text.contains("\n"), "\(text)")
        }
        #expect(problem("curriculum_steps: [5, 10], curriculum_radii: [90, 50]", new: true).contains("first stage begins at step 0"))
        let quadruped = problem("curriculum_steps: 5M, curriculum_heights: [0.02]", of: "ResidualQuadruped-v1")
        #expect(quadruped.contains("'curriculum_steps' must be a list") && !quadruped.contains("\n"))
        #expect(problem("curriculum_linear: true", of: "ResidualQuadruped-v1", new: true).contains("not used when there are no curriculum_steps"))
    }

    /// Every file under `Configs` goes through the catalogue, where a slip shows.
    @Test func presetsFitTheirEnvironments() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("Configs").resolvingSymlinksInPath()
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") } ?? []
        #expect(names.filter { $0.hasPrefix("interceptor/") }.count >= 6)
        func load(_ name: String, _ overrides: [String] = []) throws {
            let path = folder.appendingPathComponent(name).path
            _ = try TrainingCommands.configuration(path: path, overrides: overrides, seed: nil, name: nil, debug: false)
        }
        for name in names { try load(name) }
        #expect { try load("interceptor/robust.yaml", ["environment.parameters.intercept_radios=20"]) } throws: {
            "\($0)".contains("unknown key 'intercept_radios'; did you mean 'intercept_radius'?")
        }
    }

    /// `crest environments ID` names every parameter with its default, and the words that it may be.
    @Test(arguments: EnvironmentCatalogue.allCases) func descriptionsHaveEveryDefault(_ entry: EnvironmentCatalogue) throws {
        let configuration = try Configuration.parse(text: "environment: {id: \(entry.rawValue)}\ntotal_timesteps: 1M")
        let lines = try TrainingCommands.describeEnvironment(entry.rawValue).split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        let names = entry.parameters(configuration).map(\.name)
        for name in names { #expect(lines.contains { $0.hasPrefix("\(name) ") }, "\(name)") }
        #expect(lines.contains(names.isEmpty ? "parameters none" : "parameters and their defaults"))
        switch entry {
        case .interceptor:
            for line in ["frame world (world, line_of_sight)", "residual_scale 0.5", "missile_range [2500, 3500]", "launch_cue true", "curriculum_steps []"] {
                #expect(lines.contains(line), "\(line)")
            }
        case .residualQuadruped: #expect(lines.contains("residual_scale 0.02") && lines.contains("frame_skip 20"))
        case .hopper: #expect(lines.contains("healthy_z_range [0.7, inf]"))
        default: break
        }
    }

    /// The page's tables of the interceptor's keys have all of them, with the defaults that the code has.
    @Test func thePageHasEveryDefault() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("Documentation/Environments/Interceptor.md"), encoding: .utf8)
        let configuration = try Configuration.parse(text: "environment: {id: Interceptor-v1}\ntotal_timesteps: 1M")
        for parameter in EnvironmentCatalogue.interceptor.parameters(configuration) {
            let shown = parameter.name == "curriculum_environments" ? "`n_envs`" : TrainingCommands.text(parameter.value)
            #expect(page.contains("\n| `\(parameter.name)` | \(shown) | "), "\(parameter.name): \(shown)")
        }
    }

    /// Where the key at fault was not written, the task's main one is named, and the message still says which.
    @Test func problemsOfDefaultsStandAtTheTask() throws {
        let configuration = try Configuration.parse(
            text: "environment:\n  id: AdaptiveQuadruped-v1\n  parameters:\n    cycle_time_range: [0.5, 0.6]\ntotal_timesteps: 1k\n", file: "task.yaml")
        #expect { _ = try EnvironmentCatalogue.entry(of: configuration).factory(configuration) } throws: {
            "\($0)".contains("task.yaml:") && "\($0)".contains("'cycle_time' must lie in 'cycle_time_range'")
        }
    }
}
