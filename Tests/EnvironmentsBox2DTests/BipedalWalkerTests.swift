import CBox2D
import Core
import Drawing
import Environments
@testable import EnvironmentsBox2D
import Testing

/// What the contract does not ask: terrain, metrics, copies, gait, picture.
@Suite struct BipedalWalkerTests {
    @Test func specs() throws {
        #expect(try BipedalWalker(.normal).spec.maxEpisodeSteps == 1600)
        #expect(try BipedalWalker(.hardcore).spec.maxEpisodeSteps == 2000)
        #expect(try BipedalWalker(.flat).spec.id == "BipedalWalkerFlat-v3")
        let walker = try BipedalWalker()
        #expect(walker.succeeded(EpisodeTotals(return: 300, length: 900, truncated: false)))
        #expect(!walker.succeeded(EpisodeTotals(return: 299.9, length: 900, truncated: false)))
        #expect(String(cString: cbx_version()).hasPrefix("2.4"))
    }

    @Test func flatGroundIsLevel() throws {
        var stage = try Stage(.flat)
        try stage.reset(4)
        #expect(stage.walker.terrain.heights.allSatisfy { $0 == BipedalTerrain.level })
        #expect(stage.walker.terrain.quads.isEmpty)
    }

    /// The ground's statistics over 400 episodes are those of Gymnasium's own generator.
    @Test(arguments: [BipedalTerrain.Kind.normal, .hardcore])
    func groundStatistics(_ kind: BipedalTerrain.Kind) throws {
        let recorded: TerrainStatistics = try fixture("bipedal_terrain.json")
        var terrain = BipedalTerrain(kind)
        var rows: [String: [Double]] = [:]
        for seed in 0..<UInt64(recorded.episodes) {
            var random = Philox(seed: seed, purpose: .environment)
            terrain.generate(&random)
            if kind == .normal { #expect(terrain.heights.prefix(21).allSatisfy { $0 == BipedalTerrain.level }) }
            let heights = terrain.heights
            let mean = heights.reduce(0, +) / 200
            rows["level", default: []].append(mean)
            rows["spread", default: []].append((heights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200).squareRoot())
            rows["step", default: []].append(zip(heights, heights.dropFirst()).reduce(0) { $0 + abs($1.1 - $1.0) } / 199)
            var counts = ["stump1": 0.0, "stump2": 0, "wall": 0, "stair": 0, "other": 0]
            for corner in stride(from: 0, to: terrain.quads.count, by: 8) {
                let quad = terrain.quads[corner..<corner + 8].map { Double($0) / BipedalTerrain.spacing }
                let name = switch [(quad[2] - quad[0]).rounded(), (quad[1] - quad[5]).rounded()] {
                case [1, 1]: "stump1"
                case [2, 2]: "stump2"
                case [1, 4]: "wall"
                case [4, 1]: "stair"
                default: "other"
                }
                counts[name, default: 0] += 1
            }
            for (name, count) in counts { rows[name, default: []].append(count) }
        }
        let reference = try #require(recorded.statistics[kind.rawValue])
        #expect(reference.count == 8)
        for (name, expected) in reference {
            let values = try #require(rows[name])
            let n = Double(values.count)
            let mean = values.reduce(0, +) / n
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
            let error = ((variance + expected.std * expected.std) / n).squareRoot()
            #expect(abs(mean - expected.mean) <= 4 * error, "\(name): \(mean), Gymnasium \(expected.mean), standard error \(error)")
        }
    }

    @Test func metricsAndSignals() throws {
        var stage = try Stage(.normal)
        try stage.reset(8)
        let start = Double(stage.walker.state.bodies.0.x)
        stage.action = [0.5, -2, 0.25, 0]
        var tilt = 0.0
        for _ in 0..<20 {
            _ = try stage.step()
            tilt += abs(Double(stage.observation[0]))
        }
        var values = [Double](repeating: .nan, count: 5)
        var span = values.mutableSpan
        stage.walker.metrics(into: &span)
        let distance = Double(stage.walker.state.bodies.0.x) - start
        #expect(values[0] == distance && abs(values[1] - distance / 0.4) < 1e-12 && values[2] == 0)
        #expect(abs(values[3] - 20 * 0.028 * 1.75) < 1e-9 && abs(values[4] - tilt / 20) < 1e-9)
        #expect(abs(stage.walker.signals.effort - 1.75) < 1e-9 && !stage.walker.signals.fell)
        #expect(abs(Float(stage.walker.signals.tilt) - stage.observation[0]) < 1e-6)
        // Standing with limp legs ends in a fall.
        stage.action = [0, 0, 0, 0]
        var last = Step(reward: 0, terminated: false)
        while !last.isLast { last = try stage.step() }
        #expect(last.terminated && last.reward == -100 && stage.walker.signals.fell)
    }

    /// Out to the left a step is paid as a fall, and shaping may treat it as one; the metric tells of the ground alone.
    @Test func leavingToTheLeftIsPaidAsAFall() throws {
        var stage = try Stage(.flat)
        try stage.reset(3)
        let start = stage.walker.state.bodies
        let outside = [start.0, start.1, start.2, start.3, start.4].map { [$0.x - 10, $0.y, $0.angle, $0.vx, $0.vy, $0.omega] }
        let limp: [Float] = [0, 0, 0, 0]
        try stage.place(
            Golden.State(bodies: outside, contacts: [0, 0], gameOver: false, action: limp, observation: [], reward: 0, terminated: false))
        #expect(!stage.walker.signals.fell)
        let step = stage.walker.settle(limp.span)
        #expect(step.reward == -100 && step.terminated && stage.walker.signals.fell)
        var values = [Double](repeating: .nan, count: 5)
        var span = values.mutableSpan
        stage.walker.metrics(into: &span)
        #expect(values[2] == 0)
        try stage.reset(3)
        #expect(!stage.walker.signals.fell)
    }

    /// No more is set aside than a usual episode needs, however long one may last.
    @Test func anyLimitCanBeMade() throws {
        var stage = try Stage(.flat, limit: Int.max)
        try stage.reset(1)
        _ = try stage.step()
        #expect(stage.walker.spec.maxEpisodeSteps == Int.max)
    }

    /// A copy goes its own way, and the original does not notice.
    @Test func copiesAreIndependent() throws {
        var original = try Stage(.hardcore)
        var alone = try Stage(.hardcore)
        try original.reset(9)
        try alone.reset(9)
        original.action = [0.3, 0.4, -0.3, 0.4]
        alone.action = original.action
        for _ in 0..<10 {
            _ = try original.step()
            _ = try alone.step()
        }
        var copy = original
        copy.action = [-1, -1, 1, 1]
        for _ in 0..<10 {
            _ = try copy.step()
            _ = try original.step()
            _ = try alone.step()
            #expect(original.observation == alone.observation)
        }
        #expect(copy.observation != original.observation)
    }

    @Test func refusesWhatDoesNotBelong() throws {
        var stage = try Stage(.normal)
        #expect(throws: EnvironmentError.self) { _ = try stage.step() }
        #expect(throws: EnvironmentError.self) { try stage.walker.snapshot() }
        try stage.reset(1)
        let snapshot = try stage.walker.snapshot()
        var other = try BipedalWalker(.flat)
        #expect(throws: EnvironmentError.self) { try other.restore(snapshot) }
    }

    /// The golden states hold the rays against Box2D 2.3's own; here against the ground's height below the hull.
    @Test func lidarPointsDown() throws {
        var stage = try Stage(.flat)
        try stage.reset(1)
        let hull = stage.walker.state.bodies.0
        let expected = (Double(hull.y) - BipedalTerrain.level) / (160.0 / 30)
        #expect(abs(Double(stage.observation[14]) - expected) < 1e-5)
        #expect(stage.observation[23] == 1)
    }

    @Test func gaitWalksOnLevelGround() throws {
        var stage = try Stage(.flat)
        var best = 0.0
        for seed in 0..<3 as Range<UInt64> {
            try stage.reset(seed)
            var gait = ScriptedGait()
            var (total, last) = (0.0, false)
            while !last {
                stage.decide(&gait)
                let step = try stage.step()
                total += Double(step.reward)
                last = step.isLast
            }
            best = max(best, total)
        }
        #expect(best > 280)
    }

    /// As a baseline the gait does what it does by hand, to the bit, whatever actions it is given, in every episode anew.
    @Test func theGaitIsABaseline() throws {
        let task = try BipedalWalker(.normal, maxEpisodeSteps: 300)
        #expect(task.baselineNames == ["gait", "zero", "random"])
        #expect { _ = try task.playing(baseline: "trot") } throws: { "\($0)".contains("gait, zero, random") }
        var baseline = try task.playing(baseline: "gait")
        #expect(baseline.spec == task.spec && baseline.innermost is BipedalWalker)
        var stage = try Stage(.normal, limit: 300)
        var observation = [Float](repeating: .nan, count: 24)
        let ignored = [Float](repeating: .nan, count: 4)
        for seed in 1..<3 as Range<UInt64> {
            try stage.reset(seed)
            var view = observation.mutableSpan
            try baseline.reset(seed: seed, observation: &view)
            var gait = ScriptedGait()
            var (steps, differences, last) = (0, 0, false)
            while !last {
                stage.decide(&gait)
                let expected = try stage.step()
                let found = try baseline.step(action: ignored.span, observation: &view)
                for i in 0..<24 where view[i] != stage.observation[i] { differences += 1 }
                if found.reward != expected.reward || found.isLast != expected.isLast { differences += 1 }
                steps += 1
                last = expected.isLast
            }
            #expect(steps > 100 && differences == 0)
        }
    }

    /// The picture has sky above, soil below and the walker's colour in between; drawing changes nothing.
    @Test func picture() throws {
        var stage = try Stage(.hardcore)
        try stage.reset(5)
        let before = try stage.walker.snapshot()
        let canvas = try stage.walker.render(width: 300, height: 200)
        let pixels = canvas.rgb()
        func pixel(_ x: Int, _ y: Int) -> [Int] { (0..<3).map { Int(pixels[3 * (300 * y + x) + $0]) } }
        #expect(pixel(2, 1)[2] > pixel(2, 1)[0] + 40)
        #expect(pixel(150, 198)[0] > pixel(150, 198)[2] + 20)
        var violet = 0
        for y in 0..<200 { for x in 0..<300 where pixel(x, y) == [0x6C, 0x5C, 0xE7] { violet += 1 } }
        #expect(violet > 100)
        #expect(try stage.walker.snapshot() == before)
    }

    /// Any size, odd ones and narrow ones too, is painted from corner to corner.
    @Test(arguments: [(301, 203), (97, 401)]) func picturesOfAnySize(_ width: Int, _ height: Int) throws {
        var stage = try Stage(.normal)
        try stage.reset(5)
        let canvas = try stage.walker.render(width: width, height: height)
        #expect(canvas.width == width && canvas.height == height)
        let pixels = canvas.rgb()
        #expect(pixels.count == 3 * width * height)
        // Sky in the first corner, soil in the last.
        #expect(pixels[2] > pixels[0] && pixels[pixels.count - 3] > pixels[pixels.count - 1])
    }
}
