import CMuJoCo
import Environments

/// A robot on a terrain: a model of its own, because ground, masses, friction and gains change with the episode, and a simulation of it.
///
/// Used by one thread at a time; environments guarantee that by holding it uniquely. Takes about 1.5 MB.
final class QuadrupedWorld: @unchecked Sendable {
    // Unchecked: environments are values that copy their world before they change a shared one.
    /// The model as loaded, shared, never changed.
    let original: MuJoCoModel
    let simulation: MuJoCoSimulation
    private let tunables: cmj_tunables
    /// Which leg (bits 0 to 3) or whether another part (bit 4) a geom belongs to.
    private let bits: UnsafeMutablePointer<UInt32>
    private let trunk: Int

    static let legNames = ["FL", "FR", "RL", "RR"]
    /// Numbers of a leg among the joints: tilt, front shoulder, front elbow, rear shoulder, rear elbow.
    static let jointsPerLeg = 5

    /// Properties of the robot and the ground that differ from episode to episode. Factors of the model's own values but for the gain.
    struct Properties: BitwiseCopyable {
        var friction = 1.0
        var mass = 1.0
        /// Servo gain, N·m/rad.
        var gain = 0.0
    }

    /// - Throws: `EnvironmentError` when memory is out.
    convenience init(_ original: MuJoCoModel) throws {
        try self.init(original, MuJoCoSimulation(try original.privateCopy()))
    }

    private init(_ original: MuJoCoModel, _ simulation: MuJoCoSimulation) throws {
        self.original = original
        self.simulation = simulation
        let model = simulation.model
        tunables = cmj_tune(model.handle)
        trunk = Int(cmj_body(model.handle, "trunk"))
        guard tunables.nhfield == 1, model.controlCount == 12, model.positionCount == 27, trunk > 0 else {
            throw EnvironmentError("the model is no quadruped on a height field", place: model.path, hint: "restore Assets/quadruped.xml")
        }
        bits = .allocate(capacity: Int(tunables.ngeom))
        bits.initialize(repeating: 0, count: Int(tunables.ngeom))
        // A leg touches with its lower links; the trunk and the hips are the other parts.
        for geom in 0..<Int(tunables.ngeom) where tunables.geom_bodyid[geom] > 0 { bits[geom] = 1 << 4 }
        for (leg, name) in Self.legNames.enumerated() {
            for link in ["front", "rear"] {
                let body = cmj_body(model.handle, "\(name)_\(link)_lower")
                for geom in 0..<Int(tunables.ngeom) where tunables.geom_bodyid[geom] == body { bits[geom] = 1 << UInt32(leg) }
            }
        }
    }

    deinit { bits.deallocate() }

    /// Another world with the same bits.
    func copy() throws -> QuadrupedWorld {
        try QuadrupedWorld(original, simulation.copy(on: try simulation.model.privateCopy()))
    }

    /// The heights of the ground as shares of its span.
    var samples: UnsafeMutablePointer<Float> { tunables.hfield_data }

    /// Which legs touch something with their lower links (bits 0 to 3), and whether another part of the robot does (bit 4).
    var touching: UInt32 { cmj_touching(simulation.handle, bits) }

    /// Makes robot and ground what an episode needs. The heights stand in `samples` already. Leaves the simulation at rest.
    func apply(_ properties: Properties, terrain: Terrain) {
        let model = simulation.model
        let source = cmj_tune(original.handle)
        tunables.hfield_size[2] = terrain.span
        for i in 0..<3 * Int(tunables.ngeom) { tunables.geom_friction[i] = source.geom_friction[i] }
        for geom in 0..<Int(tunables.ngeom) { tunables.geom_friction[3 * geom] *= properties.friction }
        for actuator in 0..<model.controlCount {
            tunables.actuator_gainprm[actuator * Int(tunables.gain_stride)] = properties.gain
            tunables.actuator_biasprm[actuator * Int(tunables.bias_stride) + 1] = -properties.gain
        }
        // A payload is on the trunk, whose part grows or shrinks so that the whole changes by the factor.
        let own = source.body_mass[trunk]
        let factor = (own + (properties.mass - 1) * original.totalMass) / own
        tunables.body_mass[trunk] = own * factor
        for i in 0..<3 { tunables.body_inertia[3 * trunk + i] = source.body_inertia[3 * trunk + i] * factor }
        cmj_settle_constants(model.handle, simulation.handle)
        simulation.reset()
    }
}
