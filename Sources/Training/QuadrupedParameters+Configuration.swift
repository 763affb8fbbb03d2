import Configuration
import Environments
import EnvironmentsMuJoCo

extension QuadrupedParameters {
    /// Reads the settings of the quadruped's task.
    ///
    /// - Parameter run: for the steps of the whole run, in which a curriculum counts.
    init(_ actions: Actions, _ reader: inout ParameterReader, limit: Int?, run: Configuration) {
        self.init(actions)
        let kinds = TerrainParameters.Kind.allCases.map(\.rawValue)
        terrain.kind = TerrainParameters.Kind(rawValue: reader.choice("terrain", default: terrain.kind.rawValue, of: kinds)) ?? terrain.kind
        isPrivileged = reader.boolean("privileged", default: isPrivileged)
        reader.read(&self)
        // -1: each episode has ground of its own.
        let ground = reader.integer("terrain_seed", default: -1, in: .atLeast(-1))
        terrain.seed = ground < 0 ? nil : UInt64(ground)
        // 0: where the gait's body height puts it.
        let height = reader.number("trunk_height", default: 0, in: .atLeast(0))
        trunkHeight = height > 0 ? height : nil
        // Steps of the whole run and terrain heights (m) from there on; none: the terrain's height throughout.
        // The task counts its own steps, of which a decision has several where actions are repeated.
        curriculum.steps = reader.numbers("curriculum_steps", default: []).map { $0 * Double(run.environment.actionRepeat) }
        curriculum.heights = reader.numbers("curriculum_heights", default: [])
        curriculum.isLinear = reader.boolean("curriculum_linear", default: curriculum.isLinear)
        curriculum.environments = reader.integer("curriculum_environments", default: run.algorithm.nEnvs, in: .atLeast(1))
        reader.checkNewCurriculum(curriculum.steps)
        // Told already; what is left of them is not held against each other.
        if !reader.isSound("curriculum_steps", "curriculum_heights") { (curriculum.steps, curriculum.heights) = ([], []) }
        if let limit { maxEpisodeSteps = limit }
        reader.check("terrain", validate)
    }
}
