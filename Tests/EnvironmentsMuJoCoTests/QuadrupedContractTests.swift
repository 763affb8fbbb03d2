import EnvironmentContract
import Environments
import EnvironmentsMuJoCo
import Testing

/// The contract on both variants, the adaptive one with everything randomised, privileged and on mixed ground.
@Suite struct QuadrupedContractTests {
    @Test(arguments: EnvironmentContract.Check.allCases)
    func residual(_ check: EnvironmentContract.Check) throws {
        var parameters = QuadrupedParameters()
        parameters.settleSteps = 50
        try verify(check, parameters, id: "ResidualQuadruped-v1", width: 77, actions: 12)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func adaptiveAndRandomised(_ check: EnvironmentContract.Check) throws {
        var parameters = QuadrupedParameters(.adaptive)
        parameters.isPrivileged = true
        parameters.terrain.kind = .mixed
        parameters.terrain.roughness = 0.5
        parameters.settleSteps = 50
        parameters.randomisation.friction = 0.3
        parameters.randomisation.mass = 0.2
        parameters.randomisation.servoGain = 0.2
        parameters.randomisation.terrain = 0.5
        parameters.randomisation.pushes = 0.2
        parameters.randomisation.pushInterval = 0.5
        parameters.randomisation.sensorNoise = 1
        parameters.randomisation.latency = 0.05
        try verify(check, parameters, id: "AdaptiveQuadruped-v1", width: 101, actions: 16)
    }

    private func verify(
        _ check: EnvironmentContract.Check, _ parameters: QuadrupedParameters, id: String, width: Int, actions: Int
    ) throws {
        let model = try Quadruped.loadModel()
        // Short episodes: what is checked does not depend on their length, and 20 s take a second of computing.
        let limit = 60
        let contract = EnvironmentContract(
            .init(id: id, observationWidth: width, actionSpace: .box(count: actions, low: -1, high: 1), maxEpisodeSteps: limit)
        ) { shorter in
            var parameters = parameters
            parameters.maxEpisodeSteps = shorter ?? limit
            return try Quadruped(parameters, model: model)
        }
        try contract.verify(check)
    }
}
