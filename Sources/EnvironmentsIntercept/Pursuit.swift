/// Flies at a wanted speed towards the target, or towards the point where it will be met; gravity and drag are compensated.
public struct Pursuit: GuidanceLaw {
    /// Whether it flies towards the meeting point rather than the target.
    public let leads: Bool
    /// Wanted speed, m/s.
    public var speed: Double
    /// Acceleration for each m/s of velocity error, 1/s.
    public var gain: Double

    public var name: String { leads ? "lead_pursuit" : "pure_pursuit" }

    public init(leads: Bool, speed: Double = 220, gain: Double = 2) {
        self.leads = leads
        self.speed = speed
        self.gain = gain
    }

    public func command(_ picture: GuidancePicture) -> GuidanceCommand {
        guard picture.isTracked else { return picture.climb }
        var aim = picture.offset
        if leads { aim += meetingTime(picture.offset, picture.target.velocity) * picture.target.velocity }
        let wanted = speed * aim.direction(or: .up)
        let acceleration = gain * (wanted - picture.own.velocity) - picture.uncontrolled
        return GuidanceCommand(thrust: (picture.mass * acceleration).limited(to: picture.maxThrust), rates: picture.ratesTowardsTarget)
    }

    /// Time after which something of the wanted speed meets a target of constant velocity: the smallest positive root of |r + v·t| = speed·t.
    /// Where there is none, the time in which the target comes closest.
    private func meetingTime(_ r: Vector3, _ v: Vector3) -> Double {
        let a = speed * speed - v.squaredLength
        let b = r.dot(v)
        let c = r.squaredLength
        let root = b * b + a * c
        if root >= 0 {
            let time = a.magnitude > 1e-6 ? min(positive((b + root.squareRoot()) / a), positive((b - root.squareRoot()) / a)) : positive(-c / (2 * b))
            if time.isFinite { return time }
        }
        return max(-b / max(v.squaredLength, 1e-9), 0)
    }

    private func positive(_ time: Double) -> Double { time > 0 ? time : .infinity }
}
