import Core
@testable import EnvironmentsIntercept
import Environments
import Testing

/// Laws as formulas, as pilots, and beneath a residual.
@Suite struct GuidanceTests {
    private func picture(_ own: Motion, _ target: TargetEstimate) -> GuidancePicture {
        GuidancePicture(
            own: own, uncontrolled: Vector3(0, 0, -9.81), axis: .up, mass: 500, target: target, isTracked: true, maxThrust: 10_000, maxRate: 2)
    }

    /// On a collision course the line of sight stands still: nothing is steered, all thrust goes forward. Otherwise N · V · ω across it.
    @Test func proportionalNavigationIsItsFormula() {
        let law = ProportionalNavigation(gain: 4)
        let own = Motion(position: .zero, velocity: Vector3(0, 0, 200))
        let collision = picture(own, TargetEstimate(position: Vector3(1000, 0, 1000), velocity: Vector3(-200, 0, 0)))
        let straight = law.command(collision).thrust
        #expect((straight - 10_000 * Vector3(1, 0, 1).direction(or: .up)).length < 1e-6)

        let crossing = picture(own, TargetEstimate(position: Vector3(0, 0, 2000), velocity: Vector3(10, 0, -100)))
        let thrust = law.command(crossing).thrust
        // Closing speed 300 m/s, line of sight turning at 10 / 2000 rad/s: 4 · 300 · 0.005 = 6 m/s².
        #expect((thrust.x - 500 * 6).magnitude < 1e-6 && thrust.y.magnitude < 1e-9)
        #expect((thrust.length - 10_000).magnitude < 1e-6 && thrust.z > 0)
    }

    /// A target in free fall needs no more than the plain law; one that pulls 8 m/s² more than that gets half the constant times it.
    @Test func augmentation() {
        let own = Motion(position: .zero, velocity: Vector3(0, 0, 200))
        let falling = TargetEstimate(position: Vector3(0, 0, 2000), velocity: Vector3(0, 0, -100), acceleration: Vector3(0, 0, -9.81))
        var turning = falling
        turning.acceleration.y = 8
        let law = ProportionalNavigation(gain: 4, isAugmented: true)
        #expect(law.command(picture(own, falling)) == ProportionalNavigation(gain: 4).command(picture(own, falling)))
        #expect((law.command(picture(own, turning)).thrust.y - 500 * 16).magnitude < 1e-6)
    }

    /// Lead pursuit aims where a target of constant velocity is met at the wanted speed.
    @Test func leadPursuitMeetsTheTarget() {
        let target = TargetEstimate(position: Vector3(1500, 0, 800), velocity: Vector3(-40, 120, -60))
        var own = Motion()
        let law = Pursuit(leads: true)
        let thrust = law.command(picture(own, target)).thrust
        // From rest the thrust without gravity's share points along the wanted velocity.
        let acceleration = (1.0 / 500) * thrust
        #expect(thrust.length <= 10_000.001 && acceleration.z > 0)
        // Flying exactly the wanted velocity the law only holds against gravity.
        let time = stride(from: 0.0, to: 30, by: 0.001).first { t in (target.position + t * target.velocity).length <= 220 * t } ?? 0
        own.velocity = 220 * (target.position + time * target.velocity).direction(or: .up)
        #expect((law.command(picture(own, target)).thrust - Vector3(0, 0, 4905)).length < 60)
    }

    @Test func blindLaws() throws {
        var random = RandomThrust()
        random.begin(seed: 1)
        let view = picture(Motion(), TargetEstimate(position: Vector3(0, 0, 1000)))
        let first = random.command(view)
        #expect(first != random.command(view))
        random.begin(seed: 1)
        #expect(random.command(view) == first)
        #expect(NoThrust().command(view) == GuidanceCommand(thrust: .zero, rates: .zero))
        #expect(ConstantThrust().command(view).thrust == Vector3(10_000, 10_000, 10_000))
        #expect(Set(Baseline.allCases.map(\.law.name)) == Set(Baseline.allCases.map(\.rawValue)))
    }

    /// The zero action of a residual environment is its law as it flies by itself, bit for bit.
    @Test(
        arguments: [InterceptorParameters.Actions.thrustAndRates, .thrust],
        InterceptorParameters.Residual.allCases.filter { $0 != .none })
    func zeroResidualIsTheLaw(_ actions: InterceptorParameters.Actions, _ residual: InterceptorParameters.Residual) throws {
        var bare = InterceptorParameters()
        bare.frame = .lineOfSight
        bare.actions = actions
        bare.interceptRadius = 20
        var onLaw = bare
        onLaw.residual = residual
        let law = residual.law(gain: onLaw.residualGain)
        var (a, b) = (try Stage(bare), try Stage(onLaw))
        for seed in 0..<4 as Range<UInt64> {
            try a.reset(seed)
            try b.reset(seed)
            repeat {
                a.fly(law)
                try b.step(Array(repeating: 0, count: actions == .thrust ? 3 : 6))
                #expect(a.bits == b.bits && a.last == b.last)
            } while !a.last.isLast && !b.last.isLast
            #expect(a.environment.missile == b.environment.missile && a.environment.interceptor == b.environment.interceptor)
        }
    }

