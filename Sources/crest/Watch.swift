import ArgumentParser
import Foundation
import Insight
import Training

struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow a run in the terminal: progress, speed, time left, success, curves, trend, alerts.",
        discussion: """
            crest watch latest
            crest watch latest --once > status.txt

            Any process may train the run; watching only reads, and Ctrl-C ends the watching, not the run. It ends by itself when the run does. Where
            the output is no terminal, one picture is printed.
            """)

    @Argument(help: ArgumentHelp("The run: a path, a name, a unique beginning or end of either, or 'latest'.", valueName: "run"), completion: .directory)
    var reference: String

    @Option(help: ArgumentHelp("Seconds between looks.", valueName: "seconds"))
    var interval = 3.0

    @Flag(help: "Print one picture and end.")
    var once = false

    @OptionGroup var runs: RootOption

    func validate() throws {
        guard (0.1...86_400).contains(interval) else { throw ValidationError("--interval must lie in 0.1...86400 seconds") }
    }

    func run() throws {
        let variables = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isCapable = isTerminal && variables["TERM"] != "dumb"
        let colour = isCapable && (variables["NO_COLOR"] ?? "").isEmpty
        var watch = try RunWatch(reference, root: runs.root)
        let first = try watch.look()
        if once || !isCapable || first.isOver {
            print(first.lines(width: TerminalScreen.size().columns, colour: colour).joined(separator: "\n"))
            return
        }
        let last = try follow(&watch, first, colour: colour)
        // What was seen last stays on the terminal.
        print(last.lines(width: TerminalScreen.size().columns, colour: colour).joined(separator: "\n"))
    }

    /// Draws the run until it ends or someone wants to go; returns the last picture.
    private func follow(_ watch: inout RunWatch, _ first: RunPicture, colour: Bool) throws -> RunPicture {
        let screen = TerminalScreen()
        defer { screen.close() }
        var picture = first
        var problem: String?
        var due = ContinuousClock.now + .seconds(interval)
        var drawn: (columns: Int, rows: Int?, resumed: Int)?
        while !screen.isEndWished && !picture.isOver {
            var isNew = false
            if ContinuousClock.now >= due {
                do {
                    picture = try watch.look()
                    problem = nil
                } catch {
                    // A run that is being moved or resumed can be unreadable for a moment: the old picture stays, with the reason.
                    problem = "\(error)"
                }
                due = .now + .seconds(interval)
                isNew = true
            }
            // A new size or a return from suspension wants a new page at once.
            let size = TerminalScreen.size()
            let state = (size.columns, size.rows, screen.resumed)
            if isNew || drawn.map({ $0 != state }) ?? true {
                picture.now = Date()
                let note = problem.map { [String($0.split(separator: "\n").joined(separator: " ").prefix(size.columns))] } ?? []
                let rows = size.rows.map { max(1, $0 - note.count) }
                guard screen.show(note + picture.lines(width: size.columns, height: rows, colour: colour)) else { break }
                drawn = state
            }
            usleep(100_000)
        }
        return picture
    }
}
