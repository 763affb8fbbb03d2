import ArgumentParser
import Foundation
import Training

struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the runs there are.")

    @Option(help: "Only runs of this environment, or with a curriculum in it.")
    var environment: String?

    @Option(help: "Only runs with this status: running, finished, interrupted, failed, stopped.")
    var status: String?

    @Option(help: "Order: started, best, steps, name, wall.")
    var sort = "started"

    @Option(help: "At most this many.")
    var limit: Int?

    @Flag(help: "Rebuild the registry from the run folders first.")
    var rescan = false

    @OptionGroup var runs: RootOption

    func validate() throws {
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() throws {
        print(try TrainingCommands.runsTable(root: runs.root, environment: environment, status: status, sort: sort, limit: limit, rescan: rescan))
    }
}

struct Environments: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the environments, or describe one with its parameters and their defaults.")

    @Argument(help: "The environment to describe.", completion: .list(TrainingCommands.environmentNames))
    var id: String?

    func run() throws {
        if let id {
            print(try TrainingCommands.describeEnvironment(id))
        } else {
            print(TrainingCommands.environmentsTable())
        }
    }
}

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Explain and check configurations.", subcommands: [Explain.self, Check.self])

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Explain a key: meaning, type, range, defaults, other names.")

        @Argument(help: "The key, e.g. learning_rate or algorithm.learning_rate; all keys when left out.")
        var key: String?

        func run() throws { print(try TrainingCommands.explain(key)) }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check a file and print the effective configuration.")

        @Argument(help: "The configuration, a YAML file.", completion: .file(extensions: ["yaml", "yml"]))
        var config: String

        @Option(name: .long, parsing: .singleValue, help: ArgumentHelp("Replace a value; may be given several times.", valueName: "key=value"))
        var set: [String] = []

        func run() throws {
            print(try TrainingCommands.configuration(path: config, overrides: set, seed: nil, name: nil, debug: false).resolvedYAML(), terminator: "")
        }
    }
}

struct MachineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "machine", abstract: "Tell what Crest found on this machine and how fast it multiplies.")

    func run() throws {
        let machine = try Machine.inspect()
        for (name, fact) in machine.facts.sorted(by: { $0.key < $1.key }) { print("\(name): \(fact)") }
        for (name, version) in machine.versions.sorted(by: { $0.key < $1.key }) { print("\(name): \(version)") }
        print("BLAS kernels: \(machine.blasKernels)")
        print("sgemm 256×256×256, one thread: \(Int(Machine.matmulSpeed())) GFLOP/s")
    }
}
