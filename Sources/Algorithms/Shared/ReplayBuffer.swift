import Core
import Tensor

/// A ring of transitions for every environment, in flat memory or in a mapped file.
///
/// A row holds an observation, the action taken there and the reward for it; the next observation is the next row's. At the end of an episode one
/// more row holds its last observation alone (a mark). So every observation is stored once, whether an episode ends there or not. Rows are
/// counted from the run's beginning: row r stands in place r mod `ringRows`, and the newest row, the head, has an observation only.
///
/// One thread adds; several may gather between two additions.
final class ReplayBuffer: @unchecked Sendable {
    let observationWidth: Int
    let actionWidth: Int
    let environments: Int
    /// Rows of an environment that can be sampled, and that its ring has.
    let capacity: Int
    let ringRows: Int
    /// Numbers in a row: observation, action, reward.
    let rowWidth: Int
    let memory: MappedMemory
    /// The head of each environment's ring; −1 before its first observation.
    var heads: [Int]
    /// Checksums of the file's complete blocks, by block number modulo the blocks of a ring; nil where unknown.
    var blockChecksums: [[BlockChecksum?]]

    static let terminated: UInt8 = 1
    static let truncated: UInt8 = 2
    static let mark: UInt8 = 4
    /// Rows that share a checksum.
    static let blockRows = 1024

    private let rows: UnsafeMutablePointer<Float>
    private let flags: UnsafeMutablePointer<UInt8>
    /// A sample is an environment and a row in one number.
    private static let environmentShift = 40

    /// - Parameters:
    ///   - capacity: transitions, all environments together.
    ///   - path: a file to keep the rows in, or nil; slack: rows of all environments that it keeps beyond the capacity, when it is made.
    /// - Throws: `AlgorithmError` where memory, disk or an existing file don't allow it.
    init(observationWidth: Int, actionWidth: Int, environments: Int, capacity: Int, path: String?, slack: Int) throws {
        self.observationWidth = observationWidth
        self.actionWidth = actionWidth
        self.environments = environments
        self.capacity = capacity / environments
        rowWidth = observationWidth + actionWidth + 1
        let rowBytes = rowWidth * MemoryLayout<Float>.stride
        if let path {
            let asked = Self.fileRows(self.capacity, slack: slack / environments)
            ringRows = Self.rows(inFile: path, size: environments * (rowBytes + 1), atLeast: Self.fileRows(self.capacity, slack: 0)) ?? asked
        } else {
            ringRows = self.capacity + 1
        }
        let total = environments * ringRows
        heads = Array(repeating: -1, count: environments)
        blockChecksums = Array(repeating: Array(repeating: nil, count: path == nil ? 0 : ringRows / Self.blockRows), count: environments)
        do {
            let bytes = total * (rowBytes + 1)
            memory = try path.map { try MappedMemory(path: $0, byteCount: bytes) } ?? MappedMemory(byteCount: bytes)
        } catch let error as MappedMemoryError {
            throw AlgorithmError(error.what, place: error.place.isEmpty ? "replay buffer" : error.place, hint: error.hint)
        }
        rows = memory.pointer.bindMemory(to: Float.self, capacity: total * rowWidth)
        flags = (memory.pointer + total * rowBytes).bindMemory(to: UInt8.self, capacity: total)
    }

    /// Rows of a ring in a file: whole blocks, with one more for those that are partly overwritten and one for the head's.
    private static func fileRows(_ capacity: Int, slack: Int) -> Int { ((capacity + slack + blockRows - 1) / blockRows + 2) * blockRows }

    /// Rows of the rings in a file that is there, which has the slack that it was made with; nil where it holds no such rings.
    ///
    /// - Parameter size: bytes of one row of every ring.
    private static func rows(inFile path: String, size: Int, atLeast least: Int) -> Int? {
        guard let bytes = MappedMemory.byteCount(ofFile: path), bytes % (size * blockRows) == 0, bytes / size >= least else { return nil }
        return bytes / size
    }

    /// The memory of a row, and its flags.
    @inline(__always)
    func row(_ environment: Int, _ row: Int) -> UnsafeMutablePointer<Float> { rows + (environment * ringRows + row % ringRows) * rowWidth }
    @inline(__always)
    func flag(_ environment: Int, _ row: Int) -> UnsafeMutablePointer<UInt8> { flags + environment * ringRows + row % ringRows }

    /// Complete rows of an environment that can be sampled.
    func count(_ environment: Int) -> Int { min(max(heads[environment], 0), capacity) }
    /// Complete rows of all environments.
    var count: Int { (0..<environments).reduce(0) { $0 + count($1) } }

