import Environments
import Glibc

extension Quadruped {
    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        let p = parameters
        precondition(action.count == p.actionWidth, "the action has another width than the spec says")
        precondition(observation.count == spec.observationSpace.width, "the observation's buffer has another width than the spec says")
        for i in 0..<action.count where !action[i].isFinite {
            throw EnvironmentError(
                "element \(i) of the action is \(action[i])", place: spec.id,
                hint: "the policy has diverged: go back to its best checkpoint and lower the learning rate")
        }
        try makeUnique()
        let slot = 16 * Int(state.steps % Int64(Self.historyLength))
        let before = 16 * Int((state.steps + Int64(Self.historyLength) - 1) % Int64(Self.historyLength))
        var change = 0.0
        var size = 0.0
        for i in 0..<action.count {
            let value = Double(min(max(action[i], -1), 1))
            let difference = value - state.history[before + i]
            change += difference * difference
            size += value * value
            state.history[slot + i] = value
        }

        push()
        let began = world.simulation.fields.time[0]
        let energy = actAndSimulate()
        // A simulation that blew up was set back to rest at time 0 by MuJoCo.
        let hasBlownUp = world.simulation.fields.time[0] < began
        state.steps += 1
        state.lifetime += 1
        state.touching = Int64(world.touching)
        let step = settle(hasBlownUp: hasBlownUp, energy: hasBlownUp ? 0 : energy, change: change.squareRoot(), size: size.squareRoot())
        observe(isFirst: false, &observation)
        return step
    }

    /// The physics of a step, under the action that has arrived by then. Returns the energy, J, that servos and joints exchanged.
    private mutating func actAndSimulate() -> Double {
        let skip = Int64(parameters.frameSkip)
        var energy = 0.0
        for frame in 0..<skip {
            let instant = state.steps * skip + frame - state.draws.latency
            let slot = instant < 0 ? nil : 16 * Int((instant / skip) % Int64(Self.historyLength))
            if frame == 0, parameters.actions == .adaptive, let slot { adapt(slot) }
            energy += advance(delayed: slot)
        }
        return energy
    }

    /// One physics step of the gait with the residual at a place of the history; nil: without.
    @inline(__always)
    mutating func advance(delayed slot: Int?) -> Double {
        let simulation = world.simulation
        let controls = simulation.fields.ctrl
        let scale = parameters.residualScale
        for leg in 0..<4 {
            var target = state.clock.target(leg, state.gait)
            if let slot {
                target.x += scale * state.history[slot + 3 * leg]
                target.y += scale * state.history[slot + 3 * leg + 1]
                target.z -= scale * state.history[slot + 3 * leg + 2]
            }
            let pose = legs[leg].inverse(target)
            if pose.isClamped { state.books.clamped += 1 }
            (controls[3 * leg], controls[3 * leg + 1], controls[3 * leg + 2]) = (pose.tilt, pose.front, pose.rear)
        }
        simulation.step(frames: 1, contactForces: false)
        state.clock.advance(simulation.model.timeStep, state.gait)

        var power = 0.0
        let forces = simulation.fields.actuator_force
        let velocities = simulation.fields.qvel + 6
        for leg in 0..<4 {
            let joint = velocities + QuadrupedWorld.jointsPerLeg * leg
            let force = forces + 3 * leg
            power += abs(force[0] * joint[0]) + abs(force[1] * joint[1]) + abs(force[2] * joint[3])
        }
        return power * simulation.model.timeStep
    }

    /// Moves the gait's parameters towards what the policy asks for.
    private mutating func adapt(_ slot: Int) {
        func goal(_ index: Int, _ value: Double, _ range: ClosedRange<Double>) -> Double {
            let share = state.history[slot + 12 + index]
            return share < 0 ? value + share * (value - range.lowerBound) : value + share * (range.upperBound - value)
        }
        let (gait, bounds) = (parameters.gait, parameters.gaitBounds)
        let wanted = GaitParameters(
            bodyHeight: goal(0, gait.bodyHeight, bounds.bodyHeight), stepLength: goal(1, gait.stepLength, bounds.stepLength),
            stepHeight: goal(2, gait.stepHeight, bounds.stepHeight), cycleTime: goal(3, gait.cycleTime, bounds.cycleTime))
        state.gait = state.gait.moved(towards: wanted, by: parameters.gaitRates)
    }

    /// Now and then something changes the trunk's horizontal velocity.
    private mutating func push() {
        guard state.draws.push > 0 else { return }
        let chance = state.pushing.uniform()
        let direction = state.pushing.uniform(0, 2 * .pi)
        guard chance < spec.timeStep / parameters.randomisation.pushInterval else { return }
        state.books.pushes += 1
        let velocities = world.simulation.fields.qvel
        velocities[0] += state.draws.push * cos(direction)
        velocities[1] += state.draws.push * sin(direction)
    }

    /// Rewards and ends. A robot whose simulation blew up has fallen where it was last.
    private mutating func settle(hasBlownUp: Bool, energy: Double, change: Double, size: Double) -> Step {
        let w = parameters.rewards
        let qpos = world.simulation.fields.qpos
        let (x, y) = hasBlownUp ? (state.x, state.y) : (qpos[0], qpos[1])
        let (forwardX, forwardY) = (cos(state.draws.heading), sin(state.draws.heading))
        let (dx, dy) = ((x - state.x) / spec.timeStep, (y - state.y) / spec.timeStep)
        (state.x, state.y) = (x, y)
        let velocity = dx * forwardX + dy * forwardY
        let drift = dy * forwardX - dx * forwardY
        let attitude = Attitude(qpos + 3)
        let height = trunkHeight(attitude)
        let deviation = abs(height - wantedTrunkHeight)
        var agreement = 0.0
        for leg in 0..<4 {
            let touches = state.touching >> Int64(leg) & 1 == 1
            agreement += touches != state.clock.swings(leg) ? 0.25 : -0.25
        }
        let fell = hasBlownUp || height < parameters.fallHeight || attitude.tilt > parameters.fallTilt * .pi / 180
        state.fell = fell ? 1 : 0

        let terms = QuadrupedTerms(
            forward: w.forward * (1 - abs(velocity - parameters.commandVelocity) / parameters.commandVelocity), lateral: -w.lateral * abs(drift),
            height: -w.height * deviation, tilt: -w.tilt * (attitude.roll * attitude.roll + attitude.pitch * attitude.pitch),
            energy: -w.energy * energy / spec.timeStep, smoothness: -w.smoothness * change, contacts: w.contacts * agreement,
            fall: fell ? -w.fall : 0)
        state.books.terms += terms
        state.books.energy += energy
        state.books.heightDeviation += deviation
        state.books.tilt += attitude.tilt
        state.books.action += size
        let gait = state.gait
        state.books.gait = GaitParameters(
            bodyHeight: state.books.gait.bodyHeight + gait.bodyHeight, stepLength: state.books.gait.stepLength + gait.stepLength,
            stepHeight: state.books.gait.stepHeight + gait.stepHeight, cycleTime: state.books.gait.cycleTime + gait.cycleTime)

        let isOver = state.steps >= Int64(parameters.maxEpisodeSteps) || max(abs(x), abs(y)) > Self.edge
        return Step(reward: Float(terms.total), terminated: fell, truncated: !fell && isOver)
    }

    /// Height of the trunk's middle over the ground that is asked for, m.
    var wantedTrunkHeight: Double { parameters.trunkHeight ?? parameters.gait.bodyHeight + FiveBarLeg.trunkOffset }

    /// Height of the trunk's middle over the mean of the ground below it and below the hips, m.
    func trunkHeight(_ attitude: Attitude) -> Double {
        let qpos = world.simulation.fields.qpos
        var ground = state.terrain.height(qpos[0], qpos[1], world.samples)
        for leg in 0..<4 {
            let hip = attitude.world(legs[leg].hipX, legs[leg].hipY, 0)
            ground += state.terrain.height(qpos[0] + hip.x, qpos[1] + hip.y, world.samples)
        }
        return qpos[2] - ground / 5
    }
}
