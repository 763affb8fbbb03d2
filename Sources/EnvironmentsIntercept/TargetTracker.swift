/// A Kalman filter on the missile's position and velocity, in the world's axes.
///
/// It predicts at every step and updates where there is a measurement. The missile's random acceleration is correlated in time, which position and
/// velocity alone cannot express, so it is a third part of the state (Singer's model); gravity, drag and the steering back onto the target are known.
/// The model of one step is the simulation's own: v ← v + (known + a)·dt, p ← p + v·dt, a ← φ·a + noise.
///
/// Delayed measurements are used at the instant at which they were taken. The environment runs the filter behind the present, by the longest
/// delay of its radars, and `predicted` carries the estimate forward from there; so measurements come in their order and the covariance stays true.
///
/// Sources: Kalman, "A New Approach to Linear Filtering and Prediction Problems", 1960; Singer, "Estimating Optimal Tracking Filter Performance
/// for Manned Maneuvering Targets", IEEE TAES 6(4), 1970; tests of consistency: Bar-Shalom, Li, Kirubarajan, "Estimation with Applications
/// to Tracking and Navigation", 2001, section 5.4.
public struct TargetTracker: BitwiseCopyable, Sendable {
    public private(set) var position = Vector3.zero
    public private(set) var velocity = Vector3.zero
    /// Estimate of the random acceleration.
    public private(set) var acceleration = Vector3.zero
    /// Known acceleration at the last prediction.
    public private(set) var known = Vector3.zero
    /// Row-major 9 × 9, in the order position, velocity, acceleration.
    public private(set) var covariance = InlineArray<81, Double>(repeating: 0)
    private var initialised: Int64 = 0

    /// Without any track.
    public init() {}

    public var isInitialised: Bool { initialised != 0 }

    /// Mean standard deviation of the position along an axis, m.
    public var positionDeviation: Double { ((covariance[0] + covariance[10] + covariance[20]) / 3).squareRoot() }

    /// Begins a track.
    ///
    /// - Parameters:
    ///   - positionDeviation: standard deviation along each axis, m.
    ///   - velocityDeviation: likewise, m/s.
    public mutating func begin(_ model: Model, position: Vector3, velocity: Vector3, positionDeviation: Double, velocityDeviation: Double) {
        self.position = position
        self.velocity = velocity
        acceleration = .zero
        known = model.knownAcceleration(position, velocity)
        for i in 0..<81 { covariance[i] = 0 }
        for axis in 0..<3 {
            covariance[10 * axis] = positionDeviation * positionDeviation
            covariance[10 * (axis + 3)] = velocityDeviation * velocityDeviation
            covariance[10 * (axis + 6)] = model.accelerationVariance
        }
        initialised = 1
    }

    /// One step in time.
    public mutating func predict(_ model: Model) {
        guard isInitialised else { return }
        known = model.knownAcceleration(position, velocity)
        let slope = model.slope(position, velocity)
        velocity += model.timeStep * (known + acceleration)
        position += model.timeStep * velocity
        acceleration = model.memory * acceleration
        // P ← F P Fᵀ + Q. The result is symmetric, so that F applied to the transpose of F P gives it too, row-wise and fast.
        propagate(model, slope)
        for i in 0..<9 {
            for j in 0..<i {
                let upper = covariance[9 * j + i]
                covariance[9 * j + i] = covariance[9 * i + j]
                covariance[9 * i + j] = upper
            }
        }
        propagate(model, slope)
        for axis in 6..<9 { covariance[10 * axis] += model.processVariance }
    }

