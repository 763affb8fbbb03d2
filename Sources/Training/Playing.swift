import Algorithms
import Core
import Drawing
import Environments
import Foundation
import Insight
import Runs
import Tensor

extension TrainingCommands {
    /// Plays episodes with a policy, tells how each went, and makes pictures where asked.
    ///
    /// The episodes are those that `rank` plays with the same seed. A strip shows the first episode in twelve pictures, a video all of them.
    ///
    /// - Parameters:
    ///   - reference: a run or a policy folder.
    ///   - checkpoint: `best`, `last` or a step number.
    ///   - conditions: what is asked for in place of the conditions of the training; of intercept radii the largest counts.
    ///   - baseline: name of a baseline that plays in place of the policy; empty: the environment's most telling one.
    ///   - strip: PNG file to write, or nil.
    ///   - video: MP4 file to write, or nil.
    ///   - size: pixels of a picture, even numbers for a video; nil: as the environment's artist means them.
    ///   - say: told each episode's outcome and each file written.
    /// - Throws: `TrainingError` where the environment has no picture or ffmpeg is missing; `RunError`, `DrawingError`.
    public static func play(
        _ reference: String, root: String, checkpoint: String, episodes: Int, seed: UInt64, stochastic: Bool,
        conditions: EvaluationConditions = EvaluationConditions(), baseline: String? = nil, strip: String?, video: String?,
        size: (width: Int, height: Int)? = nil, say: (String) -> Void
    ) throws {
        guard let candidate = try candidates(reference, root: root, checkpoint: checkpoint, say: say).first else { return }
        let stored = try StoredPolicy(candidate.checkpoint, conditions: conditions)
        let task = try EvaluationTask(stored.configuration, radii: conditions.radii)
        let name = try baseline.map { try task.baselineName($0) }
        let factory = name.map(task.factory.playing(baseline:)) ?? task.factory
        if let name { say("the baseline \(name) plays in place of the policy") }
        var player = try Player(
            name == nil ? stored.policy : nil, try factory.make(), set: EpisodeSet(seed: seed, purpose: .finalEvaluationEpisodes), stochastic: stochastic,
            size: size)
        if strip != nil || video != nil, try !player.startDrawing() {
            throw TrainingError("\(stored.description.environment.id) has no picture yet", hint: "leave out --strip and --video")
        }

        var writer: VideoWriter?
        if let video {
            let size = player.pictureSize
            writer = try VideoWriter(path: video, width: size.width, height: size.height, framesPerSecond: player.framesPerSecond)
        }
        var lengths: [Int] = []
        for k in 0..<episodes {
            try player.begin(k)
            try writer?.append(try player.picture())
            while !player.isOver {
                try player.step()
                if player.steps % player.stepsPerFrame == 0 || player.isOver { try writer?.append(try player.picture()) }
            }
            lengths.append(player.steps)
            say("episode \(k + 1): return \(NumberText.fixed(player.totals, decimals: 1)), \(player.steps) steps\(player.succeeded ? ", success" : "")")
        }
        if let writer {
            try writer.finish()
            say("wrote \(writer.path)")
        }
        if let strip {
            try player.filmStrip(episode: 0, length: lengths[0], title: name ?? candidate.name).writePNG(strip)
            say("wrote \(strip)")
        }
    }
}

/// One policy in one environment, an episode after the other.
private struct Player {
    let set: EpisodeSet
    let stochastic: Bool
    /// nil where the environment needs no actions.
    private let actor: Policy.Actor?
    private var environment: any Environment
    private var noise: Philox
    private let observation: FloatBuffer
    private let action: FloatBuffer
    private(set) var steps = 0
    private(set) var totals = 0.0
    private(set) var isOver = false
    private(set) var succeeded = false
    /// Draws the environment, where pictures are wanted.
    private var artist: AnyArtist?
    /// Pixels of a picture, where a size is asked for.
    private let size: (width: Int, height: Int)?

    init(_ policy: Policy?, _ environment: any Environment, set: EpisodeSet, stochastic: Bool, size: (width: Int, height: Int)?) throws {
        self.environment = environment
        self.set = set
        self.stochastic = stochastic
        self.size = size
        actor = policy?.makeActor(rows: 1)
        noise = Philox(seed: set.seed, purpose: .actionNoise)
        observation = FloatBuffer(environment.spec.observationSpace.width)
        action = FloatBuffer(environment.spec.actionSpace.width)
    }

    /// The environment as something that draws itself, under whatever is wrapped around it.
    private var drawable: (any Drawable)? { environment.innermost as? any Drawable }

