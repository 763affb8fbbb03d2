import Glibc

extension Quadruped {
    static let metricNames =
        [
            "forward_velocity", "distance", "fell", "lateral_drift", "height_deviation", "tilt", "energy_per_meter", "action_magnitude",
            "clamped_targets", "pushes", "body_height", "step_length", "step_height", "cycle_time",
        ] + QuadrupedTerms.names + [
            "draw_terrain_kind", "draw_terrain_height", "draw_heading", "draw_friction", "draw_mass", "draw_servo_gain", "draw_push",
            "draw_sensor_noise", "draw_latency",
        ]

    /// Way in the commanded direction since the episode began, m, and across it, positive to the left.
    var way: (forward: Double, left: Double) {
        let (dx, dy) = (state.x - state.books.startX, state.y - state.books.startY)
        let (c, s) = (cos(state.draws.heading), sin(state.draws.heading))
        return (dx * c + dy * s, dy * c - dx * s)
    }

    /// Mean velocity toward the command since the episode began, m/s.
    var forwardVelocity: Double { way.forward / (Double(max(state.steps, 1)) * spec.timeStep) }

    /// In the order of their names: mean velocity toward the command (m/s) and way (m), 1 after a fall, size of the way across (m), means of the
    /// trunk's height error (m) and tilt (degrees), servo energy for each metre (J/m, of at least 1 cm), mean length of the action, share of foot
    /// targets out of reach, pushes; means of the gait's parameters; sums of the reward's terms; what the episode drew: kind of terrain (0 flat,
    /// 1 rough, 2 steps, 3 slope), its height (m), heading (rad), factors of friction and mass, servo gain (N·m/rad), push (m/s), noise, delay (s).
    public func metrics(into values: inout MutableSpan<Double>) {
        precondition(values.count == spec.metricNames.count, "one number for each metric's name")
        let (books, draws) = (state.books, state.draws)
        let steps = Double(max(state.steps, 1))
        values[0] = forwardVelocity
        values[1] = way.forward
        values[2] = Double(state.fell)
        values[3] = abs(way.left)
        values[4] = books.heightDeviation / steps
        values[5] = books.tilt / steps * 180 / .pi
        values[6] = books.energy / max(way.forward, 0.01)
        values[7] = books.action / steps
        values[8] = Double(books.clamped) / (steps * Double(4 * parameters.frameSkip))
        values[9] = Double(books.pushes)
        values[10] = books.gait.bodyHeight / steps
        values[11] = books.gait.stepLength / steps
        values[12] = books.gait.stepHeight / steps
        values[13] = books.gait.cycleTime / steps
        books.terms.write(to: &values, from: 14)
        values[22] = Double(draws.kind)
        values[23] = draws.terrainHeight
        values[24] = draws.heading
        values[25] = draws.properties.friction
        values[26] = draws.properties.mass
        values[27] = draws.properties.gain
        values[28] = draws.push
        values[29] = draws.noise
        values[30] = Double(draws.latency) * 0.001
    }
}
