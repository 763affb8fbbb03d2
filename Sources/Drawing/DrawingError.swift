import Core

/// A picture that could not be made or written.
public struct DrawingError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String

    public init(_ what: String, place: String = "", hint: String = "") {
        self.what = what
        self.place = place
        self.hint = hint
    }
}
