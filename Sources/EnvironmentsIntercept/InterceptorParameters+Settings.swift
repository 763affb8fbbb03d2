import Environments

extension InterceptorParameters: NamedSettings {
    /// All numbers.
    public static let numbers: [NamedSetting<Self, Double>] = [
        .init("intercept_radius", \.interceptRadius), .init("gravity", \.gravity), .init("time_step", \.timeStep),
        .init("residual_scale", \.residualScale), .init("residual_gain", \.residualGain), .init("domain_randomisation", \.domainRandomisation),
        .init("missile_mass", \.threat.mass), .init("missile_drag_coefficient", \.threat.drag.coefficient), .init("missile_area", \.threat.drag.area),
        .init("missile_homing", \.threat.homing), .init("missile_homing_limit", \.threat.homingLimit),
        .init("missile_evasion", \.threat.evasion), .init("missile_evasion_time", \.threat.evasionTime),
        .init("launch_offset", \.vehicle.launchOffset), .init("launch_heading_error", \.vehicle.launchHeadingError),
        .init("mass", \.vehicle.mass), .init("fuel", \.vehicle.fuel), .init("max_thrust", \.vehicle.maxThrust),
        .init("thrust_lag", \.vehicle.thrustLag), .init("exhaust_velocity", \.vehicle.exhaustVelocity),
        .init("drag_coefficient", \.vehicle.drag.coefficient), .init("area", \.vehicle.drag.area), .init("max_body_rate", \.vehicle.maxBodyRate),
        .init("wind_shear", \.wind.shear), .init("wind_shear_ceiling", \.wind.shearCeiling), .init("wind_turbulence", \.wind.turbulence),
        .init("wind_turbulence_time", \.wind.turbulenceTime), .init("wind_gust_rate", \.wind.gustRate), .init("wind_gust_size", \.wind.gustSize),
        .init("wind_gust_time", \.wind.gustTime),
        .init("seeker_range", \.seeker.range), .init("seeker_minimum_range", \.seeker.minimumRange), .init("seeker_beam", \.seeker.beam),
        .init("seeker_quality", \.seeker.quality), .init("seeker_reliability", \.seeker.reliability),
        .init("seeker_range_noise", \.seeker.rangeNoise),
        .init("seeker_angle_noise", \.seeker.angleNoise), .init("seeker_glint", \.seeker.glint),
        .init("ground_altitude", \.ground.altitude), .init("ground_range", \.ground.range), .init("ground_floor", \.ground.floor),
        .init("ground_quality", \.ground.quality), .init("ground_reliability", \.ground.reliability),
        .init("ground_position_noise", \.ground.positionNoise), .init("ground_velocity_noise", \.ground.velocityNoise),
        .init("ground_packet_loss", \.ground.packetLoss), .init("link_range", \.ground.linkRange), .init("link_threshold", \.ground.linkThreshold),
        .init("cue_position_noise", \.tracker.cuePositionNoise), .init("cue_velocity_noise", \.tracker.cueVelocityNoise),
        .init("tracker_prior_speed", \.tracker.priorSpeed), .init("tracker_wind_acceleration", \.tracker.windAcceleration),
        .init("target_radius", \.endings.targetRadius), .init("receding_distance", \.endings.recedingDistance),
        .init("reward_hit", \.rewards.hit), .init("reward_early", \.rewards.early), .init("reward_miss", \.rewards.miss),
        .init("reward_miss_floor", \.rewards.missFloor), .init("reward_target_hit", \.rewards.targetHit), .init("reward_crash", \.rewards.crash),
        .init("reward_out_of_fuel", \.rewards.outOfFuel), .init("reward_approach_near", \.rewards.approachNear),
        .init("reward_approach_far", \.rewards.approachFar), .init("reward_near_distance", \.rewards.nearDistance),
        .init("reward_time", \.rewards.time), .init("reward_fuel", \.rewards.fuel), .init("reward_effort", \.rewards.effort),
        .init("reward_pass_distance", \.rewards.passDistance),
    ]

    /// All ranges, written as two numbers.
    public static let ranges: [NamedSetting<Self, ClosedRange<Double>>] = [
        .init("missile_range", \.threat.range), .init("missile_elevation", \.threat.elevation), .init("missile_azimuth", \.threat.azimuth),
        .init("missile_speed", \.threat.meanSpeed), .init("launch_altitude", \.vehicle.launchAltitude),
        .init("launch_horizontal_speed", \.vehicle.launchHorizontalSpeed), .init("launch_vertical_speed", \.vehicle.launchVerticalSpeed),
        .init("wind_speed", \.wind.speed), .init("ground_elevation", \.ground.elevation),
    ]

    /// All whole numbers.
    public static let integers: [NamedSetting<Self, Int>] = [
        .init("seeker_interval_steps", \.seeker.intervalSteps), .init("ground_interval_steps", \.ground.intervalSteps),
        .init("seeker_delay_steps", \.seeker.delaySteps), .init("ground_delay_steps", \.ground.delaySteps),
        .init("receding_after", \.endings.recedingAfter), .init("receding_steps", \.endings.recedingSteps),
    ]