    /// Prepares for pictures. False where the environment has none.
    ///
    /// - Throws: `DrawingError` where a library that drawing needs is missing.
    mutating func startDrawing() throws -> Bool {
        artist = try drawable.map { try AnyArtist(for: $0) }
        return artist != nil
    }

    /// Shows the artist the state after a reset or a step.
    private func show(isFirst: Bool) {
        guard let artist, let drawable else { return }
        artist.observe(drawable, isFirst: isFirst)
    }

    /// Every how many steps a video has a frame: at most 50 a second of simulated time.
    var stepsPerFrame: Int { max(1, Int((1 / (50 * environment.spec.timeStep) - 1e-6).rounded(.up))) }
    var framesPerSecond: Double { 1 / (environment.spec.timeStep * Double(stepsPerFrame)) }

    mutating func begin(_ episode: Int) throws {
        let seed = set.episodeSeed(episode)
        noise = Philox(seed: seed, purpose: .actionNoise)
        actor?.reset(row: 0)
        steps = 0
        totals = 0
        isOver = false
        var first = observation.mutableSpan
        try environment.reset(seed: seed, observation: &first)
        show(isFirst: true)
    }

    mutating func step() throws {
        let stochastic = stochastic
        withUnsafeMutablePointer(to: &noise) { [actor, observation, action] in
            actor?.act(observations: observation.pointer, rows: 1, noise: stochastic ? $0 : nil, actions: action.pointer)
        }
        var next = observation.mutableSpan
        let outcome = try environment.step(action: action.span, observation: &next)
        steps += 1
        totals += Double(outcome.reward)
        show(isFirst: false)
        isOver = outcome.isLast
        if isOver { succeeded = environment.succeeded(EpisodeTotals(return: totals, length: steps, truncated: outcome.truncated && !outcome.terminated)) }
    }

    /// Pixels of a picture, and those at which it looks as meant.
    var pictureSize: (width: Int, height: Int) { size ?? usualSize }
    private var usualSize: (width: Int, height: Int) { artist?.pictureSize ?? (width: 600, height: 400) }

    /// The environment with time, return and the artist's remarks in a corner.
    func picture() throws -> Canvas {
        let (size, usual) = (pictureSize, usualSize)
        let canvas = try Canvas(width: size.width, height: size.height)
        if let artist, let drawable { try artist.draw(drawable, on: canvas) }
        let time = NumberText.fixed(Double(steps) * environment.spec.timeStep, decimals: 1)
        let text = "\(time) s   return \(NumberText.fixed(totals, decimals: 0))"
        let lines = [text] + (drawable.flatMap { artist?.remarks(on: $0) } ?? [])
        // The text takes the same part of the picture at any size.
        let scale = min(Double(size.width) / Double(usual.width), Double(size.height) / Double(usual.height))
        canvas.saved {
            canvas.scale(scale, scale)
            let width = lines.map { canvas.textWidth($0, size: 18, bold: true) }.max() ?? 0
            canvas.fill(.rectangle(x: 8, y: 8, width: width + 16, height: 6 + 24 * Double(lines.count)), Colour(hex: 0xFFFFFF, alpha: 0.75))
            for (row, line) in lines.enumerated() {
                canvas.text(line, at: Point(16, 29 + 24 * Double(row)), size: 18, colour: Colour(hex: 0x222222), bold: true)
            }
        }
        return canvas
    }

    /// Twelve pictures of an episode, evenly spaced, in three rows under a title. The episode is played again for it.
    mutating func filmStrip(episode: Int, length: Int, title: String) throws -> Canvas {
        let (columns, rows, margin, head) = (4, 3, 10, 44)
        let moments = (0..<columns * rows).map { length * $0 / (columns * rows - 1) }
        try begin(episode)
        var pictures: [Canvas] = []
        for moment in moments {
            while steps < moment, !isOver { try step() }
            pictures.append(try picture())
        }
        let (width, height) = (pictures[0].width, pictures[0].height)
        let sheet = try Canvas(width: columns * (width + margin) + margin, height: rows * (height + margin) + margin + head)
        let text = "\(environment.spec.id), \(title): return \(NumberText.fixed(totals, decimals: 1)) in \(steps) steps"
        // Over small pictures the title shrinks until it fits.
        let fit = Double(sheet.width - 2 * margin) / max(sheet.textWidth(text, size: 24, bold: true), 1)
        sheet.text(text, at: Point(Double(margin), 30), size: 24 * min(1, fit), bold: true)
        for (i, picture) in pictures.enumerated() {
            let (row, column) = (i / columns, i % columns)
            sheet.draw(picture, at: Point(Double(margin + column * (width + margin)), Double(head + margin + row * (height + margin))))
        }
        return sheet
    }
}
