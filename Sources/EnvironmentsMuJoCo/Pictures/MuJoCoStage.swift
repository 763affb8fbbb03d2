import CMuJoCo
import Drawing
import Synchronization

/// Draws the states of simulations of one model with MuJoCo's own renderer.
///
/// It has a model of its own from the same file, dressed for pictures: drawing takes a simulation's state and can change nothing of it.
/// The processor draws, so that the same state gives the same picture, bit for bit, on the same machine.
final class MuJoCoStage {
    /// MuJoCo keeps OpenGL's functions, and a context is one thread's, so stages take turns.
    private static let turn = Mutex(())

    private let context: OffscreenContext
    private let path: String
    private let settings: Settings
    private var handle: OpaquePointer?
    private var size = (width: 0, height: 0)
    private var state: [Double] = []
    private var pixels: [UInt8] = []

    /// How the ground looks.
    struct Settings: Equatable {
        /// Edge of its squares, m.
        var tile = 1.0
        /// Height of a level floor to add where the model has none, m.
        var addedFloor: Double?
    }

    /// - Throws: `DrawingError` where there is no OpenGL or the model can't be drawn.
    init(_ model: MuJoCoModel, _ settings: Settings, libraries: [String] = OffscreenContext.libraries) throws {
        path = model.path
        self.settings = settings
        context = try Self.turn.withLock { _ in
            var message = [CChar](repeating: 0, count: 1000)
            guard cmj_open_rendering(&message, Int32(message.count)) == 0 else { throw DrawingError(Self.text(message), place: "MuJoCo") }
            return try OffscreenContext(libraries: libraries)
        }
    }

    deinit {
        guard let handle else { return }
        // Without its context OpenGL's part of the stage is gone already.
        Self.turn.withLock { _ in if (try? context.use()) != nil { cmj_free_stage(handle) } }
    }

    /// Draws a simulation over all of a canvas.
    ///
    /// - Parameter ground: whose height fields to take over first; nil where they are as before.
    /// - Throws: `DrawingError` where OpenGL fails.
    func draw(_ simulation: MuJoCoSimulation, from camera: cmj_camera, ground: MuJoCoModel? = nil, on canvas: Canvas) throws {
        try Self.turn.withLock { _ in
            try context.use()
            let stage = try stage(canvas.width, canvas.height)
            let count = Int(cmj_stage_state_size(stage))
            precondition(count == Int(cmj_state_size(simulation.model.handle)), "a stage draws the model that it was made for")
            if state.count != count { state = Array(repeating: 0, count: count) }
            cmj_get_state(simulation.model.handle, simulation.handle, &state)
            if let ground { cmj_copy_ground(stage, ground.handle) }
            let status = cmj_draw(stage, state, camera, Int32(canvas.width), Int32(canvas.height), &pixels)
            guard status == 0 else { throw DrawingError("OpenGL's error \(status) while drawing", place: path, hint: "try a smaller picture") }
        }
        canvas.replacePixels(fromBottom: pixels)
    }

    /// Whether the next picture of this size needs the ground anew.
    func isFresh(_ canvas: Canvas) -> Bool { handle == nil || size != (canvas.width, canvas.height) }

    /// The stage for a size of picture, made anew when that changes.
    private func stage(_ width: Int, _ height: Int) throws -> OpaquePointer {
        if let handle, size == (width, height) { return handle }
        if let handle { cmj_free_stage(handle) }
        handle = nil
        var message = [CChar](repeating: 0, count: 1000)
        guard
            let made = cmj_make_stage(
                path, settings.tile, settings.addedFloor == nil ? 0 : 1, settings.addedFloor ?? 0, Int32(width), Int32(height), &message,
                Int32(message.count))
        else { throw DrawingError(Self.text(message), place: path, hint: "run `make deps` in Crest's folder if the model is missing") }
        size = (width, height)
        pixels = Array(repeating: 0, count: 3 * width * height)
        handle = made
        return made
    }

    private static func text(_ message: [CChar]) -> String {
        let sentence = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return sentence.isEmpty ? "MuJoCo gives no reason" : sentence
    }
}
