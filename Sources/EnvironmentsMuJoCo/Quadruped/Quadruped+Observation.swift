import Glibc

extension Quadruped {
    /// Writes the observation, from positions, velocities and touches at the end of the step. Uses the sensors' random numbers.
    mutating func observe(isFirst: Bool, _ observation: inout MutableSpan<Float>) {
        let fields = world.simulation.fields
        let noise = state.draws.noise
        var next = 0
        func put(_ value: Double, _ observation: inout MutableSpan<Float>) {
            observation[next] = Float(value)
            next += 1
        }

        // Inertial unit.
        let truth = Attitude(fields.qpos + 3)
        var attitude = truth
        var rates = (fields.qvel[3], fields.qvel[4], fields.qvel[5])
        if noise > 0 {
            attitude = truth.turned(sensed(0.01), sensed(0.01), sensed(0.01))
            rates = (rates.0 + sensed(0.1), rates.1 + sensed(0.1), rates.2 + sensed(0.1))
        }
        let seen = attitude.seen(from: state.draws.heading)
        put(seen.w, &observation)
        put(seen.x, &observation)
        put(seen.y, &observation)
        put(seen.z, &observation)
        put(rates.0, &observation)
        put(rates.1, &observation)
        put(rates.2, &observation)
        let gravity = attitude.gravity
        put(gravity.x, &observation)
        put(gravity.y, &observation)
        put(gravity.z, &observation)

        // Servos, and the feet that follow from their angles.
        for leg in 0..<4 {
            let angles = fields.qpos + 7 + QuadrupedWorld.jointsPerLeg * leg
            let velocities = fields.qvel + 6 + QuadrupedWorld.jointsPerLeg * leg
            var (tilt, front, rear) = (angles[0], angles[1], angles[3])
            var (tiltRate, frontRate, rearRate) = (velocities[0], velocities[1], velocities[3])
            if noise > 0 {
                (tilt, front, rear) = (tilt + sensed(0.01), front + sensed(0.01), rear + sensed(0.01))
                (tiltRate, frontRate, rearRate) = (tiltRate + sensed(0.3), frontRate + sensed(0.3), rearRate + sensed(0.3))
            }
            let foot = legs[leg].forward(tilt: tilt, front: front, rear: rear)
            let offset = 3 * leg
            let rate = isFirst ? 0 : 1 / spec.timeStep
            observation[10 + offset] = Float(tilt)
            observation[11 + offset] = Float(front)
            observation[12 + offset] = Float(rear)
            observation[22 + offset] = Float(tiltRate)
            observation[23 + offset] = Float(frontRate)
            observation[24 + offset] = Float(rearRate)
            observation[34 + offset] = Float(foot.x)
            observation[35 + offset] = Float(foot.y)
            observation[36 + offset] = Float(foot.z)
            observation[46 + offset] = Float((foot.x - state.feet[offset]) * rate)
            observation[47 + offset] = Float((foot.y - state.feet[offset + 1]) * rate)
            observation[48 + offset] = Float((foot.z - state.feet[offset + 2]) * rate)
            (state.feet[offset], state.feet[offset + 1], state.feet[offset + 2]) = (foot.x, foot.y, foot.z)
        }
        next = 58

        // What the controller knows of itself.
        put(sin(2 * .pi * state.clock.phase), &observation)
        put(cos(2 * .pi * state.clock.phase), &observation)
        for leg in 0..<4 { put(state.clock.swings(leg) ? 1 : 0, &observation) }
        let slot = 16 * Int((state.steps + Int64(Self.historyLength) - 1) % Int64(Self.historyLength))
        for i in 0..<parameters.actionWidth { put(state.history[slot + i], &observation) }
        put(parameters.commandVelocity, &observation)
        if parameters.actions == .adaptive {
            let (gait, bounds) = (state.gait, parameters.gaitBounds)
            put(Self.place(gait.bodyHeight, bounds.bodyHeight), &observation)
            put(Self.place(gait.stepLength, bounds.stepLength), &observation)
            put(Self.place(gait.stepHeight, bounds.stepHeight), &observation)
            put(Self.place(gait.cycleTime, bounds.cycleTime), &observation)
        }
        guard parameters.isPrivileged else { return }

        // What only a simulator knows.
        let velocity = truth.trunk(fields.qvel[0], fields.qvel[1], fields.qvel[2])
        put(velocity.x, &observation)
        put(velocity.y, &observation)
        put(velocity.z, &observation)
        for leg in 0..<4 { put(Double(state.touching >> Int64(leg) & 1), &observation) }
        put(trunkHeight(truth), &observation)
        let (aheadX, aheadY) = (0.05 * cos(state.draws.heading), 0.05 * sin(state.draws.heading))
        for leg in 0..<4 {
            let angles = fields.qpos + 7 + QuadrupedWorld.jointsPerLeg * leg
            let foot = legs[leg].forward(tilt: angles[0], front: angles[1], rear: angles[3])
            let place = truth.world(foot.x, foot.y, foot.z)
            let (x, y) = (fields.qpos[0] + place.x, fields.qpos[1] + place.y)
            let ground = state.terrain.height(x, y, world.samples)
            put(fields.qpos[2] + place.z - FiveBarLeg.footRadius - ground, &observation)
            put(state.terrain.height(x + aheadX, y + aheadY, world.samples) - ground, &observation)
        }
    }

    /// A draw of a sensor's noise.
    private mutating func sensed(_ deviation: Double) -> Double { state.draws.noise * deviation * state.sensing.normal() }

    /// Where a value lies in a range, −1 at the lower bound, 1 at the upper.
    private static func place(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        let width = range.upperBound - range.lowerBound
        return width > 0 ? 2 * (value - range.lowerBound) / width - 1 : 0
    }
}
