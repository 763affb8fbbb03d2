/// How a policy's unbounded action becomes one that the environment takes.
public struct ActionTransform: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The policy acts in the environment's units; what exceeds the bounds is cut.
        case clip
        /// The policy acts in [−1, 1], cut there and mapped onto the bounds.
        case rescale
        /// Passed as it is.
        case none
    }

    public let kind: Kind
    private let low: [Float]
    private let high: [Float]

    /// - Throws: `EnvironmentError` when rescaling is asked for an action space without finite bounds.
    public init(_ kind: Kind, space: Space) throws {
        switch space {
        case .box(let low, let high):
            if kind == .rescale, !(low.allSatisfy(\.isFinite) && high.allSatisfy(\.isFinite)) {
                throw EnvironmentError("actions can't be rescaled: the action space has no finite bounds", hint: "use action_transform: clip")
            }
            self.kind = kind
            self.low = low
            self.high = high
        case .discrete:
            self.kind = .none
            low = []
            high = []
        }
    }

    /// Bounds of a component in the policy's own units.
    public func bounds(_ component: Int) -> (low: Float, high: Float) {
        switch kind {
        case .rescale: (-1, 1)
        case .clip: (low[component], high[component])
        case .none: (-.infinity, .infinity)
        }
    }

    /// Writes the environment's action for one of the policy's.
    @inline(__always)
    public func apply(_ action: Span<Float>, into result: inout MutableSpan<Float>) {
        switch kind {
        case .none:
            for i in 0..<action.count { result[i] = action[i] }
        case .clip:
            for i in 0..<action.count { result[i] = min(max(action[i], low[i]), high[i]) }
        case .rescale:
            for i in 0..<action.count {
                let unit = min(max(action[i], -1), 1)
                // Rounding may lead past the upper bound.
                result[i] = min(low[i] + (unit + 1) * 0.5 * (high[i] - low[i]), high[i])
            }
        }
    }
}
