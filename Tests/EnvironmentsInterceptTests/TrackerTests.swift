import Core
@testable import EnvironmentsIntercept
import Testing

/// Whether the tracker's errors agree with what it says of them.
@Suite struct TrackerTests {
    /// Truth drawn from the filter's own model: every mean over 1,000 runs must lie where χ² says, with delays and gaps, at all instants.
    @Test func consistentOnItsOwnModel() {
        let runs = 1000
        var threat = InterceptorParameters.Threat()
        threat.homing = 0
        threat.drag = Drag(coefficient: 0, area: 0)
        threat.evasion = 10
        let model = TargetTracker.Model(timeStep: 0.01, gravity: 9.81, threat: threat, windAcceleration: 0)
        let seeker = SeekerParameters()
        let ground = GroundRadarParameters()
        let instants = [1, 50, 100, 200, 300, 400]
        var nees = [Double](repeating: 0, count: instants.count)
        var (nis3, count3, nis6, count6) = (0.0, 0, 0.0, 0)
        for run in 0..<runs {
            var random = Philox(seed: UInt64(run), purpose: .test)
            var missile = MissileBody(motion: Motion(position: Vector3(1500, 1000, 2000), velocity: Vector3(-120, -90, -60)))
            missile.evasion = threat.evasion * random.normalVector()
            var tracker = TargetTracker()
            tracker.begin(
                model, position: missile.motion.position + 30 * random.normalVector(), velocity: missile.motion.velocity + 20 * random.normalVector(),
                positionDeviation: 30, velocityDeviation: 20)
            let memory = model.memory
            for step in 1...400 {
                missile.advance(
                    threat, wind: .zero, gravity: 9.81, memory: memory, noise: random.normalVector(), timeStep: 0.01, variation: Variation())
                tracker.predict(model)
                // Ground radar at irregular instants, the seeker at others, from somewhere else.
                if random.uniform() < 0.05 {
                    let (a, b) = random.normalVectors()
                    nis6 += tracker.update(
                        position: missile.motion.position + ground.positionNoise * a, velocity: missile.motion.velocity + ground.velocityNoise * b,
                        positionDeviation: ground.positionNoise, velocityDeviation: ground.velocityNoise)
                    count6 += 1
                }
                if random.uniform() < 0.2 {
                    let origin = Vector3(2 * Double(step), Double(step), Double(step))
                    let axis = (missile.motion.position - origin).direction(or: .up)
                    let seen = seeker.measure(from: origin, axis: axis, target: missile.motion.position, cosHalfBeam: 0.5, noise: 1, &random)
                    if seen.isValid != 0 {
                        nis3 += tracker.update(
                            position: seen.position, from: origin, alongDeviation: seeker.rangeNoise, crossDeviation: seeker.crossNoise)
                        count3 += 1
                    }
                }
                if let k = instants.firstIndex(of: step) { nees[k] += normalisedError(tracker, missile.motion) }
            }
        }
        let bounds = meanBounds(degrees: 6, runs: runs)
        for (k, instant) in instants.enumerated() { #expect(bounds.contains(nees[k] / Double(runs)), "NEES \(nees[k] / Double(runs)) at \(instant)") }
        #expect(meanBounds(degrees: 3, runs: count3).contains(nis3 / Double(count3)), "NIS of the seeker \(nis3 / Double(count3)) of \(count3)")
        #expect(meanBounds(degrees: 6, runs: count6).contains(nis6 / Double(count6)), "NIS of the ground radar \(nis6 / Double(count6)) of \(count6)")
    }

    /// In the environment itself: wind, drag, steering and delays included, 1,000 episodes flown by proportional navigation.
    @Test(arguments: InterceptorParameters.Scenario.allCases)
    func consistentInTheTask(_ scenario: InterceptorParameters.Scenario) throws {
        let runs = 1000
        let instants = [50, 150, 300, 450]
        var stage = try Stage(InterceptorParameters(scenario))
        let constants = stage.environment.constants
        let p = stage.environment.parameters
        var nees = [Double](repeating: 0, count: instants.count)
        var inside = 0
        var (nis3, count3, nis6, count6) = (0.0, 0, 0.0, 0)
        var velocityErrors: [Double] = []
        for run in 0..<runs {
            try stage.reset(UInt64(run))
            var truth = [stage.environment.missile]
            for step in 1...450 {
                let before = stage.environment.state.tracker
                try stage.step(ProportionalNavigation())
                truth.append(stage.environment.missile)
                let instant = step - Int(constants.lag)
                if instant >= 1 {
                    // The same step of the tracker once more, to see the innovations.
                    var copy = before
                    copy.predict(constants.trackerModel)
                    let state = stage.environment.state
                    let ground = state.groundLine.measurement(at: Int64(instant))
                    if ground.isValid != 0 {
                        nis6 += copy.update(
                            position: ground.position, velocity: ground.velocity, positionDeviation: p.ground.positionNoise,
                            velocityDeviation: p.ground.velocityNoise)
                        count6 += 1
                    }
                    let seeker = state.seekerLine.measurement(at: Int64(instant))
                    if seeker.isValid != 0 {
                        nis3 += copy.update(
                            position: seeker.position, from: seeker.origin, alongDeviation: p.seeker.rangeNoise, crossDeviation: p.seeker.crossNoise)
                        count3 += 1
                    }
                    #expect(copy.position == state.tracker.position)
                }
                if let k = instants.firstIndex(of: step) {
                    let error = normalisedError(stage.environment.state.tracker, truth[instant])
                    nees[k] += error
                    if error > 1.237 && error < 14.449 { inside += 1 }
                }
                if step > 100 { velocityErrors.append((stage.environment.state.estimate.velocity - stage.environment.missile.velocity).length) }
                if stage.last.isLast { Issue.record("episode \(run) ended at step \(step)") }
            }
        }
        let share = Double(inside) / Double(runs * instants.count)
        velocityErrors.sort()
        let q95 = velocityErrors[velocityErrors.count * 95 / 100]
        let bounds = meanBounds(degrees: 6, runs: runs)
        for (k, instant) in instants.enumerated() { #expect(bounds.contains(nees[k] / Double(runs)), "NEES \(nees[k] / Double(runs)) at \(instant)") }
        #expect((0.943...0.957).contains(share), "share of errors within their 95 % interval: \(share)")
        #expect(meanBounds(degrees: 3, runs: count3).contains(nis3 / Double(count3)), "NIS of the seeker \(nis3 / Double(count3)) of \(count3)")
        #expect(meanBounds(degrees: 6, runs: count6).contains(nis6 / Double(count6)), "NIS of the ground radar \(nis6 / Double(count6)) of \(count6)")
        // After the first second the velocity is known within 25 m/s in 95 of 100 steps, and on average much better.
        #expect(q95 < 25)
        #expect(velocityErrors.reduce(0, +) / Double(velocityErrors.count) < 12)
    }

    /// What the estimate of the present is made from: gaps between measurements must let the covariance grow, and measurements shrink it.
    @Test func gapsAreCoveredByGrowingCovariance() throws {
        var parameters = InterceptorParameters()
        parameters.seeker.quality = 0
        parameters.ground.quality = 0
        var blind = try Stage(parameters)
        try blind.reset(3)
        let start = blind.environment.state.tracker.positionDeviation
        #expect((start - 30).magnitude < 1e-9)
        for _ in 0..<300 { try blind.step(ProportionalNavigation()) }
        #expect(blind.environment.state.tracker.positionDeviation > 60)
        var seeing = try Stage()
        try seeing.reset(3)
        for _ in 0..<300 { try seeing.step(ProportionalNavigation()) }
        #expect(seeing.environment.state.tracker.positionDeviation < 6)
    }

    /// The delay costs accuracy only as far as the missile's randomness in that time goes: a delay that was forgotten would cost speed × delay.
    @Test(arguments: [0, 5, 20])
    func delaysAreAccountedFor(_ steps: Int) throws {
        var parameters = InterceptorParameters(.easy)
        parameters.seeker.delaySteps = 0
        parameters.ground.delaySteps = steps
        var stage = try Stage(parameters)
        var sum = 0.0
        for seed in 0..<20 as Range<UInt64> {
            try stage.reset(seed)
            for _ in 0..<400 { try stage.step(ProportionalNavigation()) }
            sum += (stage.environment.state.estimate.position - stage.environment.missile.position).length / 20
        }
        // 150 m/s × 0.2 s would be 30 m.
        #expect(sum < 3.5)
    }

    private func normalisedError(_ tracker: TargetTracker, _ truth: Motion) -> Double {
        let (p, v) = (tracker.position - truth.position, tracker.velocity - truth.velocity)
        var block = [Double](repeating: 0, count: 36)
        for i in 0..<6 { for j in 0..<6 { block[6 * i + j] = tracker.covariance[9 * i + j] } }
        return normalisedSquare([p.x, p.y, p.z, v.x, v.y, v.z], block)
    }
}