    /// An action moves the residual's command by its share, along the line of sight's axes.
    @Test func residualAddsToTheCommand() throws {
        var parameters = InterceptorParameters()
        parameters.frame = .lineOfSight
        parameters.residual = .proportionalNavigation
        parameters.vehicle.thrustLag = 1e-6
        var (zero, pushed) = (try Stage(parameters), try Stage(parameters))
        try zero.reset(3)
        try pushed.reset(3)
        let frame = zero.environment.state.sight
        try zero.step([0, 0, 0, 0, 0, 0])
        try pushed.step([-1, 0, 0.5, 0, 0, 0])
        let difference = frame.components(pushed.environment.state.interceptor.thrust - zero.environment.state.interceptor.thrust)
        // Shares are rounded as actions are.
        #expect((difference - Vector3(-5000, 0, 2500)).length < 1e-3)
    }

    /// However much the law asks for, a correction has its effect: it goes on from what the engine gives.
    @Test func correctionsReachASaturatedLaw() throws {
        var parameters = InterceptorParameters()
        parameters.frame = .lineOfSight
        parameters.actions = .thrust
        parameters.residual = .cornerNavigation
        parameters.vehicle.thrustLag = 1e-6
        let law = ProportionalNavigation(gain: parameters.residualGain, isAugmented: true, usesCorners: true)
        var (saturated, moved) = (0, 0)
        for seed in 0..<5 as Range<UInt64> {
            var stage = try Stage(parameters)
            try stage.reset(seed)
            repeat {
                let wanted = law.command(stage.environment.policyPicture).thrust
                let frame = stage.environment.actionFrame
                var pushed = stage
                try pushed.step([-0.1, 0, 0])
                try stage.step([0, 0, 0])
                // Along the line of sight the law wants at least all there is, so a tenth less lies below the limit on the axes that it points along.
                guard [wanted.x, wanted.y, wanted.z].contains(where: { abs($0) > 1.2 * parameters.vehicle.maxThrust }) else { continue }
                saturated += 1
                let change = pushed.environment.state.interceptor.thrust - stage.environment.state.interceptor.thrust
                if frame.components(change).x < -250 { moved += 1 }
            } while !stage.last.isLast
        }
        #expect(saturated > 50 && moved > saturated * 9 / 10, "\(moved) of \(saturated)")
    }

    /// One episode played to 20 m says what would have happened at every larger radius.
    @Test func oneEpisodeServesAllRadii() throws {
        let parameters = InterceptorParameters(.hard)
        var small = try Engagement(parameters.evaluating(atRadius: 20))
        for radius in [150.0, 100, 50] {
            var large = try Engagement(parameters.evaluating(atRadius: radius))
            for seed in 0..<25 as Range<UInt64> {
                let a = try small.play(ProportionalNavigation(), from: .tracker, seed: seed)
                let b = try large.play(ProportionalNavigation(), from: .tracker, seed: seed)
                #expect(a.intercepted(atRadius: radius) == (b.outcome == .intercepted))
                #expect(a.seed == seed && b.return.isFinite && b.time > 1)
            }
        }
    }

    /// What the task is made for: hard to hit by chance, well within reach of guidance, and not trivial for it.
    @Test func difficultyOfMedium() throws {
        var engagement = try Engagement(InterceptorParameters().evaluating(atRadius: 20))
        func share(_ law: any GuidanceLaw, _ radius: Double) throws -> Double {
            var hits = 0
            for seed in 1000..<1100 as Range<UInt64> {
                if try engagement.play(law, from: .tracker, seed: seed).intercepted(atRadius: radius) { hits += 1 }
            }
            return Double(hits) / 100
        }
        #expect(try share(NoThrust(), 150) < 0.2)
        #expect(try share(ConstantThrust(), 150) < 0.1)
        #expect(try share(Pursuit(leads: false), 50) < 0.3)
        let navigation = try share(ProportionalNavigation(), 50)
        #expect(navigation > 0.65 && navigation < 0.95)
        #expect(try share(ProportionalNavigation(), 150) > 0.9)
    }

    /// There is room above the usual laws: one that uses the corners of the action space, full thrust along and across the line of sight at once,
    /// together with the tracked acceleration, hits far more often from the same tracker.
    @Test func roomAboveTheUsualLaws() throws {
        var engagement = try Engagement(InterceptorParameters().evaluating(atRadius: 20))
        var hits = (0, 0)
        for seed in 0..<100 as Range<UInt64> {
            let outcome = try engagement.play(Baseline.cornerNavigation.law, from: .tracker, seed: seed)
            if outcome.intercepted(atRadius: 50) { hits.0 += 1 }
            if outcome.intercepted(atRadius: 20) { hits.1 += 1 }
        }
        #expect(hits.0 >= 93 && hits.1 >= 75, "\(hits)")
    }
}
