import Core
import Environments
@testable import EnvironmentsBox2D
import Testing

/// Crest's walker against Gymnasium's: formulas exactly, dynamics step by step, scores statistically.
@Suite struct BipedalGoldenTests {
    /// Bodies placed by hand: observation, lidar included, reward and termination follow from formulas and terrain alone.
    @Test func placedStates() throws {
        let golden: Golden = try fixture("bipedal_golden.json")
        #expect(golden.placed.count == 3)
        for record in golden.placed {
            var stage = try Stage(record.kind)
            try stage.begin(on: BipedalTerrain(record.kind, record.terrain), push: record.push)
            var lidarHits = 0
            for (i, state) in record.states.enumerated() {
                try stage.place(state)
                let (difference, index) = stage.difference(to: state.observation)
                #expect(difference <= 2e-5, "\(record.kind) state \(i): observation \(index) is \(stage.observation[index]), not \(state.observation[index])")
                let step = stage.walker.settle(state.action.span)
                // The first reward starts from where the reset left the hull.
                let tolerance: Float = i == 0 ? 1e-3 : 1e-4
                #expect(abs(step.reward - state.reward) <= tolerance, "\(record.kind) state \(i): reward \(step.reward), not \(state.reward)")
                #expect(step.terminated == state.terminated, "\(record.kind) state \(i)")
                lidarHits += state.observation[14...].count { $0 < 1 }
            }
            #expect(lidarHits > 200)
            #expect(record.states.contains { $0.terminated && $0.reward == -100 } && record.states.contains { $0.terminated && $0.reward != -100 })
        }
    }

    /// Same terrain, push and actions: the same episode, until rounding has grown.
    @Test func episodes() throws {
        let golden: Golden = try fixture("bipedal_golden.json")
        #expect(golden.episodes.count == 6)
        for (number, record) in golden.episodes.enumerated() {
            var stage = try Stage(record.kind)
            try stage.begin(on: BipedalTerrain(record.kind, record.terrain), push: record.push)
            #expect(stage.difference(to: record.first).value <= 1e-5, "episode \(number): first observation")
            for (i, moment) in record.steps.enumerated() {
                stage.action = moment.action
                let step = try stage.step()
                let tolerance: Float = i < 15 ? 1e-4 : 1e-3
                let (difference, index) = stage.difference(to: moment.observation)
                #expect(difference <= tolerance, "episode \(number) step \(i): observation \(index) is \(stage.observation[index]), not \(moment.observation[index])")
                #expect(abs(step.reward - moment.reward) <= 10 * tolerance, "episode \(number) step \(i): reward \(step.reward), not \(moment.reward)")
                #expect(step.terminated == moment.terminated)
            }
        }
    }

    /// Fixed controllers score the same as in Gymnasium: within four standard errors (a false alarm in 16,000), or half a point where hardly
    /// anything is random.
    @Test(arguments: [BipedalTerrain.Kind.normal, .hardcore])
    func scores(_ kind: BipedalTerrain.Kind) throws {
        let parity: Parity = try fixture("bipedal_parity.json")
        for result in parity.results where result.kind == kind && result.world == "fresh" {
            let (returns, lengths) = try play(kind, result.policy, episodes: result.episodes)
            let (own, ownLength) = (moments(returns), moments(lengths))
            let n = Double(result.episodes)
            let error = ((own.deviation * own.deviation + result.std * result.std) / n).squareRoot()
            let lengthError = ((ownLength.deviation * ownLength.deviation + result.lengthStd * result.lengthStd) / n).squareRoot()
            print("parity \(kind) \(result.policy): Crest \(own.mean) ± \(own.deviation), length \(ownLength.mean); Gymnasium \(result.mean) ± \(result.std), length \(result.lengthMean)")
            #expect(abs(own.mean - result.mean) <= max(4 * error, 0.5), "\(result.policy): \(own.mean), Gymnasium \(result.mean), standard error \(error)")
            #expect(abs(ownLength.mean - result.lengthMean) <= max(4 * lengthError, 0.5), "\(result.policy): length \(ownLength.mean), Gymnasium \(result.lengthMean)")
        }
    }

    private func play(_ kind: BipedalTerrain.Kind, _ policy: String, episodes: Int) throws -> (returns: [Double], lengths: [Double]) {
        var stage = try Stage(kind)
        let space = stage.walker.spec.observationSpace
        var returns: [Double] = []
        var lengths: [Double] = []
        for seed in 0..<UInt64(episodes) {
            try stage.reset(seed)
            var gait = ScriptedGait()
            var random = Philox(seed: seed, purpose: .test)
            var (total, length, last) = (0.0, 0.0, false)
            while !last {
                switch policy {
                case "gait": stage.decide(&gait)
                case "random": for i in 0..<4 { stage.action[i] = Float(random.uniform(-1, 1)) }
                default: stage.action = [0, 0, 0, 0]
                }
                let step = try stage.step()
                total += Double(step.reward)
                length += 1
                last = step.isLast
                let inside = space.contains(stage.observation.span)
                #expect(inside, "\(policy), seed \(seed), step \(length): \(stage.observation)")
            }
            returns.append(total)
            lengths.append(length)
        }
        return (returns, lengths)
    }

    private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count - 1)).squareRoot())
    }
}
