/// Something that can draw itself as it stands, an environment mostly.
public protocol Drawable {
    /// Width and height, in pixels, at which the picture looks as meant.
    var pictureSize: (width: Int, height: Int) { get }

    /// Draws over all of a canvas of any size.
    func draw(on canvas: Canvas)
}
