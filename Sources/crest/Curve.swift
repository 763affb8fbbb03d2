import ArgumentParser
import Training

struct Curve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the learning curves of runs as a PNG.",
        discussion: """
              crest curve latest --out curve.png
              crest curve humanoid-robust humanoid-ppo --line "6921=report, 10M steps" --out curve.png
            """)

    @Argument(help: ArgumentHelp("The runs: paths, names, unique beginnings or ends of either, or 'latest'.", valueName: "run"), completion: .directory)
    var references: [String]

    @Option(help: ArgumentHelp("The picture to write.", valueName: "file.png"))
    var out = "curve.png"

    @Option(help: "Title; the environment's name when left out.")
    var title: String?

    @Option(name: .long, parsing: .singleValue, help: ArgumentHelp("A horizontal line with a label; may be given several times.", valueName: "value=label"))
    var line: [String] = []

    @Option(help: "Width in pixels.")
    var width = 1200

    @Option(help: "Height in pixels.")
    var height = 800

    @OptionGroup var runs: RootOption

    func validate() throws {
        guard !references.isEmpty else { throw ValidationError("name at least one run") }
        guard (200...10_000).contains(width), (200...10_000).contains(height) else {
            throw ValidationError("--width and --height must lie in 200...10000")
        }
        for text in line where parse(text) == nil { throw ValidationError("--line is VALUE=LABEL, for example 6921=report, not '\(text)'") }
    }

    private func parse(_ text: String) -> (value: Double, label: String)? {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let value = Double(parts[0]), abs(value) < 1e300 else { return nil }
        return (value, String(parts[1]))
    }

    func run() throws {
        try TrainingCommands.drawCurves(
            of: references, root: runs.root, title: title, lines: line.compactMap(parse), output: out, width: width, height: height)
        print("wrote \(out)")
    }
}
