import Configuration
import Core
import Environments
import Insight
import Runs

extension TrainingCommands {
    /// Evaluates policies, beside the baselines of their environments, and ranks them.
    ///
    /// - Parameters:
    ///   - paths: runs or folders that hold a policy.
    ///   - checkpoint: `best`, `last`, `both` or a step number; policy folders have one policy only.
    ///   - conditions: what is asked for in place of the conditions of the training.
    ///   - baselines: whether baselines play the same episodes; nil: where the environment wants it so.
    ///   - say: told what is being done.
    /// - Throws: `RunError` or `TrainingError` for what can't be found or does not fit, before anything is played.
    public static func rank(
        paths: [String], root: String, checkpoint: String, episodes: Int, seed: UInt64, stochastic: Bool,
        conditions: EvaluationConditions = EvaluationConditions(), baselines: Bool? = nil, command: String, say: (String) -> Void
    ) throws -> Ranking {
        let entrants = try paths.flatMap { try candidates($0, root: root, checkpoint: checkpoint, say: say) }.map { candidate in
            let stored = try StoredPolicy(candidate.checkpoint, conditions: conditions)
            let task = try EvaluationTask(stored.configuration, radii: conditions.radii)
            if baselines == true, task.compared == nil { throw EnvironmentFactory.withoutBaselines(task.environment.spec.id) }
            return Entrant(candidate: candidate, stored: stored, task: task)
        }
        for path in Set(entrants.compactMap(\.changedConfiguration)).sorted() {
            say("note: \(path) was changed after the policy was saved; the checkpoint's own configuration counts")
        }

        let pool = WorkerPool(threads: WorkerPool.processorCount)
        let set = EpisodeSet(seed: seed, purpose: .finalEvaluationEpisodes)
        var groups: [Group] = []
        for (order, entrant) in entrants.enumerated() {
            let (candidate, stored, task) = (entrant.candidate, entrant.stored, entrant.task)
            say("evaluating \(candidate.name) (\(candidate.kind)) on \(episodes) episodes of \(task.environment.spec.id)")
            let outcome = try task.measure {
                try Evaluator(factory: $0, pool: pool).evaluate(stored.policy, episodes: episodes, set: set, stochastic: stochastic)
            }
            var stated = conditions.stated(by: task.environment, stored.configuration, trained: stored.description.environment)
            stated["actions"] = .string(stochastic ? "stochastic" : "deterministic")
            if task.radii.count > 1 {
                stated["radius"] = .array(task.radii.map { .number($0) })
                stated["return_radius"] = .number(task.radii[0])
            }
            for other in entrants where other.task.environment.spec.id == task.environment.spec.id {
                stated.merge(task.settings(unlike: other.task)) { own, _ in own }
            }
            // Baselines play once for all policies that meet the same episodes.
            if !groups.contains(where: { $0.task.sharesEpisodes(with: task) }) {
                var group = Group(task: task, head: head(task, stated, episodes: episodes, seed: seed))
                if let compared = task.compared, baselines ?? compared.comparesByDefault {
                    say("evaluating the baselines \(compared.baselineNames.joined(separator: ", ")) on the same episodes")
                    for name in compared.baselineNames {
                        group.baselines.append((name, try task.measure {
                            try Evaluator(factory: $0, pool: pool).evaluate(baseline: name, episodes: episodes, set: set)
                        }))
                    }
                }
                groups.append(group)
            }
            guard let index = groups.firstIndex(where: { $0.task.sharesEpisodes(with: task) }) else { continue }
            let result = EvaluationResult(
                config: candidate.configPath, seed: stored.description.seed, steps: stored.description.steps, wallSeconds: candidate.wallSeconds,
                checkpoint: candidate.checkpoint.path, environment: task.environment.spec.id, conditions: stated, evaluationSeed: seed,
                figures: outcome.figures, baselines: Dictionary(groups[index].baselines.map { ($0.name, $0.outcome.figures) }) { $1 }, command: command)
            let entry = Leaderboard.Entry(
                run: candidate.name, checkpoint: candidate.kind, seed: stored.description.seed,
                configurationHash: stored.description.configurationHash, configuration: stored.trained.flattened(),
                weightsChecksum: stored.checksum, result: result, returns: outcome.returns)
            groups[index].policies.append((order, entry, outcome))
        }
        return try ranking(groups)
    }

