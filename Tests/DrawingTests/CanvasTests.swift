import Foundation
import Testing

@testable import Drawing

/// The pixel at (x, y) as red, green, blue.
private func pixel(_ canvas: Canvas, _ x: Int, _ y: Int) -> [UInt8] {
    let start = (y * canvas.width + x) * 3
    return Array(canvas.rgb()[start..<start + 3])
}

/// How many pixels are not white.
private func inked(_ canvas: Canvas) -> Int {
    let rgb = canvas.rgb()
    return stride(from: 0, to: rgb.count, by: 3).count { rgb[$0] < 250 || rgb[$0 + 1] < 250 || rgb[$0 + 2] < 250 }
}

@Suite struct CanvasTests {
    let red = Colour(1, 0, 0)

    @Test func pixelsHaveTheRightColourAndPlace() throws {
        let canvas = try Canvas(width: 5, height: 4, background: Colour(hex: 0x204060))
        canvas.fill(.rectangle(x: 3, y: 1, width: 1, height: 2), Colour(hex: 0xFF8001))
        #expect(canvas.rgb().count == 5 * 4 * 3)
        #expect(pixel(canvas, 0, 0) == [0x20, 0x40, 0x60])
        #expect(pixel(canvas, 3, 1) == [0xFF, 0x80, 0x01])
        #expect(pixel(canvas, 3, 2) == [0xFF, 0x80, 0x01])
        #expect(pixel(canvas, 3, 3) == [0x20, 0x40, 0x60])
        #expect(pixel(canvas, 2, 1) == [0x20, 0x40, 0x60])
    }

    @Test func opacityBlendAndLayers() throws {
        let canvas = try Canvas(width: 4, height: 1, background: .black)
        canvas.fill(.rectangle(x: 0, y: 0, width: 1, height: 1), Colour.white.opacity(0.5))
        #expect(abs(Int(pixel(canvas, 0, 0)[0]) - 128) <= 1)
        // Two overlapping shapes in one half-transparent layer are no lighter where they overlap.
        canvas.saved(opacity: 0.5) {
            canvas.fill(.rectangle(x: 1, y: 0, width: 1, height: 1), .white)
            canvas.fill(.rectangle(x: 1, y: 0, width: 1, height: 1), .white)
        }
        #expect(abs(Int(pixel(canvas, 1, 0)[1]) - 128) <= 1)
        // Light adds up; the blend ends with its scope.
        canvas.saved {
            canvas.setBlend(.add)
            canvas.fill(.rectangle(x: 2, y: 0, width: 1, height: 1), Colour(1, 0, 0))
            canvas.fill(.rectangle(x: 2, y: 0, width: 1, height: 1), Colour(0, 0, 1))
        }
        #expect(pixel(canvas, 2, 0) == [255, 0, 255])
        canvas.fill(.rectangle(x: 2, y: 0, width: 1, height: 1), Colour(0, 1, 0))
        #expect(pixel(canvas, 2, 0) == [0, 255, 0])
        #expect(Colour.black.mixed(with: Colour(1, 0.5, 0, alpha: 0), 0.5) == Colour(0.5, 0.25, 0, alpha: 0.5))
    }

    @Test func transformsNestAndEnd() throws {
        let canvas = try Canvas(width: 20, height: 20)
        canvas.saved {
            canvas.translate(10, 10)
            canvas.saved {
                // A quarter turn takes the x axis to the y axis, downwards.
                canvas.rotate(.pi / 2)
                canvas.scale(2, 1)
                canvas.fill(.rectangle(x: 2, y: -1, width: 2, height: 2), red)
            }
            canvas.transform(a: 1, b: 0, c: 0, d: -1, tx: -10, ty: 9)
            canvas.fill(.rectangle(x: 0, y: 0, width: 1, height: 1), .black)
        }
        #expect(pixel(canvas, 10, 14) == [255, 0, 0])
        #expect(pixel(canvas, 10, 17) == [255, 0, 0])
        #expect(pixel(canvas, 10, 13) == [255, 255, 255])
        #expect(pixel(canvas, 14, 10) == [255, 255, 255])
        // y turned upwards: the unit square ends at y = 10 + 9.
        #expect(pixel(canvas, 0, 18) == [0, 0, 0])
        #expect(pixel(canvas, 0, 19) == [255, 255, 255])
    }

    @Test func clipLimitsAndEnds() throws {
        let canvas = try Canvas(width: 10, height: 10)
        canvas.saved {
            canvas.clip(.rectangle(x: 0, y: 0, width: 5, height: 10))
            canvas.fill(.rectangle(x: 0, y: 0, width: 10, height: 10), red)
        }
        #expect(pixel(canvas, 4, 5) == [255, 0, 0])
        #expect(pixel(canvas, 5, 5) == [255, 255, 255])
        canvas.fill(.rectangle(x: 9, y: 9, width: 1, height: 1), red)
        #expect(pixel(canvas, 9, 9) == [255, 0, 0])
    }

