import CMuJoCo
import Environments

/// A compiled MuJoCo model: what never changes. Any number of simulations, on any threads, share one.
///
/// The exception is a `privateCopy()`, whose masses, gains and heights its only owner may change between steps.
public final class MuJoCoModel: @unchecked Sendable {
    // Unchecked: MuJoCo only reads a model after loading, and nothing writes to a shared one.
    let handle: OpaquePointer
    let constants: cmj_constants
    /// Where it was loaded from.
    public let path: String

    /// Numbers of positions, velocities, controls, and bodies (the world is body 0).
    public var positionCount: Int { Int(constants.nq) }
    public var velocityCount: Int { Int(constants.nv) }
    public var controlCount: Int { Int(constants.nu) }
    public var bodyCount: Int { Int(constants.nbody) }
    /// Seconds of one physics step.
    public var timeStep: Double { constants.timestep }
    /// Mass of all bodies, kg.
    public let totalMass: Double

    /// Loads a model from an XML file.
    ///
    /// - Throws: `EnvironmentError` with MuJoCo's own words where the library or the file does not load.
    public convenience init(path: String, files: MuJoCoFiles) throws {
        var message = [CChar](repeating: 0, count: 1000)
        guard cmj_open(files.library, &message, Int32(message.count)) == 0 else {
            throw EnvironmentError(Self.text(message), place: files.library, hint: "run `make deps` in Crest's folder")
        }
        guard let handle = cmj_load(path, &message, Int32(message.count)) else {
            throw EnvironmentError(Self.text(message), place: path, hint: "run `make deps` in Crest's folder if the file is missing")
        }
        self.init(handle: handle, path: path)
    }

    private init(handle: OpaquePointer, path: String) {
        self.handle = handle
        self.path = path
        constants = cmj_view_model(handle)
        var mass = 0.0
        for body in 0..<Int(constants.nbody) { mass += constants.body_mass[body] }
        totalMass = mass
    }

    deinit { cmj_free_model(handle) }

    /// One of the models of `.deps/assets`, e.g. `gymnasium/humanoid.xml`.
    public convenience init(named name: String) throws {
        let files = try MuJoCoFiles.locate()
        try self.init(path: files.model(name), files: files)
    }

    /// A model with the same bits for one owner, who may change what `cmj_tune` gives.
    ///
    /// - Throws: `EnvironmentError` when memory is out.
    func privateCopy() throws -> MuJoCoModel {
        guard let copy = cmj_copy_model(handle) else { throw EnvironmentError("no memory for a model", place: path) }
        return MuJoCoModel(handle: copy, path: path)
    }

    /// The controls' bounds as an action space.
    public var controlSpace: Space {
        .box(
            low: (0..<controlCount).map { Float(constants.ctrlrange[2 * $0]) },
            high: (0..<controlCount).map { Float(constants.ctrlrange[2 * $0 + 1]) })
    }

    private static func text(_ message: [CChar]) -> String {
        let sentence = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return sentence.isEmpty ? "MuJoCo gives no reason" : sentence
    }
}
