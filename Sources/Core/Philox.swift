/// What a stream of random numbers is for. Two purposes never share numbers, whatever the seed.
///
/// Raw values are part of the reproducibility promise: never renumber, only append.
public enum RandomPurpose: UInt32, Sendable, Codable {
    case initialisation = 1
    case actionNoise = 2
    case minibatchOrder = 3
    case trainingEpisodes = 4
    case evaluationEpisodes = 5
    case confirmationEpisodes = 6
    case environment = 7
    case finalEvaluationEpisodes = 8
    case domainRandomisation = 9
    case replaySampling = 10
    /// Noise of the actions that an off-policy update draws anew, a stream a shard.
    case updateNoise = 11
    /// Uniform actions before learning starts, a stream an environment.
    case exploration = 12
    case curriculumStages = 13
    case test = 1000
}

/// Philox4x32-10: a counter-based random number generator.
///
/// The 64-bit key is the seed; the 128-bit counter is (block: 64 bits, index: 32 bits, purpose: 32 bits). So every (seed, purpose, index)
/// names an independent stream of 2^66 words, the state is a plain value, and any position can be reached without drawing what lies before.
///
/// Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
public struct Philox: RandomNumberGenerator, BitwiseCopyable, Sendable, Codable, Equatable {
    /// The key: the run's seed.
    public let seed: UInt64
    private let purpose: UInt32
    private let index: UInt32
    /// Number of 4-word blocks already generated.
    private var block: UInt64 = 0
    /// Words of the current block that have not been handed out, low word first.
    private var word0: UInt32 = 0
    private var word1: UInt32 = 0
    private var word2: UInt32 = 0
    private var word3: UInt32 = 0
    private var remaining: Int = 0

    /// - Parameters:
    ///   - seed: key of the generator, the run's or the episode's seed.
    ///   - purpose: what the numbers are for.
    ///   - index: which of several streams for that purpose, e.g. the environment's number.
    public init(seed: UInt64, purpose: RandomPurpose, index: UInt32 = 0) {
        self.seed = seed
        self.purpose = purpose.rawValue
        self.index = index
    }

    /// One application of the ten rounds to a counter under a key.
    @inline(__always)
    static func rounds(counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)) -> (UInt32, UInt32, UInt32, UInt32) {
        var (c0, c1, c2, c3) = counter
        var (k0, k1) = key
        for _ in 0..<10 {
            let p0 = UInt64(0xD251_1F53) &* UInt64(c0)
            let p1 = UInt64(0xCD9E_8D57) &* UInt64(c2)
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
            )
            k0 = k0 &+ 0x9E37_79B9
            k1 = k1 &+ 0xBB67_AE85
        }
        return (c0, c1, c2, c3)
    }

    /// A uniform 32-bit word.
    @inline(__always)
    public mutating func nextWord() -> UInt32 {
        if remaining == 0 {
            (word0, word1, word2, word3) = Self.rounds(
                counter: (UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), index, purpose),
                key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
            block &+= 1
            remaining = 4
        }
        let result = word0
        (word0, word1, word2) = (word1, word2, word3)
        remaining &-= 1
        return result
    }

    /// A uniform 64-bit word.
    public mutating func next() -> UInt64 {
        let low = UInt64(nextWord())
        return low | UInt64(nextWord()) << 32
    }

    /// A uniform number in [0, 1) with 53 random bits.
    @inline(__always)
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A uniform number in [low, high).
    @inline(__always)
    public mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * uniform()
    }

    /// A uniform integer in 0..<bound, without modulo bias (Lemire's method).
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "below() needs a bound in 1...2^32-1")
        let range = UInt64(bound)
        var product = UInt64(nextWord()) &* range
        if UInt32(truncatingIfNeeded: product) < UInt32(bound) {
            let threshold = (0 &- UInt32(bound)) % UInt32(bound)
            while UInt32(truncatingIfNeeded: product) < threshold {
                product = UInt64(nextWord()) &* range
            }
        }
        return Int(product >> 32)
    }
}