    @Test func shapesCoverTheirArea() throws {
        let circle = try Canvas(width: 100, height: 100)
        circle.fill(.circle(Point(50, 50), radius: 40), .black)
        #expect(abs(Double(inked(circle)) - .pi * 1600) < 150)

        let rounded = try Canvas(width: 100, height: 100)
        rounded.fill(.roundedRectangle(x: 10, y: 20, width: 80, height: 60, radius: 20), .black)
        #expect(abs(Double(inked(rounded)) - (4800 - (4 - .pi) * 400)) < 150)
        #expect(pixel(rounded, 11, 21) == [255, 255, 255])
        #expect(pixel(rounded, 50, 21) == [0, 0, 0])

        // A gap in a polyline stays open, and dashes leave out about half.
        let line = try Canvas(width: 100, height: 10)
        line.stroke(.polyline([Point(0, 5), Point(40, 5), Point(.nan, 5), Point(60, 5), Point(100, 5)]), .black, width: 2, roundCap: false)
        #expect(inked(line) == 160)
        let dashed = try Canvas(width: 100, height: 10)
        dashed.stroke(.line(Point(0, 5), Point(100, 5)), .black, width: 2, dash: [10, 10])
        #expect(inked(dashed) == 100)

        var curve = Path()
        curve.move(to: Point(0, 0))
        curve.curve(to: Point(100, 0), control1: Point(0, 40), control2: Point(100, 40))
        let bezier = try Canvas(width: 100, height: 40)
        bezier.stroke(curve, .black, width: 2)
        // The curve's middle lies at 3/4 of the control points' depth.
        #expect(pixel(bezier, 50, 30) == [0, 0, 0])
    }

    @Test func textIsAlignedBoldAndTurned() throws {
        /// Columns and rows that hold ink: first, last.
        func extent(_ draw: (Canvas) -> Void) throws -> (x: (Int, Int), y: (Int, Int)) {
            let canvas = try Canvas(width: 200, height: 200)
            draw(canvas)
            let rgb = canvas.rgb()
            let dark = (0..<200 * 200).filter { rgb[$0 * 3] < 128 }
            let (xs, ys) = (dark.map { $0 % 200 }, dark.map { $0 / 200 })
            return ((try #require(xs.min()), try #require(xs.max())), (try #require(ys.min()), try #require(ys.max())))
        }
        let middle = Point(100, 100)
        let left = try extent { $0.text("HHHH", at: middle, size: 20) }
        #expect(left.x.0 >= 100 && left.x.0 < 104)
        #expect(left.y.1 < 101 && left.y.0 > 80)
        let right = try extent { $0.text("HHHH", at: middle, size: 20, alignment: .right) }
        #expect(right.x.1 <= 100 && right.x.1 > 95)
        let centre = try extent { $0.text("HHHH", at: middle, size: 20, alignment: .centre, baseline: .middle) }
        #expect(abs(centre.x.0 + centre.x.1 - 200) <= 2)
        #expect(abs(centre.y.0 + centre.y.1 - 200) <= 2)
        #expect(try extent { $0.text("HHHH", at: middle, size: 20, baseline: .top) }.y.0 >= 100)
        #expect(try extent { $0.text("Hgj", at: middle, size: 20, baseline: .bottom) }.y.1 <= 100)
        // Turned by −90° it runs upwards from its anchor.
        let turned = try extent { $0.text("HHHH", at: middle, size: 20, angle: -.pi / 2) }
        #expect(turned.y.1 <= 100 && turned.y.0 < 60)
        let canvas = try Canvas(width: 1, height: 1)
        #expect(canvas.textWidth("Crest", size: 20, bold: true) > canvas.textWidth("Crest", size: 20))
        #expect(abs(canvas.textWidth("Crest", size: 40) - 2 * canvas.textWidth("Crest", size: 20)) < 3)
    }

    @Test func pngIsWrittenWholeAndSaysWhyNot() throws {
        let canvas = try Canvas(width: 300, height: 7, background: nil)
        canvas.fill(.circle(Point(100, 3), radius: 3), red)
        let data = try canvas.pngData()
        // Signature, then the header chunk with width and height, most significant byte first; the end chunk last.
        #expect(Array(data.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(Array(data[16..<24]) == [0, 0, 1, 44, 0, 0, 0, 7])
        #expect(Array(data.suffix(8).prefix(4)) == Array("IEND".utf8))

        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crest-drawing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("picture.png").path
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        try canvas.writePNG(path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["picture.png"])
        let missing = folder.appendingPathComponent("no/picture.png").path
        let error = #expect(throws: DrawingError.self) { try canvas.writePNG(missing) }
        #expect(error?.place == missing)
    }

    @Test func badSizesAndBadDrawingAreRefused() throws {
        #expect(throws: DrawingError.self) { try Canvas(width: 0, height: 10) }
        #expect(throws: DrawingError.self) { try Canvas(width: 10, height: 20_000) }
        #expect(throws: DrawingError.self) { try Canvas.strip([]) }
        let canvas = try Canvas(width: 10, height: 10)
        canvas.scale(0, 1)
        canvas.fill(.circle(Point(1, 1), radius: 1), .black)
        #expect(throws: DrawingError.self) { try canvas.pngData() }
    }

    @Test func stripStandsSideBySide() throws {
        let a = try Canvas(width: 3, height: 2, background: red)
        let b = try Canvas(width: 2, height: 4, background: .black)
        let strip = try Canvas.strip([a, b], gap: 1)
        #expect(strip.width == 6 && strip.height == 4)
        #expect(pixel(strip, 2, 1) == [255, 0, 0])
        #expect(pixel(strip, 2, 2) == [255, 255, 255])
        #expect(pixel(strip, 3, 0) == [255, 255, 255])
        #expect(pixel(strip, 4, 3) == [0, 0, 0])
    }
}
