import Core
import Environments
import Foundation
import Runs
import Testing

@testable import Configuration
@testable import Training

/// A residual policy's training begins at what it corrects.
@Suite struct ResidualStartTests {
    /// The checked-in recipe, with small sizes and short episodes: before its first update the policy scores what zero actions score, to the bit.
    @Test(arguments: ["quadruped/residual", "quadruped/adaptive", "interceptor/robust"]) func firstPolicyIsTheBaseline(_ name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        let configuration = try Configuration.load(
            path: "\(root)/Configs/\(name).yaml",
            overrides: ["algorithm.n_envs=2", "algorithm.n_steps=32", "algorithm.batch_size=32", "environment.max_episode_steps=40"])
        let parts = try RunParts(configuration)
        let folder = try TemporaryFolder()
        let algorithm = try parts.makeAlgorithm(stage: 0, RunFolder.create(root: folder.path, name: "start", date: Date(timeIntervalSince1970: 0)))
        let set = EpisodeSet(seed: 5, purpose: .finalEvaluationEpisodes)
        let outcome = try parts.makeEvaluator(stage: 0).evaluate(algorithm.policy(), episodes: 3, set: set)

        var environment = try EnvironmentCatalogue.entry(of: configuration).factory(configuration).make()
        let action = [Float](repeating: 0, count: environment.spec.actionSpace.width)
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        for episode in 0..<3 {
            var span = observation.mutableSpan
            try environment.reset(seed: set.episodeSeed(episode), observation: &span)
            var total = 0.0
            while true {
                var span = observation.mutableSpan
                let step = try environment.step(action: action.span, observation: &span)
                total += Double(step.reward)
                if step.isLast { break }
            }
            #expect(outcome.returns[episode] == total)
        }
    }
}
