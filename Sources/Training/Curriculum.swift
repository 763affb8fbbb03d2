import Configuration

/// Where a run stands in its curriculum: part of every checkpoint. Without a curriculum it stays at stage 0.
public struct CurriculumState: Sendable, Codable, Equatable {
    /// From 0.
    public private(set) var stage = 0
    /// Environment steps taken when the stage began.
    public private(set) var begunAt = 0
    /// What counts for promotion, of the stage's latest evaluations: at most as many as its window.
    private(set) var results: [Double] = []

    public init() {}

    /// Takes in a regular evaluation; tells why the stage is passed, or nil.
    ///
    /// A stage is passed once the mean over its window of evaluations reaches the wanted success rate or return, all of them in this stage.
    mutating func note(mean: Double, successRate: Double, step: Int, _ curriculum: CurriculumSettings) -> String? {
        let settings = curriculum.stages[stage]
        guard let criterion = settings.promoteAt else { return nil }
        switch criterion {
        case .successRate: results.append(successRate)
        case .meanReturn: results.append(mean)
        }
        results = Array(results.suffix(settings.window))
        guard results.count == settings.window, step - begunAt >= settings.minSteps else { return nil }
        let reached = results.reduce(0, +) / Double(results.count)
        switch criterion {
        case .successRate(let wanted):
            guard reached >= wanted else { return nil }
            return "success \(Self.text(100 * reached)) % over \(results.count) evaluations, \(Self.text(100 * wanted)) % wanted"
        case .meanReturn(let wanted):
            guard reached >= wanted else { return nil }
            return "return \(Self.text(reached)) over \(results.count) evaluations, \(Self.text(wanted)) wanted"
        }
    }

    /// Goes to the next stage.
    mutating func advance(at step: Int) {
        stage += 1
        begunAt = step
        results = []
    }

    private static func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
