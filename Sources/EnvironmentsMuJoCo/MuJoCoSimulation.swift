import CMuJoCo
import Environments

/// One running simulation of a model: what changes.
///
/// A simulation is used by one thread at a time; environments guarantee that by holding it uniquely.
public final class MuJoCoSimulation: @unchecked Sendable {
    // Unchecked: environments are values that copy their simulation before they change a shared one.
    public let model: MuJoCoModel
    let handle: OpaquePointer
    /// Pointers to the simulation's numbers, named and shaped as in mjData; valid as long as the simulation lives.
    let fields: cmj_fields

    /// A simulation at rest, at time 0.
    ///
    /// - Throws: `EnvironmentError` when memory is out.
    public convenience init(_ model: MuJoCoModel) throws {
        guard let handle = cmj_make(model.handle) else { throw EnvironmentError("no memory for a simulation", place: model.path) }
        self.init(model: model, handle: handle)
    }

    private init(model: MuJoCoModel, handle: OpaquePointer) {
        self.model = model
        self.handle = handle
        fields = cmj_view(handle)
    }

    deinit { cmj_free(handle) }

    /// Another simulation with the same bits.
    func copy() throws -> MuJoCoSimulation {
        guard let copy = cmj_copy(model.handle, handle) else { throw EnvironmentError("no memory for a simulation", place: model.path) }
        return MuJoCoSimulation(model: model, handle: copy)
    }

    /// The same on a model with the same sizes.
    func copy(on model: MuJoCoModel) throws -> MuJoCoSimulation {
        guard let copy = cmj_copy(model.handle, handle) else { throw EnvironmentError("no memory for a simulation", place: model.path) }
        return MuJoCoSimulation(model: model, handle: copy)
    }

    /// Back to rest, time 0, without forces or warm start.
    public func reset() { cmj_reset(model.handle, handle) }

    /// Computes everything that follows from positions, velocities and controls; no time passes.
    public func forward() { cmj_forward(model.handle, handle) }

    /// Lets time pass under the present controls.
    ///
    /// As after MuJoCo's `mj_step`, positions and velocities are those at the end of the last physics step, everything derived (body
    /// positions, inertias, forces) belongs to its beginning.
    ///
    /// - Parameters:
    ///   - frames: number of physics steps.
    ///   - contactForces: whether `cfrc_ext` is needed afterwards.
    public func step(frames: Int, contactForces: Bool) { cmj_step(model.handle, handle, Int32(frames), contactForces ? 1 : 0) }

    /// Sets the controls. Out of range is allowed, MuJoCo clips.
    ///
    /// - Throws: `EnvironmentError` for a number that is not finite; nothing has changed then.
    public func setControls(_ action: Span<Float>) throws {
        precondition(action.count == model.controlCount, "an action needs one number for each control of the model")
        for i in 0..<action.count where !action[i].isFinite {
            throw EnvironmentError(
                "element \(i) of the action is \(action[i])", place: model.path,
                hint: "the policy has diverged: go back to its best checkpoint and lower the learning rate")
        }
        let controls = fields.ctrl
        for i in 0..<action.count { controls[i] = Double(action[i]) }
    }

    /// All that later steps depend on (mjSTATE_INTEGRATION: time, positions, velocities, warm start, controls, forces).
    public var state: [Double] {
        let count = Int(cmj_state_size(model.handle))
        return [Double](unsafeUninitializedCapacity: count) { buffer, initialised in
            guard let start = buffer.baseAddress else { return }
            cmj_get_state(model.handle, handle, start)
            initialised = count
        }
    }

    /// Returns to a state. Derived numbers stay unknown until the next step or `forward()`.
    ///
    /// - Throws: `EnvironmentError` where it has another size than this model's.
    public func setState(_ state: [Double]) throws {
        guard state.count == Int(cmj_state_size(model.handle)) else {
            throw EnvironmentError(
                "a state of \(state.count) numbers is not this model's", place: model.path,
                hint: "restore only snapshots of the same environment and version")
        }
        reset()
        cmj_set_state(model.handle, handle, state)
    }

    /// The centre of mass of all bodies along x, as of the last time that body positions were computed.
    var centreOfMassX: Double {
        let masses = model.constants.body_mass
        let positions = fields.xipos
        var sum = 0.0
        for body in 0..<model.bodyCount { sum += masses[body] * positions[3 * body] }
        return sum / model.totalMass
    }

    /// Sum of the squared controls.
    var controlEffort: Double { Self.squares(fields.ctrl, model.controlCount) }

    /// Sum of the squares of `count` numbers.
    static func squares(_ values: UnsafePointer<Double>, _ count: Int) -> Double {
        var sum = 0.0
        for i in 0..<count { sum += values[i] * values[i] }
        return sum
    }
}
