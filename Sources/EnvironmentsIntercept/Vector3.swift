/// Three numbers along axes: east, north, up in the world; along, left, up of a line of sight.
///
/// Not `SIMD3`, whose fourth, unused lane would make the bytes of a snapshot depend on chance.
public struct Vector3: BitwiseCopyable, Sendable, Equatable {
    public var x: Double
    public var y: Double
    public var z: Double

    @inline(__always)
    public init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    public static let zero = Vector3(0, 0, 0)
    /// Straight up in the world.
    public static let up = Vector3(0, 0, 1)

    @inline(__always)
    public static func + (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x + b.x, a.y + b.y, a.z + b.z) }

    @inline(__always)
    public static func - (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x - b.x, a.y - b.y, a.z - b.z) }

    @inline(__always)
    public static func * (s: Double, a: Vector3) -> Vector3 { Vector3(s * a.x, s * a.y, s * a.z) }

    @inline(__always)
    public static prefix func - (a: Vector3) -> Vector3 { Vector3(-a.x, -a.y, -a.z) }

    @inline(__always)
    public static func += (a: inout Vector3, b: Vector3) { a = a + b }

    @inline(__always)
    public static func -= (a: inout Vector3, b: Vector3) { a = a - b }

    @inline(__always)
    public func dot(_ b: Vector3) -> Double { x * b.x + y * b.y + z * b.z }

    @inline(__always)
    public func cross(_ b: Vector3) -> Vector3 { Vector3(y * b.z - z * b.y, z * b.x - x * b.z, x * b.y - y * b.x) }

    public var squaredLength: Double { dot(self) }

    public var length: Double { dot(self).squareRoot() }

    /// The direction; `fallback` where the length is too small for one.
    @inline(__always)
    public func direction(or fallback: Vector3) -> Vector3 {
        let length = length
        return length > 1e-9 ? (1 / length) * self : fallback
    }

    /// The same direction, no longer than `limit`.
    @inline(__always)
    public func limited(to limit: Double) -> Vector3 {
        let square = squaredLength
        return square > limit * limit ? (limit / square.squareRoot()) * self : self
    }
}
