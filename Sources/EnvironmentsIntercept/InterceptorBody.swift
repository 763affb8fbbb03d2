/// The interceptor: a point mass with an engine, and a seeker that turns on its own.
struct InterceptorBody: BitwiseCopyable {
    var motion = Motion()
    /// Direction of the seeker's axis.
    var axis = Vector3.up
    /// Thrust as it is, behind the command by the engine's lag, N.
    var thrust = Vector3.zero
    /// Kilograms left.
    var fuel = 0.0

    /// One step in time.
    ///
    /// - Parameters:
    ///   - command: thrust asked for, N.
    ///   - rates: turning rate of the seeker, rad/s.
    ///   - response: share of the way to the command that the engine makes in a step.
    ///   - variation: the episode's factors.
    /// - Returns: kilograms burnt.
    mutating func advance(
        _ vehicle: InterceptorParameters.Vehicle, command: Vector3, rates: Vector3, response: Double, wind: Vector3, gravity: Double,
        timeStep: Double, variation: Variation
    ) -> Double {
        thrust += response * (command - thrust)
        // The last fuel gives a weaker push.
        let wanted = thrust.length / vehicle.exhaustVelocity * timeStep
        let burnt = min(wanted, fuel)
        if wanted > fuel { thrust = (fuel / wanted) * thrust }
        // Fuel counts with its mass of the step's beginning.
        let mass = variation.mass * (vehicle.mass - vehicle.fuel) + fuel
        let drag = (variation.drag * variation.density) * vehicle.drag.force(airspeed: motion.velocity - wind, altitude: motion.position.z)
        motion.advance(acceleration: (1 / mass) * (thrust + drag) - gravity * Vector3.up, timeStep: timeStep)
        fuel -= burnt
        axis = (axis + timeStep * rates.cross(axis)).direction(or: axis)
        return burnt
    }
}

/// Factors of an episode on what the parameters say; all 1 without domain randomisation.
struct Variation: BitwiseCopyable, Equatable {
    var drag = 1.0
    var density = 1.0
    var lag = 1.0
    var wind = 1.0
    var mass = 1.0
    var fuel = 1.0
    var noise = 1.0
}
