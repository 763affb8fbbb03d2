import Algorithms
import Configuration
import Core
import Environments
import Foundation
import Runs
import Testing

@testable import Training

/// Policies with memory through a whole run: they are resumed with it, and evaluated with it.
@Suite struct MemoryTests {
    @Test func aPolicyWithMemoryIsTrainedResumedAndEvaluated() throws {
        let folder = try TemporaryFolder()
        let text = try smallRun("BipedalWalker-v3").resolvedYAML()
            .replacingOccurrences(of: #"(?m)^  share_features:.*\n"#, with: "", options: .regularExpression)
            .replacingOccurrences(of: "  use_lstm: false", with: "  use_lstm: true\n  lstm_hidden_size: 8\n  bptt_length: 16")
        let configuration = try Configuration.parse(text: text)
        let whole = try Traces(try runToTheEnd(try Training.start(configuration, configurationPath: "test", root: folder.path)))
        let run = try runWithInterruptions(configuration, after: [5, 7], root: folder.path)
        #expect(try Traces(run) == whole)

        // Lanes forget between episodes: an episode's outcome does not depend on those before it.
        let stored = try StoredPolicy(try #require(try CheckpointReader(folder: run.checkpointsPath).best()))
        let factory = try EnvironmentCatalogue.entry(of: stored.configuration).factory(stored.configuration)
        let set = EpisodeSet(seed: 9, purpose: .test)
        func returns(lanes: Int) throws -> [Double] {
            try Evaluator(factory: factory, pool: WorkerPool(threads: 1), lanes: lanes).evaluate(stored.policy, episodes: 4, set: set).returns
        }
        let (alone, together) = (try returns(lanes: 1), try returns(lanes: 4))
        #expect(zip(alone, together).allSatisfy { abs($0 - $1) < 0.5 }, "\(alone) \(together)")

        // Within an episode they remember: what an evaluation measures is what the policy does with its state, and not what it does without.
        for i in 0..<stored.policy.parameters.count { stored.policy.parameters[i] *= 2 }
        let remembering = try returns(lanes: 1)
        #expect(try (0..<4).map { try playByHand(stored.policy, factory, seed: set.episodeSeed($0), forgets: false) } == remembering)
        #expect(try (0..<4).map { try playByHand(stored.policy, factory, seed: set.episodeSeed($0), forgets: true) } != remembering)
    }

    /// Return of an episode, with an actor that is reset where the episode begins or, where it forgets, before every step.
    private func playByHand(_ policy: Policy, _ factory: EnvironmentFactory, seed: UInt64, forgets: Bool) throws -> Double {
        var environment = try factory.make()
        let actor = policy.makeActor(rows: 1)
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        var action = [Float](repeating: 0, count: environment.spec.actionSpace.width)
        var first = observation.mutableSpan
        try environment.reset(seed: seed, observation: &first)
        var total = 0.0
        while true {
            if forgets { actor.reset(row: 0) }
            actor.act(observations: observation, rows: 1, noise: nil, actions: &action)
            var next = observation.mutableSpan
            let step = try environment.step(action: action.span, observation: &next)
            total += Double(step.reward)
            if step.isLast { return total }
        }
    }
}
