import CCairo
import Foundation

extension Canvas {
    /// The picture as a PNG file's bytes.
    public func pngData() throws -> Data {
        // A call with a bad value (a scale of 0, a NaN) stops all later drawing without a word, so it is asked for here.
        let drawn = cairo_status(context)
        guard drawn == CAIRO_STATUS_SUCCESS else {
            throw DrawingError("the drawing failed: \(String(cString: cairo_status_to_string(drawn)))", place: "Drawing", hint: "look for a scale of 0 or a NaN")
        }
        // The C library hands out the file piece by piece.
        var data = Data()
        let status = withUnsafeMutablePointer(to: &data) { target in
            cairo_surface_write_to_png_stream(surface, { target, bytes, count in
                guard let target, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
                target.assumingMemoryBound(to: Data.self).pointee.append(bytes, count: Int(count))
                return CAIRO_STATUS_SUCCESS
            }, target)
        }
        guard status == CAIRO_STATUS_SUCCESS else {
            throw DrawingError("PNG not made: \(String(cString: cairo_status_to_string(status)))", place: "Drawing")
        }
        return data
    }

    /// Writes a PNG file under a temporary name and renames it, so that a reader never sees half a picture.
    public func writePNG(_ path: String) throws {
        let data = try pngData()
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DrawingError("picture not written: \(error.localizedDescription)", place: path, hint: "check that the folder exists and has room")
        }
    }

    /// The pixels, height × width × 3 (red, green, blue), rows from the top; transparent parts appear on black.
    public func rgb() -> [UInt8] {
        cairo_surface_flush(surface)
        let stride = Int(cairo_image_surface_get_stride(surface))
        guard let base = UnsafeRawPointer(cairo_image_surface_get_data(surface)) else { return [] }
        let (width, height) = (width, height)
        return [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
            var i = 0
            for y in 0..<height {
                for x in 0..<width {
                    let pixel = base.load(fromByteOffset: y * stride + 4 * x, as: UInt32.self)
                    target[i] = UInt8(truncatingIfNeeded: pixel >> 16)
                    target[i + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
                    target[i + 2] = UInt8(truncatingIfNeeded: pixel)
                    i += 3
                }
            }
            count = i
        }
    }

    /// Pictures side by side, tops aligned, with `gap` pixels between them.
    public static func strip(_ pictures: [Canvas], gap: Int = 0, background: Colour? = .white) throws -> Canvas {
        let width = pictures.reduce(0) { $0 + $1.width } + gap * max(0, pictures.count - 1)
        let strip = try Canvas(width: width, height: pictures.map(\.height).max() ?? 0, background: background)
        var x = 0
        for picture in pictures {
            strip.draw(picture, at: Point(Double(x), 0))
            x += picture.width + gap
        }
        return strip
    }
}
