import Testing

@testable import Drawing

/// A number that is drawn as a grey.
private struct Shade: Drawable {
    var level: Double

    func makeArtist() throws -> ShadeArtist {
        if level < 0 { throw DrawingError("too dark") }
        return ShadeArtist()
    }
}

/// Draws the lightest shade that it has seen in an episode.
private struct ShadeArtist: Artist {
    let pictureSize = (width: 4, height: 2)
    var lightest = 0.0

    mutating func observe(_ subject: Shade, isFirst: Bool) { lightest = isFirst ? subject.level : max(lightest, subject.level) }
    mutating func draw(_ subject: Shade, on canvas: Canvas) {
        canvas.fill(.rectangle(x: 0, y: 0, width: 4, height: 2), Colour(lightest, lightest, lightest))
    }
    func remarks(on subject: Shade) -> [String] { ["\(subject.level)"] }
}

@Suite struct ArtistTests {
    @Test func anArtistWithoutItsTypeRemembersWhatItSaw() throws {
        let artist = try AnyArtist(for: Shade(level: 0))
        #expect(artist.pictureSize == (4, 2))
        func level() throws -> UInt8 {
            let canvas = try Canvas(width: 4, height: 2)
            try artist.draw(Shade(level: 0), on: canvas)
            return canvas.rgb()[0]
        }
        artist.observe(Shade(level: 0.2), isFirst: true)
        artist.observe(Shade(level: 1), isFirst: false)
        artist.observe(Shade(level: 0.4), isFirst: false)
        #expect(try level() == 255)
        artist.observe(Shade(level: 0.2), isFirst: true)
        #expect(try level() == 51)
        #expect(artist.remarks(on: Shade(level: 0.5)) == ["0.5"])
        #expect(throws: DrawingError.self) { try AnyArtist(for: Shade(level: -1)) }
    }

    @Test func pixelsFromTheBottomArriveUpright() throws {
        let canvas = try Canvas(width: 3, height: 2)
        let rgb = (0..<18).map { UInt8($0 * 10) }
        canvas.replacePixels(fromBottom: rgb)
        #expect(canvas.rgb() == Array(rgb[9...]) + Array(rgb[..<9]))
        // What is drawn afterwards stands on it.
        canvas.fill(.rectangle(x: 0, y: 0, width: 1, height: 1), Colour(1, 0, 0))
        #expect(Array(canvas.rgb()[..<6]) == [255, 0, 0, 120, 130, 140])
    }
}
