import Core

/// An episode that has ended in a vector environment.
public struct FinishedEpisode: Sendable, Equatable {
    /// Which of the environments.
    public let environment: Int
    public let seed: UInt64
    public let totals: EpisodeTotals
    public let success: Bool
    /// The environment's measures, in the order of `spec.metricNames`.
    public let metrics: [Double]
}

/// Several environments of one kind, stepped together on a worker pool.
///
/// An environment whose episode ends begins the next one in the same step; the ended episode's last observation stands in
/// `finalObservation`. Episode k of environment i has a seed that depends on (run seed, purpose, i, k) alone, and every environment
/// owns its memory, so results don't depend on the number of threads.
public final class VectorEnvironment: @unchecked Sendable {
    public let spec: EnvironmentSpec
    public let count: Int
    /// Width of an observation and of an action.
    public let observationWidth: Int
    public let actionWidth: Int

    private let pool: WorkerPool
    private let seed: UInt64
    private let purpose: RandomPurpose
    private let slots: UnsafeMutablePointer<Slot>
    /// Row-major [count × width]: current observations, last observations of ended episodes, actions to be taken.
    private let observations: UnsafeMutablePointer<Float>
    private let finals: UnsafeMutablePointer<Float>
    private let actions: UnsafeMutablePointer<Float>
    private var stepAll: (@Sendable (Int) -> Void)?

    /// `stepOne` as the body of a parallel loop, kept because making it would allocate.
    public var stepBody: @Sendable (Int) -> Void {
        if let stepAll { return stepAll }
        let body: @Sendable (Int) -> Void = { [unowned self] i in self.stepOne(i) }
        stepAll = body
        return body
    }

    private struct Slot {
        var environment: any Environment
        var seed: UInt64 = 0
        var episodes: UInt64 = 0
        var totalReturn = 0.0
        var length = 0
        var last = Step(reward: 0, terminated: false)
        var finished: [FinishedEpisode] = []
        var error: (any Error)?
    }

    /// Makes `count` environments; call `reset()` before the first step.
    public init(count: Int, seed: UInt64, purpose: RandomPurpose, pool: WorkerPool, make: () throws -> any Environment) throws {
        precondition(count >= 1, "a vector environment needs at least one environment")
        let first = try make()
        spec = first.spec
        self.count = count
        self.seed = seed
        self.purpose = purpose
        self.pool = pool
        observationWidth = spec.observationSpace.width
        actionWidth = spec.actionSpace.width
        slots = .allocate(capacity: count)
        slots.initialize(to: Slot(environment: first))
        var made = 1
        do {
            while made < count {
                (slots + made).initialize(to: Slot(environment: try make()))
                made += 1
            }
        } catch {
            slots.deinitialize(count: made)
            slots.deallocate()
            throw error
        }
        observations = .allocate(capacity: count * observationWidth)
        finals = .allocate(capacity: count * observationWidth)
        actions = .allocate(capacity: count * actionWidth)
        observations.initialize(repeating: 0, count: count * observationWidth)
        finals.initialize(repeating: 0, count: count * observationWidth)
        actions.initialize(repeating: 0, count: count * actionWidth)
    }

    deinit {
        slots.deinitialize(count: count)
        slots.deallocate()
        observations.deallocate()
        finals.deallocate()
        actions.deallocate()
    }

    /// As many environments of another task, at the beginning of their first episodes.
    ///
    /// - Throws: `EnvironmentError` where observations or actions differ, or what an environment throws.
    public func successor(seed: UInt64, make: () throws -> any Environment) throws -> VectorEnvironment {
        let next = try VectorEnvironment(count: count, seed: seed, purpose: purpose, pool: pool, make: make)
        guard next.observationWidth == observationWidth, next.spec.actionSpace == spec.actionSpace else {
            throw EnvironmentError(
                "\(next.spec.id) has other observations or actions than \(spec.id)", hint: "one policy has to fit both")
        }
        try next.reset()
        return next
    }

    /// Begins the first episode of every environment.
    public func reset() throws {
        pool.run(count) { [self] i in beginEpisode(i) }
        try throwFirstError()
    }

    /// Takes one step in every environment. Allocates nothing unless an episode ends.
    ///
    /// - Parameter actions: row-major [count × actionWidth], in the environment's units.
    public func step(actions newActions: Span<Float>) throws {
        precondition(newActions.count == count * actionWidth, "step() needs one action for every environment")
        for i in 0..<newActions.count { actions[i] = newActions[i] }
        pool.run(count, stepBody)
        try throwFirstError()
    }

    /// Current observation of an environment.
    public func observation(_ i: Int) -> UnsafePointer<Float> { UnsafePointer(observations + i * observationWidth) }

