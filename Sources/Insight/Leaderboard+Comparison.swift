import Runs

extension Leaderboard {
    /// Two policies against each other.
    public struct Comparison: Sendable, Codable, Equatable {
        public var first: String
        public var second: String
        public var sameWeights: Bool
        /// Difference of the mean returns, first minus second: pair by pair where both have the returns of the same episode seeds, else by
        /// Welch; nil where a side has fewer than two episodes.
        public var difference: Difference?
        /// The finding in a sentence.
        public var sentence: String

        /// - Parameter names: how the sentence calls the two.
        init(_ a: Entry, _ b: Entry, names: (String, String)) {
            first = names.0
            second = names.1
            sameWeights = !a.weightsChecksum.isEmpty && a.weightsChecksum == b.weightsChecksum
            let sameEpisodes = a.result.evaluationSeed == b.result.evaluationSeed && Self.isAlike(a, b)
            let isPaired = sameEpisodes && a.returns.count == b.returns.count && a.returns.count > 1
            difference = isPaired ? Statistics.pairedDifference(a.returns, b.returns) : Statistics.difference(a.result.figures, b.result.figures)
            if sameWeights {
                sentence = "\(first) and \(second) have the same weights."
                return
            }
            guard let difference else {
                let gap = a.result.figures.mean - b.result.figures.mean
                sentence = "\(first) and \(second) differ by \(NumberText.fixed(gap, decimals: NumberText.decimals(for: gap))), but with fewer than two episodes a side nothing can be said."
                return
            }
            let decimals = NumberText.decimals(for: max(abs(difference.interval.low), abs(difference.interval.high)))
            func text(_ value: Double) -> String { NumberText.fixed(value, decimals: decimals) }
            let basis = difference.paired ? "\(a.returns.count) paired episodes" : "\(a.result.figures.episodes) and \(b.result.figures.episodes) unpaired episodes"
            let (low, high) = (text(difference.interval.low), text(difference.interval.high))
            if difference.isSignificant {
                let word = difference.mean > 0 ? "ahead of" : "behind"
                // Said as a positive lead or lag, so the ends turn round for a lag.
                let range = difference.mean > 0 ? "\(low) to \(high)" : "\(text(-difference.interval.high)) to \(text(-difference.interval.low))"
                sentence = "\(first) is \(word) \(second) by \(text(abs(difference.mean))) (95 % interval \(range), \(basis)): significant."
            } else {
                sentence = "\(first) and \(second) can't be told apart: difference \(text(difference.mean)) (95 % interval \(low) to \(high), \(basis))."
            }
        }

        private static func isAlike(_ a: Entry, _ b: Entry) -> Bool {
            a.result.environment == b.result.environment && a.result.episodeConditions == b.result.episodeConditions
        }
    }

    static func bestAgainstLast(_ entries: [Entry]) -> [Comparison] {
        var seen: Set<String> = []
        return entries.map(\.run).filter { seen.insert($0).inserted }.compactMap { run in
            guard let best = entries.first(where: { $0.run == run && $0.checkpoint == .best }),
                let last = entries.first(where: { $0.run == run && $0.checkpoint == .last }) else { return nil }
            return Comparison(best, last, names: (best.name, "last (\(NumberText.steps(Double(last.result.steps))) steps)"))
        }
    }

    static func configurationDifferences(of best: Entry, from entries: [Entry], ignoring ignored: Set<String>) -> [ConfigurationDifference] {
        // One configuration a run, the best run's own left out, and those that came without one: nothing is known of their keys.
        var seen: Set<String> = [best.run]
        let others = entries.filter { seen.insert($0.run).inserted && !$0.configuration.isEmpty }
        guard !best.configuration.isEmpty else { return [] }
        var listed: Set<String> = ignored
        let keys = ([best] + others).flatMap { $0.configuration.map(\.key) }.filter { listed.insert($0).inserted }
        let tables = others.map { Dictionary($0.configuration.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }) }
        let bestTable = Dictionary(best.configuration.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        return keys.compactMap { key in
            var variants: [ConfigurationDifference.Variant] = []
            for (entry, table) in zip(others, tables) where table[key] != bestTable[key] {
                if let i = variants.firstIndex(where: { $0.value == table[key] }) {
                    variants[i].runs.append(entry.run)
                } else {
                    variants.append(.init(value: table[key], runs: [entry.run]))
                }
            }
            return variants.isEmpty ? nil : ConfigurationDifference(key: key, best: bestTable[key], others: variants)
        }
    }

    static func notes(on entries: [Entry], duplicates: Int) -> [String] {
        var notes: [String] = []
        if duplicates > 0 {
            notes.append("\(entries.count) rows, \(entries.count - duplicates) distinct policies: a duplicate is no independent repetition.")
        }
        let results = entries.map(\.result)
        let environments = Set(results.map(\.environment)).sorted()
        if environments.count > 1 {
            notes.append("Several environments (\(environments.joined(separator: ", "))): returns are not on one scale.")
        }
        if results.contains(where: { $0.episodeConditions != results[0].episodeConditions }) {
            notes.append("The rows were evaluated under different conditions: ranks compare unlike things.")
        }
        if results.contains(where: { $0.evaluationSeed != results[0].evaluationSeed }) {
            notes.append("The rows were evaluated on different episode seeds.")
        }
        return notes
    }
}
