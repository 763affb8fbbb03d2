import CAllocationCounter
import Core
import Dispatch
import Environments
import Synchronization

extension EnvironmentContract {
    func verifySnapshots() throws {
        var instants = Philox(seed: 17, purpose: .test)
        var original = try player(seed: 41)
        for _ in 0..<12 {
            try original.playSilently(1 + instants.below(60))
            original.forget()
            let snapshot = try original.environment.snapshot()
            // Another instance, in the middle of another episode, so that something stale would show.
            var other = original
            var foreign = try player(seed: 999)
            try foreign.playSilently(1 + instants.below(20))
            other.environment = foreign.environment
            try other.environment.restore(snapshot)
            try require(other.metrics() == original.metrics(), "metrics differ after restoring")
            try require(try other.environment.snapshot() == snapshot, "a snapshot taken right after restoring differs")
            let start = original
            try original.play(60)
            try other.play(60)
            try require(original.bits == other.bits, "another instance does not continue a snapshot with the same bits")
            try require(other.metrics() == original.metrics(), "metrics differ some steps after restoring")
            // Back in time, in the instance that has gone on.
            var again = start
            again.environment = original.environment
            try again.environment.restore(snapshot)
            try again.play(60)
            try require(original.bits == again.bits, "an instance does not return to its own snapshot")
            original = again
        }
    }

    func verifyDamagedSnapshots() throws {
        var damaged = try player(seed: 43)
        var whole = try player(seed: 43)
        try damaged.playSilently(3)
        try whole.playSilently(3)
        let snapshot = try damaged.environment.snapshot()
        try require(!snapshot.isEmpty, "the snapshot is empty")
        for bytes in [[], Array(snapshot.dropLast()), Array(snapshot.prefix(snapshot.count / 2)), snapshot + [0]] {
            do {
                try damaged.environment.restore(bytes)
            } catch {
                continue
            }
            throw EnvironmentError("a snapshot of \(bytes.count) in place of \(snapshot.count) bytes is accepted", place: expected.id)
        }
        // What was refused may not have changed anything.
        try damaged.play(50)
        try whole.play(50)
        try require(damaged.bits == whole.bits, "a refused snapshot changes what follows")
    }

    func verifyResets() throws {
        var used = try player(seed: 51)
        try used.playSilently(4)
        // The actions go on where they were, so the new instance takes over everything but the environment.
        var new = used
        new.environment = try make(nil)
        try used.begin(seed: 52)
        try new.begin(seed: 52)
        try used.play(200)
        try new.play(200)
        try require(used.bits == new.bits, "something of the episode before survives a reset")
    }

    func verifyIndependence() throws {
        let seeds: [UInt64] = [61, 62]
        let alone = try seeds.map { seed in
            var player = try player(seed: seed)
            try player.play(200)
            return player.bits
        }
        // Interleaved on one thread.
        var first = try player(seed: seeds[0])
        var second = try player(seed: seeds[1])
        for _ in 0..<200 {
            try first.play(1)
            try second.play(1)
        }
        try require([first.bits, second.bits] == alone, "two interleaved instances influence each other")
        // At the same time on two threads.
        let results = Mutex<[Int: Result<[UInt32], any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: 2) { index in
            let result = Result {
                var player = try player(seed: seeds[index])
                try player.play(200)
                return player.bits
            }
            results.withLock { $0[index] = result }
        }
        let together = results.withLock { $0 }
        for index in 0..<2 {
            guard let result = together[index] else { throw EnvironmentError("a thread gave no result", place: expected.id) }
            try require(try result.get() == alone[index], "two instances on two threads influence each other")
        }
    }

    func verifyAllocations() throws {
        // The counter must count, or the rest proves nothing.
        let probe = allocation_count()
        var numbers: [Int] = []
        numbers.reserveCapacity(10_000 + expected.observationWidth)
        try require(allocation_count() > probe && numbers.capacity > 0, "the allocation counter does not count")

        var player = try player(seed: 71)
        var values = Array(repeating: 0.0, count: player.environment.spec.metricNames.count)
        try player.playSilently(300)
        let before = allocation_count()
        try player.playSilently(300)
        let steps = allocation_count()
        try player.begin(seed: 72)
        let resets = allocation_count()
        var span = values.mutableSpan
        player.environment.metrics(into: &span)
        let metrics = allocation_count()
        try require(steps == before, "300 steps made \(steps - before) allocations")
        try require(resets == steps, "a reset made \(resets - steps) allocations")
        try require(metrics == resets, "metrics(into:) made \(metrics - resets) allocations")
    }

    func verifyBadActions() throws {
        let width = expected.actionSpace.width
        var bad: [[Float]] = [Float.nan, .infinity, -.infinity].map { value in
            var action = Array(repeating: Float(0), count: width)
            action[width - 1] = value
            return action
        }
        if case .discrete(let count) = expected.actionSpace { bad += [[-1], [Float(count)], [0.5]] }

        var tried = try player(seed: 81)
        var untried = try player(seed: 81)
        try tried.playSilently(3)
        try untried.playSilently(3)
        for action in bad {
            do {
                try tried.attempt(action)
            } catch is EnvironmentError {
                continue
            }
            throw EnvironmentError("the action \(action) is accepted", place: expected.id)
        }
        // A refused action may not have moved anything.
        try tried.play(50)
        try untried.play(50)
        try require(tried.bits == untried.bits, "a refused action changes what follows")
    }
}
