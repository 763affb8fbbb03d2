/// Proportional navigation: acceleration across the line of sight, by the closing speed and the rate at which that line turns. What the engine has
/// left pushes along the line of sight.
///
/// Against a target in free fall gravity pulls both alike, so none is compensated. The augmented law adds half the navigation constant times the
/// difference between the target's acceleration and the interceptor's own without engine, across the line of sight.
///
/// The engine's limit holds for each axis by itself, so its thrust fills a cube. The plain laws keep within the sphere inside it; with corners a law
/// asks for full thrust along the line of sight as well as for all that it wants across, and leaves it to the action space to cut each axis.
///
/// Source: Zarchan, "Tactical and Strategic Missile Guidance", chapters 2 and 8.
public struct ProportionalNavigation: GuidanceLaw {
    /// The navigation constant N.
    public var gain: Double
    public let isAugmented: Bool
    /// Whether it uses the corners of the action space.
    public let usesCorners: Bool

    public var name: String { usesCorners ? "corner_navigation" : isAugmented ? "augmented_proportional_navigation" : "proportional_navigation" }

    public init(gain: Double = 4, isAugmented: Bool = false, usesCorners: Bool = false) {
        self.gain = gain
        self.isAugmented = isAugmented
        self.usesCorners = usesCorners
    }

    public func command(_ picture: GuidancePicture) -> GuidanceCommand {
        guard picture.isTracked else { return picture.climb }
        let r = picture.offset
        let v = picture.relativeVelocity
        let square = max(r.squaredLength, 1)
        let sight = r.direction(or: .up)
        // When the two part, the law would steer away; it goes on with a small closing speed.
        let closing = max(-r.dot(v) / square.squareRoot(), 50)
        var across = (gain * closing / square) * r.cross(v).cross(sight)
        if isAugmented {
            let difference = picture.target.acceleration - picture.uncontrolled
            across += (0.5 * gain) * (difference - difference.dot(sight) * sight)
        }
        guard usesCorners else { return picture.command(across: across) }
        return GuidanceCommand(thrust: picture.mass * across + picture.maxThrust * sight, rates: picture.ratesTowardsTarget)
    }
}
