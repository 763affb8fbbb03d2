/// Axes along a line of sight: along it, horizontally to its left, and the third upwards.
public struct SightFrame: BitwiseCopyable, Sendable, Equatable {
    public private(set) var along: Vector3
    public private(set) var left: Vector3
    public private(set) var upward: Vector3

    /// The world's own axes.
    public static let world = SightFrame(along: Vector3(1, 0, 0), left: Vector3(0, 1, 0), upward: .up)

    private init(along: Vector3, left: Vector3, upward: Vector3) {
        self.along = along
        self.left = left
        self.upward = upward
    }

    /// The frame whose first axis points along `sight`.
    ///
    /// The second axis is horizontal. Where the line of sight is within 3° of the vertical that would turn wildly, and the second axis of
    /// `previous` is carried along instead.
    public init(along sight: Vector3, previous: SightFrame) {
        let along = sight.direction(or: previous.along)
        let horizontal = Vector3.up.cross(along)
        let candidate = horizontal.squaredLength > 0.0025 ? horizontal : previous.left - along.dot(previous.left) * along
        let left = candidate.direction(or: Vector3(0, 1, 0))
        self.init(along: along, left: left, upward: along.cross(left))
    }

    /// Components of a world vector along the axes.
    @inline(__always)
    public func components(_ v: Vector3) -> Vector3 { Vector3(along.dot(v), left.dot(v), upward.dot(v)) }

    /// The world vector with these components.
    @inline(__always)
    public func vector(_ c: Vector3) -> Vector3 { c.x * along + c.y * left + c.z * upward }
}
