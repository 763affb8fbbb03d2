import CMuJoCo
import Core
import Foundation
import Environments
import Testing

@testable import EnvironmentsMuJoCo

/// The robot, its legs and its gait.
@Suite struct QuadrupedGaitTests {
    @Test func theRobotHasTheReportsFigures() throws {
        let model = try Quadruped.loadModel()
        #expect(model.positionCount == 27 && model.velocityCount == 26 && model.controlCount == 12)
        #expect(abs(model.totalMass - 0.8) < 0.005)
        #expect(model.timeStep == 0.001)
        let masses = (0..<model.bodyCount).map { model.constants.body_mass[$0] }
        #expect(masses.filter { abs($0 - 0.106) < 1e-9 }.count == 4 && masses.contains { abs($0 - 0.323) < 1e-9 })
        #expect(masses.filter { abs($0 - 0.0028) < 1e-9 }.count == 8 && masses.filter { abs($0 - 0.0035) < 1e-9 }.count == 8)
    }

    @Test func forwardKinematicsUndoesInverseKinematics() {
        var random = Philox(seed: 1, purpose: .test)
        for leg in FiveBarLeg.all {
            for _ in 0..<500 {
                let target = FootTarget(x: random.uniform(-0.05, 0.05), y: random.uniform(-0.03, 0.03), z: random.uniform(0.03, 0.08))
                let pose = leg.inverse(target)
                #expect(!pose.isClamped)
                let foot = leg.forward(tilt: pose.tilt, front: pose.front, rear: pose.rear)
                let wanted = leg.trunkFrame(target)
                #expect(abs(foot.x - wanted.x) < 1e-9 && abs(foot.y - wanted.y) < 1e-9 && abs(foot.z - wanted.z) < 1e-9)
                // The elbows' angles close the loop: both lower links end in the foot.
                for (sign, shoulder, elbow) in [(1.0, pose.front, pose.frontElbow), (-1.0, pose.rear, pose.rearElbow)] {
                    let x = sign * 0.01 + 0.045 * sine(shoulder) + 0.06 * sine(shoulder + elbow)
                    #expect(abs(x - target.x) < 1e-9)
                }
                #expect(pose.front > pose.rear)
            }
        }
    }

    @Test func theModelsFeetAreWhereTheKinematicsSay() throws {
        var player = try QuadrupedPlayer()
        try player.play(seed: 3, steps: 30)
        let simulation = player.environment.world.simulation
        simulation.forward()
        let truth = Attitude(simulation.fields.qpos + 3)
        for (leg, name) in QuadrupedWorld.legNames.enumerated() {
            let angles = simulation.fields.qpos + 7 + 5 * leg
            let foot = player.environment.legs[leg].forward(tilt: angles[0], front: angles[1], rear: angles[3])
            let place = truth.world(foot.x, foot.y, foot.z)
            // A lower link's body lies at its knee, one link from the foot.
            let body = Int(cmj_body(simulation.model.handle, "\(name)_front_lower"))
            let knee = simulation.fields.xpos + 3 * body
            let position = simulation.fields.qpos
            let dx: Double = position[0] + place.x - knee[0]
            let dy: Double = position[1] + place.y - knee[1]
            let dz: Double = position[2] + place.z - knee[2]
            let distance = (dx * dx + dy * dy + dz * dz).squareRoot()
            #expect(abs(distance - 0.06) < 5e-4, "foot of \(name) is \(distance) m from its knee")
        }
    }

    @Test func unreachableTargetsAreClampedToTheNearestReach() throws {
        let leg = FiveBarLeg.all[0]
        for (x, z) in [(0, 0.2), (0.3, 0.05), (0.06, 0.1), (0, 0)] {
            let pose = leg.inverse(FootTarget(x: x, y: 0, z: z))
            #expect(pose.isClamped)
            let sum = pose.tilt + pose.front + pose.rear + pose.frontElbow + pose.rearElbow
            #expect(sum.isFinite)
        }
        #expect(!leg.inverse(FootTarget(x: 0, y: 0, z: 0.09)).isClamped)
        // Counted: a gait on legs that are too long clamps all the time, the usual one never.
        var parameters = QuadrupedParameters()
        parameters.gait.bodyHeight = 0.13
        var player = try QuadrupedPlayer(parameters)
        try player.play(seed: 1, steps: 50)
        #expect(player.metric("clamped_targets") > 0.5)
        player = try QuadrupedPlayer()
        try player.play(seed: 1, steps: 50)
        #expect(player.metric("clamped_targets") == 0)
    }

    @Test func theTrotSwingsOneDiagonalPairAndStandsOnTheOther() {
        let parameters = GaitParameters()
        var gait = TrotGait()
        var highest = 0.0
        var last = gait.target(0, parameters)
        for step in 0..<800 {
            #expect(gait.swings(0) == gait.swings(3) && gait.swings(1) == gait.swings(2) && gait.swings(0) != gait.swings(1))
            let target = gait.target(0, parameters)
            #expect(target == gait.target(3, parameters) && target.y == 0)
            highest = max(highest, parameters.bodyHeight - target.z)
            if !gait.swings(0) { #expect(target.z == parameters.bodyHeight) }
            // No jumps, not even at the ends of swing and stance.
            #expect(abs(target.x - last.x) < 5e-4 && abs(target.z - last.z) < 5e-4, "jump at \(step) ms")
            last = target
            gait.advance(0.001, parameters)
        }
        #expect(abs(highest - 0.75 * parameters.stepHeight) < 1e-6)
    }

    @Test func theReportsBrokenGaitGoesNowhere() throws {
        var parameters = QuadrupedParameters()
        parameters.gait = .reported
        let velocities = try Self.velocities(parameters, seeds: 11...13)
        #expect(abs(velocities.mean) < 0.02, "\(velocities.each)")
        #expect(velocities.falls == 0)
    }

    @Test func theFixedGaitWalksTwentySecondsOnRoughGround() throws {
        let velocities = try Self.velocities(QuadrupedParameters(), seeds: 11...13)
        #expect((0.07...0.10).contains(velocities.mean), "\(velocities.each)")
        #expect(velocities.falls == 0)
    }

    private static func velocities(
        _ parameters: QuadrupedParameters, seeds: ClosedRange<UInt64>
    ) throws -> (mean: Double, each: [Double], falls: Int) {
        var player = try QuadrupedPlayer(parameters)
        var each: [Double] = []
        var falls = 0
        for seed in seeds {
            try player.play(seed: seed)
            each.append(player.metric("forward_velocity"))
            falls += player.last.terminated ? 1 : 0
        }
        return (each.reduce(0, +) / Double(each.count), each, falls)
    }

    private func sine(_ angle: Double) -> Double { sin(angle) }
}
