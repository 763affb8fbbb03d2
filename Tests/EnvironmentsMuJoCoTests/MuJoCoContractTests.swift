import EnvironmentContract
import Environments
import EnvironmentsMuJoCo
import Testing

/// The contract on every task. Models are loaded once a check and shared, as a trainer does it.
@Suite struct MuJoCoContractTests {
    @Test(arguments: EnvironmentContract.Check.allCases)
    func humanoid(_ check: EnvironmentContract.Check) throws {
        try verify(check, HumanoidTask(), width: 348, action: .box(count: 17, low: -0.4, high: 0.4), terminates: true)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func hopper(_ check: EnvironmentContract.Check) throws {
        try verify(check, HopperTask(), width: 11, action: .box(count: 3, low: -1, high: 1), terminates: true)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func walker2d(_ check: EnvironmentContract.Check) throws {
        try verify(check, Walker2dTask(), width: 17, action: .box(count: 6, low: -1, high: 1), terminates: true)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func halfCheetah(_ check: EnvironmentContract.Check) throws {
        try verify(check, HalfCheetahTask(), width: 17, action: .box(count: 6, low: -1, high: 1), terminates: false)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func ant(_ check: EnvironmentContract.Check) throws {
        try verify(check, AntTask(), width: 105, action: .box(count: 8, low: -1, high: 1), terminates: true)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func invertedPendulum(_ check: EnvironmentContract.Check) throws {
        try verify(check, InvertedPendulumTask(), width: 4, action: .box(count: 1, low: -3, high: 3), terminates: true, survivable: 2)
    }

    private func verify<Task: MuJoCoTask>(
        _ check: EnvironmentContract.Check, _ task: Task, width: Int, action: Space, terminates: Bool, survivable: Int = 5
    ) throws {
        let model = try MuJoCoEnvironment<Task>.loadModel()
        let contract = EnvironmentContract(
            .init(
                id: Task.id, observationWidth: width, actionSpace: action, maxEpisodeSteps: 1000, terminates: terminates,
                survivableSteps: survivable)
        ) { limit in try MuJoCoEnvironment(task, model: model, maxEpisodeSteps: limit ?? 1000) }
        try contract.verify(check)
    }
}
