/// Something of which there are pictures, an environment mostly.
public protocol Drawable {
    associatedtype Painter: Artist where Painter.Subject == Self

    /// A new artist for subjects like this one.
    ///
    /// - Throws: `DrawingError` where a library that drawing needs is missing.
    func makeArtist() throws -> Painter
}

/// Draws a subject as it stands, and remembers what pictures show beside that: the way so far, a graphics context.
///
/// The subject itself keeps nothing for pictures and does not change by being drawn. An artist may follow one subject after the other.
public protocol Artist<Subject> {
    associatedtype Subject

    /// Width and height, in pixels, at which pictures look as meant; even numbers.
    var pictureSize: (width: Int, height: Int) { get }

    /// Looks at the subject: once when an episode begins (`isFirst`), then after every step.
    mutating func observe(_ subject: Subject, isFirst: Bool)

    /// Draws over all of a canvas of any size. The upper left corner is left to time, return and remarks.
    ///
    /// - Throws: `DrawingError` where the picture can't be made.
    mutating func draw(_ subject: Subject, on canvas: Canvas) throws

    /// Short texts to stand in the picture's corner, such as a speed.
    func remarks(on subject: Subject) -> [String]
}

extension Artist {
    public mutating func observe(_ subject: Subject, isFirst: Bool) {}
    public func remarks(on subject: Subject) -> [String] { [] }
}
