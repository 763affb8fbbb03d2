import Drawing
import Environments
import Glibc
import Testing

@testable import EnvironmentsIntercept

/// Pictures of engagements.
@Suite struct PictureTests {
    private func picture(_ artist: inout EngagementArtist, _ environment: Interceptor, width: Int = 640, height: Int = 440) throws -> [UInt8] {
        let canvas = try Canvas(width: width, height: height)
        artist.draw(environment, on: canvas)
        return canvas.rgb()
    }

    /// Pixels near a colour.
    private func count(_ rgb: [UInt8], _ colour: Colour) -> Int {
        let wanted = [colour.red, colour.green, colour.blue].map { Int($0 * 255) }
        return stride(from: 0, to: rgb.count, by: 3).count { i in (0..<3).allSatisfy { abs(Int(rgb[i + $0]) - wanted[$0]) < 24 } }
    }

    /// A whole episode under proportional navigation, shown to an artist.
    private func played(_ seed: UInt64, radius: Double = 20, limit: Int = .max) throws -> (stage: Stage, artist: EngagementArtist) {
        var parameters = InterceptorParameters()
        parameters.interceptRadius = radius
        var stage = try Stage(parameters)
        var artist = stage.environment.makeArtist()
        try stage.reset(seed)
        artist.observe(stage.environment, isFirst: true)
        while !stage.last.isLast && stage.environment.episodeSteps < limit {
            try stage.step(ProportionalNavigation())
            artist.observe(stage.environment, isFirst: false)
        }
        return (stage, artist)
    }

    @Test func aPictureShowsBothWaysAndChangesNothing() throws {
        var (stage, artist) = try played(3, limit: 300)
        let before = try stage.environment.snapshot()
        let first = try picture(&artist, stage.environment)
        #expect(count(first, EngagementArtist.Paint.missile) > 150 && count(first, EngagementArtist.Paint.interceptor) > 60)
        #expect(try picture(&artist, stage.environment) == first)
        #expect(try stage.environment.snapshot() == before)
        // The tracked position and the beam are there.
        #expect(count(first, EngagementArtist.Paint.track) > 4)
        for _ in 0..<200 {
            try stage.step(ProportionalNavigation())
            artist.observe(stage.environment, isFirst: false)
        }
        let later = try picture(&artist, stage.environment)
        #expect(later != first)
        #expect(count(later, EngagementArtist.Paint.missile) > count(first, EngagementArtist.Paint.missile))
        #expect(count(later, EngagementArtist.Paint.interceptor) > count(first, EngagementArtist.Paint.interceptor))
        // Any size will do.
        #expect(try picture(&artist, stage.environment, width: 100, height: 300).count == 90_000)
    }

    @Test func theArtistKeepsTheWholeEpisodeAndForgetsItAtTheNext() throws {
        var (stage, artist) = try played(5)
        let steps = stage.environment.episodeSteps
        #expect(artist.interceptor.count == steps + 1 && artist.missile.count == steps + 1)
        #expect(artist.seconds == Array(stride(from: 0, through: steps, by: 100)))
        #expect(artist.missile.last == stage.environment.missile.position)
        #expect(artist.nearest.distance == stage.environment.minimumDistance)
        #expect(abs((artist.nearest.missile - artist.nearest.interceptor).length - artist.nearest.distance) < 1e-6)
        try stage.reset(6)
        artist.observe(stage.environment, isFirst: true)
        #expect(artist.interceptor == [stage.environment.interceptor.position])
        #expect(artist.nearest.distance == stage.environment.distance)

        // An artist that looks only now and then finds about the same.
        var seldom = stage.environment.makeArtist()
        var often = stage.environment.makeArtist()
        try stage.reset(5)
        stage.last = Step(reward: 0, terminated: false)
        seldom.observe(stage.environment, isFirst: true)
        often.observe(stage.environment, isFirst: true)
        while !stage.last.isLast {
            try stage.step(ProportionalNavigation())
            often.observe(stage.environment, isFirst: false)
            if stage.environment.episodeSteps % 4 == 0 || stage.last.isLast { seldom.observe(stage.environment, isFirst: false) }
        }
        #expect(seldom.nearest.distance == often.nearest.distance)
        #expect((seldom.nearest.missile - often.nearest.missile).length < 1 && (seldom.nearest.interceptor - often.nearest.interceptor).length < 1)
    }

    /// The last picture differs from the same instant of an episode that goes on: it shows how near they came.
    @Test func theEndShowsTheMissDistance() throws {
        let seed = try #require(try (1...40).first { try played($0, radius: 150).stage.environment.outcome == .intercepted })
        let (stage, ended) = try played(seed, radius: 150)
        var last = ended
        let hit = try picture(&last, stage.environment)
        #expect(count(hit, EngagementArtist.Paint.hit) > 100)
        // A smaller radius lets the same engagement go on at that instant.
        var (open, artist) = try played(seed, radius: 1, limit: stage.environment.episodeSteps)
        #expect(open.environment.missile == stage.environment.missile)
        #expect(count(try picture(&artist, open.environment), EngagementArtist.Paint.hit) < 10)
    }

    @Test func perspectiveKeepsWhatItShallShowInItsFrame() throws {
        let points = [Vector3(0, 0, 0), Vector3(2000, 1500, 1700), Vector3(2000, 1500, 0), Vector3(-300, 100, 900)]
        let frame = (x: 30.0, y: 50.0, width: 500.0, height: 300.0)
        for azimuth in [0.0, 1, 2.5, 4] {
            let camera = Perspective(showing: points, azimuth: azimuth, elevation: 0.25, frame: frame)
            let seen = points.compactMap(camera.point)
            #expect(seen.count == points.count)
            #expect(seen.allSatisfy { $0.x >= 29.5 && $0.x <= 530.5 && $0.y >= 49.5 && $0.y <= 350.5 })
            // One of the sides is used fully.
            let (xs, ys) = (seen.map(\.x).sorted(), seen.map(\.y).sorted())
            #expect(xs[3] - xs[0] > 495 || ys[3] - ys[0] > 295)
            // Up is up, and the far ground lies at the horizon.
            #expect(seen[1].y < seen[2].y)
            let far = try #require(camera.point(-1e9 * Vector3(cos(azimuth), sin(azimuth), 0)))
            #expect(abs(far.y - camera.horizon) < 0.1)
        }
        // A line through the camera is cut, one behind it is not there.
        let camera = Perspective(at: .zero, azimuth: 0, elevation: 0, distance: 100, frame: frame)
        #expect(camera.point(Vector3(200, 0, 0)) == nil)
        #expect(camera.line(Vector3(0, 0, 0), Vector3(200, 30, 10)) != nil)
        #expect(camera.line(Vector3(150, 0, 0), Vector3(200, 3, 1)) == nil)
        #expect(camera.point(.zero) == Point(280, 200))
    }

    @Test func hullIsTheOutline() {
        let square = [Point(0, 0), Point(4, 0), Point(4, 4), Point(0, 4)]
        let hull = EngagementArtist.hull(square + [Point(2, 2), Point(1, 3), Point(2, 0)])
        #expect(hull.count == 4 && square.allSatisfy(hull.contains))
        #expect(EngagementArtist.thinned(5, to: 9) == [0, 1, 2, 3, 4])
        #expect(EngagementArtist.thinned(1001, to: 5) == [0, 250, 500, 750, 1000])
    }
}
