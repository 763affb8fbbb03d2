import Foundation
import Synchronization

/// Notices Ctrl-C and SIGTERM. The first asks the run to save and stop; the second ends the process at once.
final class Interruption: Sendable {
    private let requests = Atomic<Int>(0)

    /// Blocks the signals in this thread and all that it starts, and waits for them in a thread of its own.
    init() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread { [self] in
            var waited = sigset_t()
            sigemptyset(&waited)
            sigaddset(&waited, SIGINT)
            sigaddset(&waited, SIGTERM)
            var signal: Int32 = 0
            while sigwait(&waited, &signal) == 0 {
                if requests.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
            }
        }
    }

    /// Whether someone asked the run to stop.
    var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }
}
