import ArgumentParser
import Foundation
import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure policies on fresh episodes and rank them.",
        discussion: """
            Every policy plays the same episodes, none of which was used in training or for choosing. A PATH is a run (path, name, unique beginning or end of either, 'latest') or a folder that holds a policy, such as Results/humanoid/robust/best.

              crest evaluate latest --episodes 100
              crest evaluate runs/2026-11-20/* --checkpoint best --save ranking
              crest evaluate latest --baseline --terrain steps --seconds 20
              crest evaluate latest --scenario hard --radius 150,100,50,20 --episodes 100

            With baselines (the plain gait, guidance laws, zero and random actions) the environment's own measures stand side by side, with paired differences and their 95 % intervals. A policy is evaluated under the conditions of its checkpoint unless others are asked for; observations, actions and time step have to stay, and so do parameters that say what the policy sees and how it acts.
            """)

    @Argument(help: "Runs or policy folders.", completion: .directory)
    var paths: [String]

    @Option(help: "Episodes for each policy.")
    var episodes = 20

    @Option(help: "Seed of the episodes.")
    var seed: UInt64 = 123

    @Option(help: "Which policy of a run: best, last, both, or a step number.")
    var checkpoint = "both"

    @Flag(exclusivity: .exclusive, help: "Take each policy's mean action (the default) or draw actions from it.")
    var actions = ActionChoice.deterministic

    @Flag(inversion: .prefixedNo, help: "Play the environment's baselines on the same episodes. (default: as the environment wants it)")
    var baseline: Bool?

    @OptionGroup(title: "Conditions") var conditions: ConditionOptions

    @Flag(help: "Print a JSON array of objects as in Results/*/results.json instead of the table.")
    var json = false

    @Option(help: ArgumentHelp("Also write the ranking to NAME.md, NAME.csv and NAME.json, and differences to baselines to NAME-baselines.csv.", valueName: "name"))
    var save: String?

    @OptionGroup var runs: RootOption

    func validate() throws {
        guard !paths.isEmpty else { throw ValidationError("name at least one run or policy folder") }
        guard (1...1_000_000).contains(episodes) else { throw ValidationError("--episodes must lie in 1...1000000") }
        guard ["best", "last", "both"].contains(checkpoint) || Int(checkpoint).map({ $0 >= 0 }) == true else {
            throw ValidationError("--checkpoint is 'best', 'last', 'both' or a step number, not '\(checkpoint)'")
        }
    }

    func run() throws {
        let ranking = try TrainingCommands.rank(
            paths: paths, root: runs.root, checkpoint: checkpoint, episodes: episodes, seed: seed, stochastic: actions == .stochastic,
            conditions: conditions.conditions, baselines: baseline, command: Self.command(CommandLine.arguments.dropFirst())
        ) { message in
            FileHandle.standardError.write(Data((message + "\n").utf8))
        }
        print(json ? try ranking.json() : ranking.text(colour: isatty(STDOUT_FILENO) == 1))
        if let save {
            for path in try ranking.save(as: save) { FileHandle.standardError.write(Data("wrote \(path)\n".utf8)) }
        }
    }

    /// The command line for a shell, quoted where it has to be.
    static func command(_ arguments: some Sequence<String>) -> String {
        let plain = /[A-Za-z0-9_@%+=:,.\/-]+/
        let quoted = arguments.map { $0.wholeMatch(of: plain) == nil ? "'" + $0.replacing("'", with: "'\\''") + "'" : $0 }
        return (["crest"] + quoted).joined(separator: " ")
    }
}
