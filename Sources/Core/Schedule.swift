/// A hyperparameter as a function of the number of environment steps taken, never of how often a run was resumed.
public enum Schedule: Sendable, Codable, Equatable {
    case constant(Double)
    /// `from` until `start`, then a straight line that reaches `to` at `end` and stays there (steps).
    case linear(from: Double, to: Double, start: Int, end: Int)

    /// The value at a step count ≥ 0.
    public func value(at step: Int) -> Double {
        switch self {
        case .constant(let value):
            return value
        case .linear(let from, let to, let start, let end):
            guard end > start else { return step < end ? from : to }
            let progress = min(max(Double(step - start) / Double(end - start), 0), 1)
            return from + (to - from) * progress
        }
    }
}
