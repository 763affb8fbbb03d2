import Core
import Foundation
import Runs

@testable import Insight

/// Made-up runs: what each evaluation's episodes do is drawn, so that noise is part of every case.
struct MadeUpRun {
    var episodes = 50
    var total = 10e6
    /// Step of the last evaluation as a share of `total`.
    var share = 0.6
    var successIsReturn = false
    var episodeLimit: Int?
    var random: Philox

    init(seed: UInt64) { random = Philox(seed: seed, purpose: .test) }

    mutating func evaluation(step: Double, success: Double, return mean: Double, spread: Double = 300, kind: EvaluationRecord.Kind = .periodic) throws -> EvaluationRecord {
        let returns = (0..<episodes).map { _ in mean + spread * Double(random.normal()) }
        let successes = (0..<episodes).map { _ in random.uniform(0, 1) < success }
        return EvaluationRecord(
            step: Int(step), kind: kind, seedsStart: kind == .periodic ? 1 : UInt64(step),
            figures: try .summarise(returns: returns, lengths: returns.map { _ in 1000 }, successes: successes), becameBest: kind == .confirmation,
            returns: returns, lengths: returns.map { _ in 1000 })
    }

    /// A history of evaluations at even steps with the success, the return and the training return that functions of 0...1 give.
    mutating func history(
        _ count: Int, success: (Double) -> Double, return mean: (Double) -> Double = { _ in 0 }, training: ((Double) -> Double)? = nil,
        length: (Double) -> Double = { _ in 1000 }
    ) throws -> RunHistory {
        var history = RunHistory(totalSteps: total, successIsReturn: successIsReturn, episodeLimit: episodeLimit)
        for i in 0..<count {
            let part = count > 1 ? Double(i) / Double(count - 1) : 1
            let step = total * share * Double(i + 1) / Double(count)
            history.evaluations.append(try evaluation(step: step, success: success(part), return: mean(part)))
            let interval = total * share / Double(count)
            for k in 0..<5 {
                let noise = 30 * Double(random.normal())
                let reward = (training.map { $0(part) } ?? mean(part)) + noise
                let place: Double = step - interval * Double(4 - k) / 5
                history.training.append(RunHistory.TrainingPoint(step: place, return: reward, success: success(part), length: length(part)))
            }
        }
        return history
    }
}

/// The snapshot of a run with made-up rows, as a folder would give it.
func snapshot(
    rows: Int = 20, evaluations: [EvaluationRecord] = [], events: [RunEvent] = [], status: RunStatus = .running, saved: RunStatus? = nil, total: Int = 1_000_000,
    lastWritten: Date = Date(), stages: Int? = nil
) -> RunSnapshot {
    var information = RunInformation(
        name: "made-up", seed: 7, environment: "Interceptor-v1", algorithm: "ppo", totalTimesteps: total, configPath: "x.yaml", configHash: "0")
    information.status = saved ?? status
    let columns = (stages == nil ? [] : ["stage"]) + ["steps", "return_mean", "length_mean", "success_rate", "wall_seconds"]
    let table = ProgressTable(
        columns: columns,
        rows: (0..<rows).map { i in
            let stage = stages.map { [Double(1 + i * $0 / rows)] } ?? []
            return stage + [Double(i + 1) * 25_000, Double(i) * 10, 1000, 0.25, Double(i + 1) * 20]
        })
    return RunSnapshot(information: information, status: status, progress: table, evaluations: evaluations, events: events, lastWritten: lastWritten)
}
