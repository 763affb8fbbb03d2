import CBox2D
import Environments

/// One Box2D world behind its C handle, and what it last told.
///
/// A walker owns its world alone: `BipedalWalker` makes a new one for a copy before it changes anything. Hence the unchecked conformance.
final class WalkerWorld: @unchecked Sendable {
    private let handle: OpaquePointer
    /// What the last call returned.
    private(set) var state = cbx_state()

    init() throws {
        guard let handle = cbx_create() else { throw EnvironmentError("no memory for a Box2D world", place: "EnvironmentsBox2D") }
        self.handle = handle
    }

    deinit { cbx_destroy(handle) }

    /// Builds a new world on a terrain; the hull is pushed with a force in newtons during the first step.
    func reset(_ terrain: borrowing BipedalTerrain, push: Float) throws {
        let result = terrain.heights.withUnsafeBufferPointer { heights in
            terrain.quads.withUnsafeBufferPointer { quads in
                cbx_reset(
                    handle, heights.baseAddress, Int32(heights.count), BipedalTerrain.spacing, quads.baseAddress, Int32(quads.count / 8), push,
                    &state)
            }
        }
        try check(result)
    }

    /// One control step with four motor commands.
    func step(_ action: Span<Float>) throws {
        try check(action.withUnsafeBufferPointer { cbx_step(handle, $0.baseAddress, &state) })
    }

    /// Puts the five bodies somewhere and says what touches the ground; no time passes.
    func place(_ bodies: [cbx_body], contacts: [UInt8], gameOver: Bool) throws {
        precondition(bodies.count == 5 && contacts.count == 2, "a walker has five bodies and two feet")
        try check(cbx_place(handle, bodies, contacts, gameOver ? 1 : 0, &state))
    }

    private func check(_ result: cbx_result) throws {
        switch result {
        case CBX_OK: return
        case CBX_NOT_RESET: throw EnvironmentError("no episode has begun", place: "EnvironmentsBox2D", hint: "call reset first")
        case CBX_BAD_INPUT:
            throw EnvironmentError("a motor command is not a finite number", place: "EnvironmentsBox2D", hint: "look for NaN in the policy")
        default: throw EnvironmentError("no memory for a Box2D world", place: "EnvironmentsBox2D")
        }
    }
}
