import Environments

extension Interceptor {
    /// Steps from the tracker's instant to the present.
    var horizon: Int { Int(min(state.steps, constants.lag)) }

    /// Renews the estimate of the present and the axes of the line of sight.
    mutating func perceive() {
        state.estimate = state.tracker.predicted(constants.trackerModel, steps: horizon)
        let target = policyTarget
        if hasTarget { state.sight = SightFrame(along: target.position - state.interceptor.motion.position, previous: state.sight) }
    }

    /// What the policy may know of the missile: the estimate, or in an omniscient environment the truth.
    var policyTarget: TargetEstimate { parameters.observation == .omniscient ? trueTarget : state.estimate }

    /// The missile as it is.
    var trueTarget: TargetEstimate {
        let motion = state.missile.motion
        let known = constants.trackerModel.knownAcceleration(motion.position, motion.velocity)
        return TargetEstimate(position: motion.position, velocity: motion.velocity, acceleration: known + state.missile.evasion)
    }

    /// Whether the policy knows of any missile yet.
    var hasTarget: Bool { parameters.observation == .omniscient || state.tracker.isInitialised }

    /// Writes the observation: see the table at the type.
    func observe(_ observation: inout MutableSpan<Float>) {
        precondition(observation.count == Self.observationWidth, "an observation is 39 numbers")
        let own = state.interceptor
        let axes = parameters.frame == .world ? SightFrame.world : state.sight
        let isTruth = parameters.observation == .omniscient
        for i in 0..<Self.observationWidth { observation[i] = 0 }

        // What the interceptor knows of itself.
        write(axes.components(own.motion.velocity), 1 / 500, 6, &observation)
        write(axes.components(own.axis), 1, 9, &observation)
        observation[12] = cut(own.fuel / parameters.vehicle.fuel)
        observation[30] = cut(own.motion.position.z / 5000)
        write(axes.components(own.thrust), 1 / parameters.vehicle.maxThrust, 32, &observation)
        let link = parameters.ground.linkQuality(position: own.motion.position, speed: own.motion.velocity.length)
        observation[24] = cut(link)
        guard hasTarget else { return }

        // The track.
        let target = policyTarget
        let r = target.position - own.motion.position
        let v = target.velocity - own.motion.velocity
        let distance = max(r.length, 1e-3)
        let closing = -r.dot(v) / distance
        write(axes.components(r), 1 / 5000, 0, &observation)
        write(axes.components(v), 1 / 1000, 3, &observation)
        write(axes.components(target.acceleration), 1 / 50, 36, &observation)
        observation[13] = cut(max(closing * distance / max(v.squaredLength, 1e-6), 0) / 20)
        observation[14] = isTruth ? 1 : cut(50 / (50 + state.tracker.positionDeviation))
        observation[15] = cut(closing / 1000)
        observation[16] = cut(own.axis.dot(r) / distance)
        write(axes.components((1 / (distance * distance)) * r.cross(v)), 1, 26, &observation)
        observation[29] = cut(distance / 500)
        observation[31] = cut(r.z / distance)

        // The radars' own last words.
        let ground = isTruth ? 1 : freshness(state.groundStep)
        let seeker = isTruth ? 1 : freshness(state.seekerStep)
        if isTruth || state.groundStep >= 0 {
            let position = isTruth ? target.position : state.groundLast.position
            let velocity = isTruth ? target.velocity : state.groundLast.velocity
            write(axes.components(position - own.motion.position), 1 / 5000, 17, &observation)
            write(axes.components(velocity - own.motion.velocity), 1 / 1000, 20, &observation)
        }
        observation[23] = cut(ground)
        observation[35] = cut(seeker)
        observation[25] = isTruth ? 1 : cut(fusionConfidence(distance: distance, link: link, seeker: seeker, ground: ground))
    }

    /// How much the radars together are to be trusted, 0 to 1: one alone counts half, both count more the better they agree.
    private func fusionConfidence(distance: Double, link: Double, seeker: Double, ground: Double) -> Double {
        let p = parameters
        let ofSeeker = seeker * min(max(p.seeker.probability(distance), 0), 1)
        let ofGround = ground * link
        if ofSeeker <= 0 || ofGround <= 0 { return 0.5 * ofSeeker + 0.6 * ofGround }
        // Both brought to the present with the track's velocity.
        let seekerAge = Double(state.steps - state.seekerStep + Int64(p.seeker.delaySteps)) * p.timeStep
        let groundAge = Double(state.steps - state.groundStep + Int64(p.ground.delaySteps)) * p.timeStep
        let apart = state.seekerLast.position - state.groundLast.position + (seekerAge - groundAge) * state.estimate.velocity
        return 0.35 * ofSeeker + 0.5 * ofGround + 0.15 * (1 - min(apart.length / 200, 1))
    }

    /// 1 for what arrived in this step, falling to 0.
    private func freshness(_ step: Int64) -> Double {
        step < 0 ? 0 : max(0, 1 - Double(state.steps - step) * parameters.timeStep / constants.freshTime)
    }

    @inline(__always)
    private func cut(_ value: Double) -> Float { Float(min(max(value, -1), 1)) }

    @inline(__always)
    private func write(_ v: Vector3, _ scale: Double, _ first: Int, _ observation: inout MutableSpan<Float>) {
        observation[first] = cut(scale * v.x)
        observation[first + 1] = cut(scale * v.y)
        observation[first + 2] = cut(scale * v.z)
    }
}
