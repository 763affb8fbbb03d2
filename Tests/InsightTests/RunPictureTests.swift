import Foundation
import Runs
import Testing

@testable import Insight

@Suite struct RunPictureTests {
    private func picture(
        _ snapshot: RunSnapshot, stages: [String] = [], now: Date = Date()
    ) -> RunPicture { RunPicture(snapshot, RunHistory(snapshot), stages: stages, now: now) }

    private func evaluations(collapsing: Bool = false) throws -> [EvaluationRecord] {
        var run = MadeUpRun(seed: 1)
        var records: [EvaluationRecord] = []
        for i in 1...10 {
            if i == 3 { records.append(try run.evaluation(step: 50_000 * Double(i), success: 0.6, return: 600, kind: .confirmation)) }
            let isGood = i > 2 && !(collapsing && i > 6)
            records.append(try run.evaluation(step: 50_000 * Double(i), success: isGood ? 0.6 : i > 2 ? 0 : 0.1, return: isGood ? 600 : -500))
        }
        return records
    }

    @Test func tellsWhatThereIsToTell() throws {
        let text = picture(snapshot(evaluations: try evaluations())).lines(width: 120).joined(separator: "\n")
        #expect(text.hasPrefix("made-up  Interceptor-v1  ppo  seed 7\nrunning, last written 0s ago\n"))
        #expect(text.contains("50.0 %  500k of 1M steps"))
        #expect(text.contains("speed 1,250/s now, 1,250/s mean   left 6m40s   elapsed 6m40s"))
        #expect(text.contains("best  ") && text.contains("50 fresh episodes") && text.contains("peak  ") && text.contains("now  "))
        #expect(text.contains("training  25 %") && text.contains("trend: success "))
        #expect(text.contains("training return") && text.contains("evaluation success (%)"))
        #expect(!text.contains("ALERT") && !text.contains("\u{1B}"))
    }

    @Test(arguments: [20, 40, 60, 79, 80, 100, 120, 200])
    func fitsEveryWidthAndHeight(_ width: Int) throws {
        let events = [RunEvent(step: 300_000, kind: "rolled_back", message: "collapse: the last 2 evaluations lie below 480; went back to it with half the step size")]
        let full = picture(snapshot(evaluations: try evaluations(collapsing: true), events: events))
        for height in [nil, 1, 2, 5, 12, 24, 30, 50, 100] {
            let lines = full.lines(width: width, height: height)
            #expect(lines.allSatisfy { $0.count <= width }, "\(width) × \(height ?? 0)")
            if let height { #expect(lines.count <= height && !lines.isEmpty, "\(width) × \(height): \(lines.count)") }
            #expect(lines.allSatisfy { !$0.contains("\n") })
        }
        // Colour changes no character that is seen.
        let plain = full.lines(width: width, height: 40)
        let coloured = full.lines(width: width, height: 40, colour: true).map { $0.replacingOccurrences(of: "\u{1B}\\[[0-9;]*m", with: "", options: .regularExpression) }
        #expect(plain == coloured && full.lines(width: width, colour: true).contains { $0.contains("\u{1B}[31mALERT") || $0.contains("ALERT") })
    }

    @Test func alertsAndGuardStandInThePicture() throws {
        let events = [
            RunEvent(step: 150_000, kind: "best_replaced", message: "new best"), RunEvent(step: 400_000, kind: "rolled_back", message: "went back"),
            RunEvent(step: 500_000, kind: "stopped", message: "no improvement"),
        ]
        let text = picture(snapshot(evaluations: try evaluations(collapsing: true), events: events, status: .stopped)).lines(width: 100).joined(separator: "\n")
        #expect(text.contains("ALERT forgetting: success 0 % at 500k"))
        #expect(text.contains("400k rolled_back: went back") && text.contains("500k stopped: no improvement") && !text.contains("new best"))
        #expect(!text.contains("   left "))
    }

    @Test func saysHowTheRunStands() throws {
        let now = Date()
        func second(_ snapshot: RunSnapshot) -> String { picture(snapshot, now: now).lines(width: 200)[1] }
        #expect(second(snapshot(lastWritten: now.addingTimeInterval(-3))) == "running, last written 3s ago")
        #expect(second(snapshot(lastWritten: now.addingTimeInterval(-3600))).hasSuffix("but not written for 1h00m"))
        let killed = second(snapshot(status: .interrupted, saved: .running, lastWritten: now.addingTimeInterval(-90)))
        #expect(killed.hasPrefix("killed: process ") && killed.contains("not written for 1m30s"))
        for (status, word) in [(RunStatus.finished, "finished"), (.failed, "failed"), (.stopped, "stopped"), (.interrupted, "interrupted")] {
            #expect(second(snapshot(status: status)) == word)
        }
        #expect(picture(snapshot(status: .finished)).isOver && !picture(snapshot(status: .interrupted)).isOver)
    }

    @Test func aRunJustBegunAndOneWithoutRows() {
        let begun = picture(snapshot(rows: 0)).lines(width: 80)
        #expect(begun.contains("no row yet: the first iteration is under way") && begun.contains("trend: no evaluation yet"))
        #expect(picture(snapshot(rows: 0, status: .finished)).lines(width: 80).contains("no rows in progress.csv"))
        #expect(picture(snapshot(rows: 1)).lines(width: 80).contains { $0.contains("1,250/s now") })
    }

    @Test func theStageIsShownAndJudgedAlone() throws {
        var records = try evaluations()
        for i in records.indices { records[i].stage = records[i].step <= 250_000 ? 1 : 2 }
        let both = snapshot(evaluations: records, stages: 2)
        let history = RunHistory(both)
        #expect(history.stage == 2 && history.begunAt == 250_000 && history.training.count == 10)
        #expect(history.evaluations.allSatisfy { $0.stage == 2 } && history.best == nil)
        let text = RunPicture(both, history, stages: ["Flat-v1", "Hard-v1"]).lines(width: 100).joined(separator: "\n")
        #expect(text.contains("stage 2 of 2: Hard-v1, since step 250k"))
    }

    @Test func namesCannotDriveTheTerminal() {
        var evil = snapshot()
        evil.information.name = "a\u{1B}[2Jb\nc"
        #expect(picture(evil).lines(width: 100)[0].hasPrefix("a?[2Jb?c  "))
    }

    @Test func timesReadWell() {
        #expect([0, 59.4, 60, 725, 3600, 90_000, 186_000].map(RunSpeed.text) == ["0s", "59s", "1m00s", "12m05s", "1h00m", "1d01h", "2d03h"])
        #expect(RunSpeed.text(.infinity) == "–")
    }

    @Test func speedNowIsOfTheLastMinute() {
        // 100 steps a second, then 200 for two minutes.
        var rows: [(step: Double, seconds: Double)] = []
        for i in 1...10 { rows.append((Double(i) * 6000, Double(i) * 60)) }
        for i in 1...4 { rows.append((60_000 + Double(i) * 6000, 600 + Double(i) * 30)) }
        let speed = RunSpeed(rows: rows, total: 100_000)
        #expect(speed.now == 200 && speed.elapsed == 720)
        #expect(abs((speed.mean ?? 0) - 84_000 / 720) < 1e-9)
        // The pace to reckon with is of the last ten minutes.
        #expect(abs((speed.left ?? 0) - 16_000 / (72_000.0 / 600)) < 1e-9)
    }
}
