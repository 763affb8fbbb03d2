import Environments

extension Interceptor {
    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        precondition(action.count == constants.actionWidth, "the action has another width than the spec says")
        for i in 0..<action.count where !action[i].isFinite {
            throw EnvironmentError("the action's element \(i) is \(action[i])", place: spec.id, hint: "actions are finite; beyond ±1 they are cut")
        }
        // Command in the observed axes.
        let frame = actionFrame
        let thrust = Vector3(limit(action[0]), limit(action[1]), limit(action[2]))
        var rates = action.count == 6 ? Vector3(limit(action[3]), limit(action[4]), limit(action[5])) : .zero
        let effort = thrust.squaredLength + rates.squaredLength
        guard parameters.residual == .none else {
            // The law is cut before the correction is added; otherwise a correction would change nothing where the law asks for more than there is.
            var (total, turn) = shares(of: constants.residual.command(policyPicture), in: .world)
            total = limit(total + parameters.residualScale * frame.vector(thrust))
            if action.count == 6 { turn = limit(turn + parameters.residualScale * frame.vector(rates)) }
            return step(thrust: total, rates: turn, in: .world, effort: effort, observation: &observation)
        }
        if action.count == 3 { rates = shares(of: GuidanceCommand(thrust: .zero, rates: policyPicture.ratesTowardsTarget), in: frame).rates }
        return step(thrust: thrust, rates: rates, in: frame, effort: effort, observation: &observation)
    }

    /// A step under a law's command, in place of an action. It is cut along the world's axes, so that what a law can do does not depend on how a
    /// policy's actions are wired.
    mutating func step(_ command: GuidanceCommand, observation: inout MutableSpan<Float>) -> Step {
        let (thrust, rates) = shares(of: command, in: .world)
        return step(thrust: thrust, rates: rates, in: .world, effort: thrust.squaredLength + rates.squaredLength, observation: &observation)
    }

    /// A step under shares of the largest thrust and rates along the axes of `frame`.
    private mutating func step(
        thrust: Vector3, rates: Vector3, in frame: SightFrame, effort: Double, observation: inout MutableSpan<Float>
    ) -> Step {
        advance(thrust: parameters.vehicle.maxThrust * frame.vector(thrust), rates: constants.bodyRate * frame.vector(rates))
        let step = settle(effort: effort)
        perceive()
        state.books.positionErrorSum += (state.estimate.position - state.missile.motion.position).length
        state.books.velocityErrorSum += (state.estimate.velocity - state.missile.motion.velocity).length
        observe(&observation)
        return step
    }

    /// The axes in which actions are given.
    var actionFrame: SightFrame { parameters.frame == .world ? .world : state.sight }

    /// A command as shares of the largest thrust and rate in the axes of `frame`, cut to ±1 and rounded as an action is.
    func shares(of command: GuidanceCommand, in frame: SightFrame) -> (thrust: Vector3, rates: Vector3) {
        func share(_ v: Vector3, _ largest: Double) -> Vector3 {
            let c = frame.components(v)
            return Vector3(limit(Float(c.x / largest)), limit(Float(c.y / largest)), limit(Float(c.z / largest)))
        }
        return (share(command.thrust, parameters.vehicle.maxThrust), share(command.rates, constants.bodyRate))
    }

    private func limit(_ value: Float) -> Double { Double(min(max(value, -1), 1)) }

    private func limit(_ v: Vector3) -> Vector3 { Vector3(min(max(v.x, -1), 1), min(max(v.y, -1), 1), min(max(v.z, -1), 1)) }

    /// Weather, bodies, radars, tracker.
    private mutating func advance(thrust: Vector3, rates: Vector3) {
        let p = parameters
        let dt = p.timeStep
        state.steps += 1
        state.lifetime += 1
        let before = state.missile.motion.position - state.interceptor.motion.position

        let (eddies, turns) = state.flight.normalVectors()
        state.wind.advance(constants.windModel, noise: eddies, &state.flight)
        let missileWind = state.wind.velocity(constants.windModel, altitude: state.missile.motion.position.z)
        let ownWind = state.wind.velocity(constants.windModel, altitude: state.interceptor.motion.position.z)
        state.missile.advance(
            p.threat, wind: missileWind, gravity: p.gravity, memory: constants.evasionMemory, noise: turns, timeStep: dt, variation: state.variation)
        let burnt = state.interceptor.advance(
            p.vehicle, command: thrust, rates: rates, response: state.response, wind: ownWind,
            gravity: p.gravity, timeStep: dt, variation: state.variation)
        state.books.fuelStep = burnt

        // The smallest distance within the step: both move on straight lines there.
        let after = state.missile.motion.position - state.interceptor.motion.position
        let change = after - before
        let share = min(max(-before.dot(change) / max(change.squaredLength, 1e-12), 0), 1)
        state.books.stepMinimum = (before + share * change).length
        sense()
    }

    /// The radars look at the missile; what arrives from earlier looks is put down; the tracker goes on by a step.
    private mutating func sense() {
        let p = parameters
        let now = state.steps
        let own = state.interceptor.motion
        let target = state.missile.motion
        let seekerLooks = now % Int64(p.seeker.intervalSteps) == 0
        state.seekerLine.store(
            !seekerLooks ? Measurement() : p.seeker.measure(
                from: own.position, axis: state.interceptor.axis, target: target.position, cosHalfBeam: state.cosHalfBeam,
                noise: state.variation.noise, &state.sensing), step: now)
        let link = p.ground.linkQuality(position: own.position, speed: own.velocity.length)
        let groundLooks = now % Int64(p.ground.intervalSteps) == 0
        state.groundLine.store(
            !groundLooks ? Measurement() : p.ground.measure(
                target: target.position, velocity: target.velocity, link: link, noise: state.variation.noise, limits: constants.elevationLimits,
                &state.sensing), step: now)

        let fromSeeker = state.seekerLine.measurement(at: now - Int64(p.seeker.delaySteps))
        if fromSeeker.isValid != 0 {
            state.seekerLast = fromSeeker
            state.seekerStep = now
            state.books.seekerDetections += 1
        }
        let fromGround = state.groundLine.measurement(at: now - Int64(p.ground.delaySteps))
        if fromGround.isValid != 0 {
            state.groundLast = fromGround
            state.groundStep = now
            state.books.groundDetections += 1
        }

        // The tracker's own instant, at which all radars have reported.
        let instant = now - constants.lag
        guard instant >= 1 else { return }
        state.tracker.predict(constants.trackerModel)
        track(seeker: state.seekerLine.measurement(at: instant), ground: state.groundLine.measurement(at: instant))
    }

    /// Gives the tracker the measurements of its instant; the first ones begin the track.
    private mutating func track(seeker: Measurement, ground: Measurement) {
        let p = parameters
        if ground.isValid != 0 {
            if state.tracker.isInitialised {
                state.tracker.update(
                    position: ground.position, velocity: ground.velocity, positionDeviation: p.ground.positionNoise,
                    velocityDeviation: p.ground.velocityNoise)
            } else {
                state.tracker.begin(
                    constants.trackerModel, position: ground.position, velocity: ground.velocity, positionDeviation: p.ground.positionNoise,
                    velocityDeviation: p.ground.velocityNoise)
            }
        }
        guard seeker.isValid != 0 else { return }
        if state.tracker.isInitialised {
            state.tracker.update(
                position: seeker.position, from: seeker.origin, alongDeviation: p.seeker.rangeNoise, crossDeviation: p.seeker.crossNoise)
        } else {
            let distance = (seeker.position - seeker.origin).length
            state.tracker.begin(
                constants.trackerModel, position: seeker.position, velocity: .zero,
                positionDeviation: max(p.seeker.rangeNoise, p.seeker.crossNoise(distance)), velocityDeviation: p.tracker.priorSpeed)
        }
    }

    /// Ends and rewards.
    private mutating func settle(effort: Double) -> Step {
        let p = parameters
        let w = p.rewards
        let own = state.interceptor.motion.position
        let target = state.missile.motion.position
        let distance = (target - own).length
        let change = distance - state.books.distance
        state.books.distance = distance
        state.books.minimumDistance = min(state.books.minimumDistance, state.books.stepMinimum)
        state.books.receding += change > 0 ? 1 : -1

        let outcome = outcomeNow(distance: distance)
        state.outcome = outcome.rawValue
        let terminated = outcome != .open && outcome != .timeLimit

        var terms = RewardTerms()
        if distance < w.nearDistance { terms.approachNear = -w.approachNear * change } else { terms.approachFar = -w.approachFar * change }
        terms.time = w.time
        terms.fuel = w.fuel * state.books.fuelStep
        terms.effort = w.effort * effort
        let pass = passDistance
        terms.passDistance = w.passDistance * (pass - state.books.passDistance)
        state.books.passDistance = pass
        if outcome == .intercepted {
            terms.hit = w.hit
            terms.early = w.early * Double(p.maxEpisodeSteps - Int(state.steps))
        } else if terminated {
            terms.miss = max(w.miss * (p.missMeasure == .final ? distance : state.books.minimumDistance), w.missFloor)
            switch outcome {
            case .targetHit: terms.targetHit = w.targetHit
            case .crashed: terms.crash = w.crash
            case .outOfFuel: terms.outOfFuel = w.outOfFuel
            default: break
            }
        }
        state.books.sums += terms
        return Step(reward: Float(terms.total), terminated: terminated, truncated: outcome == .timeLimit)
    }

    private func outcomeNow(distance: Double) -> Outcome {
        let ends = parameters.endings
        let target = state.missile.motion.position
        if state.books.stepMinimum <= state.radius { return .intercepted }
        if target.z <= 0 { return target.x * target.x + target.y * target.y <= ends.targetRadius * ends.targetRadius ? .targetHit : .missileLanded }
        if state.interceptor.motion.position.z < 0 { return .crashed }
        if state.interceptor.fuel <= 0 { return .outOfFuel }
        if state.steps > ends.recedingAfter, state.books.receding > ends.recedingSteps, distance > ends.recedingDistance { return .receding }
        return state.steps >= parameters.maxEpisodeSteps ? .timeLimit : .open
    }

    /// Distance at which the two would pass each other if only gravity acted, or have passed, m.
    var passDistance: Double {
        let r = state.missile.motion.position - state.interceptor.motion.position
        let v = state.missile.motion.velocity - state.interceptor.motion.velocity
        let time = max(-r.dot(v) / max(v.squaredLength, 1e-9), 0)
        return (r + time * v).length
    }
}
