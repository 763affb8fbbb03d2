import CAllocationCounter
import Core
import Foundation
import Synchronization
import Testing

@Suite(.serialized) struct WorkerPoolTests {
    /// One counter an index; each index owns its own.
    private final class Counters: @unchecked Sendable {
        let calls: UnsafeMutablePointer<Int>
        let count: Int
        init(_ count: Int) {
            self.count = count
            calls = .allocate(capacity: max(count, 1))
            calls.initialize(repeating: 0, count: max(count, 1))
        }
        deinit { calls.deallocate() }
        var all: [Int] { Array(UnsafeBufferPointer(start: calls, count: count)) }
    }

    @Test(arguments: [1, 2, 3, 4, 8]) func everyIndexExactlyOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        #expect(pool.threadCount == threads)
        for count in [0, 1, 2, 3, 7, 64, 1000, 4097] {
            let counters = Counters(count)
            for _ in 0..<5 { pool.run(count) { counters.calls[$0] += 1 } }
            #expect(counters.all.allSatisfy { $0 == 5 })
        }
    }

    /// What the workers wrote is there when the loop returns, and what the caller wrote before is seen by them.
    @Test func loopsAreOrdered() {
        let pool = WorkerPool(threads: 3)
        let cells = Counters(5)
        let total = Counters(1)
        let loop: @Sendable (Int) -> Void = { cells.calls[$0] = total.calls[0] + $0 }
        for round in 0..<20_000 {
            total.calls[0] = round
            pool.run(5, loop)
            for i in 0..<5 where cells.calls[i] != round + i { Issue.record("round \(round), index \(i): \(cells.calls[i])") }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [2, 4]) func manyTinyLoops(threads: Int) {
        let pool = WorkerPool(threads: threads)
        let counters = Counters(3)
        let loop: @Sendable (Int) -> Void = { counters.calls[$0] += 1 }
        for _ in 0..<100_000 { pool.run(3, loop) }
        #expect(counters.all == [100_000, 100_000, 100_000])
    }

    /// Loops that come when the workers have gone to sleep, are about to, or are still spinning.
    @Test(.timeLimit(.minutes(1))) func wakesSleepers() {
        let pool = WorkerPool(threads: 3)
        var random = Philox(seed: 1, purpose: .test)
        let counters = Counters(4)
        let seen = Mutex<Set<pthread_t>>([])
        for round in 0..<300 {
            usleep(UInt32(random.below(round % 3 == 0 ? 3000 : 200)))
            pool.run(4) { index in
                counters.calls[index] += 1
                // Some loops last long enough for the others to take part.
                if round % 10 == 0 {
                    usleep(500)
                    seen.withLock { _ = $0.insert(pthread_self()) }
                }
            }
        }
        #expect(counters.all == [300, 300, 300, 300])
        #expect(seen.withLock { $0.count } == 3, "all threads take part, after sleeping too")
    }

    @Test(.timeLimit(.minutes(1))) func poolsComeAndGo() {
        for round in 0..<100 {
            let pool = WorkerPool(threads: 1 + round % 4)
            if round % 2 == 0 {
                let counters = Counters(10)
                pool.run(10) { counters.calls[$0] += 1 }
                #expect(counters.all.allSatisfy { $0 == 1 })
            }
        }
    }

    @Test func runningAllocatesNothing() {
        let pool = WorkerPool(threads: 2)
        let counters = Counters(8)
        let loop: @Sendable (Int) -> Void = { counters.calls[$0] += 1 }
        pool.run(8, loop)
        let before = allocation_count()
        for _ in 0..<100 { pool.run(8, loop) }
        #expect(allocation_count() == before)
    }
}
