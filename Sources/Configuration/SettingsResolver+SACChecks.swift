extension SettingsResolver {
    /// Checks across SAC's keys.
    mutating func checkSAC() {
        guard string("algorithm.name") == "sac" else { return }
        checkPace()
        checkReplay()
        // A step size of its own must begin above 0, as the common one.
        for name in ["critic_learning_rate", "alpha_learning_rate"] {
            let path = "algorithm.\(name)"
            guard isSound(path), case .schedule(let rate)? = values[path], rate.value(at: 0) <= 0 else { continue }
            report(at: [path], "'\(name)' must begin above 0")
        }
    }

    /// Steps and updates take turns, and both must come about.
    private mutating func checkPace() {
        let (updates, start, total) = ("algorithm.gradient_steps", "algorithm.learning_starts", "total_timesteps")
        if isSound(updates), int(updates) == 0 {
            report(at: [updates], "'gradient_steps' 0 would never learn", suggestion: "use 1 or more, or -1 for one update a step")
        }
        if isSound(start, total), let first = int(start), let last = int(total), first >= last {
            report(at: [start, total], "'learning_starts' \(first) is not before total_timesteps \(last): nothing would be learned")
        }
        let (frequency, environments) = ("algorithm.train_freq", "algorithm.n_envs")
        if isSound(frequency, environments, total), let each = int(frequency), let many = int(environments), let last = int(total), each * many > last {
            report(
                at: [frequency, environments, total],
                "n_envs · train_freq = \(many) · \(each) = \(each * many) steps come before every update, but total_timesteps is \(last)",
                suggestion: many <= last ? "use a train_freq of \(last / many) or less" : "use \(last) environments or fewer")
        }
    }

    /// The buffer has to hold what an update draws: two transitions of every environment, and the steps that it sums.
    private mutating func checkReplay() {
        let (batch, buffer, environments) = ("algorithm.batch_size", "algorithm.buffer_size", "algorithm.n_envs")
        if isSound(batch, buffer), let drawn = int(batch), let held = int(buffer), drawn > held {
            report(at: [batch, buffer], "'batch_size' \(drawn) is larger than buffer_size \(held)", suggestion: "use \(held) or less")
        }
        if isSound(batch, "algorithm.crossq"), bool("algorithm.crossq"), int(batch) == 1 {
            report(at: [batch], "'batch_size' 1 has no variance to normalise by, as crossq does", suggestion: "use 2 or more")
        }
        guard isSound(buffer, environments), let held = int(buffer), let many = int(environments) else { return }
        guard held >= 2 * many else {
            report(
                at: [buffer, environments], "'buffer_size' \(held) holds fewer than 2 transitions of each of \(many) environments",
                suggestion: "use \(2 * many) or more")
            return
        }
        let sum = "algorithm.n_step"
        if isSound(sum), let steps = int(sum), held / many <= steps {
            report(
                at: [sum, buffer, environments],
                "'n_step' \(steps) needs more than buffer_size / n_envs = \(held) / \(many) = \(held / many) transitions of an environment",
                suggestion: "use a buffer_size of \((steps + 1) * many) or more")
        }
    }
}
