import Environments

extension BipedalWalker: BaselineEnvironment {
    /// `gait`: `ScriptedGait`, which walks on normal ground and falls over the first obstacle; then the zero action and random ones.
    public var baselineNames: [String] { [Self.gaitName] + OpenLoopBaseline.Kind.allCases.map(\.rawValue) }
    private static let gaitName = "gait"

    public func playing(baseline name: String) throws -> any Environment {
        if name == Self.gaitName { return ScriptedWalker(self) }
        guard let kind = OpenLoopBaseline.Kind(rawValue: name) else { throw unknownBaseline(name) }
        return OpenLoopBaseline(kind, in: self)
    }
}
