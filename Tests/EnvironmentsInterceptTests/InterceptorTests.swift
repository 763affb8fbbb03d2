import Core
@testable import EnvironmentsIntercept
import Environments
import Glibc
import Testing

/// Observations, rewards, ends, curriculum, settings.
@Suite struct InterceptorTests {
    /// In the line of sight's axes the missile is straight ahead, and lengths are those of the world's axes.
    @Test func framesAgree() throws {
        var world = InterceptorParameters()
        world.observation = .omniscient
        var sight = world
        sight.frame = .lineOfSight
        var (a, b) = (try Stage(world), try Stage(sight))
        for seed in 0..<20 as Range<UInt64> {
            try a.reset(seed)
            try b.reset(seed)
            #expect(b.observation[0] > 0 && b.observation[1].magnitude < 1e-6 && b.observation[2].magnitude < 1e-6)
            for first in [0, 3, 6, 9, 17, 20, 26, 32, 36] {
                let (p, q) = (a.observation[first..<first + 3], b.observation[first..<first + 3])
                let lengths = (p.reduce(0) { $0 + $1 * $1 }.squareRoot(), q.reduce(0) { $0 + $1 * $1 }.squareRoot())
                #expect((lengths.0 - lengths.1).magnitude < 1e-5)
            }
            // What is no vector is the same.
            for i in [12, 13, 14, 15, 16, 23, 24, 25, 29, 30, 31, 35] { #expect(a.observation[i] == b.observation[i]) }
            #expect((a.environment.state.sight.left.z).magnitude < 1e-12)
        }
    }

    @Test func observedNumbers() throws {
        var parameters = InterceptorParameters()
        parameters.observation = .omniscient
        var stage = try Stage(parameters)
        try stage.reset(9)
        for _ in 0..<50 { try stage.step(ProportionalNavigation(), .truth) }
        let own = stage.environment.interceptor
        let target = stage.environment.missile
        let (r, v) = (target.position - own.position, target.velocity - own.velocity)
        func equal(_ i: Int, _ value: Double) -> Bool { (Double(stage.observation[i]) - value).magnitude < 1e-6 }
        #expect(equal(1, r.y / 5000) && equal(4, v.y / 1000) && equal(7, own.velocity.y / 500))
        #expect(equal(12, stage.environment.fuel / 100) && equal(13, -r.dot(v) / v.squaredLength / 20) && equal(15, -r.dot(v) / r.length / 1000))
        #expect(equal(16, stage.environment.seekerAxis.dot(r) / r.length) && equal(27, r.cross(v).y / r.squaredLength))
        #expect(equal(30, own.position.z / 5000) && equal(31, r.z / r.length))
    }

    /// What a radar-only policy is told of the radars themselves, when both, either and neither have been heard of in the last half second.
    @Test func observedRadars() throws {
        var stage = try Stage()
        try stage.reset(9)
        for _ in 0..<100 { try stage.step(ProportionalNavigation()) }
        let state = stage.environment.state
        let own = stage.environment.interceptor
        let distance = (state.estimate.position - own.position).length
        // The ground radar's word is 70 ms older than the seeker's by its steps and 20 ms by its delay. Brought to the present they are 100 m apart,
        // which is half of what makes them disagree altogether.
        let ground = Measurement(isValid: 1, position: state.missile.motion.position + Vector3(30, -20, 10), velocity: Vector3(-90, 40, -120))
        let seeker = Measurement(isValid: 1, position: ground.position + 0.09 * state.estimate.velocity + Vector3(0, 60, 80))
        let link = 0.95 * (1 - own.position.squaredLength / (50_000 * 50_000)) * (1 - min(own.velocity.length / 1000, 0.3))
        let detection = 0.9 * (1 - 0.5 * distance / 4500)
        let quality = 50 / (50 + stage.environment.positionDeviation)
        #expect(link > 0.5 && link < 0.95 && detection > 0.4 && detection < 0.9 && quality > 0.1 && quality < 0.99)
        let (r, v) = (ground.position - own.position, ground.velocity - own.velocity)
        let vectors: [Double] = [r.x / 5000, r.y / 5000, r.z / 5000, v.x / 1000, v.y / 1000, v.z / 1000]

        // Steps since the seeker and the ground radar were heard of, how fresh that is (half a second is 50 steps), and the confidence.
        let both = 0.35 * 0.8 * detection + 0.5 * 0.66 * link + 0.15 * 0.5
        let cases: [(seekerSteps: Int64, groundSteps: Int64, seeker: Double, ground: Double, confidence: Double)] = [
            (10, 17, 0.8, 0.66, both), (10, 60, 0.8, 0, 0.5 * 0.8 * detection), (70, 17, 0, 0.66, 0.6 * 0.66 * link), (70, 60, 0, 0, 0),
        ]
        func equal(_ i: Int, _ value: Double) -> Bool { (Double(stage.observation[i]) - value).magnitude < 1e-6 }
        stage.environment.state.seekerLast = seeker
        stage.environment.state.groundLast = ground
        for expected in cases {
            stage.environment.state.seekerStep = state.steps - expected.seekerSteps
            stage.environment.state.groundStep = state.steps - expected.groundSteps
            stage.observeAgain()
            #expect(equal(35, expected.seeker) && equal(23, expected.ground) && equal(25, expected.confidence), "\(expected)")
            // The ground radar's last word stays, however old.
            for (i, value) in vectors.enumerated() { #expect(equal(17 + i, value), "\(expected), \(i)") }
            #expect(equal(24, link) && equal(14, quality))
        }
        // Before its first, nothing.
        stage.environment.state.groundStep = -1
        stage.observeAgain()
        #expect((17...23).allSatisfy { stage.observation[$0] == 0 } && equal(25, 0))
    }

    /// Near the vertical the axes stay orthonormal and do not jump.
    @Test func sightFrameThroughTheVertical() {
        var frame = SightFrame(along: Vector3(1, 0, 1), previous: .world)
        for i in 0...2000 {
            let angle = Double.pi / 4 + Double.pi / 2 * Double(i) / 2000
            let next = SightFrame(along: Vector3(cos(angle), 1e-3, sin(angle)), previous: frame)
            #expect((next.along.cross(next.left) - next.upward).length < 1e-12)
            #expect((next.left.length - 1).magnitude < 1e-12 && next.left.dot(next.along).magnitude < 1e-12)
            if (angle - .pi / 2).magnitude < 0.04 { #expect((next.left - frame.left).length < 0.05) }
            let v = Vector3(3, -4, 5)
            #expect((next.vector(next.components(v)) - v).length < 1e-12)
            frame = next
        }
    }

    /// The episode's return is the sum of the terms; each weight scales its own term alone.
    @Test func rewardTermsAddUp() throws {
        var parameters = InterceptorParameters()
        parameters.rewards.fuel = -1
        parameters.rewards.effort = -0.01
        parameters.rewards.passDistance = -0.2
        var stage = try Stage(parameters)
        for seed in 0..<6 as Range<UInt64> {
            try stage.reset(seed)
            repeat { try stage.step(Pursuit(leads: seed % 2 == 0)) } while !stage.last.isLast
            let metrics = stage.metrics()
            let sum = RewardTerms.names.reduce(0) { $0 + (metrics[$1] ?? .nan) }
            #expect((sum - stage.total).magnitude < 1e-3 * max(1, stage.total.magnitude))
            #expect(metrics["reward_time"] == -0.5 * Double(stage.environment.episodeSteps))
            #expect(((metrics["reward_fuel"] ?? .nan) + (metrics["fuel_used"] ?? .nan)).magnitude < 1e-9)
            #expect(metrics["miss_distance"] == stage.environment.minimumDistance)
        }
    }

    @Test func hitAndItsReward() throws {
        var stage = try Stage()
        var hits = 0
        for seed in 0..<5 as Range<UInt64> {
            try stage.reset(seed)
            repeat { try stage.step(ProportionalNavigation()) } while !stage.last.isLast
            guard stage.environment.outcome == .intercepted else { continue }
            hits += 1
            let metrics = stage.metrics()
            #expect(stage.last.terminated && !stage.last.truncated)
            #expect(metrics["reward_hit"] == 5000)
            #expect(metrics["reward_early"] == 0.5 * Double(2000 - stage.environment.episodeSteps))
            #expect(stage.environment.minimumDistance <= 150)
            #expect(stage.environment.succeeded(EpisodeTotals(return: 0, length: 1, truncated: false)))
        }
        #expect(hits >= 4)
    }

    @Test func failures() throws {
        var stage = try Stage(InterceptorParameters(.easy))
        func play(_ seed: UInt64, _ prepare: (inout Stage) -> Void) throws -> [String: Double] {
            try stage.reset(seed)
            prepare(&stage)
            try stage.step([0, 0, 0, 0, 0, 0])
            #expect(stage.last.isLast)
            return stage.metrics()
        }
        let crash = try play(1) { $0.environment.state.interceptor.motion = Motion(position: Vector3(0, 0, 0.1), velocity: Vector3(0, 0, -50)) }
        #expect(stage.environment.outcome == .crashed && crash["reward_crash"] == -500)
        #expect(((crash["reward_miss"] ?? 0) + min(0.5 * stage.environment.distance, 2000)).magnitude < 1e-9)
        _ = try play(1) { $0.environment.state.interceptor.fuel = 0 }
        #expect(stage.environment.outcome == .outOfFuel)
        let target = try play(1) {
            $0.environment.state.interceptor.motion.position.z = 900
            $0.environment.state.missile.motion = Motion(position: Vector3(300, 390, 0.5), velocity: Vector3(0, 0, -100))
        }
        #expect(stage.environment.outcome == .targetHit && target["reward_target_hit"] == -1000)
        let elsewhere = try play(1) {
            $0.environment.state.interceptor.motion.position.z = 900
            $0.environment.state.missile.motion = Motion(position: Vector3(300, 410, 0.5), velocity: Vector3(0, 0, -100))
        }
        #expect(stage.environment.outcome == .missileLanded && elsewhere["reward_target_hit"] == 0)
        _ = try play(1) {
            $0.environment.state.steps = 1000
            $0.environment.state.books.receding = 500
            $0.environment.state.interceptor.motion = Motion(position: Vector3(0, 0, 9000), velocity: Vector3(0, 0, 300))
        }
        #expect(stage.environment.outcome == .receding && stage.last.terminated)
    }

    /// The two may pass each other between two steps: the smallest distance counts, not that at the steps.
    @Test func passingBetweenStepsIsSeen() throws {
        var parameters = InterceptorParameters()
        parameters.interceptRadius = 1
        var stage = try Stage(parameters)
        try stage.reset(2)
        stage.environment.state.interceptor.motion = Motion(position: Vector3(0, 0, 1000), velocity: Vector3(250, 0, 0))
        stage.environment.state.missile.motion = Motion(position: Vector3(2.5, 0.5, 1000), velocity: Vector3(-250, 0, 0))
        try stage.step([0, 0, 0, 0, 0, 0])
        #expect(stage.environment.outcome == .intercepted)
        #expect((stage.environment.minimumDistance - 0.5).magnitude < 0.1)
        #expect(stage.environment.distance > 2)
    }

    /// Same seed, same threat and weather, whatever the interceptor does.
    @Test func theThreatDoesNotDependOnThePolicy() throws {
        var (a, b) = (try Stage(), try Stage())
        try a.reset(12)
        try b.reset(12)
        for _ in 0..<500 {
            try a.step(ProportionalNavigation())
            try b.step([0, 0, 1, 0, 0, 0])
        }
        #expect(a.environment.missile == b.environment.missile)
        #expect(a.environment.interceptor != b.environment.interceptor)
    }

    @Test func spawnsCoverTheirRanges() throws {
        var stage = try Stage()
        var quadrants = [0, 0, 0, 0]
        var distances: [Double] = []
        for seed in 0..<400 as Range<UInt64> {
            try stage.reset(seed)
            let start = stage.environment.missile.position
            distances.append(start.length)
            quadrants[stage.environment.approachQuadrant] += 1
            #expect(start.x.sign == (stage.environment.approachQuadrant % 3 == 0 ? .plus : .minus))
            #expect(stage.environment.interceptor.position.length < 40)
        }
        #expect(quadrants.allSatisfy { $0 > 70 })
        #expect((distances.min() ?? 0) < 2520 && (distances.max() ?? 0) > 3480)
    }

    @Test func domainRandomisationChangesTheBodiesOnly() throws {
        var parameters = InterceptorParameters()
        parameters.domainRandomisation = 1
        var (plain, varied) = (try Stage(), try Stage(parameters))
        try plain.reset(4)
        try varied.reset(4)
        #expect(plain.environment.missile == varied.environment.missile)
        let v = varied.environment.state.variation
        #expect(v != plain.environment.state.variation)
        #expect((0.8...1.2).contains(v.drag) && (0.9...1.1).contains(v.mass) && (0.7...1.3).contains(v.lag))
        #expect((varied.environment.fuel - 100 * v.fuel).magnitude < 1e-9)
    }
}
