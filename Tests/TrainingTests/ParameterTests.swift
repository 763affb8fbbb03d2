import Configuration
import Environments
import EnvironmentsIntercept
import EnvironmentsMuJoCo
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
        ("Interceptor-v1", "residual_scale: 1.5", "'residual_scale' must be between 0 and 1"),
    ])
    func problemsStandAtTheirKey(id: String, parameter: String, problem: String) throws {
        let first = id == "Interceptor-v1" ? "scenario: hard" : "terrain: rough"
        let configuration = try Configuration.parse(
            text: "environment:\n  id: \(id)\n  parameters:\n    \(first)\n    \(parameter)\ntotal_timesteps: 1k\n", file: "task.yaml")
        #expect { _ = try EnvironmentCatalogue.entry(of: configuration).factory(configuration) } throws: {
            "\($0)".contains("task.yaml:5:") && "\($0)".contains(problem)
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
