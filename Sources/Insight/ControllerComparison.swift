import Runs

/// Policies and baselines on the same episodes, side by side by the environment's own measures.
public struct ControllerComparison: Sendable, Equatable {
    /// Something measured in each episode.
    public struct Measure: Sendable, Equatable {
        /// Its name among a controller's columns.
        public var key: String
        public var title: String
        /// Empty for pure numbers.
        public var unit: String
        /// Whether values are 0 or 1, or shares, and shown as percentages.
        public var isShare: Bool

        public init(key: String, title: String, unit: String = "", isShare: Bool = false) {
            self.key = key
            self.title = title
            self.unit = unit
            self.isShare = isShare
        }

        /// With the unit: `fall rate, %`.
        var heading: String { isShare ? "\(title), %" : unit.isEmpty ? title : "\(title), \(unit)" }
        /// From values to what is shown.
        var scale: Double { isShare ? 100 : 1 }
    }

    /// A policy or a baseline and what was measured of it.
    public struct Controller: Sendable, Equatable {
        public var name: String
        public var isBaseline: Bool
        /// Key of a measure → its value in each episode, in the order of the episode seeds.
        public var columns: [String: [Double]]

        public init(name: String, isBaseline: Bool, columns: [String: [Double]]) {
            self.name = name
            self.isBaseline = isBaseline
            self.columns = columns
        }
    }

    /// Parts of the episodes, the same for every controller, over which the measures are shown once more.
    public struct Breakdown: Sendable, Equatable {
        public struct Part: Sendable, Equatable {
            public var name: String
            /// Places of its episodes in the controllers' columns; without any it is not shown.
            public var episodes: [Int]

            public init(name: String, episodes: [Int]) {
                self.name = name
                self.episodes = episodes
            }
        }
        /// Over the table: `By approach quadrant`.
        public var title: String
        /// Over the parts' names: `Quadrant`.
        public var heading: String
        public var parts: [Part]

        public init(title: String, heading: String, parts: [Part]) {
            self.title = title
            self.heading = heading
            self.parts = parts
        }
    }

    /// A policy's mean minus a baseline's.
    public struct Gap: Sendable, Equatable {
        public var measure: Measure
        public var policy: Double
        public var baseline: Double
        /// Pair by pair; nil for a single episode.
        public var difference: Difference?
    }

    /// What was played and under which conditions, in a line.
    public var head: String
    public var episodes: Int
    public var measures: [Measure]
    /// Policies first, then baselines, the most telling one first.
    public var controllers: [Controller]
    public var breakdown: Breakdown?

    /// - Parameters:
    ///   - measures: those shown, in order.
    ///   - controllers: all with the same episodes; each has every measure.
    /// - Throws: `InsightError` for no controllers, no episodes, or columns that are missing or of unequal length.
    public init(head: String, measures: [Measure], controllers: [Controller], breakdown: Breakdown? = nil) throws {
        guard let first = controllers.first, let key = measures.first?.key, let episodes = first.columns[key]?.count, episodes > 0 else {
            throw InsightError("nothing to compare", place: "comparison", hint: "evaluate at least one policy for one episode")
        }
        for controller in controllers {
            for measure in measures where controller.columns[measure.key]?.count != episodes {
                let count = controller.columns[measure.key]?.count ?? 0
                throw InsightError("\(controller.name) has \(count) values of \(measure.key) for \(episodes) episodes", place: "comparison")
            }
        }
        let areInside = breakdown?.parts.allSatisfy { part in part.episodes.allSatisfy { (0..<episodes).contains($0) } } ?? true
        precondition(areInside, "a part consists of episodes that were played")
        self.head = head
        self.episodes = episodes
        self.measures = measures
        self.controllers = controllers.filter { !$0.isBaseline } + controllers.filter(\.isBaseline)
        self.breakdown = breakdown
    }

    public var policies: [Controller] { controllers.filter { !$0.isBaseline } }
    public var baselines: [Controller] { controllers.filter(\.isBaseline) }

    /// A policy against a baseline, measure by measure.
    public func gaps(_ policy: Controller, _ baseline: Controller) -> [Gap] {
        measures.compactMap { measure in
            guard let a = policy.columns[measure.key], let b = baseline.columns[measure.key] else { return nil }
            let shares = measure.isShare ? Statistics.pairedRateDifference(a, b) : nil
            return Gap(
                measure: measure, policy: Statistics.mean(a), baseline: Statistics.mean(b),
                difference: shares ?? Statistics.pairedDifference(a, b))
        }
    }

    /// The same for files: measure → difference; a single episode's has no interval.
    public func differences(_ policy: Controller, _ baseline: Controller) -> [String: PairedDifference] {
        Dictionary(uniqueKeysWithValues: gaps(policy, baseline).map { gap in
            let interval = gap.difference.map { [$0.interval.low, $0.interval.high] } ?? []
            return (gap.measure.key, PairedDifference(mean: gap.policy - gap.baseline, ci95: interval))
        })
    }
}
