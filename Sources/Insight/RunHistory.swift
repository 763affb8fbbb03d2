import Runs

/// What a run has shown so far in its present task: what ``RunJudgement`` judges. With a curriculum, of the present stage alone, since returns of
/// different tasks don't compare.
public struct RunHistory: Sendable {
    /// A row of training: means of its latest episodes.
    public struct TrainingPoint: Sendable, Equatable {
        /// Environment steps taken.
        public var step: Double
        /// What the policy learns from, shaping included; NaN before the first episode has ended.
        public var `return`: Double
        /// As the environment rewards.
        public var unshapedReturn: Double
        /// Share of successes, 0 to 1.
        public var success: Double
        /// Environment steps an episode.
        public var length: Double

        public init(step: Double, return: Double, unshapedReturn: Double? = nil, success: Double = .nan, length: Double = .nan) {
            self.step = step
            self.return = `return`
            self.unshapedReturn = unshapedReturn ?? `return`
            self.success = success
            self.length = length
        }
    }

    public var totalSteps: Double
    /// Steps taken when the present stage began; 0 without a curriculum.
    public var begunAt: Double
    /// Present stage, from 1; nil without a curriculum.
    public var stage: Int?
    public var training: [TrainingPoint]
    /// Regular evaluations, in order of step.
    public var evaluations: [EvaluationRecord]
    /// The best policy's proof on fresh episodes.
    public var best: EvaluationRecord?
    /// Success is a return above a limit, so a rising return is progress by definition.
    public var successIsReturn: Bool
    /// Steps after which an episode is cut; nil where it is unknown.
    public var episodeLimit: Int?

    public init(
        totalSteps: Double, begunAt: Double = 0, stage: Int? = nil, training: [TrainingPoint] = [], evaluations: [EvaluationRecord] = [],
        best: EvaluationRecord? = nil, successIsReturn: Bool = false, episodeLimit: Int? = nil
    ) {
        self.totalSteps = totalSteps
        self.begunAt = begunAt
        self.stage = stage
        self.training = training
        self.evaluations = evaluations
        self.best = best
        self.successIsReturn = successIsReturn
        self.episodeLimit = episodeLimit
    }

    /// The present stage of a run as its folder tells it.
    public init(_ snapshot: RunSnapshot, successIsReturn: Bool = false, episodeLimit: Int? = nil) {
        let table = snapshot.progress
        let stages = table.column("stage")
        let stage = stages?.last.flatMap { Int(exactly: $0) } ?? snapshot.evaluations.last?.stage
        let steps = table.column("steps") ?? []
        let returns = table.column("return_mean")
        let unshaped = table.column("env/unshaped_return")
        let successes = table.column("success_rate")
        let lengths = table.column("length_mean")
        let rows = steps.indices.filter { i in stages.map { Int(exactly: $0[i]) == stage } ?? true }
        let training = rows.map { i in
            TrainingPoint(
                step: steps[i], return: returns?[i] ?? .nan, unshapedReturn: unshaped?[i], success: successes?[i] ?? .nan, length: lengths?[i] ?? .nan)
        }
        let records = snapshot.evaluations.filter { $0.stage == stage }
        self.init(
            totalSteps: Double(snapshot.information.totalTimesteps),
            // The last row of the stage before is where this one began.
            begunAt: rows.first.map { $0 > 0 ? steps[$0 - 1] : 0 } ?? 0, stage: stages == nil ? nil : stage, training: training,
            evaluations: records.filter { $0.kind == .periodic }, best: records.last { $0.kind == .confirmation && $0.becameBest },
            successIsReturn: successIsReturn, episodeLimit: episodeLimit)
    }

    /// Latest step that anything is known of.
    public var step: Double { max(training.last?.step ?? 0, Double(evaluations.last?.step ?? 0)) }

    /// Share of the run's steps that the present stage has had.
    public var share: Double { totalSteps > 0 ? (step - begunAt) / totalSteps : 0 }

    var successCurve: [CurvePoint] { evaluations.map { CurvePoint(Double($0.step), $0.figures.successRate) } }
    var returnCurve: [CurvePoint] { evaluations.map { CurvePoint(Double($0.step), $0.figures.mean) } }

    /// Whether evaluations differ in success; where they don't, only the return tells them apart.
    public var successVaries: Bool { Set(evaluations.map(\.figures.successRate)).count > 1 }

    /// Mean of a training column between each evaluation and the one before: one value an evaluation, so that rows which share most of their
    /// episodes don't count many times.
    func training(_ column: (TrainingPoint) -> Double) -> [CurvePoint] {
        var result: [CurvePoint] = []
        var next = 0
        for evaluation in evaluations {
            var values: [Double] = []
            while next < training.count, training[next].step <= Double(evaluation.step) {
                let value = column(training[next])
                if value.isFinite { values.append(value) }
                next += 1
            }
            result.append(CurvePoint(Double(evaluation.step), values.isEmpty ? .nan : Statistics.mean(values)))
        }
        return result
    }
}
