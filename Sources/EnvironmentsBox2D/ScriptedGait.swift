import Environments

/// A walk by hand: two alternating legs as a small state machine with springs and dampers. A baseline for learned policies, and the yardstick
/// with which Crest's walker is compared with Gymnasium's (`Tests/Fixtures/bipedal.py` holds the same logic in Python). `ScriptedWalker` plays it.
///
/// One leg swings forward with a bent knee, then lands; the other carries and pushes off. The roles change when the swinging foot touches down.
/// The numbers were found by the cross-entropy method on `BipedalWalker-v3`.
public struct ScriptedGait: Sendable {
    /// Targets in the units of the observation: hip angle (rad), knee angle + 1 (rad).
    public struct Parameters: Sendable, Equatable {
        public var swingHip: Float = 1.0601
        public var swingKnee: Float = -0.5063
        public var landHip: Float = 0.3560
        public var landKnee: Float = 0.2047
        public var stanceHip: Float = -0.1039
        public var stanceKnee: Float = 0.1534
        public var pushKnee: Float = 0.8452
        /// Stiffness and damping of hips and knees.
        public var hipStiffness: Float = 0.6327
        public var hipDamping: Float = 0.2728
        public var kneeStiffness: Float = 1.8490
        public var kneeDamping: Float = 0.3704
        /// How the carrying hip answers the hull's angle and its rate, the carrying knee the hull's rise.
        public var pitch: Float = 1.1657
        public var pitchRate: Float = 5.4078
        public var rise: Float = 10.1380
        /// Longest swing and landing (steps).
        public var swingSteps: Float = 20.2993
        public var landSteps: Float = 13.5593

        public init() {}
    }

    public var parameters: Parameters
    /// The leg that swings, 0 or 1.
    private var swing = 0
    private var isLanding = false
    /// Steps since the phase began.
    private var steps: Float = 0

    public init(_ parameters: Parameters = Parameters()) { self.parameters = parameters }

    /// Begins anew, with the first leg.
    public mutating func reset() { self = ScriptedGait(parameters) }

    /// Chooses the four motor commands for an observation of 24 numbers.
    public mutating func act(_ observation: Span<Float>, action: inout MutableSpan<Float>) {
        precondition(observation.count == 24 && action.count == 4, "a walker has 24 observations and 4 motors")
        let p = parameters
        let first = 4 + 5 * swing
        steps += 1
        // Change of phase: the swing has gone far or long enough, or the foot is down.
        if !isLanding && (steps >= p.swingSteps || observation[first] >= 0.9 * p.swingHip) {
            isLanding = true
            steps = 0
        } else if isLanding && (observation[first + 4] > 0 || steps >= p.landSteps) {
            isLanding = false
            steps = 0
            swing = 1 - swing
        }
        let balance = p.pitch * observation[0] + p.pitchRate * observation[1]
        for leg in 0..<2 {
            let at = 4 + 5 * leg
            let swings = leg == swing
            let hip = swings ? (isLanding ? p.landHip : p.swingHip) : p.stanceHip
            let knee = swings ? (isLanding ? p.landKnee : p.swingKnee) : (isLanding ? p.pushKnee : p.stanceKnee)
            let hipTorque = p.hipStiffness * (hip - observation[at]) - p.hipDamping * observation[at + 1] + (swings ? 0 : balance)
            let rise = swings ? 0 : p.rise * observation[3]
            let kneeTorque = p.kneeStiffness * (knee - observation[at + 2]) - p.kneeDamping * observation[at + 3] - rise
            action[2 * leg] = min(max(hipTorque, -1), 1)
            action[2 * leg + 1] = min(max(kneeTorque, -1), 1)
        }
    }

    /// Adds where in the walk it is, for snapshots; the parameters are no part of that.
    func save(to writer: inout ByteWriter) {
        writer.write(UInt8(swing))
        writer.write(UInt8(isLanding ? 1 : 0))
        writer.write(steps)
    }

    /// Goes to where `save` was.
    ///
    /// - Throws: `EnvironmentError` for what `save` did not write; nothing has changed then.
    mutating func load(from reader: inout ByteReader) throws {
        let (leg, phase, count) = (try reader.read(UInt8.self), try reader.read(UInt8.self), try reader.read(Float.self))
        guard leg <= 1, phase <= 1, count.isFinite else { throw EnvironmentError("the snapshot's gait is damaged", place: "ScriptedGait") }
        (swing, isLanding, steps) = (Int(leg), phase == 1, count)
    }
}
