/// The missile: a point mass that falls towards the target, with a random acceleration.
struct MissileBody: BitwiseCopyable {
    var motion = Motion()
    /// Random acceleration, m/s².
    var evasion = Vector3.zero

    /// One step in time. `noise` is standard normal.
    mutating func advance(
        _ threat: InterceptorParameters.Threat, wind: Vector3, gravity: Double, memory: Double, noise: Vector3, timeStep: Double,
        variation: Variation
    ) {
        let force = (variation.drag * variation.density) * threat.drag.force(airspeed: motion.velocity - wind, altitude: motion.position.z)
        let steering = threat.steering(motion.position, motion.velocity, gravity: gravity)
        motion.advance(
            acceleration: (1 / (variation.mass * threat.mass)) * force - gravity * Vector3.up + steering + evasion, timeStep: timeStep)
        evasion = memory * evasion + (threat.evasion * (1 - memory * memory).squareRoot()) * noise
    }

    /// The velocity with which a missile falls from a place onto the origin in a given time, in still standard air.
    ///
    /// Shooting: fly, see by how much the end misses, correct the start. Four corrections leave centimetres to a few metres.
    static func launchVelocity(from start: Vector3, flightTime: Double, _ threat: InterceptorParameters.Threat, gravity: Double) -> Vector3 {
        func acceleration(_ position: Vector3, _ velocity: Vector3) -> Vector3 {
            (1 / threat.mass) * threat.drag.force(airspeed: velocity, altitude: position.z) - gravity * Vector3.up
        }
        let steps = 48
        let dt = flightTime / Double(steps)
        var launch = (-1 / flightTime) * start + (0.5 * gravity * flightTime) * Vector3.up
        for _ in 0..<4 {
            var (p, v) = (start, launch)
            for _ in 0..<steps {
                // Midpoint rule.
                let middle = v + (0.5 * dt) * acceleration(p, v)
                v += dt * acceleration(p + (0.5 * dt) * v, middle)
                p += dt * middle
            }
            launch -= (1 / flightTime) * p
        }
        return launch
    }
}

extension InterceptorParameters.Threat {
    /// Seconds before the origin from which on courses are corrected no harder.
    static let lastCorrection = 2.0

    /// Acceleration with which the missile steers back to its course onto the origin, across its velocity, m/s².
    @inline(__always)
    func steering(_ position: Vector3, _ velocity: Vector3, gravity: Double) -> Vector3 {
        let square = velocity.squaredLength
        guard homing > 0, square > 1 else { return .zero }
        // Where it would pass the origin if only gravity acted.
        let time = max((position.squaredLength / square).squareRoot(), Self.lastCorrection)
        let miss = position + time * velocity - (0.5 * gravity * time * time) * Vector3.up
        let wanted = (-homing / (time * time)) * miss
        return (wanted - (wanted.dot(velocity) / square) * velocity).limited(to: homingLimit)
    }
}
