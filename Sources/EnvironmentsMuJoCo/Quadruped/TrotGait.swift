/// The clock of a trot and the foot targets that follow from it: one diagonal pair swings while the other stands, then they change places.
///
/// A swing is a cubic Bézier curve from the rear to the front, a stance a straight line back at constant speed.
public struct TrotGait: Sendable, Equatable, BitwiseCopyable {
    /// Position in the cycle, in [0, 1). The front left and rear right leg swing in the first half.
    public private(set) var phase: Double

    public init(phase: Double = 0) {
        precondition(phase >= 0 && phase < 1, "a gait's phase lies in [0, 1)")
        self.phase = phase
    }

    /// Lets `seconds` pass, fewer than a cycle.
    @inline(__always)
    public mutating func advance(_ seconds: Double, _ parameters: GaitParameters) {
        phase += seconds / parameters.cycleTime
        if phase >= 1 { phase -= 1 }
    }

    /// A leg's own position in the cycle: swing in the first half, stance in the second. Legs: front left, front right, rear left, rear right.
    @inline(__always)
    func legPhase(_ leg: Int) -> Double {
        if leg == 0 || leg == 3 { return phase }
        return phase < 0.5 ? phase + 0.5 : phase - 0.5
    }

    /// Whether a leg is in the air, by the clock.
    @inline(__always)
    public func swings(_ leg: Int) -> Bool { legPhase(leg) < 0.5 }

    /// Where a foot shall be in its leg's frame: x forward, y left, z down from the middle of the shoulders, m.
    @inline(__always)
    public func target(_ leg: Int, _ parameters: GaitParameters) -> FootTarget {
        let phase = legPhase(leg)
        let half = parameters.stepLength / 2
        guard phase < 0.5 else {
            return FootTarget(x: half - (2 * phase - 1) * parameters.stepLength, y: 0, z: parameters.bodyHeight)
        }
        let u = 2 * phase
        let v = 1 - u
        let (first, second, third, fourth) = (v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u)
        let lifted = max(parameters.bodyHeight - parameters.stepHeight, Self.lowestDepth)
        return FootTarget(
            x: half * ((fourth - first) + Self.swingShape * (third - second)), y: 0,
            z: parameters.bodyHeight * (first + fourth) + lifted * (second + third))
    }

    /// Share of the half step at which the curve's inner control points lie.
    private static let swingShape = 0.35
    private static let lowestDepth = 1e-4
}

/// A point for a foot in its leg's frame, m: x forward, y left, z down from the middle of the shoulders.
public struct FootTarget: Sendable, Equatable, BitwiseCopyable {
    public var x: Double
    public var y: Double
    public var z: Double

    public init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }
}
