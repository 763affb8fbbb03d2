import Glibc

/// The trunk's orientation: a unit quaternion w, x, y, z that turns its frame into the world's.
struct Attitude {
    var w: Double
    var x: Double
    var y: Double
    var z: Double

    /// From MuJoCo's four numbers.
    init(_ values: UnsafePointer<Double>) { (w, x, y, z) = (values[0], values[1], values[2], values[3]) }

    init(w: Double, x: Double, y: Double, z: Double) { (self.w, self.x, self.y, self.z) = (w, x, y, z) }

    /// A turn about the vertical, then this one's frame: the orientation as seen from a heading (rad).
    func seen(from heading: Double) -> Attitude {
        let (c, s) = (cos(heading / 2), -sin(heading / 2))
        let seen = Attitude(w: c * w - s * z, x: c * x - s * y, y: c * y + s * x, z: c * z + s * w)
        // A quaternion and its negative are the same orientation.
        return seen.w < 0 ? Attitude(w: -seen.w, x: -seen.x, y: -seen.y, z: -seen.z) : seen
    }

    /// This orientation with a small turn about the trunk's own axes (rad) after it.
    func turned(_ a: Double, _ b: Double, _ c: Double) -> Attitude {
        let (i, j, k) = (a / 2, b / 2, c / 2)
        let q = Attitude(w: w - x * i - y * j - z * k, x: x + w * i + y * k - z * j, y: y + w * j + z * i - x * k, z: z + w * k + x * j - y * i)
        let length = (q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z).squareRoot()
        return Attitude(w: q.w / length, x: q.x / length, y: q.y / length, z: q.z / length)
    }

    /// The world's downward direction in the trunk's frame.
    var gravity: (x: Double, y: Double, z: Double) { (-2 * (x * z - w * y), -2 * (y * z + w * x), -(1 - 2 * (x * x + y * y))) }

    /// Angles about the trunk's x and y axis, rad.
    var roll: Double { atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)) }
    var pitch: Double { asin(min(max(2 * (w * y - z * x), -1), 1)) }

    /// Angle between the trunk's and the world's vertical, rad.
    var tilt: Double { acos(min(max(1 - 2 * (x * x + y * y), -1), 1)) }

    /// A vector of the trunk's frame in the world's.
    func world(_ a: Double, _ b: Double, _ c: Double) -> (x: Double, y: Double, z: Double) {
        (
            (1 - 2 * (y * y + z * z)) * a + 2 * (x * y - w * z) * b + 2 * (x * z + w * y) * c,
            2 * (x * y + w * z) * a + (1 - 2 * (x * x + z * z)) * b + 2 * (y * z - w * x) * c,
            2 * (x * z - w * y) * a + 2 * (y * z + w * x) * b + (1 - 2 * (x * x + y * y)) * c
        )
    }

    /// A vector of the world's frame in the trunk's.
    func trunk(_ a: Double, _ b: Double, _ c: Double) -> (x: Double, y: Double, z: Double) { Attitude(w: w, x: -x, y: -y, z: -z).world(a, b, c) }
}
