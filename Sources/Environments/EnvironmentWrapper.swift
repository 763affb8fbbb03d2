/// An environment around another of any kind.
public protocol EnvironmentWrapper: Environment {
    /// The environment inside.
    var base: any Environment { get }

    /// The same wrapper around another environment.
    func wrapping(_ other: any Environment) -> any Environment
}

extension Environment {
    /// The task under all wrappers.
    public var innermost: any Environment { (self as? any EnvironmentWrapper)?.base.innermost ?? self }
}
