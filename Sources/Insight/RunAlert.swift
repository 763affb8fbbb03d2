/// Something about a run that its owner should look at.
public struct RunAlert: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// The policy was better before.
        case forgetting
        /// Much of the run is over and little or nothing is learned.
        case poor
        /// The return rises without the success that it should stand for.
        case rewardFarming = "reward farming"
    }

    public var kind: Kind
    /// What was seen, with its numbers.
    public var evidence: String

    public init(_ kind: Kind, _ evidence: String) {
        self.kind = kind
        self.evidence = evidence
    }
}
