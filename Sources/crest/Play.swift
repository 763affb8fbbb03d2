import ArgumentParser
import Training

struct Play: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play episodes with a policy, as pictures or a video where wanted.",
        discussion: """
              crest play latest --strip walker.png
              crest play Results/bipedal/robust-1/best --episodes 3 --video walker.mp4
              crest play latest --seconds 20 --baseline --size 1280x720 --video gait.mp4

            The episodes are those of `crest evaluate` with the same seed. A video needs ffmpeg (apt-get install ffmpeg), a picture of a MuJoCo task
            OSMesa (apt-get install libosmesa6).
            """)

    @Argument(help: ArgumentHelp("A run (path, name, unique beginning or end of either, 'latest') or a policy folder.", valueName: "run"), completion: .directory)
    var reference: String

    @Option(help: "Number of episodes.")
    var episodes = 1

    @Option(help: "Seed of the episodes.")
    var seed: UInt64 = 123

    @Option(help: "Which policy of a run: best, last, or a step number.")
    var checkpoint = "best"

    @Flag(
        exclusivity: .exclusive,
        help: ArgumentHelp("Take the policy's mean action (the default) or draw actions from it."))
    var actions = ActionChoice.deterministic

    @Option(
        defaultAsFlag: "",
        help: ArgumentHelp("Let a baseline of the environment play in place of the policy; without a name the most telling one.", valueName: "name"))
    var baseline: String?

    @OptionGroup(title: "Conditions") var conditions: ConditionOptions

    @Option(help: ArgumentHelp("Write twelve pictures of the first episode.", valueName: "file.png"))
    var strip: String?

    @Option(help: ArgumentHelp("Write all episodes as a video.", valueName: "file.mp4"))
    var video: String?

    @Option(help: ArgumentHelp("Size of the pictures in pixels, even numbers for a video; the environment's own when left out.", valueName: "WxH"))
    var size: String?

    @OptionGroup var runs: RootOption

    func validate() throws {
        guard (1...1_000_000).contains(episodes) else { throw ValidationError("--episodes must lie in 1...1000000") }
        guard ["best", "last"].contains(checkpoint) || Int(checkpoint).map({ $0 >= 0 }) == true else {
            throw ValidationError("--checkpoint is 'best', 'last' or a step number, not '\(checkpoint)'")
        }
        guard conditions.conditions.radii.count <= 1 else {
            throw ValidationError("an episode is played at one intercept radius: --radius 50; `crest evaluate` takes several")
        }
        guard let size else { return }
        guard pictureSize != nil else {
            throw ValidationError(
                "--size is WIDTHxHEIGHT in pixels, each in \(Self.sides.lowerBound)...\(Self.sides.upperBound), for example 1280x720, not '\(size)'")
        }
        guard strip != nil || video != nil else { throw ValidationError("--size is for --strip and --video") }
    }

    /// Twelve of the largest pictures still make a strip.
    private static let sides = 64...4000

    private var pictureSize: (width: Int, height: Int)? {
        let parts = size?.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) } ?? []
        guard parts.count == 2, let width = parts[0], let height = parts[1], Self.sides.contains(width), Self.sides.contains(height) else { return nil }
        return (width, height)
    }

    func run() throws {
        try TrainingCommands.play(
            reference, root: runs.root, checkpoint: checkpoint, episodes: episodes, seed: seed, stochastic: actions == .stochastic,
            conditions: conditions.conditions, baseline: baseline, strip: strip, video: video, size: pictureSize
        ) { print($0) }
    }
}

/// How actions are taken from a policy.
enum ActionChoice: String, EnumerableFlag { case deterministic, stochastic }
