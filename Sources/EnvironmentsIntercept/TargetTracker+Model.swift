import Glibc

extension TargetTracker {
    /// Constants of the model.
    public struct Model: Sendable {
        let timeStep: Double
        let gravity: Double
        let threat: InterceptorParameters.Threat
        /// Factor of the random acceleration a step, and the variance that is added.
        let memory: Double
        let processVariance: Double
        let accelerationVariance: Double

        /// - Parameters:
        ///   - threat: what the missile is like.
        ///   - windAcceleration: standard deviation of what the unknown wind adds to its random acceleration, m/s².
        public init(timeStep: Double, gravity: Double, threat: InterceptorParameters.Threat, windAcceleration: Double) {
            self.timeStep = timeStep
            self.gravity = gravity
            self.threat = threat
            memory = exp(-timeStep / threat.evasionTime)
            accelerationVariance = threat.evasion * threat.evasion + windAcceleration * windAcceleration
            processVariance = accelerationVariance * (1 - memory * memory)
        }

        /// Acceleration that is known, at a position and a velocity.
        @inline(__always)
        func knownAcceleration(_ position: Vector3, _ velocity: Vector3) -> Vector3 {
            (1 / threat.mass) * threat.drag.force(airspeed: velocity, altitude: position.z) - gravity * Vector3.up
                + threat.steering(position, velocity, gravity: gravity)
        }

        /// How the known acceleration changes with position and velocity: the steering across the velocity.
        struct Slope {
            var direction = Vector3.up
            var position = 0.0
            var velocity = 0.0
        }

        /// Drag is left out: it changes by 1 or 2 % a second.
        @inline(__always)
        func slope(_ position: Vector3, _ velocity: Vector3) -> Slope {
            guard threat.homing > 0 else { return Slope() }
            let speed = max(velocity.length, 1)
            let time = max(position.length / speed, InterceptorParameters.Threat.lastCorrection)
            return Slope(direction: (1 / speed) * velocity, position: threat.homing / (time * time), velocity: threat.homing / time)
        }
    }
}