    /// Last observation of the episode that ended in the latest step of this environment.
    public func finalObservation(_ i: Int) -> UnsafePointer<Float> { UnsafePointer(finals + i * observationWidth) }

    /// Outcome of the latest step of an environment.
    public func lastStep(_ i: Int) -> Step { slots[i].last }

    /// Where the next action of an environment is to be written before `stepOne`.
    public func action(_ i: Int) -> UnsafeMutablePointer<Float> { actions + i * actionWidth }

    /// Steps one environment with the action that stands in `action(i)`. For loops that run whole stretches of some environments on one
    /// thread; after them `throwFirstError()` tells what failed.
    public func stepOne(_ i: Int) {
        let slot = slots + i
        guard slot.pointee.error == nil else { return }
        do {
            var observation = UnsafeMutableBufferPointer(start: observations + i * observationWidth, count: observationWidth).mutableSpan
            let action = UnsafeBufferPointer(start: UnsafePointer(actions + i * actionWidth), count: actionWidth).span
            let step = try slot.pointee.environment.step(action: action, observation: &observation)
            slot.pointee.last = step
            slot.pointee.totalReturn += Double(step.reward)
            slot.pointee.length += 1
            if step.isLast { finishEpisode(i) }
        } catch {
            slot.pointee.error = error
        }
    }

    private func finishEpisode(_ i: Int) {
        let slot = slots + i
        (finals + i * observationWidth).update(from: observations + i * observationWidth, count: observationWidth)
        var metrics = [Double](repeating: 0, count: spec.metricNames.count)
        var span = metrics.mutableSpan
        slot.pointee.environment.metrics(into: &span)
        let totals = EpisodeTotals(
            return: slot.pointee.totalReturn, length: slot.pointee.length,
            truncated: slot.pointee.last.truncated && !slot.pointee.last.terminated)
        slot.pointee.finished.append(
            FinishedEpisode(
                environment: i, seed: slot.pointee.seed, totals: totals, success: slot.pointee.environment.succeeded(totals), metrics: metrics))
        slot.pointee.episodes += 1
        beginEpisode(i)
    }

    private func beginEpisode(_ i: Int) {
        let slot = slots + i
        slot.pointee.seed = Philox.childSeed(of: seed, purpose: purpose, index: UInt32(i), count: slot.pointee.episodes)
        slot.pointee.totalReturn = 0
        slot.pointee.length = 0
        do {
            var observation = UnsafeMutableBufferPointer(start: observations + i * observationWidth, count: observationWidth).mutableSpan
            try slot.pointee.environment.reset(seed: slot.pointee.seed, observation: &observation)
        } catch {
            slot.pointee.error = error
        }
    }

    /// Rethrows what failed first, in the order of the environments, and forgets all failures.
    public func throwFirstError() throws {
        var first: (any Error)?
        for i in 0..<count {
            first = first ?? slots[i].error
            slots[i].error = nil
        }
        if let first { throw first }
    }

    /// Hands over the episodes that have ended since the last call, in the order of the environments.
    public func takeFinishedEpisodes() -> [FinishedEpisode] {
        var all: [FinishedEpisode] = []
        for i in 0..<count {
            all.append(contentsOf: slots[i].finished)
            slots[i].finished.removeAll(keepingCapacity: true)
        }
        return all
    }

    /// Everything that environment i's future depends on. Take it between steps, after `takeFinishedEpisodes`.
    public func snapshot(_ i: Int) throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(slots[i].seed)
        writer.write(slots[i].episodes)
        writer.write(slots[i].totalReturn)
        writer.write(Int64(slots[i].length))
        writer.write(array: Array(UnsafeBufferPointer(start: observation(i), count: observationWidth)))
        writer.write(array: try slots[i].environment.snapshot())
        return writer.bytes
    }

    /// Continues environment i from a snapshot, in place of `reset()`.
    public func restore(_ i: Int, _ snapshot: [UInt8]) throws {
        var reader = ByteReader(snapshot)
        let seed = try reader.read(UInt64.self)
        let episodes = try reader.read(UInt64.self)
        let totalReturn = try reader.read(Double.self)
        let length = Int(try reader.read(Int64.self))
        let observation = try reader.readArray(Float.self)
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        guard observation.count == observationWidth else {
            throw EnvironmentError("the snapshot has observations of another width", hint: "restore it into the environment it was taken from")
        }
        try slots[i].environment.restore(inner)
        slots[i].seed = seed
        slots[i].episodes = episodes
        slots[i].totalReturn = totalReturn
        slots[i].length = length
        // What happened here before the restoration is not the restored run's.
        slots[i].finished.removeAll(keepingCapacity: true)
        slots[i].error = nil
        observation.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { (observations + i * observationWidth).update(from: base, count: observationWidth) }
        }
    }
}
