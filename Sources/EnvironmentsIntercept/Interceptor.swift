import Core
import Environments
import Glibc

/// An interceptor shall meet a missile that falls towards the origin, seeing it through two radars and a tracker. A guidance benchmark in
/// simulation: two point masses, 100 steps a second.
///
/// Observation (39, all within ±1; vectors in the axes of `parameters.frame`; "relative" is missile minus interceptor):
///
/// | index | meaning | unit of 1 |
/// |---|---|---|
/// | 0–2, 3–5 | tracked relative position and velocity | 5000 m, 1000 m/s |
/// | 6–8, 9–11 | own velocity, axis of the seeker | 500 m/s, – |
/// | 12 | fuel left | full tank |
/// | 13 | time to the closest approach, 0 when past | 20 s |
/// | 14 | quality of the track: 1 / (1 + standard deviation / 50 m) | |
/// | 15 | closing speed | 1000 m/s |
/// | 16 | cosine of the angle between seeker and line of sight | |
/// | 17–19, 20–22 | ground radar's last relative position and velocity; 0 before the first | 5000 m, 1000 m/s |
/// | 23, 35 | freshness of the ground radar's and the seeker's last measurement: 1 now, 0 after 0.5 s | |
/// | 24 | quality of the data link | |
/// | 25 | fusion confidence | |
/// | 26–28 | turning rate of the line of sight | 1 rad/s |
/// | 29 | distance, cut at 1 | 500 m |
/// | 30 | own altitude | 5000 m |
/// | 31 | sine of the line of sight's elevation | |
/// | 32–34 | thrust as it is | largest thrust |
/// | 36–38 | tracked acceleration of the missile | 50 m/s² |
///
/// Action in [-1, 1]: thrust along three axes as a share of `vehicle.maxThrust`, then turning rates of the seeker about three axes as a share of
/// `vehicle.maxBodyRate` (not with `actions: .thrust`). With a residual, `residualScale` times the action is added to what the engine gives of the law's command.
///
/// See `Documentation/Environments/Interceptor.md`.
public struct Interceptor: Environment {
    public let spec: EnvironmentSpec
    public let parameters: InterceptorParameters
    let constants: Constants
    var state = State()

    public static let id = "Interceptor-v1"
    static let observationWidth = 39

    /// What follows from the parameters and never changes.
    struct Constants: Sendable {
        let windModel: Wind.Model
        let trackerModel: TargetTracker.Model
        /// Steps by which the tracker runs behind the present.
        let lag: Int64
        let evasionMemory: Double
        let elevationLimits: ElevationLimits
        let bodyRate: Double
        let residual: ProportionalNavigation
        let actionWidth: Int
        /// Seconds after which a measurement counts for nothing in the observation.
        let freshTime = 0.5
    }

    /// All that changes. Numbers of eight bytes only, so that its bytes are its value.
    struct State: BitwiseCopyable {
        var flight = Philox(seed: 0, purpose: .environment, index: 1)
        var sensing = Philox(seed: 0, purpose: .environment, index: 2)
        var interceptor = InterceptorBody()
        var missile = MissileBody()
        var wind = Wind()
        var variation = Variation()
        var radius = 0.0
        var cosHalfBeam = 0.0
        /// Share of the way to its command that the engine makes in a step.
        var response = 0.0
        var tracker = TargetTracker()
        var seekerLine = DelayLine()
        var groundLine = DelayLine()
        /// What arrived last, and at which step; -1: nothing yet.
        var seekerLast = Measurement()
        var seekerStep: Int64 = -1
        var groundLast = Measurement()
        var groundStep: Int64 = -1
        /// The tracker's estimate of the present.
        var estimate = TargetEstimate()
        var sight = SightFrame.world
        var steps: Int64 = 0
        var lifetime: Int64 = 0
        var outcome: Int64 = 0
        var books = Books()
    }

    /// The books of an episode.
    struct Books: BitwiseCopyable {
        var sums = RewardTerms()
        var distance = 0.0
        var minimumDistance = 0.0
        var passDistance = 0.0
        /// Of the last step: smallest distance within it, fuel burnt.
        var stepMinimum = 0.0
        var fuelStep = 0.0
        var startFuel = 0.0
        var quadrant: Int64 = 0
        /// Steps on which the distance grew minus steps on which it shrank.
        var receding: Int64 = 0
        var seekerDetections: Int64 = 0
        var groundDetections: Int64 = 0
        var positionErrorSum = 0.0
        var velocityErrorSum = 0.0
    }

    /// How an episode ended.
    public enum Outcome: Int64, Sendable, CaseIterable {
        case open = 0
        case intercepted
        /// The missile came down at the target, or elsewhere.
        case targetHit
        case missileLanded
        case crashed
        case outOfFuel
        /// The interceptor flew away from the missile for good.
        case receding
        case timeLimit
    }