    /// A policy that is to be evaluated, and where.
    private struct Entrant {
        let candidate: Candidate
        let stored: StoredPolicy
        let task: EvaluationTask

        /// The run's configuration file where its environment is no longer the checkpoint's. A curriculum's stages differ by design.
        var changedConfiguration: String? {
            guard let path = candidate.runConfigurationPath, let now = try? Configuration.load(path: path), now.curriculum == nil else { return nil }
            return now.environment == stored.trained.environment ? nil : path
        }
    }

    /// Policies that meet the same episodes, and the baselines on them.
    private struct Group {
        let task: EvaluationTask
        let head: String
        /// With its place among all that were named.
        var policies: [(order: Int, entry: Leaderboard.Entry, outcome: EvaluationOutcome)] = []
        var baselines: [(name: String, outcome: EvaluationOutcome)] = []

        /// nil where nothing but the ranking would stand in it.
        func comparison() throws -> ControllerComparison? {
            guard !baselines.isEmpty || task.compared?.comparedMeasures.isEmpty == false else { return nil }
            let named = policies.map { ($0.entry.name, $0.outcome) }
            return try ControllerComparison(
                head: head, measures: task.measures,
                controllers: named.map { .init(name: $0, isBaseline: false, columns: $1.columns) }
                    + baselines.map { .init(name: $0.name, isBaseline: true, columns: $0.outcome.columns) },
                breakdown: task.radii.isEmpty ? nil : policies.first.map { ControllerComparison.Breakdown.quadrants($0.outcome) })
        }
    }

    private static func ranking(_ groups: [Group]) throws -> Ranking {
        var comparisons: [ControllerComparison] = []
        var ordered: [(order: Int, entry: Leaderboard.Entry)] = []
        for group in groups {
            let comparison = try group.comparison()
            for (i, policy) in group.policies.enumerated() {
                var entry = policy.entry
                if let comparison {
                    let differences = comparison.baselines.map { ($0.name, comparison.differences(comparison.policies[i], $0)) }
                    entry.result.differences = Dictionary(differences) { $1 }
                }
                ordered.append((policy.order, entry))
            }
            if let comparison { comparisons.append(comparison) }
        }
        let entries = ordered.sorted { $0.order < $1.order }.map(\.entry)
        return Ranking(leaderboard: try Leaderboard(entries), results: entries.map(\.result), comparisons: comparisons, heads: groups.map(\.head))
    }

    /// `ResidualQuadruped-v1, 100 episodes from seed 123: actions deterministic; seconds 20; terrain rough`. Where a policy was trained is its own affair.
    static func head(_ task: EvaluationTask, _ stated: [String: JSONValue], episodes: Int, seed: UInt64) -> String {
        let conditions = stated.filter { $0.key != EvaluationResult.originCondition }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: "; ")
        let head = "\(task.environment.spec.id), \(episodes) episodes from seed \(seed): \(conditions)"
        guard let largest = task.radii.first, let smallest = task.radii.last, task.radii.count > 1 else { return head }
        func text(_ radius: Double) -> String { InterceptRadius.text(radius) }
        return head + "\nSuccesses and distances are counted in one pass at \(text(smallest)) m; return and all else are measured at \(text(largest)) m."
    }
}

extension EvaluationOutcome {
    /// What a comparison is made from: return, length, success and the environment's measures.
    fileprivate var columns: [String: [Double]] {
        let own: [String: [Double]] = ["return": returns, "length": lengths.map(Double.init), "success": successes.map { $0 ? 1 : 0 }]
        return metrics.merging(own) { $1 }
    }
}
