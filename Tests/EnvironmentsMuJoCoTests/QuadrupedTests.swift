import CMuJoCo
import Core
import Environments
import Foundation
import Testing

@testable import EnvironmentsMuJoCo

/// The task: residuals, terrain, randomisation, rewards, curriculum.
@Suite struct QuadrupedTests {
    @Test(arguments: [QuadrupedParameters.Actions.residual, .adaptive])
    func theZeroActionIsTheGaitToTheBit(_ actions: QuadrupedParameters.Actions) throws {
        var player = try QuadrupedPlayer(QuadrupedParameters(actions))
        try player.begin(seed: 5)
        // A copy's simulation, driven by the gait and the legs alone.
        let reference = try player.environment.world.copy()
        var gait = player.environment.state.clock
        for _ in 0..<100 { try player.step(player.environment.baselineAction) }
        for _ in 0..<2000 {
            for leg in 0..<4 {
                let pose = FiveBarLeg.all[leg].inverse(gait.target(leg, GaitParameters()))
                for (i, angle) in [pose.tilt, pose.front, pose.rear].enumerated() { reference.simulation.fields.ctrl[3 * leg + i] = angle }
            }
            reference.simulation.step(frames: 1, contactForces: false)
            gait.advance(0.001, GaitParameters())
        }
        #expect(player.positions.map(\.bitPattern) == (0..<27).map { reference.simulation.fields.qpos[$0].bitPattern })
        #expect(player.velocities.map(\.bitPattern) == (0..<26).map { reference.simulation.fields.qvel[$0].bitPattern })
    }