    /// Multiplies the covariance by one step's matrix F from the left.
    @inline(__always)
    private mutating func propagate(_ model: Model, _ slope: Model.Slope) {
        let dt = model.timeStep
        let along = slope.direction
        for j in 0..<9 {
            let (ax, ay, az) = (covariance[54 + j], covariance[63 + j], covariance[72 + j])
            let (px, py, pz) = (covariance[j], covariance[9 + j], covariance[18 + j])
            let (vx, vy, vz) = (covariance[27 + j], covariance[36 + j], covariance[45 + j])
            // Steering pulls back across the velocity.
            let (sx, sy) = (slope.position * px + slope.velocity * vx, slope.position * py + slope.velocity * vy)
            let sz = slope.position * pz + slope.velocity * vz
            let onward = along.x * sx + along.y * sy + along.z * sz
            let wx = vx + dt * (ax - sx + onward * along.x)
            let wy = vy + dt * (ay - sy + onward * along.y)
            let wz = vz + dt * (az - sz + onward * along.z)
            covariance[27 + j] = wx
            covariance[36 + j] = wy
            covariance[45 + j] = wz
            covariance[j] = px + dt * wx
            covariance[9 + j] = py + dt * wy
            covariance[18 + j] = pz + dt * wz
            covariance[54 + j] = model.memory * ax
            covariance[63 + j] = model.memory * ay
            covariance[72 + j] = model.memory * az
        }
    }

    /// Takes in a measured position whose error has different deviations along and across the line from `origin`.
    ///
    /// - Returns: the normalised innovation squared, three degrees of freedom.
    @discardableResult
    public mutating func update(
        position measured: Vector3, from origin: Vector3, alongDeviation: Double, crossDeviation: (Double) -> Double
    ) -> Double {
        let offset = measured - origin
        let axes = SightFrame(along: offset, previous: .world)
        let across = crossDeviation(offset.length)
        var squares = update(0, axes.along, measured, alongDeviation * alongDeviation)
        squares += update(0, axes.left, measured, across * across)
        squares += update(0, axes.upward, measured, across * across)
        return squares
    }

    /// Takes in a measured position and velocity with the same deviations along all axes.
    ///
    /// - Returns: the normalised innovation squared, six degrees of freedom.
    @discardableResult
    public mutating func update(position: Vector3, velocity: Vector3, positionDeviation: Double, velocityDeviation: Double) -> Double {
        let variances = (positionDeviation * positionDeviation, velocityDeviation * velocityDeviation)
        var squares = update(0, Vector3(1, 0, 0), position, variances.0)
        squares += update(0, Vector3(0, 1, 0), position, variances.0)
        squares += update(0, Vector3(0, 0, 1), position, variances.0)
        squares += update(3, Vector3(1, 0, 0), velocity, variances.1)
        squares += update(3, Vector3(0, 1, 0), velocity, variances.1)
        squares += update(3, Vector3(0, 0, 1), velocity, variances.1)
        return squares
    }

    /// The estimate some steps on, without measurements; the known acceleration is held.
    public func predicted(_ model: Model, steps: Int) -> TargetEstimate {
        var (p, v, a) = (position, velocity, acceleration)
        for _ in 0..<steps {
            v += model.timeStep * (known + a)
            p += model.timeStep * v
            a = model.memory * a
        }
        return TargetEstimate(position: p, velocity: v, acceleration: known + a)
    }

    /// One measured component, of the position (`block` 0) or the velocity (3), along a unit vector.
    @inline(__always)
    private mutating func update(_ block: Int, _ axis: Vector3, _ measured: Vector3, _ variance: Double) -> Double {
        var gains = InlineArray<9, Double>(repeating: 0)
        let row = 9 * block
        for j in 0..<9 { gains[j] = covariance[row + j] * axis.x + covariance[row + 9 + j] * axis.y + covariance[row + 18 + j] * axis.z }
        let innovation = axis.dot(measured) - axis.dot(block == 0 ? position : velocity)
        let scale = 1 / (axis.x * gains[block] + axis.y * gains[block + 1] + axis.z * gains[block + 2] + variance)
        let pull = scale * innovation
        position += pull * Vector3(gains[0], gains[1], gains[2])
        velocity += pull * Vector3(gains[3], gains[4], gains[5])
        acceleration += pull * Vector3(gains[6], gains[7], gains[8])
        for i in 0..<9 {
            let gain = scale * gains[i]
            for j in 0..<9 { covariance[9 * i + j] -= gain * gains[j] }
        }
        return innovation * pull
    }
}
