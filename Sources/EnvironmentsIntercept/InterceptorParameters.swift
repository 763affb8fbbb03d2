/// Everything about the interceptor task that can be set. A scenario gives the defaults: `InterceptorParameters(.medium)`.
///
/// Metres, seconds, kilograms, newtons; angles in degrees. Ranges are drawn from uniformly at each reset.
public struct InterceptorParameters: Sendable, Equatable {
    /// How hard the threat, the weather and the radars make it.
    public enum Scenario: String, Sendable, Codable, CaseIterable { case easy, medium, hard }

    /// What an observation is made from.
    public enum Observation: String, Sendable, Codable, CaseIterable {
        /// The tracker's estimate and what the interceptor knows of itself. No true state of the missile.
        case radarOnly = "radar_only"
        /// The true state in the same places, for sanity checks.
        case omniscient
    }

    /// The axes of observations and actions.
    public enum Frame: String, Sendable, Codable, CaseIterable {
        /// East, north, up.
        case world
        /// Along the observed line of sight, left, upwards: see `SightFrame`.
        case lineOfSight = "line_of_sight"
    }

    /// What an action commands.
    public enum Actions: String, Sendable, Codable, CaseIterable {
        /// Six numbers: thrust along the three axes, turning rate of the seeker about the three axes.
        case thrustAndRates = "thrust_and_rates"
        /// Three numbers: thrust; the seeker turns towards the observed line of sight by itself.
        case thrust
    }

    /// What the action is added to.
    public enum Residual: String, Sendable, Codable, CaseIterable {
        case none
        /// Proportional navigation on what the policy itself observes; the zero action is proportional navigation exactly.
        case proportionalNavigation = "pn"
        /// The same with augmented proportional navigation, which also answers the missile's tracked acceleration.
        case augmentedProportionalNavigation = "augmented_pn"
        /// Augmented proportional navigation with full thrust along the line of sight at the same time, each axis cut by itself.
        case cornerNavigation = "corner_pn"

        /// The law to which the action is added; without a residual nobody asks for it.
        func law(gain: Double) -> ProportionalNavigation {
            let corners = self == .cornerNavigation
            return ProportionalNavigation(gain: gain, isAugmented: corners || self == .augmentedProportionalNavigation, usesCorners: corners)
        }
    }

    /// Which distance a failed episode is punished by.
    public enum MissMeasure: String, Sendable, Codable, CaseIterable {
        /// At the episode's end, as in the report.
        case final
        /// The smallest of the episode.
        case minimum
    }

    /// Where the missile starts and how fast it comes. Its launch velocity is such that it would fall onto the origin without wind and evasion.
    public struct Threat: Sendable, Equatable {
        /// Distance from the origin.
        public var range: ClosedRange<Double> = 2500...3500
        /// Above the horizon.
        public var elevation: ClosedRange<Double> = 25...50
        /// From east towards north.
        public var azimuth: ClosedRange<Double> = 0...360
        /// Distance divided by the time it takes to the origin, m/s.
        public var meanSpeed: ClosedRange<Double> = 180...240
        public var mass = 1000.0
        public var drag = Drag(coefficient: 0.45, area: 0.2)
        /// Gain with which it steers back to its course onto the origin (proportional navigation); 0: unguided.
        public var homing = 3.0
        /// Its largest acceleration for that, m/s².
        public var homingLimit = 15.0
        /// Standard deviation along each axis of its random acceleration, m/s²: buffeting when small, evasion when large.
        public var evasion = 16.0
        /// Correlation time of that acceleration.
        public var evasionTime = 1.0

        public init() {}
    }

