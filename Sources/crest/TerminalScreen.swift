import Foundation
import Synchronization

/// The terminal's second screen, where a page is drawn over itself. Whatever ends or suspends the program, the first screen and the cursor come back.
final class TerminalScreen: Sendable {
    private let wishes = Atomic<Int>(0)
    private let resumptions = Atomic<Int>(0)

    private static let enter = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

    /// Takes the signals that end or suspend a program, in this thread and all that it starts, and waits for them in a thread of its own.
    init() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Self.write(Self.enter)
        let waited = signals
        Thread.detachNewThread { [self] in
            var waited = waited
            var signal: Int32 = 0
            while sigwait(&waited, &signal) == 0 {
                if signal == SIGTSTP {
                    Self.write(Self.leave)
                    raise(SIGSTOP)
                    Self.write(Self.enter)
                    resumptions.add(1, ordering: .relaxed)
                } else if wishes.add(1, ordering: .relaxed).newValue > 1 {
                    // Asked twice: the drawing thread hangs somewhere.
                    Self.write(Self.leave)
                    _exit(130)
                }
            }
        }
    }

    /// Whether someone asked the program to end.
    var isEndWished: Bool { wishes.load(ordering: .relaxed) > 0 }

    /// How often the program was suspended and went on; the screen is empty after each.
    var resumed: Int { resumptions.load(ordering: .relaxed) }

    /// Replaces what the screen shows.
    ///
    /// - Returns: false when the terminal is gone.
    func show(_ lines: [String]) -> Bool {
        // In one write, each line cleared to its end: nothing flickers. No line break after the last, which would scroll.
        Self.write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    func close() { Self.write(Self.leave) }

    @discardableResult private static func write(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// Columns and rows of the terminal; of the environment's COLUMNS, else 100, where there is none.
    static func size() -> (columns: Int, rows: Int?) {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 { return (Int(size.ws_col), Int(size.ws_row)) }
        let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 0
        return (columns > 0 ? columns : 100, nil)
    }
}
