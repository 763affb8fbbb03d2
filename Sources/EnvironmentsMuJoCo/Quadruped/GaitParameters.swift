/// What shapes a trot. The defaults are the report's working set; `reported` is the one that went nowhere.
public struct GaitParameters: Sendable, Equatable, BitwiseCopyable {
    /// Distance of a standing foot below the leg's shoulders, m.
    public var bodyHeight: Double
    /// Distance between the points where a foot comes down and where it lifts off, m.
    public var stepLength: Double
    /// Height of the swing's control points over the ground, m; the foot itself lifts by three quarters of it.
    public var stepHeight: Double
    /// Time in which each leg swings once and stands once, s.
    public var cycleTime: Double

    public init(bodyHeight: Double = 0.05, stepLength: Double = 0.06, stepHeight: Double = 0.04, cycleTime: Double = 0.8) {
        self.bodyHeight = bodyHeight
        self.stepLength = stepLength
        self.stepHeight = stepHeight
        self.cycleTime = cycleTime
    }

    /// The parameters of the report's failed training: the servos sag by more than the feet lift.
    public static let reported = GaitParameters(bodyHeight: 0.07, stepLength: 0.05, stepHeight: 0.015, cycleTime: 0.8)

    /// Each of the four moved by at most its limit towards a goal.
    func moved(towards goal: GaitParameters, by limit: GaitParameters) -> GaitParameters {
        func move(_ value: Double, _ goal: Double, _ limit: Double) -> Double { value + min(max(goal - value, -limit), limit) }
        return GaitParameters(
            bodyHeight: move(bodyHeight, goal.bodyHeight, limit.bodyHeight), stepLength: move(stepLength, goal.stepLength, limit.stepLength),
            stepHeight: move(stepHeight, goal.stepHeight, limit.stepHeight), cycleTime: move(cycleTime, goal.cycleTime, limit.cycleTime))
    }
}
