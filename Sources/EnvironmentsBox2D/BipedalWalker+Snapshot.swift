import Environments

extension BipedalWalker {
    /// The episode's seed and its actions. Box2D's worlds cannot be copied, so `restore` lives through the episode again, at about
    /// 25,000 steps a second.
    ///
    /// - Throws: `EnvironmentError` where no episode has begun.
    public func snapshot() throws -> [UInt8] {
        guard episode.hasBegun else { throw EnvironmentError("there is no episode to be saved", place: spec.id, hint: "call reset first") }
        var writer = ByteWriter()
        writer.write(array: Array(spec.id.utf8))
        writer.write(episode.seed)
        writer.write(array: actions)
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        guard try reader.readArray(UInt8.self) == Array(spec.id.utf8) else {
            throw EnvironmentError("the snapshot is of another environment", place: spec.id)
        }
        let seed = try reader.read(UInt64.self)
        let actions = try reader.readArray(Float.self)
        try reader.finish()
        guard actions.count % 4 == 0, actions.allSatisfy(\.isFinite) else {
            throw EnvironmentError("the snapshot's actions are damaged", place: spec.id)
        }
        // A world shared with a copy is left to that copy.
        try abandonSharedWorld()
        try replay(seed: seed, actions: actions)
    }
}