    /// Checks that the parameters make sense.
    ///
    /// - Throws: `EnvironmentError` with the key that does not.
    public func validate() throws {
        for setting in Self.numbers where !self[keyPath: setting.path].isFinite { throw problem(setting.name, "is not finite") }
        for setting in Self.ranges where !(self[keyPath: setting.path].lowerBound.isFinite && self[keyPath: setting.path].upperBound.isFinite) {
            throw problem(setting.name, "is not finite")
        }
        let positive: [(String, Double)] = [
            ("intercept_radius", interceptRadius), ("time_step", timeStep), ("missile_mass", threat.mass), ("missile_range", threat.range.lowerBound),
            ("missile_speed", threat.meanSpeed.lowerBound), ("missile_evasion_time", threat.evasionTime), ("fuel", vehicle.fuel),
            ("max_thrust", vehicle.maxThrust), ("thrust_lag", vehicle.thrustLag), ("exhaust_velocity", vehicle.exhaustVelocity),
            ("max_body_rate", vehicle.maxBodyRate), ("wind_turbulence_time", wind.turbulenceTime), ("wind_gust_time", wind.gustTime),
            ("seeker_range", seeker.range), ("seeker_beam", seeker.beam), ("seeker_range_noise", seeker.rangeNoise), ("seeker_glint", seeker.glint),
            ("ground_range", ground.range), ("ground_position_noise", ground.positionNoise), ("ground_velocity_noise", ground.velocityNoise),
            ("cue_position_noise", tracker.cuePositionNoise), ("cue_velocity_noise", tracker.cueVelocityNoise), ("link_range", ground.linkRange),
            ("tracker_prior_speed", tracker.priorSpeed), ("tracker_wind_acceleration", tracker.windAcceleration),
        ]
        for (name, value) in positive where value <= 0 { throw problem(name, "must be above 0") }
        let notNegative: [(String, Double)] = [
            ("missile_homing", threat.homing), ("missile_homing_limit", threat.homingLimit), ("missile_evasion", threat.evasion),
            ("launch_offset", vehicle.launchOffset), ("launch_altitude", vehicle.launchAltitude.lowerBound),
            ("drag_coefficient", vehicle.drag.coefficient), ("area", vehicle.drag.area), ("missile_drag_coefficient", threat.drag.coefficient),
            ("missile_area", threat.drag.area), ("wind_speed", wind.speed.lowerBound), ("wind_turbulence", wind.turbulence),
            ("wind_gust_rate", wind.gustRate), ("wind_gust_size", wind.gustSize), ("seeker_angle_noise", seeker.angleNoise),
            ("seeker_minimum_range", seeker.minimumRange), ("gravity", gravity), ("residual_gain", residualGain),
            ("target_radius", endings.targetRadius),
        ]
        for (name, value) in notNegative where value < 0 { throw problem(name, "must be at least 0") }
        let shares: [(String, Double)] = [
            ("seeker_quality", seeker.quality), ("seeker_reliability", seeker.reliability), ("ground_quality", ground.quality),
            ("ground_reliability", ground.reliability), ("ground_packet_loss", ground.packetLoss), ("residual_scale", residualScale),
            ("domain_randomisation", domainRandomisation),
        ]
        for (name, value) in shares where !(0...1).contains(value) { throw problem(name, "must be between 0 and 1") }
        if maxEpisodeSteps < 1 { throw EnvironmentError("an episode has at least one step", place: Interceptor.id) }
        if vehicle.mass <= vehicle.fuel { throw problem("mass", "must exceed the fuel, which it includes") }
        if wind.shearCeiling <= 10 { throw problem("wind_shear_ceiling", "must be above 10 m") }
        if seeker.minimumRange >= seeker.range { throw problem("seeker_minimum_range", "must be below 'seeker_range'") }
        if seeker.beam > 360 { throw problem("seeker_beam", "must be at most 360 degrees") }
        let elevation = threat.elevation
        if !(elevation.lowerBound > 0 && elevation.upperBound <= 90) { throw problem("missile_elevation", "must be above 0 and at most 90") }
        for (name, steps) in [("seeker_delay_steps", seeker.delaySteps), ("ground_delay_steps", ground.delaySteps)]
        where !(0..<DelayLine.capacity).contains(steps) {
            throw problem(name, "must be between 0 and \(DelayLine.capacity - 1)")
        }
        for (name, steps) in [("seeker_interval_steps", seeker.intervalSteps), ("ground_interval_steps", ground.intervalSteps)] where steps < 1 {
            throw problem(name, "must be at least 1")
        }
        if let problem = curriculum.problem { throw EnvironmentError(problem, place: Interceptor.id, key: "curriculum_steps") }
    }

    private func problem(_ name: String, _ sentence: String) -> EnvironmentError {
        EnvironmentError("'\(name)' \(sentence)", place: Interceptor.id, key: name)
    }
}
