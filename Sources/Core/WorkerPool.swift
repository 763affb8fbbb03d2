import Glibc
import Synchronization

/// A fixed set of threads that share out the indices of a loop. The caller works too.
///
/// Which thread takes which index is not determined, so results must not depend on it: each index owns its memory. One loop runs at a time.
/// Running a loop allocates nothing; workers spin for a moment and then sleep.
public final class WorkerPool: @unchecked Sendable {
    /// Threads that take part, the caller included; at least 1.
    public let threadCount: Int

    private let shared: Shared
    private let threads: [pthread_t]

    /// Starts `threads` − 1 workers, or as many as the system gives: the number of threads changes no result.
    public init(threads count: Int) {
        precondition(count >= 1, "a worker pool needs at least one thread")
        shared = Shared()
        var threads: [pthread_t] = []
        for _ in 1..<count {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(shared)
            let status = pthread_create(&thread, nil, { argument in
                guard let argument else { return nil }
                Unmanaged<Shared>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            }, context.toOpaque())
            guard status == 0 else {
                context.release()
                break
            }
            threads.append(thread)
        }
        self.threads = threads
        threadCount = threads.count + 1
    }

    deinit {
        shared.stop()
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Number of processors that are online.
    public static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Calls `body` once for each index in 0..<count and returns when all calls have ended.
    ///
    /// In a hot loop keep the closure: making one that captures allocates.
    public func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        precondition(count >= 0 && count < 1 << 31, "a loop has between 0 and 2^31 indices")
        guard threadCount > 1, count > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        shared.run(count, body)
    }

    /// What the threads share. A class of its own, so that a worker holds no reference to the pool that joins it.
    private final class Shared: @unchecked Sendable {
        /// Indices of the current loop that nobody has taken. Taken from the top with compare-and-swap, so a stale view can never take one twice.
        private let remaining = Atomic<Int>(0)
        private let finished = Atomic<Int>(0)
        private let sleepers = Atomic<Int>(0)
        private let stopping = Atomic<Bool>(false)
        /// Written by the caller before `remaining` is raised, read after an index has been taken: while an index is out, the loop can't end.
        private var body: (@Sendable (Int) -> Void)?
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        /// Looks at `remaining` before going to sleep: some tens of microseconds.
        private static let spins = 20_000

        init() {
            mutex.initialize(to: pthread_mutex_t())
            wake.initialize(to: pthread_cond_t())
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(wake, nil)
        }

        deinit {
            pthread_cond_destroy(wake)
            pthread_mutex_destroy(mutex)
            wake.deallocate()
            mutex.deallocate()
        }

        func run(_ count: Int, _ loop: @escaping @Sendable (Int) -> Void) {
            body = loop
            finished.store(0, ordering: .relaxed)
            remaining.store(count, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(wake)
                pthread_mutex_unlock(mutex)
            }
            while takeAndRun() {}
            // The last indices are with the workers; yield if that takes long, so that an overloaded machine gets on.
            var spins = 0
            while finished.load(ordering: .acquiring) < count {
                spins += 1
                if spins > Self.spins { sched_yield() }
            }
            body = nil
        }

        /// Takes one index and runs it; false when none is left.
        private func takeAndRun() -> Bool {
            var left = remaining.load(ordering: .acquiring)
            while left > 0 {
                let (exchanged, current) = remaining.compareExchange(expected: left, desired: left - 1, ordering: .acquiringAndReleasing)
                if exchanged {
                    body?(left - 1)
                    finished.add(1, ordering: .acquiringAndReleasing)
                    return true
                }
                left = current
            }
            return false
        }

        func work() {
            while !stopping.load(ordering: .relaxed) {
                if takeAndRun() { continue }
                var spins = 0
                while spins < Self.spins, remaining.load(ordering: .relaxed) == 0, !stopping.load(ordering: .relaxed) { spins += 1 }
                if spins == Self.spins { sleep() }
            }
        }

        private func sleep() {
            pthread_mutex_lock(mutex)
            // Announce first, look again second: a loop begun in between is either seen here or sees the sleeper.
            sleepers.add(1, ordering: .sequentiallyConsistent)
            while remaining.load(ordering: .sequentiallyConsistent) == 0, !stopping.load(ordering: .sequentiallyConsistent) {
                pthread_cond_wait(wake, mutex)
            }
            sleepers.subtract(1, ordering: .sequentiallyConsistent)
            pthread_mutex_unlock(mutex)
        }

        func stop() {
            pthread_mutex_lock(mutex)
            stopping.store(true, ordering: .sequentiallyConsistent)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
        }
    }
}
