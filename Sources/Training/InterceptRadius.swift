import EnvironmentsIntercept
import Insight
import Runs

/// Success of interceptions by radius and by the quarter that the missile came from.
///
/// Nothing that a controller sees depends on the intercept radius, so an episode played at a small one is, up to the moment at which a larger one
/// would have ended it, the episode of the larger one; its smallest distance tells the success at all of them.
enum InterceptRadius {
    /// In the order of the metric `approach_quadrant`.
    static let quadrants = ["NE", "NW", "SW", "SE"]

    /// A radius in metres as names have it: `150`, `12.5`.
    static func text(_ radius: Double) -> String { NumberText.trimmed(radius, decimals: 3) }

    /// Metric of success at a radius: `success_150m`.
    static func metric(_ radius: Double) -> String { "success_\(text(radius))m" }
}

extension EvaluationOutcome {
    /// Adds the successes at every radius, as a metric of each episode and by quadrant.
    ///
    /// Return, length, fuel, time and all else stay what they were at the largest radius; the distances become those of `finest`.
    ///
    /// - Parameter finest: the same episodes at the smallest of `radii`.
    /// - Throws: `InsightError` for a value that is not finite.
    mutating func countInterceptions(_ radii: [Double], from finest: EvaluationOutcome) throws {
        guard let distances = finest.metrics["miss_distance"], let quadrants = metrics["approach_quadrant"] else {
            preconditionFailure("interceptions are counted in the interceptor task")
        }
        for name in ["miss_distance", "final_distance"] { metrics[name] = finest.metrics[name] }
        for radius in radii { metrics[InterceptRadius.metric(radius)] = distances.map { $0 <= radius ? 1 : 0 } }
        figures = try EvaluationFigures.summarise(returns: returns, lengths: lengths, successes: successes, metrics: metrics)
        // A quarter that no missile came from has no rate.
        for radius in radii {
            for (quadrant, name) in InterceptRadius.quadrants.enumerated() {
                let here = distances.indices.filter { Int(quadrants[$0]) == quadrant }
                guard !here.isEmpty else { continue }
                let hits = here.count { distances[$0] <= radius }
                figures.metrics["\(InterceptRadius.metric(radius))_\(name.lowercased())"] = Double(hits) / Double(here.count)
            }
        }
    }
}

extension ControllerComparison.Breakdown {
    /// By the quarter that the missile came from, which the seed alone decides.
    ///
    /// - Parameter outcome: of any of the controllers.
    static func quadrants(_ outcome: EvaluationOutcome) -> ControllerComparison.Breakdown {
        let drawn = outcome.metrics["approach_quadrant"] ?? []
        let parts = InterceptRadius.quadrants.enumerated().map { i, name in
            Part(name: name, episodes: drawn.indices.filter { Int(drawn[$0]) == i })
        }
        return .init(title: "By approach quadrant", heading: "Quadrant", parts: parts)
    }
}
