/// What recurrent PPO has beside PPO's hyperparameters.
public struct RecurrenceConfiguration: Sendable, Equatable {
    /// Width of an LSTM's state.
    public var hidden = 256
    /// Steps that gradients go back through time; sequences of a minibatch have this length. Divides the rollout's steps and the batch size.
    public var bpttLength = 64
    /// One LSTM for policy and value in place of one each.
    public var shared = false
    /// Before every epoch but the first, the sequences' initial states are computed anew with the weights as they are.
    public var refreshStates = true
    /// Layer normalisation in the LSTMs.
    public var layerNorm = false
    /// Hidden layers in front of the policy's and the value's LSTM; with a shared one only the first list counts.
    public var policyInput: [Int] = []
    public var valueInput: [Int] = []

    public init() {}

    /// Sequences in a rollout and in a minibatch.
    func sequences(_ ppo: PPOConfiguration) -> Int { ppo.rolloutSize / bpttLength }
    func batchSequences(_ ppo: PPOConfiguration) -> Int { ppo.batchSize / bpttLength }

    /// Number of shards of a minibatch: as configured, else one for every 8 sequences up to 8. A shard has whole sequences; more of them side by
    /// side make the products through time faster. With separate LSTMs a shard keeps two threads busy; with a shared one there are two shards
    /// where there are two sequences.
    func shardCount(_ ppo: PPOConfiguration) -> Int {
        let sequences = batchSequences(ppo)
        return min(sequences, ppo.shards ?? max(shared ? 2 : 1, min(8, sequences / 8)))
    }

    /// Number of groups of environments that run side by side. Fixed, so that results don't depend on the threads.
    func groupCount(_ ppo: PPOConfiguration) -> Int { max(ppo.environments >= 4 ? 2 : 1, min(4, ppo.environments / 8)) }

    /// - Throws: `AlgorithmError` for values that don't go with PPO's.
    public func validate(with ppo: PPOConfiguration) throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw AlgorithmError(message, place: "RecurrentPPO", hint: "change the configuration") }
        }
        try require(hidden >= 1 && bpttLength >= 1, "lstm_hidden_size and bptt_length must be at least 1")
        try require(ppo.steps % bpttLength == 0, "n_steps (\(ppo.steps)) must be a multiple of bptt_length (\(bpttLength))")
        try require(ppo.batchSize % bpttLength == 0, "batch_size (\(ppo.batchSize)) must be a multiple of bptt_length (\(bpttLength))")
    }
}
