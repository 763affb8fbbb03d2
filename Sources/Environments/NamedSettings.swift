/// A value of a task's parameters that can be set by name.
public struct NamedSetting<Parameters, Value>: Sendable {
    /// Its key under `environment.parameters`.
    public let name: String
    public let path: WritableKeyPath<Parameters, Value> & Sendable

    public init(_ name: String, _ path: WritableKeyPath<Parameters, Value> & Sendable) {
        self.name = name
        self.path = path
    }
}

/// Parameters with tables of what can be set by name.
public protocol NamedSettings {
    static var numbers: [NamedSetting<Self, Double>] { get }
    static var integers: [NamedSetting<Self, Int>] { get }
    /// Ranges from which episodes draw, or within which values stay.
    static var ranges: [NamedSetting<Self, ClosedRange<Double>>] { get }
}
