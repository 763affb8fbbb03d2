import Glibc

/// A leg's geometry: a five-bar linkage in a plane that tilts about the trunk's x axis. Angles as in `Assets/quadruped.xml`: 0 hangs straight
/// down, positive swings forward. The knees point outwards, one forward and one backward.
public struct FiveBarLeg: Sendable {
    /// 1 on the left, −1 on the right.
    public let side: Double
    /// The tilt axis's place in the trunk's frame, m.
    let hipX: Double
    let hipY: Double

    static let upper = 0.045
    static let lower = 0.06
    /// Half the distance between the shoulders.
    static let pivot = 0.01
    /// From the tilt axis to the shoulders: outwards and down.
    static let outboard = 0.024
    static let drop = 0.01
    static let hipZ = 0.0125
    static let footRadius = 0.005
    /// Height of the trunk's middle over flat ground when a foot stands at depth 0.
    static let trunkOffset = drop - hipZ + footRadius

    /// Nearest depth and largest distance along x of a target, and the farthest that a foot gets from a shoulder.
    private static let nearest = 0.016
    private static let widest = 0.08
    private static let reach = 0.1045

    /// Front left, front right, rear left, rear right.
    public static let all = [
        FiveBarLeg(side: 1, hipX: 0.075, hipY: 0.038), FiveBarLeg(side: -1, hipX: 0.075, hipY: -0.038),
        FiveBarLeg(side: 1, hipX: -0.075, hipY: 0.038), FiveBarLeg(side: -1, hipX: -0.075, hipY: -0.038),
    ]

    /// All five angles of a leg, rad.
    public struct Pose: Sendable, Equatable, BitwiseCopyable {
        public var tilt = 0.0
        public var front = 0.0
        public var rear = 0.0
        public var frontElbow = 0.0
        public var rearElbow = 0.0
        /// Whether the target was out of reach and a nearer one was taken.
        public var isClamped = false
    }

    /// The servos' angles that bring the foot to a target, or to the nearest point in reach along the leg.
    @inline(__always)
    public func inverse(_ target: FootTarget) -> Pose {
        var pose = Pose()
        // The leg's plane goes through the foot, `outboard` away from the tilt axis.
        let offset = Self.outboard * side
        let y = offset + target.y
        let z = -(Self.drop + target.z)
        let square = y * y + z * z - offset * offset
        var depth = max(square, 0).squareRoot() - Self.drop
        var x = target.x
        if depth < Self.nearest {
            depth = Self.nearest
            pose.isClamped = true
        }
        if abs(x) > Self.widest {
            x = x < 0 ? -Self.widest : Self.widest
            pose.isClamped = true
        }
        let far = abs(x) + Self.pivot
        let distance = (far * far + depth * depth).squareRoot()
        if distance > Self.reach {
            let scale = Self.reach / distance
            depth *= scale
            x = x < 0 ? Self.pivot - far * scale : far * scale - Self.pivot
            pose.isClamped = true
        }
        pose.tilt = atan2(z, y) - atan2(-(Self.drop + depth), offset)
        if pose.tilt > .pi { pose.tilt -= 2 * .pi } else if pose.tilt < -.pi { pose.tilt += 2 * .pi }
        pose.front = Self.shoulder(x - Self.pivot, depth, knee: 1)
        pose.rear = Self.shoulder(x + Self.pivot, depth, knee: -1)
        pose.frontElbow = Self.elbow(x - Self.pivot, depth, pose.front)
        pose.rearElbow = Self.elbow(x + Self.pivot, depth, pose.rear)
        return pose
    }

    /// Where the foot is in the trunk's frame (x forward, y left, z up, m), from the servos' angles alone.
    @inline(__always)
    public func forward(tilt: Double, front: Double, rear: Double) -> (x: Double, y: Double, z: Double) {
        // The foot is where circles about the two knees meet, below.
        let (ax, az) = (Self.pivot + Self.upper * sin(front), Self.upper * cos(front))
        let (bx, bz) = (-Self.pivot + Self.upper * sin(rear), Self.upper * cos(rear))
        let (dx, dz) = (ax - bx, az - bz)
        let span = max((dx * dx + dz * dz).squareRoot(), 1e-6)
        let height = max(Self.lower * Self.lower - span * span / 4, 0).squareRoot()
        let x = (ax + bx) / 2 - height * dz / span
        let depth = (az + bz) / 2 + height * dx / span
        let offset = Self.outboard * side
        let down = -(Self.drop + depth)
        let (c, s) = (cos(tilt), sin(tilt))
        return (hipX + x, hipY + c * offset - s * down, Self.hipZ + s * offset + c * down)
    }

    /// The same for a target, which is where a foot without clamping would be.
    func trunkFrame(_ target: FootTarget) -> (x: Double, y: Double, z: Double) {
        (hipX + target.x, hipY + Self.outboard * side + target.y, Self.hipZ - Self.drop - target.z)
    }

    /// Angle of an upper link whose knee points forward (1) or backward (−1), for a foot at (x, depth) from its shoulder.
    @inline(__always)
    private static func shoulder(_ x: Double, _ depth: Double, knee: Double) -> Double {
        let distance = (x * x + depth * depth).squareRoot()
        let cosine = (upper * upper + distance * distance - lower * lower) / (2 * upper * distance)
        return atan2(x, depth) + knee * acos(min(max(cosine, -1), 1))
    }

    @inline(__always)
    private static func elbow(_ x: Double, _ depth: Double, _ shoulder: Double) -> Double {
        atan2(x - upper * sin(shoulder), depth - upper * cos(shoulder)) - shoulder
    }
}
