import Environments

extension QuadrupedParameters: NamedSettings {
    /// All numbers.
    public static let numbers: [NamedSetting<Self, Double>] = [
        .init("body_height", \.gait.bodyHeight), .init("step_length", \.gait.stepLength), .init("step_height", \.gait.stepHeight),
        .init("cycle_time", \.gait.cycleTime), .init("residual_scale", \.residualScale), .init("servo_gain", \.servoGain),
        .init("terrain_height", \.terrain.height), .init("terrain_roughness", \.terrain.roughness),
        .init("terrain_correlation", \.terrain.correlation), .init("terrain_step_length", \.terrain.stepLength),
        .init("terrain_slope", \.terrain.slope), .init("command_velocity", \.commandVelocity),
        .init("success_velocity", \.successVelocity), .init("fall_height", \.fallHeight), .init("fall_tilt", \.fallTilt),
        .init("randomize_friction", \.randomisation.friction), .init("randomize_mass", \.randomisation.mass),
        .init("randomize_servo_gain", \.randomisation.servoGain), .init("randomize_terrain", \.randomisation.terrain),
        .init("randomize_pushes", \.randomisation.pushes), .init("push_interval", \.randomisation.pushInterval),
        .init("randomize_sensor_noise", \.randomisation.sensorNoise), .init("randomize_latency", \.randomisation.latency),
        .init("reward_forward", \.rewards.forward), .init("reward_lateral", \.rewards.lateral), .init("reward_height", \.rewards.height),
        .init("reward_tilt", \.rewards.tilt), .init("reward_energy", \.rewards.energy), .init("reward_smoothness", \.rewards.smoothness),
        .init("reward_contacts", \.rewards.contacts), .init("reward_fall", \.rewards.fall),
        .init("body_height_rate", \.gaitRates.bodyHeight), .init("step_length_rate", \.gaitRates.stepLength),
        .init("step_height_rate", \.gaitRates.stepHeight), .init("cycle_time_rate", \.gaitRates.cycleTime),
    ]

    /// All ranges, written as two numbers.
    public static let ranges: [NamedSetting<Self, ClosedRange<Double>>] = [
        .init("body_height_range", \.gaitBounds.bodyHeight), .init("step_length_range", \.gaitBounds.stepLength),
        .init("step_height_range", \.gaitBounds.stepHeight), .init("cycle_time_range", \.gaitBounds.cycleTime),
    ]

    /// All whole numbers.
    public static let integers: [NamedSetting<Self, Int>] = [.init("frame_skip", \.frameSkip), .init("settle_steps", \.settleSteps)]

    /// Checks that the parameters make sense.
    ///
    /// - Throws: `EnvironmentError` with the key that does not.
    public func validate() throws {
        for setting in Self.numbers where !(self[keyPath: setting.path] >= 0 && self[keyPath: setting.path].isFinite) {
            throw problem(setting.name, "must be finite and at least 0")
        }
        let positive: [(String, Double)] = [
            ("body_height", gait.bodyHeight), ("servo_gain", servoGain), ("command_velocity", commandVelocity),
            ("push_interval", randomisation.pushInterval),
        ]
        for (name, value) in positive where value <= 0 { throw problem(name, "must be above 0") }
        for (name, value) in [("terrain_correlation", terrain.correlation), ("terrain_step_length", terrain.stepLength)] where value < 1e-3 {
            throw problem(name, "must be at least 0.001 m")
        }
        let shares: [(String, Double)] = [
            ("terrain_roughness", terrain.roughness), ("randomize_friction", randomisation.friction),
            ("randomize_servo_gain", randomisation.servoGain), ("randomize_terrain", randomisation.terrain),
        ]
        for (name, value) in shares where value > 1 { throw problem(name, "must be between 0 and 1") }
        // The trunk carries the change, and weighs 40 % of the whole.
        if randomisation.mass > 0.3 { throw problem("randomize_mass", "must be at most 0.3") }
        if randomisation.servoGain > 0.9 { throw problem("randomize_servo_gain", "must be at most 0.9") }
        let longest = Double(Quadruped.historyLength - 1) * Double(frameSkip) * 0.001
        if randomisation.latency > longest { throw problem("randomize_latency", "must be at most \(longest) s") }
        if gait.cycleTime < Self.shortestCycle { throw problem("cycle_time", "must be at least \(Self.shortestCycle) s") }
        if gaitBounds.cycleTime.lowerBound < Self.shortestCycle {
            throw problem("cycle_time_range", "must begin at \(Self.shortestCycle) s or later")
        }
        for range in Self.ranges where self[keyPath: range.path].lowerBound < 0 || !self[keyPath: range.path].upperBound.isFinite {
            throw problem(range.name, "must be finite and at least 0")
        }
        if actions == .adaptive {
            let inside: [(String, ClosedRange<Double>, Double)] = [
                ("body_height", gaitBounds.bodyHeight, gait.bodyHeight), ("step_length", gaitBounds.stepLength, gait.stepLength),
                ("step_height", gaitBounds.stepHeight, gait.stepHeight), ("cycle_time", gaitBounds.cycleTime, gait.cycleTime),
            ]
            for (name, range, value) in inside where !range.contains(value) { throw problem(name, "must lie in '\(name)_range'") }
        }
        // The height field's place in space is bounded when the model is compiled.
        if terrain.height > 0.5 { throw problem("terrain_height", "must be at most 0.5 m") }
        if terrain.slope > 10 { throw problem("terrain_slope", "must be at most 10 degrees") }
        if fallTilt > 180 { throw problem("fall_tilt", "must be at most 180 degrees") }
        if maxEpisodeSteps < 1 { throw EnvironmentError("an episode has at least one step", place: actions.rawValue) }
        if !(1...100).contains(frameSkip) { throw problem("frame_skip", "must be between 1 and 100") }
        if !(0...10_000).contains(settleSteps) { throw problem("settle_steps", "must be between 0 and 10000") }
        if let trunkHeight, !(trunkHeight > 0 && trunkHeight.isFinite) { throw problem("trunk_height", "must be above 0") }
        let stages = curriculum
        let isOrdered = zip(stages.steps, stages.steps.dropFirst()).allSatisfy { $0 < $1 }
        if stages.steps.count != stages.heights.count || !isOrdered || stages.environments < 1
            || !stages.steps.allSatisfy({ $0 >= 0 && $0.isFinite }) || !stages.heights.allSatisfy({ (0...0.5).contains($0) })
        {
            throw problem("curriculum_steps", "must rise, and have a height of 0 to 0.5 m each")
        }
    }

    private static let shortestCycle = 0.1

    private func problem(_ name: String, _ sentence: String) -> EnvironmentError {
        EnvironmentError("'\(name)' \(sentence)", place: Quadruped.id(actions), key: name)
    }
}