    /// Begins an environment's ring with the observation that its run begins with.
    func begin(_ environment: Int, observation: UnsafePointer<Float>) {
        heads[environment] = 0
        row(environment, 0).update(from: observation, count: observationWidth)
    }

    /// Adds a transition from the head's observation.
    ///
    /// - Parameters:
    ///   - action: in the policy's units.
    ///   - next: the observation behind the step, also where it is the episode's last.
    ///   - first: the following episode's first observation, where this one has ended.
    func add(
        _ environment: Int, action: UnsafePointer<Float>, reward: Float, next: UnsafePointer<Float>, terminated: Bool, truncated: Bool,
        first: UnsafePointer<Float>?
    ) {
        let head = heads[environment]
        precondition(head >= 0, "an environment's ring begins with an observation")
        let target = row(environment, head)
        (target + observationWidth).update(from: action, count: actionWidth)
        target[rowWidth - 1] = reward
        flag(environment, head).pointee = terminated ? Self.terminated : truncated ? Self.truncated : 0
        row(environment, head + 1).update(from: next, count: observationWidth)
        heads[environment] = head + 1
        guard let first else { return }
        // The last observation's row has no action: a mark, never sampled.
        let last = row(environment, head + 1)
        (last + observationWidth).update(repeating: 0, count: actionWidth + 1)
        flag(environment, head + 1).pointee = Self.mark
        row(environment, head + 2).update(from: first, count: observationWidth)
        heads[environment] = head + 2
    }

    /// Ends the episode under way where it stands, as a truncation, and begins another one. Before the first observation there is nothing to end.
    func cut(_ environment: Int, first: UnsafePointer<Float>) {
        let head = heads[environment]
        guard head >= 0 else { return }
        // An episode without a transition leaves nothing to keep.
        if head > 0, flag(environment, head - 1).pointee == 0 {
            flag(environment, head - 1).pointee = Self.truncated
            let block = (head - 1) % ringRows / Self.blockRows
            if !blockChecksums[environment].isEmpty { blockChecksums[environment][block] = nil }
            let last = row(environment, head)
            (last + observationWidth).update(repeating: 0, count: actionWidth + 1)
            flag(environment, head).pointee = Self.mark
            heads[environment] = head + 1
        }
        row(environment, heads[environment]).update(from: first, count: observationWidth)
    }

    /// Draws transitions uniformly, with replacement. There must be at least one.
    func sample(_ samples: UnsafeMutableBufferPointer<Int>, using random: inout Philox) {
        let total = count
        precondition(total > 0, "an empty replay buffer can't be sampled")
        for i in samples.indices {
            var drawn: (environment: Int, row: Int)
            repeat {
                var k = random.below(total)
                var environment = 0
                while k >= count(environment) {
                    k -= count(environment)
                    environment += 1
                }
                drawn = (environment, heads[environment] - count(environment) + k)
            } while flag(drawn.environment, drawn.row).pointee & Self.mark != 0
            samples[i] = drawn.environment << Self.environmentShift | drawn.row
        }
    }

    /// A sampled transition with the rewards of up to n steps.
    struct Transition {
        var observation: UnsafePointer<Float>
        var action: UnsafePointer<Float>
        /// Observation behind the last of the steps.
        var next: UnsafePointer<Float>
        /// Σ γ^k·r, and the factor of the value that follows: γ^(number of steps), 0 behind a termination.
        var reward: Float
        var discount: Float
    }

    /// Looks a sample up.
    ///
    /// - Parameters:
    ///   - steps: most rewards to sum; an episode's end and the newest row end the sum earlier.
    ///   - scale, limit: each reward is multiplied and then cut to ±limit.
    @inline(__always)
    func transition(_ sample: Int, steps: Int, gamma: Float, scale: Float, limit: Float) -> Transition {
        let environment = sample >> Self.environmentShift
        let first = sample & (1 << Self.environmentShift - 1)
        let start = row(environment, first)
        var reward: Float = 0
        var discount: Float = 1
        var last = first
        for k in 0..<steps {
            last = first + k
            reward += discount * min(max(row(environment, last)[rowWidth - 1] * scale, -limit), limit)
            discount *= gamma
            let flag = flag(environment, last).pointee
            if flag & Self.terminated != 0 { discount = 0 }
            if flag != 0 || last + 1 >= heads[environment] { break }
        }
        return Transition(
            observation: UnsafePointer(start), action: UnsafePointer(start + observationWidth), next: UnsafePointer(row(environment, last + 1)),
            reward: reward, discount: discount)
    }
}
