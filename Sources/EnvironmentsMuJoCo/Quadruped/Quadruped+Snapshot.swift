import Environments

extension Quadruped {
    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(array: Array(spec.id.utf8))
        writer.write(state)
        writer.write(array: world.simulation.state)
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        // Everything is read before anything changes, so that a damaged snapshot leaves the episode as it was.
        var reader = ByteReader(snapshot)
        guard try reader.readArray(UInt8.self) == Array(spec.id.utf8) else {
            throw EnvironmentError("the snapshot is of another environment", place: spec.id)
        }
        let state = try reader.read(State.self)
        let physics = try reader.readArray(Double.self)
        try reader.finish()
        let phase = state.clock.phase
        guard state.steps >= 0, state.lifetime >= 0, (0..<4).contains(state.draws.kind), phase >= 0, phase < 1,
            physics.count == world.simulation.state.count
        else {
            throw EnvironmentError("the snapshot is damaged", place: spec.id)
        }
        try makeUnique()
        self.state = state
        // The ground follows from the draws, and the robot's properties stand in them.
        prepareWorld()
        try world.simulation.setState(physics)
    }
}
