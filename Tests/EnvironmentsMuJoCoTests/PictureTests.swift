import Drawing
import Environments
import Testing

@testable import EnvironmentsMuJoCo

/// Whether this machine can draw MuJoCo's pictures.
private let hasOpenGL = (try? OffscreenContext()) != nil

/// Pictures of MuJoCo's tasks: they show the state, all of it the same way each time, and change nothing.
@Suite(.enabled(if: hasOpenGL, "no OpenGL without a screen here: apt-get install libosmesa6")) struct PictureTests {
    private let size = (width: 240, height: 160)

    private func picture<Subject: Drawable>(_ artist: inout Subject.Painter, _ subject: Subject) throws -> [UInt8] {
        let canvas = try Canvas(width: size.width, height: size.height)
        try artist.draw(subject, on: canvas)
        return canvas.rgb()
    }

    /// The pixel at (x, y), as shares of the picture.
    private func pixel(_ rgb: [UInt8], _ x: Double, _ y: Double) -> [Int] {
        let start = 3 * (Int(y * Double(size.height)) * size.width + Int(x * Double(size.width)))
        return rgb[start..<start + 3].map(Int.init)
    }

    /// Light and not greenish: blue sky or the haze at the horizon.
    private func isSky(_ pixel: [Int]) -> Bool { pixel[2] > 150 && pixel[2] + 4 > pixel[1] }

    /// Greenish: the squares of the ground, in light or shadow.
    private func isGround(_ pixel: [Int]) -> Bool { pixel[1] >= pixel[0] && pixel[1] > pixel[2] + 4 }

    private func checkPicture<Task: MuJoCoTask>(_: Task.Type) throws {
        var environment = try MuJoCoEnvironment<Task>()
        var untouched = try MuJoCoEnvironment<Task>()
        let width = environment.spec.observationSpace.width
        var (observation, other) = ([Float](repeating: 0, count: width), [Float](repeating: 0, count: width))
        let action = [Float](repeating: 0.3, count: environment.spec.actionSpace.width)
        var artist = try environment.makeArtist()
        func begin(_ environment: inout MuJoCoEnvironment<Task>, _ observation: inout [Float]) throws {
            var span = observation.mutableSpan
            try environment.reset(seed: 3, observation: &span)
        }
        func step(_ environment: inout MuJoCoEnvironment<Task>, _ observation: inout [Float]) throws {
            var span = observation.mutableSpan
            _ = try environment.step(action: action.span, observation: &span)
        }
        try begin(&environment, &observation)
        try begin(&untouched, &other)
        artist.observe(environment, isFirst: true)

        let first = try picture(&artist, environment)
        #expect(isSky(pixel(first, 0.95, 0.03)), "\(Task.id) \(pixel(first, 0.95, 0.03))")
        #expect(isGround(pixel(first, 0.03, 0.97)), "\(Task.id) \(pixel(first, 0.03, 0.97))")
        // Neither sky nor ground: the body, somewhere in the middle.
        let body = stride(from: 0.3, to: 0.7, by: 0.01).reduce(0) { sum, x in
            sum + stride(from: 0.2, to: 0.8, by: 0.01).count { !isSky(pixel(first, x, $0)) && !isGround(pixel(first, x, $0)) }
        }
        #expect(body > 20, "\(Task.id): \(body)")
        #expect(try picture(&artist, environment) == first)
        for _ in 0..<6 {
            try step(&environment, &observation)
            artist.observe(environment, isFirst: false)
            _ = try picture(&artist, environment)
            try step(&untouched, &other)
        }
        #expect(try picture(&artist, environment) != first)
        // Drawing has changed nothing.
        #expect(try environment.snapshot() == untouched.snapshot())
        #expect(observation.map(\.bitPattern) == other.map(\.bitPattern))
        // Another artist sees the same.
        var second = try environment.makeArtist()
        #expect(try picture(&second, environment) == picture(&artist, environment))
        #expect(artist.remarks(on: environment).isEmpty != Task.isLocomotion)
    }

    @Test func humanoid() throws { try checkPicture(HumanoidTask.self) }
    @Test func ant() throws { try checkPicture(AntTask.self) }
    @Test func halfCheetah() throws { try checkPicture(HalfCheetahTask.self) }
    @Test func hopper() throws { try checkPicture(HopperTask.self) }
    @Test func walker2d() throws { try checkPicture(Walker2dTask.self) }
    @Test func invertedPendulum() throws { try checkPicture(InvertedPendulumTask.self) }

    /// Rows of a width that is no multiple of four arrive whole: sky and ground stand where they stand in an even picture.
    @Test func oddSizes() throws {
        var environment = try MuJoCoEnvironment<HopperTask>()
        var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
        var span = observation.mutableSpan
        try environment.reset(seed: 3, observation: &span)
        var artist = try environment.makeArtist()
        let even = try picture(&artist, environment)
        let canvas = try Canvas(width: 241, height: 161)
        try artist.draw(environment, on: canvas)
        let odd = canvas.rgb()
        var (alike, places) = (0, 0)
        for x in stride(from: 0.01, to: 1, by: 0.035) {
            for y in stride(from: 0.01, to: 1, by: 0.035) {
                let start = 3 * (Int(y * 161) * 241 + Int(x * 241))
                places += 1
                if isSky(odd[start..<start + 3].map(Int.init)) == isSky(pixel(even, x, y)) { alike += 1 }
            }
        }
        #expect(odd.count == 3 * 241 * 161 && Double(alike) > 0.93 * Double(places), "\(alike) of \(places)")
    }

    /// The robot's blue trunk stays in the middle while it walks, and is drawn as it is.
    @Test func theCameraFollowsTheQuadruped() throws {
        var player = try QuadrupedPlayer()
        var untouched = try QuadrupedPlayer()
        var artist = try player.environment.makeArtist()
        try player.begin(seed: 4)
        try untouched.begin(seed: 4)
        artist.observe(player.environment, isFirst: true)
        var seen: [[UInt8]] = []
        for i in 0...200 {
            if i % 100 == 0 { seen.append(try picture(&artist, player.environment)) }
            try player.step(player.environment.baselineAction)
            try untouched.step(untouched.environment.baselineAction)
            artist.observe(player.environment, isFirst: false)
        }
        for picture in seen {
            // Bluer than anything but the sky, which is light.
            var (sum, count) = (0, 0)
            for x in 0..<size.width {
                for y in size.height / 4..<size.height {
                    let start = 3 * (y * size.width + x)
                    if Int(picture[start + 2]) > 2 * Int(picture[start]) && picture[start + 1] < 170 { (sum, count) = (sum + x, count + 1) }
                }
            }
            #expect(count > 150, "\(count)")
            #expect(abs(sum / max(count, 1) - size.width / 2) < size.width / 10)
        }
        #expect(seen[0] != seen[1] && seen[1] != seen[2])
        #expect(try player.environment.snapshot() == untouched.environment.snapshot())
        // It walks towards the command, and the picture says so.
        let remark = artist.remarks(on: player.environment)
        #expect(remark.count == 1 && remark[0].hasPrefix("0.") && remark[0].contains("m/s   reward"), "\(remark)")
    }

    /// Every episode shows its own ground, at any size of picture.
    @Test func theGroundIsTheEpisodes() throws {
        var parameters = QuadrupedParameters()
        parameters.terrain.height = 0.04
        parameters.settleSteps = 0
        var player = try QuadrupedPlayer(parameters)
        var artist = try player.environment.makeArtist()
        /// How much brightness changes from pixel to pixel in the lower half.
        func relief(_ rgb: [UInt8]) -> Int {
            (size.height / 2..<size.height).reduce(0) { sum, y in
                sum + (1..<size.width).reduce(0) { $0 + abs(Int(rgb[3 * (y * size.width + $1) + 1]) - Int(rgb[3 * (y * size.width + $1 - 1) + 1])) }
            }
        }
        try player.begin(seed: 1)
        let first = try picture(&artist, player.environment)
        let large = try Canvas(width: 300, height: 200)
        try artist.draw(player.environment, on: large)
        #expect(try picture(&artist, player.environment) == first)
        try player.begin(seed: 2)
        #expect(try picture(&artist, player.environment) != first)
        try player.begin(seed: 1)
        #expect(try picture(&artist, player.environment) == first)

        parameters.terrain.kind = .flat
        var flat = try QuadrupedPlayer(parameters)
        try flat.begin(seed: 1)
        let level = try picture(&artist, flat.environment)
        #expect(level != first && relief(first) > relief(level) * 5 / 4, "\(relief(first)) against \(relief(level))")
    }
}

/// What happens where there is no OpenGL.
@Suite struct MissingOpenGLTests {
    @Test func aMissingLibraryIsAnErrorThatTellsWhatToInstall() throws {
        let environment = try InvertedPendulum()
        do {
            _ = try MuJoCoArtist(environment, libraries: ["libNoSuchMesa.so.8", "libNoSuchEGL.so.1"])
            Issue.record("a library that is not there was opened")
        } catch let error as DrawingError {
            #expect(error.what.contains("libNoSuchMesa.so.8") && error.what.contains("no OpenGL"))
            #expect(error.hint == "apt-get install libosmesa6")
        }
        // A library that is there and is no OpenGL.
        #expect(throws: DrawingError.self) { try OffscreenContext(libraries: ["libm.so.6"]) }
        #expect(throws: DrawingError.self) { try QuadrupedArtist(try Quadruped(), libraries: []) }
    }
}
