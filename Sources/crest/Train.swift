import ArgumentParser
import Foundation
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a policy as a YAML file says.",
        discussion: """
            The effective configuration is printed and saved with the run. Keys can be changed without touching the file:

              crest train Configs/humanoid/robust.yaml --seed 2
              crest train Configs/humanoid/robust.yaml --set n_envs=32

            `crest config explain KEY` tells what a key means.
            """)

    @Argument(help: "The configuration, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
    var config: String

    @Option(name: .long, parsing: .singleValue, help: ArgumentHelp("Replace a value; may be given several times.", valueName: "key=value"))
    var set: [String] = []

    @Flag(help: "Shrink every size, so that the whole path runs in seconds (4 environments, 4 short rollouts, networks of 16).")
    var debug = false

    @Option(help: "Seed of everything random in the run; the file's when left out.")
    var seed: UInt64?

    @Option(help: "Name of the run, part of its folder's name; the file's when left out.")
    var name: String?

    @Flag(help: "Don't print the effective configuration.")
    var quiet = false

    @OptionGroup var runs: RootOption

    func run() throws {
        // Before any thread exists, so that all of them leave the signals alone.
        let interruption = Interruption()
        let configuration = try TrainingCommands.configuration(path: config, overrides: set, seed: seed, name: name, debug: debug)
        if !quiet {
            print("effective configuration (hash \(configuration.hash)):")
            for (key, value) in configuration.flattened() { print("  \(key): \(value)") }
        }
        var training = try Training.start(configuration, configurationPath: config, root: runs.root)
        try Terminal.show(&training, interruption)
    }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on with an interrupted run, with the same bits as if it had never stopped.",
        discussion: """
            crest resume latest

            A run that has finished, or that the guard stopped, is refused.
            """)

    @Argument(help: ArgumentHelp("The run: a path, a name, a unique beginning or end of either, or 'latest'.", valueName: "run"), completion: .directory)
    var reference: String

    @OptionGroup var runs: RootOption

    func run() throws {
        let interruption = Interruption()
        var training = try Training.resume(try TrainingCommands.folder(reference, root: runs.root), root: runs.root)
        try Terminal.show(&training, interruption)
    }
}
