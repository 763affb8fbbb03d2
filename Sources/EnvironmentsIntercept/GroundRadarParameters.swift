import Core
import Glibc

/// The radar on the ground and the data link to the interceptor.
public struct GroundRadarParameters: Sendable, Equatable {
    /// Height of the antenna above the origin, m.
    public var altitude = 100.0
    public var range = 20_000.0
    /// Seen from the antenna, degrees.
    public var elevation: ClosedRange<Double> = 5...85
    /// Lowest altitude at which a missile is seen, m.
    public var floor = 50.0
    /// Detection probability at no distance; at full range 40 % less.
    public var quality = 0.95
    public var reliability = 1.0
    /// Standard deviations along each axis, m and m/s.
    public var positionNoise = 10.0
    public var velocityNoise = 2.0
    /// Steps from look to look.
    public var intervalSteps = 20
    /// Steps until a measurement is there.
    public var delaySteps = 5
    /// Share of the packets that never arrive.
    public var packetLoss = 0.05
    /// Distance at which the link's quality is 0, m, and the quality below which it brings nothing.
    public var linkRange = 50_000.0
    public var linkThreshold = 0.1

    public init() {}

    /// Probability of a detection at a distance.
    func probability(_ distance: Double) -> Double { quality * reliability * (1 - 0.4 * distance / range) }

    /// Quality of the data link to a receiver, 0 to 0.95: less with distance from the origin and with speed.
    func linkQuality(position: Vector3, speed: Double) -> Double {
        0.95 * max(0, 1 - position.squaredLength / (linkRange * linkRange)) * (1 - min(speed / 1000, 0.3))
    }
}

extension GroundRadarParameters {
    /// Looks for the missile and sends what it sees to a receiver of the given link quality.
    func measure(target: Vector3, velocity: Vector3, link: Double, noise: Double, limits: ElevationLimits, _ random: inout Philox) -> Measurement {
        let chance = random.uniform()
        let packet = random.uniform()
        let offset = target - Vector3(0, 0, altitude)
        let distance = offset.length
        guard distance <= range, target.z >= floor, limits.contain(offset, distance), chance < probability(distance), link > linkThreshold,
            packet >= packetLoss
        else { return Measurement() }
        let (a, b) = random.normalVectors()
        return Measurement(isValid: 1, position: target + (noise * positionNoise) * a, velocity: velocity + (noise * velocityNoise) * b)
    }

    /// The elevation's bounds as sines.
    var limits: ElevationLimits {
        ElevationLimits(low: sin(elevation.lowerBound * .pi / 180), high: sin(elevation.upperBound * .pi / 180))
    }
}

/// Sines of the lowest and the highest elevation.
struct ElevationLimits: Sendable {
    let low: Double
    let high: Double

    func contain(_ offset: Vector3, _ distance: Double) -> Bool { offset.z >= low * distance && offset.z <= high * distance }
}
