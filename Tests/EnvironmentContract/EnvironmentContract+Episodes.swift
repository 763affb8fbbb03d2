import Environments

extension EnvironmentContract {
    func verifySpec() throws {
        let environment = try make(nil)
        let spec = environment.spec
        try require(spec.id == expected.id, "the id is '\(spec.id)'")
        try require(spec.observationSpace.width == expected.observationWidth, "an observation has \(spec.observationSpace.width) numbers")
        try require(spec.actionSpace == expected.actionSpace, "the action space is \(spec.actionSpace)")
        try require(spec.maxEpisodeSteps == expected.maxEpisodeSteps, "the limit is \(String(describing: spec.maxEpisodeSteps))")
        try require(spec.timeStep > 0 && spec.timeStep.isFinite, "a step takes \(spec.timeStep) s")
        try require(!spec.success.isEmpty, "what counts as success is not said")
        try require(Set(spec.metricNames).count == spec.metricNames.count, "two metrics have the same name")
        // The spec travels with the weights, so it may not drift while an episode runs.
        var player = try Player(environment: environment, seed: 1)
        try player.play(20)
        try require(player.environment.spec == spec, "the spec changed during an episode")
    }

    func verifySeeds() throws {
        var first = try player(seed: 3)
        var second = try player(seed: 3)
        try first.play(300)
        try second.play(300)
        try require(first.bits == second.bits, "two instances with the same seed and actions differ")
        var other = try player(seed: 3_000_000_007)
        try other.play(300)
        try require(first.bits != other.bits, "another seed gives the same episode")
    }

    func verifyObservations() throws {
        var player = try player(seed: 11)
        let space = player.environment.spec.observationSpace
        var ends = 0
        // Until some episodes ended, since the last observation of an episode is the one that is easily forgotten.
        for step in 0..<4000 where ends < 5 {
            try require(space.contains(player.observation.span), "observation \(step) is outside its space or was not written whole")
            try player.step()
            try require(player.last.reward.isFinite, "reward \(step) is not finite")
            if player.last.isLast {
                ends += 1
                try require(space.contains(player.observation.span), "the last observation of an episode is outside its space or missing")
                try player.begin(seed: player.seed &+ 1)
            }
        }
    }

    func verifyTruncation() throws {
        // A short limit that the episode outlasts: cut at exactly that step.
        let short = expected.survivableSteps
        var player = try player(seed: 1, limit: short)
        for step in 1...short {
            try player.step()
            try require(!player.last.terminated, "the episode terminated at step \(step); choose fewer survivableSteps")
            try require(player.last.truncated == (step == short), "truncated is \(player.last.truncated) at step \(step) of \(short)")
        }
        // The count starts again with the episode.
        try player.begin(seed: 1)
        for step in 1...short {
            try player.step()
            try require(player.last.truncated == (step == short), "after a reset truncated is \(player.last.truncated) at step \(step) of \(short)")
        }
        // The environment's own limit: nothing outlasts it, and nothing is cut before it.
        guard let limit = expected.maxEpisodeSteps else { return }
        player = try self.player(seed: 5)
        for _ in 0..<3 {
            while !player.last.isLast && player.steps <= limit {
                try player.step()
                try require(!(player.last.truncated && player.last.terminated), "step \(player.steps) is both truncated and terminated")
                try require(!player.last.truncated || player.steps == limit, "truncated at step \(player.steps), the limit is \(limit)")
            }
            try require(player.last.isLast && player.steps <= limit, "an episode outlasts its limit of \(limit) steps")
            try player.begin(seed: player.seed &+ 1)
        }
    }

    func verifyTermination() throws {
        guard let terminates = expected.terminates else { return }
        var player = try player(seed: 21)
        let limit = expected.maxEpisodeSteps ?? 1000
        var terminations = 0
        for _ in 0..<20 {
            while !player.last.isLast && player.steps < limit { try player.step() }
            terminations += player.last.terminated ? 1 : 0
            try player.begin(seed: player.seed &+ 1)
            if terminates && terminations > 0 { return }
        }
        try require((terminations > 0) == terminates, "\(terminations) of 20 episodes terminated")
    }

    func verifyMetrics() throws {
        var used = try player(seed: 31)
        let fresh = used.metrics()
        try require(fresh.allSatisfy(\.isFinite), "metrics of a new episode: \(fresh)")
        try used.playSilently(1)
        while !used.last.isLast && used.steps < 1000 { try used.step() }
        let final = used.metrics()
        try require(final.allSatisfy(\.isFinite), "metrics at the end of an episode: \(final)")
        try used.begin(seed: 31)
        try require(used.metrics() == fresh, "metrics do not start again with the episode")
        _ = used.environment.succeeded(EpisodeTotals(return: used.total, length: used.steps, truncated: false))
    }
}
