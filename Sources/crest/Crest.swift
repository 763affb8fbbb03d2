import ArgumentParser
import Training

@main
struct Crest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crest",
        abstract: "Train control policies with reinforcement learning, and keep the best one.",
        discussion: """
            A first run, from nothing to a policy that stands:

              crest train Configs/pendulum/quick.yaml
              crest evaluate latest

            Ctrl-C saves a checkpoint; `crest resume latest` goes on with the same bits.
            """,
        version: Machine.crestVersion,
        subcommands: [
            Train.self, Resume.self, Watch.self, Evaluate.self, Play.self, Runs.self, Curve.self, Environments.self, Config.self, Compare.self,
            MachineCommand.self,
        ])
}

/// Where runs lie.
struct RootOption: ParsableArguments {
    @Option(name: .customLong("runs"), help: ArgumentHelp("Folder of all runs.", valueName: "folder"))
    var root = "runs"
}
