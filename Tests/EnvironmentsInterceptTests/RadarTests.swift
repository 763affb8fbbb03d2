import Core
@testable import EnvironmentsIntercept
import Testing

/// Seeker, ground radar, data link: who is seen, how well, how late.
@Suite struct RadarTests {
    private let n = 40_000

    @Test func seekerDetectsWithItsProbability() {
        let seeker = SeekerParameters()
        var random = Philox(seed: 1, purpose: .test)
        for distance in [100.0, 2000, 4400] {
            var seen = 0
            for _ in 0..<n {
                let m = seeker.measure(from: .zero, axis: .up, target: Vector3(0, 0, distance), cosHalfBeam: 0.8, noise: 1, &random)
                seen += m.isValid == 1 ? 1 : 0
            }
            let expected = 0.9 * (1 - 0.5 * distance / 4500)
            #expect((Double(seen) / Double(n) - expected).magnitude < 4 * (expected * (1 - expected) / Double(n)).squareRoot())
        }
    }

    @Test func seekerSeesNothingBeyondRangeAndBeam() {
        var seeker = SeekerParameters()
        seeker.quality = 1
        var random = Philox(seed: 2, purpose: .test)
        func seen(_ target: Vector3) -> Bool {
            (0..<200).contains { _ in seeker.measure(from: .zero, axis: .up, target: target, cosHalfBeam: 0.8660254, noise: 1, &random).isValid == 1 }
        }
        #expect(seen(Vector3(0, 0, 4499)))
        #expect(!seen(Vector3(0, 0, 4501)))
        #expect(!seen(Vector3(0, 0, 9)))
        #expect(!seen(Vector3(0, 0, -1000)))
        // 30 degrees off the axis is the edge of a beam of 60.
        #expect(seen(Vector3(570, 0, 1000)))
        #expect(!seen(Vector3(585, 0, 1000)))
    }

    /// The noise is really there, along and across the line of sight as stated.
    @Test func seekerNoise() {
        let seeker = SeekerParameters()
        var random = Philox(seed: 3, purpose: .test)
        let target = Vector3(1000, 1000, 1000)
        let sight = target.direction(or: .up)
        var (mean, along, across, count) = (Vector3.zero, 0.0, 0.0, 0.0)
        for _ in 0..<n {
            let m = seeker.measure(from: .zero, axis: sight, target: target, cosHalfBeam: 0.8, noise: 1, &random)
            guard m.isValid == 1 else { continue }
            let error = m.position - target
            let a = error.dot(sight)
            mean += error
            along += a * a
            across += error.squaredLength - a * a
            count += 1
        }
        let cross = 6e-3 * target.length
        #expect(((along / count).squareRoot() / 5 - 1).magnitude < 0.02)
        #expect(((across / count / 2).squareRoot() / cross - 1).magnitude < 0.02)
        #expect((1 / count) * mean.length < 0.3)
    }

    @Test func groundRadarLimitsAndNoise() {
        let ground = GroundRadarParameters()
        var random = Philox(seed: 4, purpose: .test)
        func measure(_ target: Vector3, link: Double = 0.9) -> Measurement {
            ground.measure(target: target, velocity: Vector3(-100, 0, -50), link: link, noise: 1, limits: ground.limits, &random)
        }
        func seen(_ target: Vector3, link: Double = 0.9) -> Bool { (0..<200).contains { _ in measure(target, link: link).isValid == 1 } }
        #expect(seen(Vector3(2000, 0, 1500)))
        #expect(!seen(Vector3(2000, 0, 1500), link: 0.05))
        #expect(!seen(Vector3(19_000, 0, 8000)))
        // Below 5 degrees, above 85 degrees, under the floor.
        #expect(!seen(Vector3(2000, 0, 100 + 170)) && seen(Vector3(2000, 0, 100 + 180)))
        #expect(!seen(Vector3(170, 0, 100 + 2000)) && seen(Vector3(180, 0, 100 + 2000)))
        #expect(!seen(Vector3(10, 0, 49)))

        let target = Vector3(2000, 500, 1500)
        var (position, velocity, count) = (0.0, 0.0, 0.0)
        for _ in 0..<n {
            let m = measure(target)
            guard m.isValid == 1 else { continue }
            position += (m.position - target).squaredLength
            velocity += (m.velocity - Vector3(-100, 0, -50)).squaredLength
            count += 1
        }
        let probability = 0.95 * (1 - 0.4 * (target - Vector3(0, 0, 100)).length / 20_000) * 0.95
        #expect((count / Double(n) - probability).magnitude < 4 * (probability * (1 - probability) / Double(n)).squareRoot())
        #expect(((position / count / 3).squareRoot() / 10 - 1).magnitude < 0.02)
        #expect(((velocity / count / 3).squareRoot() / 2 - 1).magnitude < 0.02)
    }

    @Test func linkQuality() {
        let ground = GroundRadarParameters()
        #expect(ground.linkQuality(position: .zero, speed: 0) == 0.95)
        #expect((ground.linkQuality(position: Vector3(25_000, 0, 0), speed: 200) - 0.95 * 0.75 * 0.8).magnitude < 1e-12)
        #expect(ground.linkQuality(position: Vector3(60_000, 0, 0), speed: 0) == 0)
    }

    /// A measurement is there as many steps later as stated, and only at the radar's own rhythm.
    @Test(arguments: [(0, 1), (3, 5), (7, 20)])
    func delaysAndIntervals(_ delay: Int, _ interval: Int) throws {
        var parameters = InterceptorParameters()
        parameters.ground.quality = 1
        parameters.ground.packetLoss = 0
        parameters.ground.range = 1e9
        parameters.ground.delaySteps = delay
        parameters.ground.intervalSteps = interval
        var stage = try Stage(parameters)
        try stage.reset(7)
        var truth = [stage.environment.missile]
        for step in 1...100 {
            try stage.step([0, 0, 0, 0, 0, 0])
            truth.append(stage.environment.missile)
            let arrives = step > delay && (step - delay) % interval == 0
            #expect((stage.environment.state.groundStep == step) == arrives)
            // The freshness among the observations says the same.
            #expect((stage.observation[23] == 1) == arrives)
            guard arrives else { continue }
            #expect((stage.environment.state.groundLast.position - truth[step - delay].position).length < 60)
            #expect(stage.environment.state.groundLast.position != truth[step - delay].position)
        }
    }
}
