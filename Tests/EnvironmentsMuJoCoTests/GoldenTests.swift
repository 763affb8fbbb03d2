import Environments
import Testing

@testable import EnvironmentsMuJoCo

/// The same states and actions as in Gymnasium 1.4.0 on MuJoCo 4.0.0 give the same states, observations, reward terms and flags.
@Suite struct GoldenTests {
    @Test(arguments: [false, true]) func humanoid(free: Bool) throws { try compare(HumanoidTask(), free: free) }
    @Test(arguments: [false, true]) func hopper(free: Bool) throws { try compare(HopperTask(), free: free) }
    @Test(arguments: [false, true]) func walker2d(free: Bool) throws { try compare(Walker2dTask(), free: free) }
    @Test(arguments: [false, true]) func halfCheetah(free: Bool) throws { try compare(HalfCheetahTask(), free: free) }
    @Test(arguments: [false, true]) func ant(free: Bool) throws { try compare(AntTask(), free: free) }
    @Test(arguments: [false, true]) func invertedPendulum(free: Bool) throws { try compare(InvertedPendulumTask(), free: free) }

    /// - Parameter free: whether the simulation runs on by itself; otherwise each step starts from the recorded state. Contact is chaotic, and
    ///   sine and cosine round differently with and without fused multiply-add, so a free run is compared over its first 50 steps only.
    private func compare<Task: MuJoCoTask>(_ task: Task, free: Bool) throws {
        let golden = try GoldenFile(task: Task.id)
        let header = golden.header
        #expect(header.steps >= 200)
        #expect(header.steps_with_contact >= 100 || Task.id == "InvertedPendulum-v5", "the recording should be about contact")

        var environment = try MuJoCoEnvironment(task)
        var observation = [Float](repeating: .nan, count: header.width)
        try #require(environment.spec.observationSpace.width == header.width)
        do {
            var span = observation.mutableSpan
            try environment.begin(positions: golden.start.qpos.span, velocities: golden.start.qvel.span, observation: &span)
        }
        expectClose(observation, golden.startObservation, "first observation")

        var before = golden.start
        var worst = 0.0
        var unhealthy = 0
        for (index, wanted) in golden.transitions.prefix(free ? 50 : header.steps).enumerated() {
            if !free {
                try environment.withSimulation { simulation in
                    for i in 0..<header.nq { simulation.fields.qpos[i] = before.qpos[i] }
                    for i in 0..<header.nv {
                        simulation.fields.qvel[i] = before.qvel[i]
                        simulation.fields.qacc_warmstart[i] = before.warmstart[i]
                    }
                }
            }
            var span = observation.mutableSpan
            let step = try environment.step(action: wanted.action.span, observation: &span)
            worst = max(worst, distance(environment.positions, wanted.state.qpos), distance(environment.velocities, wanted.state.qvel))
            if let wantedObservation = wanted.observation { expectClose(observation, wantedObservation, "observation after step \(index)") }

            let terms = environment.terms
            let found = [terms.forward, terms.survive, terms.ctrl, terms.contact, Double(step.reward)]
            #expect(distance(found, wanted.terms + [wanted.reward]) <= 1e-6, "reward terms of step \(index): \(found)")
            #expect(step.terminated == wanted.terminated, "flag of step \(index)")
            unhealthy += step.terminated ? 1 : 0
            before = wanted.state
        }
        #expect(worst <= 1e-9, "largest relative difference of positions and velocities: \(worst)")
        if !free { #expect(unhealthy == header.steps_unhealthy) }
    }

    /// The largest difference, relative where the wanted number is above 1.
    private func distance(_ found: [Double], _ wanted: [Double]) -> Double {
        guard found.count == wanted.count else { return .infinity }
        return zip(found, wanted).reduce(0) { worst, pair in max(worst, (pair.0 - pair.1).magnitude / max(1, pair.1.magnitude)) }
    }

    private func expectClose(_ found: [Float], _ wanted: [Double], _ what: String) {
        let difference = distance(found.map { Double($0) }, wanted)
        #expect(difference <= 1e-6, "\(what) differs by \(difference)")
    }
}
