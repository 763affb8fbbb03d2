import ArgumentParser
import Foundation
import Training

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show side by side what configurations set differently.",
        discussion: """
            The effective configurations are compared, so a value that one file writes and another takes from its recipe are the same. A CONFIG is a YAML file or a run folder. A value that differs from the first file's has a star before it. A dash stands for a key without effect: another algorithm's, or one that is switched off.

              crest compare Configs/bipedal/ppo_*.yaml
              crest compare Configs/bipedal/sac.yaml Configs/bipedal/ppo_default.yaml --all
            """)

    @Argument(help: ArgumentHelp("Two or more configurations.", valueName: "config"), completion: .file(extensions: ["yaml", "yml"]))
    var configs: [String]

    @Flag(help: "Show keys that are equal, too.")
    var all = false

    @Flag(help: "Print a Markdown table.")
    var markdown = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard configs.count >= 2 else { throw ValidationError("name at least two configurations") }
        guard !(markdown && json) else { throw ValidationError("--markdown and --json exclude each other") }
    }

    func run() throws {
        let form: TrainingCommands.TableForm = markdown ? .markdown : json ? .json : .text
        print(try TrainingCommands.compare(configs, all: all, form: form, colour: isatty(STDOUT_FILENO) == 1), terminator: "")
    }
}
