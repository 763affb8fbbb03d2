import Core

/// Run data that can't be read or compared.
public struct InsightError: DescribedError {
    public var what: String
    public var place: String
    public var hint: String

    public init(_ what: String, place: String = "", hint: String = "") {
        self.what = what
        self.place = place
        self.hint = hint
    }
}
