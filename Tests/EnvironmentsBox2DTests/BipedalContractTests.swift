import EnvironmentContract
import Environments
import EnvironmentsBox2D
import Testing

/// The contract on the three walkers, bare and shaped.
@Suite struct BipedalContractTests {
    @Test(arguments: EnvironmentContract.Check.allCases)
    func flat(_ check: EnvironmentContract.Check) throws { try verify(check, .flat, limit: 1600) }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func normal(_ check: EnvironmentContract.Check) throws { try verify(check, .normal, limit: 1600) }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func hardcore(_ check: EnvironmentContract.Check) throws { try verify(check, .hardcore, limit: 2000) }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func shaped(_ check: EnvironmentContract.Check) throws {
        let contract = EnvironmentContract(expectations(.normal, limit: 1600)) { limit in
            try RewardShaping(
                BipedalWalker(.normal, maxEpisodeSteps: limit), [.forwardVelocity(weight: 0.1, limit: 3), .balance(weight: 0.05), .fallPenalty(reward: -20)])
        }
        try contract.verify(check)
    }

    /// Every promise but that of refusing bad actions, which the gait does not look at.
    @Test(arguments: EnvironmentContract.Check.allCases.filter { $0 != .badActions })
    func gait(_ check: EnvironmentContract.Check) throws {
        var expected = expectations(.normal, limit: 1600)
        expected.terminates = nil
        try EnvironmentContract(expected) { try BipedalWalker(.normal, maxEpisodeSteps: $0).playing(baseline: "gait") }.verify(check)
    }

    private func expectations(_ kind: BipedalTerrain.Kind, limit: Int) -> EnvironmentContract.Expectations {
        .init(
            id: BipedalWalker.id(kind), observationWidth: 24, actionSpace: .box(count: 4, low: -1, high: 1), maxEpisodeSteps: limit, terminates: true,
            survivableSteps: 20)
    }

    private func verify(_ check: EnvironmentContract.Check, _ kind: BipedalTerrain.Kind, limit: Int) throws {
        try EnvironmentContract(expectations(kind, limit: limit)) { try BipedalWalker(kind, maxEpisodeSteps: $0) }.verify(check)
    }
}
