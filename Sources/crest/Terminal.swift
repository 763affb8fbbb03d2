import ArgumentParser
import Foundation
import Training

/// Shows a run while it trains: a bar that is redrawn on a terminal, plain lines elsewhere.
enum Terminal {
    /// Trains to the end, or until it is interrupted.
    static func show(_ training: inout Training, _ interruption: Interruption) throws {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let path = training.folder.path
        print("run folder: \(path)")
        for notice in training.notices { print("notice: \(notice)") }
        if training.steps > 0 { print("resumed at step \(training.steps)") }
        fflush(nil)

        var lastLine = ContinuousClock.now - .seconds(60)
        do {
            while let progress = try training.advance() {
                if !progress.messages.isEmpty, isTerminal { print("\r\u{1B}[K", terminator: "") }
                for message in progress.messages { print(message) }
                if isTerminal {
                    print("\r\u{1B}[K\(bar(progress)) \(line(progress))", terminator: "")
                } else if progress.end != nil || ContinuousClock.now - lastLine >= .seconds(10) {
                    print(line(progress))
                    lastLine = .now
                }
                if let end = progress.end {
                    if isTerminal { print() }
                    if case .stopped(let reason) = end { print("stopped: \(reason)") }
                    if let best = progress.bestMean { print("best policy: \(number(best)) (confirmed on fresh episodes), in \(path)/checkpoints/best") }
                    print("evaluate it with: crest evaluate \(path)")
                }
                fflush(nil)
                if interruption.isRequested, progress.end == nil {
                    if isTerminal { print() }
                    try training.interrupt()
                    print("interrupted; a checkpoint is saved. Go on with: crest resume \(path)")
                    throw ExitCode(130)
                }
            }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            if isTerminal { print() }
            training.fail(error)
            throw error
        }
    }

    private static func bar(_ progress: Training.Progress) -> String {
        let width = 20
        let filled = min(width, progress.steps * width / max(progress.totalSteps, 1))
        return String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    }

    private static func line(_ progress: Training.Progress) -> String {
        let percent = 100 * Double(progress.steps) / Double(max(progress.totalSteps, 1))
        let left = Int(progress.secondsLeft.isFinite ? progress.secondsLeft : 0)
        let time = left >= 3600 ? "\(left / 3600)h\(String(format: "%02d", left % 3600 / 60))m" : "\(left / 60)m\(String(format: "%02d", left % 60))s"
        return [
            "step \(progress.steps) (\(String(format: "%.1f", percent)) %)", "\(Int(progress.stepsPerSecond))/s", "left \(time)",
            "return \(number(progress.meanReturn))", "length \(number(progress.meanLength))",
            "success \(progress.successRate.isNaN ? "–" : "\(Int(100 * progress.successRate)) %")",
        ].joined(separator: "  ") + progress.highlights.map { "  \($0.label) \($0.value.isNaN ? "–" : String(format: "%.3g", $0.value))" }.joined()
            + (progress.stage.map { "  stage \($0.number)/\($0.of) \($0.environment)" } ?? "")
    }

    static func number(_ value: Double) -> String {
        value.isNaN ? "–" : String(format: abs(value) >= 100 ? "%.0f" : "%.2f", value)
    }
}
