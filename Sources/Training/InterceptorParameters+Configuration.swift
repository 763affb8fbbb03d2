import Configuration
import Environments
import EnvironmentsIntercept

extension InterceptorParameters {
    /// Reads the settings of the interceptor task; a scenario gives the defaults of all others.
    ///
    /// - Parameter run: for the steps of the whole run, in which a curriculum counts.
    init(_ reader: inout ParameterReader, limit: Int?, run: Configuration) {
        func choice<T: RawRepresentable & CaseIterable>(_ name: String, _ fallback: T) -> T where T.RawValue == String {
            T(rawValue: reader.choice(name, default: fallback.rawValue, of: T.allCases.map(\.rawValue))) ?? fallback
        }
        self.init(choice("scenario", .medium))
        observation = choice("observation", observation)
        frame = choice("frame", frame)
        actions = choice("actions", actions)
        residual = choice("residual", residual)
        missMeasure = choice("miss_measure", missMeasure)
        tracker.hasCue = reader.boolean("launch_cue", default: tracker.hasCue)
        reader.read(&self)
        // Steps and radii (and beams, if given) of the curriculum's stages, one after another; none: frozen.
        let steps = reader.numbers("curriculum_steps", default: [])
        let radii = reader.numbers("curriculum_radii", default: [])
        let beams = reader.numbers("curriculum_beams", default: [])
        curriculum.isLinear = reader.boolean("curriculum_linear", default: false)
        curriculum.environments = reader.integer("curriculum_environments", default: run.algorithm.nEnvs, in: .atLeast(1))
        if !reader.isSound("curriculum_steps", "curriculum_radii", "curriculum_beams") {
            // Told already.
        } else if radii.count != steps.count || !(beams.isEmpty || beams.count == steps.count) {
            reader.complain("curriculum_steps", "'curriculum_steps', 'curriculum_radii' and 'curriculum_beams' must be of the same length")
        } else {
            // The task counts its own steps, of which a decision has several where actions are repeated.
            let ratio = Double(run.environment.actionRepeat)
            curriculum.stages = steps.indices.map { .init(step: steps[$0] * ratio, radius: radii[$0], beam: beams.isEmpty ? nil : beams[$0]) }
        }
        // What is written and has no effect means that the task is not the one its author thinks of.
        if residual == .none { reader.refuseNew(unused: ["residual_scale", "residual_gain"], when: "residual is none", need: "a residual") }
        if tracker.hasCue {
            reader.refuseNew(unused: ["tracker_prior_speed"], when: "launch_cue is true", need: "launch_cue: false")
        } else {
            reader.refuseNew(
                unused: ["cue_position_noise", "cue_velocity_noise", "launch_heading_error"], when: "launch_cue is false", need: "launch_cue: true")
        }
        reader.checkNewCurriculum(steps)
        if let limit { maxEpisodeSteps = limit }
        reader.check("scenario", validate)
    }
}
