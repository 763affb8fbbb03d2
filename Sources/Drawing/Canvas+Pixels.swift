import CCairo

extension Canvas {
    /// Replaces the whole picture.
    ///
    /// - Parameter rgb: height × width × 3 bytes (red, green, blue), rows from the bottom, as OpenGL has them.
    public func replacePixels(fromBottom rgb: [UInt8]) {
        precondition(rgb.count == width * height * 3, "three bytes for each pixel of the canvas")
        cairo_surface_flush(surface)
        let stride = Int(cairo_image_surface_get_stride(surface))
        guard let base = UnsafeMutableRawPointer(cairo_image_surface_get_data(surface)) else { return }
        rgb.withUnsafeBufferPointer { source in
            var i = 0
            for y in (0..<height).reversed() {
                let row = base + y * stride
                for x in 0..<width {
                    let pixel = 0xFF00_0000 | UInt32(source[i]) << 16 | UInt32(source[i + 1]) << 8 | UInt32(source[i + 2])
                    row.storeBytes(of: pixel, toByteOffset: 4 * x, as: UInt32.self)
                    i += 3
                }
            }
        }
        cairo_surface_mark_dirty(surface)
    }
}
