/// Observations of the last `count` steps side by side, oldest first; at an episode's start the first one is repeated.
public struct FrameStack: EnvironmentWrapper {
    public private(set) var base: any Environment
    /// Observations in a stack.
    public let frames: Int
    private let width: Int
    private var history: [Float]
    public let spec: EnvironmentSpec

    /// - Parameter frames: observations in a stack, ≥ 1.
    public init(_ base: any Environment, frames: Int) {
        precondition(frames >= 1, "a frame stack needs at least one frame")
        self.base = base
        self.frames = frames
        width = base.spec.observationSpace.width
        history = Array(repeating: 0, count: width * frames)
        var spec = base.spec
        if case .box(let low, let high) = spec.observationSpace {
            spec.observationSpace = .box(
                low: Array(repeatElement(low, count: frames).joined()), high: Array(repeatElement(high, count: frames).joined()))
        } else {
            spec.observationSpace = .box(count: frames)
        }
        self.spec = spec
    }

    public func wrapping(_ other: any Environment) -> any Environment { FrameStack(other, frames: frames) }

    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws {
        try observation.withUnsafeMutableBufferPointer { buffer in
            // The base writes straight into the newest frame's place; the older ones are copies of it.
            let tail = UnsafeMutableBufferPointer(rebasing: buffer[((frames - 1) * width)...])
            var newest = tail.mutableSpan
            try base.reset(seed: seed, observation: &newest)
            for frame in 0..<frames {
                for i in 0..<width { history[frame * width + i] = tail[i] }
            }
        }
        emit(&observation)
    }

    public mutating func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> Step {
        let step = try observation.withUnsafeMutableBufferPointer { buffer in
            let tail = UnsafeMutableBufferPointer(rebasing: buffer[((frames - 1) * width)...])
            var newest = tail.mutableSpan
            let step = try base.step(action: action, observation: &newest)
            for i in 0..<(frames - 1) * width { history[i] = history[i + width] }
            for i in 0..<width { history[(frames - 1) * width + i] = tail[i] }
            return step
        }
        emit(&observation)
        return step
    }

    private func emit(_ observation: inout MutableSpan<Float>) {
        for i in 0..<history.count { observation[i] = history[i] }
    }

    public func metrics(into values: inout MutableSpan<Double>) { base.metrics(into: &values) }

    public func succeeded(_ episode: EpisodeTotals) -> Bool { base.succeeded(episode) }

    public func snapshot() throws -> [UInt8] {
        var writer = ByteWriter()
        writer.write(array: history)
        writer.write(array: try base.snapshot())
        return writer.bytes
    }

    public mutating func restore(_ snapshot: [UInt8]) throws {
        var reader = ByteReader(snapshot)
        let saved = try reader.readArray(Float.self)
        let inner = try reader.readArray(UInt8.self)
        try reader.finish()
        guard saved.count == history.count else {
            throw EnvironmentError("the snapshot has another frame stack", hint: "restore it with the same frame_stack")
        }
        try base.restore(inner)
        history = saved
    }
}
