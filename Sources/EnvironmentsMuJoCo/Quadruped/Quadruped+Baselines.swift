import Core
import Environments

extension Quadruped: BaselineEnvironment {
    /// `plain_gait`: the gait as it is configured, without corrections. `default_gait`: the gait of `GaitParameters()`, listed where another is
    /// configured.
    public var baselineNames: [String] { parameters.gait == GaitParameters() ? ["plain_gait"] : ["plain_gait", "default_gait"] }

    public func playing(baseline name: String) throws -> any Environment {
        guard baselineNames.contains(name) else { throw unknownBaseline(name) }
        return OpenLoopBaseline(.zero, in: name == "plain_gait" ? self : try Quadruped(withDefaultGait, model: world.original))
    }

    /// The same task, its reward included, over the default gait.
    private var withDefaultGait: QuadrupedParameters {
        var copy = parameters
        copy.gait = GaitParameters()
        copy.trunkHeight = wantedTrunkHeight
        // The zero action asks for the gait itself, which has to lie within the bounds.
        func include(_ value: Double, in range: inout ClosedRange<Double>) {
            range = min(range.lowerBound, value)...max(range.upperBound, value)
        }
        include(copy.gait.bodyHeight, in: &copy.gaitBounds.bodyHeight)
        include(copy.gait.stepLength, in: &copy.gaitBounds.stepLength)
        include(copy.gait.stepHeight, in: &copy.gaitBounds.stepHeight)
        include(copy.gait.cycleTime, in: &copy.gaitBounds.cycleTime)
        return copy
    }

    public var comparedMeasures: [Measure] {
        [
            Measure("forward_velocity", "forward velocity", unit: "m/s"), Measure("distance", "distance", unit: "m"),
            Measure("fell", "fall rate", isShare: true), Measure("lateral_drift", "lateral drift", unit: "m"),
            Measure("height_deviation", "height deviation", unit: "m"), Measure("tilt", "tilt", unit: "°"),
            Measure("energy_per_meter", "energy", unit: "J/m"), Measure("action_magnitude", "action magnitude"),
        ]
    }

    public var conditions: [String: JSONValue] {
        var conditions: [String: JSONValue] = [
            "terrain": .string(parameters.terrain.kind.rawValue), "terrain_height": .number(parameters.terrain.height),
            "seconds": .number(Double(parameters.maxEpisodeSteps) * spec.timeStep),
        ]
        if let seed = parameters.terrain.seed { conditions["terrain_seed"] = .number(Double(seed)) }
        return conditions
    }

    public var policyParameters: Set<String> {
        // The bounds and rates of the gait's parameters say what an adaptive policy's actions mean.
        let bounds = ["body_height", "step_length", "step_height", "cycle_time"].flatMap { ["\($0)_range", "\($0)_rate"] }
        return Set(bounds).union(
            ["privileged", "residual_scale", "curriculum_steps", "curriculum_heights", "curriculum_linear", "curriculum_environments"])
    }
}
