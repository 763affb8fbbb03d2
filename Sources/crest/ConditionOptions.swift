import ArgumentParser
import Training

/// What an evaluation changes of the conditions that a policy was trained under.
struct ConditionOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Evaluate with another value of environment.parameters.NAME, environment.max_episode_steps or environment.id; may be given several times.",
            valueName: "key=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Kind of ground (quadruped): flat, rough, steps, slope, mixed.", valueName: "kind"))
    var terrain: String?

    @Option(help: ArgumentHelp("Play all episodes on the ground of this seed (quadruped); otherwise each has its own.", valueName: "seed"))
    var terrainSeed: Int?

    @Option(help: "Length of an episode in seconds of simulated time.")
    var seconds: Double?

    @Option(help: ArgumentHelp("Scenario (interceptor): easy, medium, hard.", valueName: "name"))
    var scenario: String?

    @Option(help: ArgumentHelp("Intercept radius in metres (interceptor); several for `crest evaluate`: 150,100,50,20.", valueName: "radii"))
    var radius: String?

    func validate() throws {
        guard let radius else { return }
        let parts = radius.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ Double($0) != nil }) else {
            throw ValidationError("--radius is a number of metres or a list such as 150,100,50,20, not '\(radius)'")
        }
    }

    var conditions: EvaluationConditions {
        var conditions = EvaluationConditions()
        conditions.settings = set
        conditions.terrain = terrain
        conditions.terrainSeed = terrainSeed
        conditions.seconds = seconds
        conditions.scenario = scenario
        // To the millimetre, which is what names of measures tell apart.
        conditions.radii = radius.map { $0.split(separator: ",").compactMap { Double($0).map { ($0 * 1000).rounded() / 1000 } } } ?? []
        return conditions
    }
}
