extension SettingsResolver {
    /// Checks across SAC's keys.
    mutating func checkSAC() {
        guard string("algorithm.name") == "sac" else { return }
        checkReplay()
        let steps = "algorithm.gradient_steps"
        if isSound(steps), int(steps) == 0 {
            report(at: [steps], "'gradient_steps' 0 would never learn", suggestion: "use 1 or more, or -1 for one update a step")
        }
        // A step size of its own must begin above 0, as the common one.
        for name in ["critic_learning_rate", "alpha_learning_rate"] {
            let path = "algorithm.\(name)"
            guard isSound(path), case .schedule(let rate)? = values[path], rate.value(at: 0) <= 0 else { continue }
            report(at: [path], "'\(name)' must begin above 0")
        }
    }

    private mutating func checkReplay() {
        let (batch, buffer, environments) = ("algorithm.batch_size", "algorithm.buffer_size", "algorithm.n_envs")
        if isSound(batch, buffer), let drawn = int(batch), let held = int(buffer), drawn > held {
            report(at: [batch, buffer], "'batch_size' \(drawn) is larger than buffer_size \(held)", suggestion: "use \(held) or less")
        }
        if isSound(buffer, environments), let held = int(buffer), let many = int(environments), held < many {
            report(at: [buffer, environments], "'buffer_size' \(held) is smaller than n_envs \(many)", suggestion: "use \(many) or more")
        }
        let (start, total) = ("algorithm.learning_starts", "total_timesteps")
        if isSound(start, total), let first = int(start), let last = int(total), first >= last {
            report(at: [start, total], "'learning_starts' \(first) is not before total_timesteps \(last): nothing would be learned")
        }
    }
}
