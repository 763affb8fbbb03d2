import Algorithms
import Configuration
import Core
import Testing

@testable import Training

@Suite struct EvaluatorTests {
    private func policy() throws -> (Policy, EnvironmentFactory) {
        let configuration = try smallRun("InvertedPendulum-v5")
        let factory = try EnvironmentCatalogue.entry(of: configuration).factory(configuration)
        var c = PPOConfiguration()
        c.environments = 4
        c.steps = 64
        let ppo = try PPO(c, seed: 1, pool: WorkerPool(threads: 1), makeEnvironment: factory.make)
        return (ppo.policy(), factory)
    }

    @Test func threadsDontMatterAndEpisodesKeepTheirSeeds() throws {
        let (policy, factory) = try policy()
        let set = EpisodeSet(seed: 9, purpose: .finalEvaluationEpisodes)
        let one = try Evaluator(factory: factory, pool: WorkerPool(threads: 1)).evaluate(policy, episodes: 21, set: set)
        let three = try Evaluator(factory: factory, pool: WorkerPool(threads: 3)).evaluate(policy, episodes: 21, set: set)
        #expect(one.returns == three.returns && one.lengths == three.lengths)
        #expect(one.returns.count == 21 && one.figures.episodes == 21)

        // More episodes begin with the same ones; another seed or purpose has others.
        let more = try Evaluator(factory: factory, pool: WorkerPool(threads: 2)).evaluate(policy, episodes: 30, set: set)
        #expect(Array(more.returns.prefix(21)) == one.returns)
        let other = try Evaluator(factory: factory, pool: WorkerPool(threads: 2)).evaluate(
            policy, episodes: 21, set: EpisodeSet(seed: 9, purpose: .confirmationEpisodes))
        #expect(other.returns != one.returns)
    }

    @Test func stochasticActionsDifferButRepeat() throws {
        let (policy, factory) = try policy()
        let evaluator = Evaluator(factory: factory, pool: WorkerPool(threads: 2))
        let set = EpisodeSet(seed: 9, purpose: .finalEvaluationEpisodes)
        let first = try evaluator.evaluate(policy, episodes: 8, set: set, stochastic: true)
        let second = try evaluator.evaluate(policy, episodes: 8, set: set, stochastic: true)
        let mean = try evaluator.evaluate(policy, episodes: 8, set: set)
        #expect(first.returns == second.returns)
        #expect(first.returns != mean.returns)
    }
}
