extension Interceptor {
    /// How the episode ended, or that it is under way.
    public var outcome: Outcome { Outcome(rawValue: state.outcome) ?? .open }

    /// The interceptor's true motion. For pictures and baselines; no policy sees the missile's.
    public var interceptor: Motion { state.interceptor.motion }

    /// The missile's true motion.
    public var missile: Motion { state.missile.motion }

    /// Direction of the seeker's axis.
    public var seekerAxis: Vector3 { state.interceptor.axis }

    /// The tracker's estimate of the present; nil before its first measurement.
    public var estimate: TargetEstimate? { state.tracker.isInitialised ? state.estimate : nil }

    /// What the tracker thinks its position is off by along an axis (standard deviation), m.
    public var positionDeviation: Double { state.tracker.positionDeviation }

    /// Intercept radius of the episode under way, m.
    public var interceptRadius: Double { state.radius }

    /// Distance now and the smallest of the episode, m.
    public var distance: Double { state.books.distance }
    public var minimumDistance: Double { state.books.minimumDistance }

    /// Kilograms of fuel left, and burnt since launch.
    public var fuel: Double { state.interceptor.fuel }
    public var fuelUsed: Double { state.books.startFuel - state.interceptor.fuel }

    /// Steps of the episode so far.
    public var episodeSteps: Int { Int(state.steps) }

    /// Quarter of the compass that the missile came from: 0 north-east, 1 north-west, 2 south-west, 3 south-east.
    public var approachQuadrant: Int { Int(state.books.quadrant) }

    /// What a guidance law may know, from the tracker or from the truth.
    public func picture(_ source: GuidanceSource) -> GuidancePicture {
        let own = state.interceptor
        let p = parameters
        let mass = p.vehicle.mass - p.vehicle.fuel + own.fuel
        let drag = p.vehicle.drag.force(airspeed: own.motion.velocity, altitude: own.motion.position.z)
        let isTracked = source == .truth || state.tracker.isInitialised
        return GuidancePicture(
            own: own.motion, uncontrolled: (1 / mass) * drag - p.gravity * Vector3.up, axis: own.axis, mass: mass,
            target: source == .truth ? trueTarget : state.estimate, isTracked: isTracked, maxThrust: p.vehicle.maxThrust,
            maxRate: constants.bodyRate)
    }

    /// What the policy itself knows, for the law beneath a residual.
    var policyPicture: GuidancePicture { picture(parameters.observation == .omniscient ? .truth : .tracker) }

    /// Writes the action that a command amounts to; what exceeds the action space is cut.
    public func action(for command: GuidanceCommand, into action: inout MutableSpan<Float>) {
        precondition(action.count == constants.actionWidth, "the action has another width than the spec says")
        let (thrust, rates) = shares(of: command, in: actionFrame)
        action[0] = Float(thrust.x)
        action[1] = Float(thrust.y)
        action[2] = Float(thrust.z)
        guard action.count == 6 else { return }
        action[3] = Float(rates.x)
        action[4] = Float(rates.y)
        action[5] = Float(rates.z)
    }
}
