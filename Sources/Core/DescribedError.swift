/// An error that tells a person what went wrong, where, and what to do about it.
///
/// Each module has one struct that conforms. `description` reads `place: what`, with the hint on a second line; empty parts are left out.
public protocol DescribedError: Error, CustomStringConvertible, Sendable {
    /// What went wrong, as a sentence fragment without a trailing period.
    var what: String { get }
    /// Where: a file position, a path, a key or a module; may be empty.
    var place: String { get }
    /// What the reader can do about it; may be empty.
    var hint: String { get }
}

extension DescribedError {
    public var description: String {
        let head = place.isEmpty ? what : "\(place): \(what)"
        return hint.isEmpty ? head : "\(head)\n  hint: \(hint)"
    }
}
