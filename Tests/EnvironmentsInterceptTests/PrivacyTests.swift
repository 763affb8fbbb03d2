import Core
@testable import EnvironmentsIntercept
import Environments
import Testing

/// No true state of the missile reaches a radar-only policy.
@Suite struct PrivacyTests {
    private func variants() -> [InterceptorParameters] {
        var residual = InterceptorParameters()
        residual.frame = .lineOfSight
        residual.residual = .proportionalNavigation
        var thrust = InterceptorParameters()
        thrust.actions = .thrust
        var uncued = InterceptorParameters()
        uncued.tracker.hasCue = false
        // The one of `Configs/interceptor`: a law that answers the missile's acceleration, and a seeker that turns by itself.
        var shipped = InterceptorParameters()
        shipped.frame = .lineOfSight
        shipped.actions = .thrust
        shipped.residual = .cornerNavigation
        return [InterceptorParameters(), residual, thrust, uncued, shipped]
    }

    /// The truth is moved while everything measured stays: the observation stays, bit for bit.
    @Test func anObservationIsMadeOfMeasurementsAlone() throws {
        for parameters in variants() {
            var stage = try Stage(parameters)
            try stage.reset(5)
            for step in 0..<400 {
                try stage.step([0.3, -0.2, 0.9, 0.1, 0, 0].prefix(parameters.actions == .thrust ? 3 : 6).map { Float($0) })
                guard step % 40 == 0 else { continue }
                var moved = stage
                moved.environment.state.missile.motion.position += Vector3(-300, 200, 500)
                moved.environment.state.missile.motion.velocity += Vector3(50, 80, -60)
                moved.environment.state.missile.evasion = Vector3(9, 9, 9)
                moved.environment.perceive()
                moved.observeAgain()
                #expect(moved.bits == stage.bits)
            }
        }
    }

    /// With both radars blind all that is known is the cue: whatever the missile really does, the policy sees the same and, doing the same, flies
    /// the same, the law beneath a residual and the automatic seeker included.
    @Test func whatIsNotMeasuredHasNoInfluence() throws {
        for var parameters in variants() {
            parameters.seeker.quality = 0
            parameters.ground.quality = 0
            var stage = try Stage(parameters)
            try stage.reset(6)
            var moved = stage
            moved.environment.state.missile.motion.position += Vector3(100, -400, 300)
            moved.environment.state.missile.motion.velocity = Vector3(-10, 20, 5)
            for step in 0..<300 {
                let action = [0.2, 0.1, 0.8, 0, 0.3, -0.1].prefix(parameters.actions == .thrust ? 3 : 6).map { Float($0) }
                try stage.step(action)
                try moved.step(action)
                #expect(moved.bits == stage.bits, "step \(step)")
                #expect(moved.environment.interceptor == stage.environment.interceptor)
            }
            #expect(moved.environment.missile != stage.environment.missile)
        }
    }

    /// The first observation depends on the cue, not on where the missile really is.
    @Test func launchFollowsTheCue() throws {
        var parameters = InterceptorParameters()
        parameters.tracker.cuePositionNoise = 300
        var stage = try Stage(parameters)
        try stage.reset(1)
        let pad = stage.environment.interceptor.position
        let cue = (stage.environment.state.tracker.position - pad).direction(or: .up)
        let truth = (stage.environment.missile.position - pad).direction(or: .up)
        #expect((stage.environment.seekerAxis - cue).length < 1e-12)
        #expect((stage.environment.seekerAxis - truth).length > 1e-3)
    }

    /// The check can fail: an omniscient observation does change.
    @Test func omniscientSeesTheTruth() throws {
        var parameters = InterceptorParameters()
        parameters.observation = .omniscient
        var stage = try Stage(parameters)
        try stage.reset(5)
        let r = stage.environment.missile.position - stage.environment.interceptor.position
        #expect(stage.observation[0] == Float(r.x / 5000) && stage.observation[2] == Float(r.z / 5000))
        var moved = stage
        moved.environment.state.missile.motion.position += Vector3(100, 0, 0)
        moved.observeAgain()
        #expect(moved.bits != stage.bits)
    }
}