    /// The interceptor itself and how it is launched.
    public struct Vehicle: Sendable, Equatable {
        /// Largest offset of the launch position from the origin, east and north.
        public var launchOffset = 25.0
        public var launchAltitude: ClosedRange<Double> = 0...10
        /// Speeds at launch, m/s.
        public var launchHorizontalSpeed: ClosedRange<Double> = 28...57
        public var launchVerticalSpeed: ClosedRange<Double> = 40...80
        /// Largest error of the launch heading against the cue's.
        public var launchHeadingError = 30.0
        /// At launch, fuel included.
        public var mass = 500.0
        /// Kilograms.
        public var fuel = 100.0
        /// Largest thrust along each axis of the action.
        public var maxThrust = 10_000.0
        /// Time constant of the engine.
        public var thrustLag = 0.1
        /// Thrust for each kilogram a second, m/s.
        public var exhaustVelocity = 5000.0
        public var drag = Drag(coefficient: 0.3, area: 1)
        /// Fastest turn of the seeker about each axis, degrees a second.
        public var maxBodyRate = 115.0

        public init() {}
    }

    /// What ends an episode.
    public struct Endings: Sendable, Equatable {
        /// A missile that comes down this close to the origin has hit the target.
        public var targetRadius = 500.0
        /// The episode is given up after this many steps, when the distance has grown on so many more steps than it shrank, and is so large.
        public var recedingAfter = 1000
        public var recedingSteps = 500
        public var recedingDistance = 2500.0

        public init() {}
    }

    public var scenario: Scenario
    public var maxEpisodeSteps = 2000
    public var timeStep = 0.01
    /// m/s².
    public var gravity = 9.81
    /// Distance at which the missile counts as intercepted. A curriculum that is not frozen takes its place.
    public var interceptRadius = 150.0
    public var curriculum = Curriculum.frozen
    public var observation = Observation.radarOnly
    public var frame = Frame.world
    public var actions = Actions.thrustAndRates
    public var residual = Residual.none
    /// Share of the full command that an action of 1 adds to the law's.
    public var residualScale = 0.5
    /// Navigation constant of the law beneath a residual.
    public var residualGain = 4.0
    public var threat = Threat()
    public var vehicle = Vehicle()
    public var wind = WindParameters()
    public var seeker = SeekerParameters()
    public var ground = GroundRadarParameters()
    public var tracker = TrackerParameters()
    public var endings = Endings()
    public var rewards = RewardWeights()
    public var missMeasure = MissMeasure.final
    /// Share of the full randomisation of drag, density, engine, wind, masses and noise (±20, 10, 30, 30, 10 and 30 %, fuel ±20 %) an episode.
    public var domainRandomisation = 0.0

    /// The defaults of a scenario.
    public init(_ scenario: Scenario = .medium) {
        self.scenario = scenario
        switch scenario {
        case .easy:
            threat.range = 1800...2600
            threat.meanSpeed = 140...180
            threat.evasion = 0.5
            vehicle.launchHorizontalSpeed = 42...71
            vehicle.launchVerticalSpeed = 50...90
            wind.speed = 2...2
            wind.turbulence = 0.05
            seeker.range = 6000
            seeker.quality = 1
            seeker.beam = 90
            seeker.rangeNoise = 3
            seeker.angleNoise = 3
            ground.positionNoise = 8
            ground.quality = 0.98
            ground.packetLoss = 0.02
            ground.delaySteps = 4
        case .medium:
            wind.speed = 8.5...8.5
            wind.turbulence = 0.15
        case .hard:
            threat.range = 3000...4500
            threat.meanSpeed = 240...320
            threat.evasion = 20
            vehicle.launchHorizontalSpeed = 14...50
            vehicle.launchVerticalSpeed = 30...70
            wind.speed = 17...17
            wind.turbulence = 0.25
            seeker.range = 3500
            seeker.quality = 0.75
            seeker.beam = 45
            seeker.rangeNoise = 10
            seeker.angleNoise = 12
            ground.positionNoise = 15
            ground.quality = 0.88
            ground.packetLoss = 0.1
            ground.delaySteps = 6
            ground.intervalSteps = 40
        }
    }

    /// The same task for evaluation: the curriculum is frozen, and the intercept radius is the one stated here.
    public func evaluating(atRadius radius: Double) -> InterceptorParameters {
        var copy = self
        copy.curriculum = .frozen
        copy.interceptRadius = radius
        return copy
    }
}
