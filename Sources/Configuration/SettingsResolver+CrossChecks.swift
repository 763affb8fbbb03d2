extension SettingsResolver {
    /// Checks that need more than one key. All look at effective values, so a resolved file passes as its origin did.
    mutating func crossCheck() {
        checkName()
        checkMinibatches()
        checkShards()
        checkOrder("algorithm.lr_min", "algorithm.lr_max", strictly: false, where: string("algorithm.lr_schedule") == "adaptive")
        checkOrder("algorithm.log_std_min", "algorithm.log_std_max", strictly: true, where: true)
        checkStepSize()
        checkLogStd()
        checkTrunk()
        checkSequences()
        checkSAC()
        checkEvaluation()
    }

    /// A run's name becomes part of a folder's name.
    private mutating func checkName() {
        guard isSound("name"), let name = string("name") else { return }
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        if !isPlain || name.hasPrefix(".") || name.hasPrefix("-") || name.count > 100 {
            report(
                at: ["name"], "'name' is not fit for a folder's name",
                suggestion: "use at most 100 letters, digits, '.', '_' and '-', a letter or digit first")
        }
    }

    /// Every minibatch must be full.
    private mutating func checkMinibatches() {
        let paths = ["algorithm.batch_size", "algorithm.n_steps", "algorithm.n_envs"]
        guard string("algorithm.name") == "ppo", isSound(paths[0], paths[1], paths[2]), let batch = int(paths[0]), let steps = int(paths[1]),
            let envs = int(paths[2])
        else { return }
        let (rollout, overflow) = steps.multipliedReportingOverflow(by: envs)
        guard !overflow, rollout <= Int(Int32.max) else {
            report(
                at: Array(paths.dropFirst()), "a rollout of n_envs · n_steps = \(envs) · \(steps) is too large", suggestion: "use at most \(Int32.max) steps")
            return
        }
        let product = "n_envs · n_steps = \(envs) · \(steps) = \(rollout)"
        if batch > rollout {
            report(at: paths, "'batch_size' \(batch) is larger than \(product)", suggestion: "use \(rollout) or less")
        } else if rollout % batch != 0 {
            let (below, above) = Self.nearestDivisors(of: rollout, to: batch)
            report(at: paths, "'batch_size' \(batch) does not divide \(product)", suggestion: "the nearest that do are \(below) and \(above)")
        }
    }

    /// No shard is empty, and a deviation needs two rows.
    private mutating func checkShards() {
        let (shards, batch, normalized) = ("machine.shards", "algorithm.batch_size", "algorithm.normalize_advantage")
        guard isSound(batch), let rows = int(batch) else { return }
        if isSound(shards), let parts = int(shards), parts > rows {
            report(at: [shards, batch], "'shards' \(parts) is more than batch_size \(rows)", suggestion: "use \(rows) or less, or shards: null")
        }
        if rows < 2, string("algorithm.name") == "ppo", isSound(normalized), bool(normalized) {
            report(at: [batch, normalized], "normalize_advantage needs a batch_size of at least 2", suggestion: "set normalize_advantage: false")
        }
    }

    /// The largest divisor of `number` up to `target`, and the smallest from `target` on; `1 <= target <= number`.
    static func nearestDivisors(of number: Int, to target: Int) -> (Int, Int) {
        var (below, above) = (1, number)
        var divisor = 1
        while divisor * divisor <= number {
            if number % divisor == 0 {
                for candidate in [divisor, number / divisor] {
                    if candidate <= target { below = max(below, candidate) }
                    if candidate >= target { above = min(above, candidate) }
                }
            }
            divisor += 1
        }
        return (below, above)
    }

    private mutating func checkOrder(_ low: String, _ high: String, strictly: Bool, where applies: Bool) {
        guard applies, isSound(low, high), let lower = number(low), let upper = number(high) else { return }
        guard strictly ? lower >= upper : lower > upper else { return }
        let names = [low, high].map { "'\($0.split(separator: ".").last ?? "")'" }
        let values = [lower, upper].map(NumberText.short)
        report(at: [low, high], "\(names[0]) \(values[0]) must be below \(names[1]) \(values[1])")
    }

    /// An adaptive step size starts inside its band.
    private mutating func checkStepSize() {
        let (rate, low, high) = ("algorithm.learning_rate", "algorithm.lr_min", "algorithm.lr_max")
        guard string("algorithm.lr_schedule") == "adaptive", isSound(rate, low, high), let lower = number(low), let upper = number(high),
            lower <= upper, case .schedule(.constant(let start))? = values[rate]
        else { return }
        if start < lower || start > upper {
            let band = "[\(NumberText.short(lower)), \(NumberText.short(upper))]"
            report(at: [rate, low, high], "'learning_rate' \(NumberText.short(start)) is outside lr_min … lr_max \(band)")
        }
    }

    private mutating func checkLogStd() {
        let (start, low, high) = ("algorithm.log_std_init", "algorithm.log_std_min", "algorithm.log_std_max")
        guard isSound(start, low, high), let value = number(start) else { return }
        let (lower, upper) = (number(low) ?? -.infinity, number(high) ?? .infinity)
        if lower < upper, value < lower || value > upper {
            report(at: [start, low, high], "'log_std_init' \(NumberText.short(value)) is outside log_std_min … log_std_max")
        }
    }

    /// One trunk cannot have two shapes.
    private mutating func checkTrunk() {
        let recurrent = bool("algorithm.use_lstm")
        let (layers, shared) = recurrent ? ("lstm_input_arch", "shared_lstm") : ("net_arch", "share_features")
        let paths = ["algorithm.\(layers)", "algorithm.\(shared)"]
        guard isSound(paths[0], paths[1], "algorithm.use_lstm"), bool(paths[1]), case .mapping? = values[paths[0]] else { return }
        report(at: paths, "'\(layers)' has two shapes, but \(shared) is true", suggestion: "give one list, or set \(shared): false")
    }

    /// Rollouts and minibatches consist of whole sequences.
    private mutating func checkSequences() {
        let path = "algorithm.bptt_length"
        guard bool("algorithm.use_lstm"), isSound(path), let length = int(path) else { return }
        for name in ["n_steps", "batch_size"] {
            let other = "algorithm.\(name)"
            guard isSound(other), let whole = int(other), whole % length != 0 else { continue }
            let (below, above) = Self.nearestDivisors(of: whole, to: min(length, whole))
            let nearest = below == above ? "the nearest that does is \(below)" : "the nearest that do are \(below) and \(above)"
            report(at: [path, other], "'bptt_length' \(length) does not divide \(name) \(whole)", suggestion: nearest)
        }
    }

    /// What the guard needs from the evaluations.
    private mutating func checkEvaluation() {
        let frequency = "evaluation.eval_freq"
        if isSound(frequency), int(frequency) == 0 {
            if isSound("guard.early_stopping.enabled"), bool("guard.early_stopping.enabled") {
                report(
                    at: [frequency], "early stopping needs evaluations, but 'eval_freq' is 0",
                    suggestion: "set eval_freq, or early_stopping: null")
            }
            if isSound("curriculum.stages"), case .list(let stages)? = values["curriculum.stages"], stages.count > 1 {
                report(
                    at: [frequency], "a curriculum is promoted by evaluations, but 'eval_freq' is 0",
                    suggestion: "set eval_freq, or leave the curriculum out")
            }
            if isSound("guard.on_collapse"), let response = string("guard.on_collapse"), response != "warn" {
                report(
                    at: [frequency], "on_collapse '\(response)' needs evaluations, but 'eval_freq' is 0",
                    suggestion: "set eval_freq, or on_collapse: warn")
            }
        }
        let (environments, episodes) = ("evaluation.n_eval_envs", "evaluation.n_eval_episodes")
        if isSound(environments, episodes), let many = int(environments), let few = int(episodes), many > few {
            report(
                at: [environments, episodes], "'n_eval_envs' \(many) is more than n_eval_episodes \(few)",
                suggestion: "use \(few) or less")
        }
    }
}
