import EnvironmentContract
import Environments
import EnvironmentsIntercept
import Testing

/// The contract on the task as it is by default, and on the options that change what is observed or done.
@Suite struct InterceptorContractTests {
    @Test(arguments: EnvironmentContract.Check.allCases)
    func medium(_ check: EnvironmentContract.Check) throws { try verify(check, InterceptorParameters()) }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func residual(_ check: EnvironmentContract.Check) throws {
        var parameters = InterceptorParameters(.hard)
        parameters.frame = .lineOfSight
        parameters.residual = .proportionalNavigation
        parameters.domainRandomisation = 1
        try verify(check, parameters)
    }

    @Test(arguments: EnvironmentContract.Check.allCases)
    func omniscientWithAutomaticSeeker(_ check: EnvironmentContract.Check) throws {
        var parameters = InterceptorParameters(.easy)
        parameters.observation = .omniscient
        parameters.actions = .thrust
        try verify(check, parameters)
    }

    /// The track begins with the first measurement.
    @Test(arguments: EnvironmentContract.Check.allCases)
    func withoutCue(_ check: EnvironmentContract.Check) throws {
        var parameters = InterceptorParameters()
        parameters.tracker.hasCue = false
        parameters.frame = .lineOfSight
        try verify(check, parameters)
    }

    private func verify(_ check: EnvironmentContract.Check, _ parameters: InterceptorParameters) throws {
        let contract = EnvironmentContract(
            .init(
                id: "Interceptor-v1", observationWidth: 39, actionSpace: .box(count: parameters.actions == .thrust ? 3 : 6, low: -1, high: 1),
                maxEpisodeSteps: 2000, terminates: true, survivableSteps: 300)
        ) { limit in
            var parameters = parameters
            if let limit { parameters.maxEpisodeSteps = limit }
            return try Interceptor(parameters)
        }
        try contract.verify(check)
    }
}
