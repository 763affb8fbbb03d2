import CCairo

/// A picture in memory that can be drawn on: sizes in pixels, origin at the top left, y down. Used by one thread at a time.
///
/// Source: the 2-D library cairo; text is set in DejaVu Sans.
public final class Canvas {
    /// How new paint meets what is already there.
    public enum Blend: Sendable { case over, add, multiply, replace }
    /// Which part of a text stands at the given x, and at the given y.
    public enum Alignment: Sendable { case left, centre, right }
    public enum Baseline: Sendable { case top, middle, bottom, alphabetic }

    public let width: Int
    public let height: Int
    let surface: OpaquePointer
    let context: OpaquePointer

    /// An empty picture; without a background it is transparent.
    ///
    /// - Throws: `DrawingError` for a side outside 1...16384 or when memory is short.
    public init(width: Int, height: Int, background: Colour? = .white) throws {
        guard (1...16384).contains(width), (1...16384).contains(height) else {
            throw DrawingError("a picture of \(width)×\(height) pixels can't be made", place: "Drawing", hint: "use sides between 1 and 16384")
        }
        let surface: OpaquePointer? = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(width), Int32(height))
        guard let surface, cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context: OpaquePointer = cairo_create(surface) else {
            if let surface { cairo_surface_destroy(surface) }
            throw DrawingError("no memory for a picture of \(width)×\(height) pixels", place: "Drawing", hint: "make it smaller")
        }
        self.width = width
        self.height = height
        self.surface = surface
        self.context = context
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        if let background {
            use(background)
            cairo_paint(context)
        }
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    /// Runs `body` and then undoes its changes of transform, clip and blend. With `opacity` below 1 what it draws is laid on as one layer.
    public func saved<Result>(opacity: Double = 1, _ body: () throws -> Result) rethrows -> Result {
        cairo_save(context)
        if opacity < 1 { cairo_push_group(context) }
        defer {
            if opacity < 1 {
                cairo_pop_group_to_source(context)
                cairo_paint_with_alpha(context, opacity)
            }
            cairo_restore(context)
        }
        return try body()
    }

    public func translate(_ x: Double, _ y: Double) { cairo_translate(context, x, y) }
    public func scale(_ x: Double, _ y: Double) { cairo_scale(context, x, y) }
    /// Turns by an angle in radians, from the x axis towards the y axis (clockwise while y points down).
    public func rotate(_ angle: Double) { cairo_rotate(context, angle) }

    /// Applies x' = a·x + c·y + tx, y' = b·x + d·y + ty before the current transform.
    public func transform(a: Double, b: Double, c: Double, d: Double, tx: Double, ty: Double) {
        var matrix = cairo_matrix_t(xx: a, yx: b, xy: c, yy: d, x0: tx, y0: ty)
        cairo_transform(context, &matrix)
    }

    /// Restricts drawing to the inside of the path, within any earlier clip; `saved` ends it.
    public func clip(_ path: Path) {
        trace(path)
        cairo_clip(context)
    }

    public func setBlend(_ blend: Blend) {
        switch blend {
        case .over: cairo_set_operator(context, CAIRO_OPERATOR_OVER)
        case .add: cairo_set_operator(context, CAIRO_OPERATOR_ADD)
        case .multiply: cairo_set_operator(context, CAIRO_OPERATOR_MULTIPLY)
        case .replace: cairo_set_operator(context, CAIRO_OPERATOR_SOURCE)
        }
    }

    public func fill(_ path: Path, _ colour: Colour) {
        trace(path)
        use(colour)
        cairo_fill(context)
    }

    /// Draws the outline; width and dash lengths (on, off, …) in current units.
    public func stroke(_ path: Path, _ colour: Colour, width: Double = 1, dash: [Double] = [], roundCap: Bool = true) {
        trace(path)
        use(colour)
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, roundCap && dash.isEmpty ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
        cairo_set_dash(context, dash, Int32(dash.count), 0)
        cairo_stroke(context)
    }

    /// Draws one line of text, turned by `angle` radians about its anchor.
    public func text(
        _ string: String, at point: Point, size: Double, colour: Colour = .black, alignment: Alignment = .left,
        baseline: Baseline = .alphabetic, bold: Bool = false, angle: Double = 0
    ) {
        let width = textWidth(string, size: size, bold: bold)
        // The middle is that of the capital letters (0.73 of the size), so that digits look centred whatever stands below the line.
        let dy = switch baseline {
        case .top: 0.93 * size
        case .middle: 0.365 * size
        case .bottom: -0.24 * size
        case .alphabetic: 0.0
        }
        let dx = switch alignment {
        case .left: 0.0
        case .centre: -width / 2
        case .right: -width
        }
        saved {
            translate(point.x, point.y)
            rotate(angle)
            use(colour)
            cairo_move_to(context, dx, dy)
            cairo_show_text(context, string)
        }
    }

    /// Width of a line of text in current units.
    public func textWidth(_ string: String, size: Double, bold: Bool = false) -> Double {
        cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, size)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, string, &extents)
        return extents.x_advance
    }

    /// Lays another picture on this one with its top left corner at `point`, in current units.
    public func draw(_ other: Canvas, at point: Point = Point(0, 0)) {
        cairo_set_source_surface(context, other.surface, point.x, point.y)
        cairo_paint(context)
    }

    private func use(_ colour: Colour) { cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha) }

    private func trace(_ path: Path) {
        cairo_new_path(context)
        for element in path.elements {
            switch element {
            case .move(let p): cairo_move_to(context, p.x, p.y)
            case .line(let p): cairo_line_to(context, p.x, p.y)
            case .curve(let a, let b, let p): cairo_curve_to(context, a.x, a.y, b.x, b.y, p.x, p.y)
            case .arc(let centre, let radius, let from, let to): cairo_arc(context, centre.x, centre.y, radius, from, to)
            case .close: cairo_close_path(context)
            }
        }
    }
}
