import Environments

extension Interceptor {
    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(array: Array(Self.id.utf8))
        writer.write(state)
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        guard try reader.readArray(UInt8.self) == Array(Self.id.utf8) else {
            throw EnvironmentError("the snapshot is of another environment", place: spec.id)
        }
        let state = try reader.read(State.self)
        try reader.finish()
        guard Outcome(rawValue: state.outcome) != nil, state.steps >= 0, state.lifetime >= 0 else {
            throw EnvironmentError("the snapshot is damaged", place: spec.id)
        }
        self.state = state
    }
}
