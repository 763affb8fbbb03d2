/// Weights of the reward's terms. The defaults are the report's; the three last are off.
public struct RewardWeights: Sendable, Equatable {
    /// For an interception.
    public var hit = 5000.0
    /// For each step left at an interception.
    public var early = 0.5
    /// For each metre of miss distance at a failure.
    public var miss = -0.5
    /// The miss term is never below this.
    public var missFloor = -2000.0
    /// At a failure that lets the missile hit the target.
    public var targetHit = -1000.0
    /// For flying into the ground.
    public var crash = -500.0
    /// For an empty tank.
    public var outOfFuel = -300.0
    /// For each metre closer, within `nearDistance` and beyond it.
    public var approachNear = 1.0
    public var approachFar = 0.5
    public var nearDistance = 500.0
    /// For each step.
    public var time = -0.5
    /// For each kilogram of fuel.
    public var fuel = 0.0
    /// For each unit of the action's squared length.
    public var effort = 0.0
    /// For each metre by which the distance at which the two would pass each other, if nobody accelerated but gravity, gets larger.
    public var passDistance = 0.0

    public init() {}
}

/// The terms of a reward, of a step or summed over an episode.
struct RewardTerms: BitwiseCopyable, Equatable {
    var hit = 0.0
    var early = 0.0
    var miss = 0.0
    var targetHit = 0.0
    var crash = 0.0
    var outOfFuel = 0.0
    var approachNear = 0.0
    var approachFar = 0.0
    var time = 0.0
    var fuel = 0.0
    var effort = 0.0
    var passDistance = 0.0

    /// Names of the metrics that hold an episode's sums, in the order in which `write` writes them.
    static let names = [
        "reward_hit", "reward_early", "reward_miss", "reward_target_hit", "reward_crash", "reward_out_of_fuel", "reward_approach_near",
        "reward_approach_far", "reward_time", "reward_fuel", "reward_effort", "reward_pass_distance",
    ]

    var total: Double {
        hit + early + miss + targetHit + crash + outOfFuel + approachNear + approachFar + time + fuel + effort + passDistance
    }

    static func += (a: inout RewardTerms, b: RewardTerms) {
        a.hit += b.hit
        a.early += b.early
        a.miss += b.miss
        a.targetHit += b.targetHit
        a.crash += b.crash
        a.outOfFuel += b.outOfFuel
        a.approachNear += b.approachNear
        a.approachFar += b.approachFar
        a.time += b.time
        a.fuel += b.fuel
        a.effort += b.effort
        a.passDistance += b.passDistance
    }

    /// Writes the terms at the beginning of `values`.
    func write(to values: inout MutableSpan<Double>) {
        values[0] = hit
        values[1] = early
        values[2] = miss
        values[3] = targetHit
        values[4] = crash
        values[5] = outOfFuel
        values[6] = approachNear
        values[7] = approachFar
        values[8] = time
        values[9] = fuel
        values[10] = effort
        values[11] = passDistance
    }
}