    /// - Throws: `EnvironmentError` for parameters that make no sense.
    public init(_ parameters: InterceptorParameters = InterceptorParameters()) throws {
        try parameters.validate()
        self.parameters = parameters
        let p = parameters
        let width = p.actions == .thrust ? 3 : 6
        constants = Constants(
            windModel: Wind.Model(p.wind, timeStep: p.timeStep),
            trackerModel: TargetTracker.Model(
                timeStep: p.timeStep, gravity: p.gravity, threat: p.threat, windAcceleration: p.tracker.windAcceleration),
            lag: Int64(max(p.seeker.delaySteps, p.ground.delaySteps)), evasionMemory: exp(-p.timeStep / p.threat.evasionTime),
            elevationLimits: p.ground.limits, bodyRate: p.vehicle.maxBodyRate * .pi / 180,
            residual: p.residual.law(gain: p.residualGain), actionWidth: width)
        spec = EnvironmentSpec(
            id: Self.id, observationSpace: .box(count: Self.observationWidth, low: -1, high: 1),
            actionSpace: .box(count: width, low: -1, high: 1), maxEpisodeSteps: p.maxEpisodeSteps, timeStep: p.timeStep,
            // The same at every radius, so that a policy can be evaluated at others than it was trained at.
            success: "the missile comes within the intercept radius",
            metricNames: RewardTerms.names + [
                "intercepted", "miss_distance", "final_distance", "fuel_used", "time", "intercept_radius", "approach_quadrant", "outcome",
                "seeker_detections", "ground_detections", "track_position_error", "track_velocity_error",
            ])
    }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        let p = parameters
        let lifetime = state.lifetime
        var random = Philox(seed: seed, purpose: .environment)
        state = State()
        state.lifetime = lifetime
        state.flight = Philox(seed: seed, purpose: .environment, index: 1)
        state.sensing = Philox(seed: seed, purpose: .environment, index: 2)
        let stage = p.curriculum.values(ownSteps: lifetime, radius: p.interceptRadius, beam: p.seeker.beam)
        state.radius = stage.radius
        state.cosHalfBeam = cos(stage.beam * .pi / 360)
        state.variation = drawVariation(seed: seed)
        state.response = 1 - exp(-p.timeStep / (p.vehicle.thrustLag * state.variation.lag))

        // The missile, on its way to the origin.
        let range = random.draw(p.threat.range)
        let elevation = random.draw(p.threat.elevation) * .pi / 180
        let azimuth = random.draw(p.threat.azimuth) * .pi / 180
        let start = range * Vector3(cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation))
        let flightTime = range / random.draw(p.threat.meanSpeed)
        let launch = MissileBody.launchVelocity(from: start, flightTime: flightTime, p.threat, gravity: p.gravity)
        state.missile = MissileBody(motion: Motion(position: start, velocity: launch), evasion: p.threat.evasion * random.normalVector())
        state.books.quadrant = start.x >= 0 ? (start.y >= 0 ? 0 : 3) : (start.y >= 0 ? 1 : 2)
        state.wind = Wind(constants.windModel, scale: state.variation.wind, &random)

        // The interceptor, launched where the cue says; without one, anywhere.
        let (first, second) = state.sensing.normalVectors()
        var heading = random.uniform(0, 2 * .pi)
        let offset = p.vehicle.launchOffset
        let pad = Vector3(random.uniform(-offset, offset), random.uniform(-offset, offset), random.draw(p.vehicle.launchAltitude))
        if p.tracker.hasCue {
            let cue = start + p.tracker.cuePositionNoise * first
            state.tracker.begin(
                constants.trackerModel, position: cue, velocity: launch + p.tracker.cueVelocityNoise * second,
                positionDeviation: p.tracker.cuePositionNoise, velocityDeviation: p.tracker.cueVelocityNoise)
            heading = atan2(cue.y, cue.x) + random.uniform(-1, 1) * p.vehicle.launchHeadingError * .pi / 180
            state.interceptor.axis = (cue - pad).direction(or: .up)
        }
        let horizontal = random.draw(p.vehicle.launchHorizontalSpeed)
        state.interceptor.motion = Motion(
            position: pad, velocity: Vector3(horizontal * cos(heading), horizontal * sin(heading), random.draw(p.vehicle.launchVerticalSpeed)))
        state.interceptor.fuel = p.vehicle.fuel * state.variation.fuel

        state.books.startFuel = state.interceptor.fuel
        state.books.distance = (start - pad).length
        state.books.minimumDistance = state.books.distance
        state.books.passDistance = passDistance
        perceive()
        observe(&observation)
    }

    /// Sums of the reward's terms, then what `spec.metricNames` says: miss distance is the smallest distance (m), detections are shares of the steps
    /// on which a radar's measurement arrived, errors are means over the episode of the tracker's estimate of the present (m, m/s).
    public func metrics(into values: inout MutableSpan<Double>) {
        precondition(values.count == spec.metricNames.count, "one number for each metric's name")
        state.books.sums.write(to: &values)
        let steps = Double(max(state.steps, 1))
        let first = 12
        values[first] = outcome == .intercepted ? 1 : 0
        values[first + 1] = state.books.minimumDistance
        values[first + 2] = state.books.distance
        values[first + 3] = state.books.startFuel - state.interceptor.fuel
        values[first + 4] = Double(state.steps) * parameters.timeStep
        values[first + 5] = state.radius
        values[first + 6] = Double(state.books.quadrant)
        values[first + 7] = Double(state.outcome)
        values[first + 8] = Double(state.books.seekerDetections) / steps
        values[first + 9] = Double(state.books.groundDetections) / steps
        values[first + 10] = state.books.positionErrorSum / steps
        values[first + 11] = state.books.velocityErrorSum / steps
    }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { outcome == .intercepted }

    private func drawVariation(seed: UInt64) -> Variation {
        let share = parameters.domainRandomisation
        guard share > 0 else { return Variation() }
        var random = Philox(seed: seed, purpose: .domainRandomisation)
        func factor(_ spread: Double) -> Double { 1 + share * spread * random.uniform(-1, 1) }
        return Variation(
            drag: factor(0.2), density: factor(0.1), lag: factor(0.3), wind: factor(0.3), mass: factor(0.1), fuel: factor(0.2), noise: factor(0.3))
    }
}
