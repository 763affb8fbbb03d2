import Algorithms
import Configuration
import Insight
import Runs

extension Training {
    /// The regular evaluation: measures, confirms a candidate or a decline on fresh episodes, keeps the best, and does what the guard says.
    mutating func evaluate(_ messages: inout [String]) throws {
        let c = configuration.evaluation
        let policy = algorithm.policy()
        let index = UInt32(state.evaluations)
        state.evaluations += 1

        // The same episodes every time, so that evaluations compare; fresh ones for what is to be proven.
        let regular = EpisodeSet(seed: configuration.seed, purpose: .evaluationEpisodes)
        let outcome = try evaluator.evaluate(policy, episodes: c.nEvalEpisodes, set: regular)
        let mean = outcome.figures.mean
        state.watch.note(mean: mean)
        messages.append(
            "evaluation at step \(algorithm.steps): return \(text(mean)) ± \(text(outcome.figures.std)) over \(c.nEvalEpisodes) episodes, length \(text(outcome.figures.lengthMean)), success \(text(100 * outcome.figures.successRate)) %")

        var becameBest = false
        var declined = false
        if state.watch.isCandidate(mean: mean) || state.watch.isDecline(mean: mean, configuration.guard) {
            let fresh = EpisodeSet(seed: configuration.seed, purpose: .confirmationEpisodes, index: index)
            let confirmation = try evaluator.evaluate(policy, episodes: c.confirmEpisodes, set: fresh)
            (becameBest, declined) = state.watch.confirm(confirmation.figures, regular: mean, step: algorithm.steps, configuration.guard)
            try logs.append(record(confirmation, kind: .confirmation, set: fresh, becameBest: becameBest))
            if becameBest {
                let files = try policyFiles()
                let saved = try store.saveBest(step: algorithm.steps, files: files + [CheckpointFile("evaluation.json", try JSONCoding.encode(confirmation.figures, pretty: true))])
                state.weightsHash = try StoredPolicy.checksum(of: saved)
                if configuration.guard.onCollapse == .rollback { bestLearned = algorithm.learned() }
                let sentence = "new best at step \(algorithm.steps): \(text(confirmation.figures.mean)) ± \(text(confirmation.figures.std)) over \(c.confirmEpisodes) fresh episodes"
                try act("best_replaced", sentence, &messages)
            }
        }
        try logs.append(record(outcome, kind: .periodic, set: regular, becameBest: becameBest))
        try logScalars(
            [("eval/mean_reward", mean), ("eval/std_reward", outcome.figures.std), ("eval/mean_ep_length", outcome.figures.lengthMean), ("eval/success_rate", outcome.figures.successRate)])

        switch state.watch.judge(declined: declined, configuration.guard) {
        case .carryOn:
            break
        case .warn(let sentence):
            try act("collapse_warned", "collapse: \(sentence)", &messages)
        case .stop(let sentence):
            state.stopReason = sentence
            try act("stopped", sentence, &messages)
        case .rollBack(let sentence):
            guard let bestLearned else {
                try act("collapse_warned", "collapse: \(sentence); there is no best policy to go back to", &messages)
                break
            }
            try algorithm.rollBack(to: bestLearned)
            try act("rolled_back", "collapse: \(sentence); went back to it with half the step size and a fresh optimiser", &messages)
        }
        try promoteIfPassed(outcome.figures, &messages)
        information.bestMean = state.watch.bestMean
        information.bestStep = state.watch.bestStep
        information.weightsHash = state.weightsHash
        // Lists tell the stage, and the next checkpoint may be far.
        let stage = parts.stage(state.curriculum.stage)
        if information.stage != stage {
            information.stage = stage
            try folder.write(information)
            try? registry?.update(folder, information)
        }
    }

    /// Goes to the curriculum's next stage when the present one is passed. The best policy and the guard's memory belong to a stage's
    /// environment, so both begin anew; the passed stage's policy stays as a milestone.
    private mutating func promoteIfPassed(_ figures: EvaluationFigures, _ messages: inout [String]) throws {
        guard let curriculum = configuration.curriculum, state.stopReason == nil,
            let reason = state.curriculum.note(mean: figures.mean, successRate: figures.successRate, step: algorithm.steps, curriculum)
        else { return }
        let (passed, next) = (state.curriculum.stage, state.curriculum.stage + 1)
        _ = try store.saveMilestone(step: algorithm.steps, files: try policyFiles())
        // While the stage is still the one that was passed: that is the one which the event names.
        try act(
            "promoted",
            "passed stage \(passed + 1) of \(parts.stageCount), \(parts.spec(stage: passed).id) (\(reason)); goes on in \(parts.spec(stage: next).id)",
            &messages)
        state.curriculum.advance(at: algorithm.steps)
        try parts.promote(algorithm, to: next)
        evaluator = parts.makeEvaluator(stage: next)
        state.watch = Guard()
        state.window = EpisodeWindow()
        state.weightsHash = nil
        bestLearned = nil
        try store.removeBest()
    }

    private func act(_ kind: String, _ sentence: String, _ messages: inout [String]) throws {
        try logs.append(
            RunEvent(step: algorithm.steps, kind: kind, stage: parts.stage(state.curriculum.stage)?.number, message: sentence))
        messages.append(sentence)
    }

    private func record(_ outcome: EvaluationOutcome, kind: EvaluationRecord.Kind, set: EpisodeSet, becameBest: Bool) -> EvaluationRecord {
        EvaluationRecord(
            step: algorithm.steps, kind: kind, stage: parts.stage(state.curriculum.stage)?.number, seedsStart: set.episodeSeed(0), figures: outcome.figures, becameBest: becameBest, returns: outcome.returns,
            lengths: outcome.lengths)
    }

    private func text(_ value: Double) -> String { NumberText.fixed(value, decimals: NumberText.decimals(for: value)) }
}
