/// Position and velocity of a body, m and m/s.
public struct Motion: BitwiseCopyable, Sendable, Equatable {
    public var position = Vector3.zero
    public var velocity = Vector3.zero

    public init(position: Vector3 = .zero, velocity: Vector3 = .zero) {
        self.position = position
        self.velocity = velocity
    }

    /// One semi-implicit Euler step: the new velocity moves the body.
    @inline(__always)
    mutating func advance(acceleration: Vector3, timeStep: Double) {
        velocity += timeStep * acceleration
        position += timeStep * velocity
    }
}
