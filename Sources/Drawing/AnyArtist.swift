/// The artist of a subject whose type is known at run time only.
public struct AnyArtist {
    /// Width and height, in pixels, at which pictures look as meant.
    public let pictureSize: (width: Int, height: Int)
    private let look: (any Drawable, Bool) -> Void
    private let paint: (any Drawable, Canvas) throws -> Void
    private let remark: (any Drawable) -> [String]

    /// - Parameter subject: something of the type that will be drawn.
    /// - Throws: `DrawingError` where a library that drawing needs is missing.
    public init(for subject: any Drawable) throws { self = try Self.erased(subject) }

    private init<Subject: Drawable>(_ artist: Subject.Painter, _: Subject.Type) {
        var artist = artist
        func known(_ subject: any Drawable) -> Subject {
            guard let subject = subject as? Subject else { preconditionFailure("an artist draws the kind of subject that it was made for") }
            return subject
        }
        pictureSize = artist.pictureSize
        look = { artist.observe(known($0), isFirst: $1) }
        paint = { try artist.draw(known($0), on: $1) }
        remark = { artist.remarks(on: known($0)) }
    }

    private static func erased<Subject: Drawable>(_ subject: Subject) throws -> AnyArtist {
        AnyArtist(try subject.makeArtist(), Subject.self)
    }

    /// See `Artist`.
    public func observe(_ subject: any Drawable, isFirst: Bool) { look(subject, isFirst) }

    /// See `Artist`.
    public func draw(_ subject: any Drawable, on canvas: Canvas) throws { try paint(subject, canvas) }

    /// See `Artist`.
    public func remarks(on subject: any Drawable) -> [String] { remark(subject) }
}
