import Core

/// The radar in the interceptor's nose.
public struct SeekerParameters: Sendable, Equatable {
    /// Farthest and nearest distance, m.
    public var range = 4500.0
    public var minimumRange = 10.0
    /// Full width of the beam about the axis, degrees.
    public var beam = 60.0
    /// Detection probability at no distance; at full range half as much.
    public var quality = 0.9
    public var reliability = 1.0
    /// Standard deviation of the measured distance, m.
    public var rangeNoise = 5.0
    /// Standard deviation of each of the two measured angles, mrad.
    public var angleNoise = 6.0
    /// Cross-range noise is never below this, m: a body is no point.
    public var glint = 0.5
    /// Steps from look to look.
    public var intervalSteps = 5
    /// Steps until a measurement is there.
    public var delaySteps = 3

    public init() {}

    /// Probability of a detection at a distance inside the beam.
    func probability(_ distance: Double) -> Double { quality * reliability * (1 - 0.5 * distance / range) }

    /// Standard deviation across the line of sight, m.
    func crossNoise(_ distance: Double) -> Double { max(angleNoise * 1e-3 * distance, glint) }
}

extension SeekerParameters {
    /// Looks for the missile from a position along an axis.
    ///
    /// - Parameters:
    ///   - cosHalfBeam: cosine of half the beam's width.
    ///   - noise: factor on the standard deviations.
    func measure(
        from origin: Vector3, axis: Vector3, target: Vector3, cosHalfBeam: Double, noise: Double, _ random: inout Philox
    ) -> Measurement {
        let chance = random.uniform()
        let offset = target - origin
        let distance = offset.length
        guard distance <= range, distance >= minimumRange, axis.dot(offset) >= cosHalfBeam * distance, chance < probability(distance) else {
            return Measurement()
        }
        // Along the true line of sight one standard deviation, across it another.
        let sight = (1 / distance) * offset
        let across = noise * crossNoise(distance)
        let error = random.normalVector()
        let along = sight.dot(error)
        let measured = target + across * error + ((noise * rangeNoise - across) * along) * sight
        return Measurement(isValid: 1, position: measured, origin: origin)
    }
}