    @Test func residualsMoveTheFeetAsSaid() throws {
        var parameters = QuadrupedParameters()
        parameters.terrain.kind = .flat
        // Slow and low enough that nothing is out of reach.
        parameters.gait.cycleTime = 5
        parameters.gait.stepHeight = 0.01
        var plain = try QuadrupedPlayer(parameters)
        try plain.play(seed: 8, steps: 20)
        for axis in 0..<3 {
            var action = plain.environment.baselineAction
            // Front right and rear left together, so that it stays upright.
            action[3 + axis] = 0.5
            action[6 + axis] = 0.5
            var moved = try QuadrupedPlayer(parameters)
            try moved.play(seed: 8, action, steps: 20)
            let controls = moved.environment.world.simulation.fields.ctrl
            let before = plain.environment.world.simulation.fields.ctrl
            for leg in 0..<4 {
                let foot = FiveBarLeg.all[leg].forward(tilt: controls[3 * leg], front: controls[3 * leg + 1], rear: controls[3 * leg + 2])
                let old = FiveBarLeg.all[leg].forward(tilt: before[3 * leg], front: before[3 * leg + 1], rear: before[3 * leg + 2])
                let change = [foot.x - old.x, foot.y - old.y, foot.z - old.z]
                for i in 0..<3 { #expect(abs(change[i] - (i == axis && (leg == 1 || leg == 2) ? 0.01 : 0)) < 1e-9, "leg \(leg), axis \(i)") }
            }
        }
    }

    @Test func theGaitsParametersMoveWithinBoundsAndRates() throws {
        var player = try QuadrupedPlayer(QuadrupedParameters(.adaptive))
        let bounds = QuadrupedParameters.GaitBounds()
        for (sign, wanted) in [(Float(1), \ClosedRange<Double>.upperBound), (-1, \.lowerBound)] {
            try player.begin(seed: 2)
            let action = Array(repeating: Float(0), count: 12) + Array(repeating: sign, count: 4)
            try player.step(action)
            #expect(abs(player.environment.state.gait.stepLength - (0.06 + Double(sign) * 0.005)) < 1e-12)
            #expect(abs(player.environment.state.gait.cycleTime - (0.8 + Double(sign) * 0.05)) < 1e-12)
            for _ in 0..<30 { try player.step(action) }
            let gait = player.environment.state.gait
            #expect(abs(gait.bodyHeight - bounds.bodyHeight[keyPath: wanted]) < 1e-12)
            #expect(abs(gait.stepHeight - bounds.stepHeight[keyPath: wanted]) < 1e-12)
            #expect(abs(gait.stepLength - bounds.stepLength[keyPath: wanted]) < 1e-12)
            #expect(abs(gait.cycleTime - bounds.cycleTime[keyPath: wanted]) < 1e-12)
        }
    }

    @Test func terrainsAreWhatTheirKindSays() throws {
        for kind in TerrainParameters.Kind.allCases where kind != .mixed {
            var parameters = QuadrupedParameters()
            parameters.terrain.kind = kind
            var player = try QuadrupedPlayer(parameters)
            try player.play(seed: 4, steps: 1)
            let (terrain, samples) = (player.environment.state.terrain, player.environment.world.samples)
            let heights = (0..<Terrain.count * Terrain.count).map { Double(samples[$0]) * terrain.span }
            let highest = heights.max() ?? 0
            let neighbour = (0..<255).map { abs(heights[$0 + 1] - heights[$0]) }.reduce(0, +) / 255
            switch kind {
            case .flat: #expect(highest == 0)
            case .rough:
                // Independent uniform numbers: the mean difference of neighbours is a third of the range.
                #expect(abs(highest - 0.025) < 1e-4 && abs(neighbour - 0.025 / 3) < 1e-3)
            case .steps: #expect(highest > 0.02 && highest <= 0.025 && neighbour < 0.004)
            case .slope: #expect(highest > 16 * tan(6 * Double.pi / 180) && highest < 16 * 1.5 * tan(6 * Double.pi / 180))
            case .mixed: break
            }
            // What the environment thinks of the ground, and where the feet stand, agree.
            #expect((0.015...0.08).contains(player.environment.trunkHeight(Attitude(player.environment.world.simulation.fields.qpos + 3))))
        }
        // The smooth share is smooth.
        var smooth = QuadrupedParameters()
        smooth.terrain.roughness = 0
        var player = try QuadrupedPlayer(smooth)
        try player.begin(seed: 4)
        let samples = player.environment.world.samples
        let steepest = (0..<255).map { abs(samples[$0 + 1] - samples[$0]) }.max() ?? 0
        #expect(steepest < 0.45)
    }

    @Test func randomisationReachesThePhysics() throws {
        let still = try QuadrupedPlayer.outcome(QuadrupedParameters())
        func changed(_ change: (inout QuadrupedParameters) -> Void) throws -> QuadrupedPlayer {
            var parameters = QuadrupedParameters()
            change(&parameters)
            return try QuadrupedPlayer.outcome(parameters)
        }
        let cases: [(String, QuadrupedPlayer)] = [
            ("draw_friction", try changed { $0.randomisation.friction = 0.5 }), ("draw_mass", try changed { $0.randomisation.mass = 0.3 }),
            ("draw_servo_gain", try changed { $0.randomisation.servoGain = 0.5 }),
            ("draw_terrain_height", try changed { $0.randomisation.terrain = 0.5 }),
            ("draw_push", try changed { $0.randomisation.pushes = 0.5; $0.randomisation.pushInterval = 0.1 }),
            ("draw_latency", try changed { $0.randomisation.latency = 0.1 }),
        ]
        for (name, player) in cases {
            #expect(player.metric(name) != still.metric(name), "\(name) is not drawn")
            #expect(player.positions != still.positions, "\(name) does nothing")
        }
        // Noise changes what is seen, not what happens.
        let noisy = try changed { $0.randomisation.sensorNoise = 1 }
        #expect(noisy.positions == still.positions && noisy.observation != still.observation && noisy.metric("draw_sensor_noise") > 0)
        // What was drawn stands in the model.
        let heavy = cases[1].1
        let model = heavy.environment.world.simulation.model
        let mass = (0..<model.bodyCount).map { model.constants.body_mass[$0] }.reduce(0, +)
        #expect(abs(mass / 0.7974 - heavy.metric("draw_mass")) < 1e-9)
        // The shared model stays as it was.
        #expect(abs(try Quadruped.loadModel().totalMass - 0.7974) < 1e-9)
    }

    @Test func aPolicyWithoutPrivilegesSeesNothingOfPlaceOrSpeed() throws {
        // The same robot in the same pose, elsewhere and moving otherwise: the ordinary observation is the same, the privileged one isn't.
        for privileged in [false, true] {
            var parameters = QuadrupedParameters()
            parameters.isPrivileged = privileged
            var player = try QuadrupedPlayer(parameters)
            try player.play(seed: 6, steps: 10)
            var moved = player.environment
            try moved.makeUnique()
            let fields = moved.world.simulation.fields
            fields.qpos[0] += 1.37
            fields.qpos[2] += 0.5
            fields.qvel[0] += 1
            fields.qvel[1] -= 1
            moved.state.touching = 31 - moved.state.touching
            var here = player.environment
            var (first, second) = (player.observation, player.observation)
            var span = first.mutableSpan
            here.observe(isFirst: true, &span)
            span = second.mutableSpan
            moved.observe(isFirst: true, &span)
            #expect((first == second) == !privileged)
        }
    }

    @Test func standingStillEarnsNothingAndWalkingDoes() throws {
        var player = try QuadrupedPlayer()
        try player.play(seed: 9, steps: 300)
        let walked = player.metric("reward_forward")
        var standing = QuadrupedParameters()
        standing.gait.stepLength = 0
        player = try QuadrupedPlayer(standing)
        try player.play(seed: 9, steps: 300)
        #expect(walked > 200 && abs(player.metric("reward_forward")) < 100)
    }

    @Test func theRewardIsTheSumOfItsTerms() throws {
        var player = try QuadrupedPlayer()
        try player.begin(seed: 14)
        var random = Philox(seed: 3, purpose: .test)
        var sum = 0.0
        for _ in 0..<100 where !player.last.isLast {
            try player.step((0..<12).map { _ in Float(random.uniform(-1, 1)) })
            sum += Double(player.last.reward)
        }
        let terms = player.environment.spec.metricNames.filter { $0.hasPrefix("reward_") }.map { player.metric($0) }
        #expect(terms.count == 8 && abs(terms.reduce(0, +) - sum) < 1e-3)
        #expect(terms.filter { $0 != 0 }.count >= 7)
    }

    @Test func aRobotOnItsBackHasFallen() throws {
        var player = try QuadrupedPlayer()
        try player.begin(seed: 1)
        let qpos = player.environment.world.simulation.fields.qpos
        (qpos[3], qpos[4], qpos[5], qpos[6]) = (0, 1, 0, 0)
        try player.step(player.environment.baselineAction)
        #expect(player.last.terminated && player.metric("fell") == 1 && player.metric("reward_fall") == -20)
        #expect(!player.environment.succeeded(EpisodeTotals(return: 0, length: 1, truncated: false)))
    }

    @Test func aSimulationThatBlowsUpIsAFallAndNoJourney() throws {
        var player = try QuadrupedPlayer()
        try player.play(seed: 1, steps: 20)
        let distance = player.metric("distance")
        player.environment.world.simulation.fields.qvel[3] = 1e14
        try player.step(player.environment.baselineAction)
        #expect(player.last.terminated && player.last.reward.isFinite && player.metric("distance") == distance)
        #expect(!player.observation.contains { !$0.isFinite })
    }

    @Test func theCurriculumRaisesTheGround() throws {
        var parameters = QuadrupedParameters()
        parameters.settleSteps = 20
        parameters.curriculum.steps = [0, 100]
        parameters.curriculum.heights = [0.005, 0.025]
        parameters.curriculum.environments = 2
        var player = try QuadrupedPlayer(parameters)
        var heights: [Double] = []
        for seed: UInt64 in 0..<4 {
            try player.play(seed: seed, steps: 25)
            heights.append(player.metric("draw_terrain_height"))
        }
        #expect(zip(heights, [0.005, 0.015, 0.025, 0.025]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(heights)")
        // The count is part of the snapshot.
        var other = try QuadrupedPlayer(parameters)
        try other.environment.restore(try player.environment.snapshot())
        try other.play(seed: 9, steps: 1)
        #expect(other.metric("draw_terrain_height") == 0.025)
    }

    @Test func startsAreSpreadOverHeadingsAndPhases() throws {
        var parameters = QuadrupedParameters()
        parameters.settleSteps = 0
        var player = try QuadrupedPlayer(parameters)
        var headings: [Double] = []
        var phases: [Double] = []
        for seed: UInt64 in 0..<40 {
            try player.begin(seed: seed)
            headings.append(player.metric("draw_heading") / (2 * .pi) + 0.5)
            phases.append(player.environment.state.clock.phase)
            // Whatever the heading, the robot looks along the command.
            #expect(abs(player.observation[0] - 1) < 1e-6 && abs(player.observation[3]) < 1e-6)
        }
        for values in [headings, phases] {
            for quarter in 0..<4 { #expect(values.contains { Int($0 * 4) == quarter }) }
        }
    }

    @Test func wrongParametersAreRefused() {
        let wrong: [(inout QuadrupedParameters) -> Void] = [
            { $0.gait.cycleTime = 0 }, { $0.terrain.height = -1 }, { $0.randomisation.mass = 0.5 }, { $0.randomisation.latency = 1 },
            { $0.terrain.roughness = 2 }, { $0.curriculum.steps = [0] }, { $0.residualScale = .nan }, { $0.maxEpisodeSteps = 0 },
            { $0.actions = .adaptive; $0.gait.stepLength = 0.2 }, { $0.terrain.stepLength = 1e-18 },
        ]
        for (i, change) in wrong.enumerated() {
            var parameters = QuadrupedParameters()
            change(&parameters)
            #expect(throws: EnvironmentError.self, "case \(i)") { try parameters.validate() }
        }
        #expect(throws: Never.self) { try QuadrupedParameters(.adaptive).validate() }
    }
}

extension QuadrupedPlayer {
    /// After a second of one episode under a fixed residual.
    fileprivate static func outcome(_ parameters: QuadrupedParameters) throws -> QuadrupedPlayer {
        var player = try QuadrupedPlayer(parameters)
        try player.begin(seed: 77)
        for step in 0..<50 { try player.step((0..<12).map { Float((step + $0) % 3 - 1) * 0.3 }) }
        return player
    }
}

@Suite struct GaitRecordingTests {
    /// MuJoCo alone under the recorded controls goes the environment's way, to the bit: the environment adds nothing to the physics.
    @Test func replayEndsWhereTheEnvironmentDid() throws {
        let recording = try GaitRecording(QuadrupedParameters(), model: try Quadruped.loadModel(), seed: 3, steps: 20)
        #expect(recording.physicsSteps == 400)
        #expect(try recording.replay() == recording.end)
        #expect(try recording.replay() == recording.end)
    }
}
