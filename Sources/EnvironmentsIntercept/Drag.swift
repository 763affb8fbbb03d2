/// What drag needs to know of a body.
public struct Drag: Sendable, Equatable {
    /// Drag coefficient well below the speed of sound.
    public var coefficient: Double
    /// Reference area, m².
    public var area: Double

    public init(coefficient: Double, area: Double) {
        self.coefficient = coefficient
        self.area = area
    }

    /// Factor on the coefficient: 1 up to Mach 0.8, rising linearly to 3 at Mach 1.2, falling to 2.5 at Mach 1.6, then constant.
    @inline(__always)
    public static func machFactor(_ mach: Double) -> Double {
        if mach <= 0.8 { return 1 }
        if mach <= 1.2 { return 1 + 5 * (mach - 0.8) }
        return max(2.5, 3 - 1.25 * (mach - 1.2))
    }

    /// The force in newtons on a body that moves with `airspeed` (m/s, its velocity minus the wind) at an altitude: against the motion.
    @inline(__always)
    public func force(airspeed: Vector3, altitude: Double) -> Vector3 {
        let air = Atmosphere(altitude: altitude)
        let speed = airspeed.length
        let factor = Self.machFactor(speed / air.soundSpeed)
        return (-0.5 * air.density * coefficient * factor * area * speed) * airspeed
    }
}
