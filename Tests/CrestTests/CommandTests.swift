import Foundation
import Testing

@Suite(.serialized) struct CommandTests {
    private let tiny = """
        name: tiny
        environment: {id: InvertedPendulum-v5}
        total_timesteps: 2048
        seed: 4
        algorithm: {n_envs: 4, n_steps: 64, batch_size: 64, n_epochs: 2}
        evaluation: {eval_freq: 1024, n_eval_episodes: 2, confirm_episodes: 2}
        checkpoint: {save_freq: 512}
        """

    @Test func helpExplainsItself() throws {
        let crest = try Executable()
        defer { crest.remove() }
        for command in ["train", "resume", "evaluate", "play", "runs", "curve", "compare", "environments", "config", "machine"] {
            let result = try crest.run(command, "--help")
            #expect(result.status == 0)
            #expect(result.output.contains("OVERVIEW:") && result.output.contains("USAGE: crest \(command)"))
        }
        #expect(try crest.run("--generate-completion-script", "bash").output.contains("crest"))
        #expect(try crest.run("tarin").status != 0)
    }

    @Test func trainsEvaluatesListsAndRanks() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(tiny, to: "tiny.yaml")
        let train = try crest.run("train", "tiny.yaml")
        #expect(train.status == 0, "\(train.errors)")
        #expect(train.output.contains("effective configuration (hash "))
        #expect(train.output.contains("algorithm.n_envs: 4"))
        #expect(train.output.contains("best policy:"))
        let again = try crest.run("train", "tiny.yaml", "--seed", "5", "--name", "other", "--set", "n_epochs=1", "--quiet")
        #expect(again.status == 0 && !again.output.contains("effective configuration"))

        // The same seeds give the same figures, in the shape that results.json has.
        let json = try crest.run("evaluate", "tiny", "--episodes", "3", "--checkpoint", "best", "--json")
        #expect(json.status == 0, "\(json.errors)")
        let array = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(array.count == 1)
        let keys = [
            "config", "seed", "steps", "wall_seconds", "checkpoint", "environment", "conditions", "episodes", "evaluation_seed", "mean", "std", "min",
            "median", "max", "length_mean", "success_rate", "ci95", "metrics", "baselines", "command",
        ]
        #expect(Set(array[0].keys) == Set(keys))
        #expect(array[0]["seed"] as? Int == 4 && array[0]["episodes"] as? Int == 3)
        #expect(try crest.run("evaluate", "tiny", "--episodes", "3", "--checkpoint", "best", "--json").output == json.output)
        // The command can be pasted into a shell.
        let saved = try crest.run("evaluate", "tiny", "--episodes", "1", "--checkpoint", "best", "--json", "--save", "it's a name").output
        let object = try #require(try JSONSerialization.jsonObject(with: Data(saved.utf8)) as? [[String: Any]])[0]
        #expect(object["command"] as? String == #"crest evaluate tiny --episodes 1 --checkpoint best --json --save 'it'\''s a name'"#)

        let table = try crest.run("evaluate", "tiny", "other", "--episodes", "3", "--save", "ranking")
        #expect(table.status == 0, "\(table.errors)")
        #expect(table.output.contains("Rank") && table.output.contains("best") && table.output.contains("last"))
        #expect(table.output.contains("algorithm.n_epochs"))
        for ending in ["md", "csv", "json"] { #expect(FileManager.default.fileExists(atPath: "\(crest.folder)/ranking.\(ending)")) }

        let runs = try crest.run("runs")
        #expect(runs.output.contains("tiny") && runs.output.contains("other") && runs.output.contains("finished"))
        #expect(try crest.run("runs", "--status", "failed").output.contains("no runs"))
    }

    /// A policy with memory plays as it is evaluated: both carry its state from step to step.
    @Test func playCarriesMemory() throws {
        let crest = try Executable()
        defer { crest.remove() }
        let settings = "n_epochs: 2, use_lstm: true, lstm_hidden_size: 8, bptt_length: 16"
        try crest.write(tiny.replacingOccurrences(of: "n_epochs: 2", with: settings), to: "memory.yaml")
        #expect(try crest.run("train", "memory.yaml", "--quiet").status == 0)
        let json = try crest.run("evaluate", "tiny", "--episodes", "3", "--checkpoint", "last", "--json", "--no-baseline").output
        let play = try crest.run("play", "tiny", "--episodes", "3", "--checkpoint", "last").output
        let returns = play.split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst(3).first.flatMap { Double($0.dropLast()) }
        }
        let mean = try #require(json.split(separator: "\n").first { $0.contains("\"mean\"") }?.split(separator: " ").last?.split(separator: ",").first.flatMap { Double($0) })
        #expect(returns.count == 3 && abs(returns.reduce(0, +) / 3 - mean) < 0.06, "\(play) \(mean)")
    }

    @Test func playMakesPicturesWhereThereAreAny() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(tiny.replacingOccurrences(of: "InvertedPendulum-v5", with: "BipedalWalker-v3, max_episode_steps: 40").replacingOccurrences(of: "tiny", with: "walker"), to: "walker.yaml")
        #expect(try crest.run("train", "walker.yaml", "--quiet").status == 0)
        let play = try crest.run("play", "latest", "--episodes", "2", "--strip", "strip.png")
        #expect(play.status == 0, "\(play.errors)")
        #expect(play.output.contains("episode 2: return") && play.output.contains("wrote strip.png"))
        let picture = try Data(contentsOf: URL(fileURLWithPath: "\(crest.folder)/strip.png"))
        #expect(picture.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]) && picture.count > 20_000)
        // The same episodes as evaluate plays.
        let json = try crest.run("evaluate", "latest", "--episodes", "1", "--checkpoint", "best", "--json").output
        let mean = try #require(json.split(separator: "\n").first { $0.contains("\"mean\"") }?.split(separator: " ").last?.split(separator: ",").first.flatMap { Double($0) })
        #expect(play.output.contains("episode 1: return \(String(format: "%.1f", mean))"))

        // At another size: four pictures by three and the margins. A PNG has its sides behind its first 16 bytes.
        #expect(try crest.run("play", "latest", "--strip", "odd.png", "--size", "151x101").status == 0)
        let odd = try Data(contentsOf: URL(fileURLWithPath: "\(crest.folder)/odd.png"))
        func number(at place: Int) -> Int { odd[place..<place + 4].reduce(0) { 256 * $0 + Int($1) } }
        #expect(number(at: 16) == 4 * (151 + 10) + 10 && number(at: 20) == 3 * (101 + 10) + 10 + 44)
        for size in ["151", "0x100", "5000x100", "axb"] {
            #expect(try crest.run("play", "latest", "--strip", "odd.png", "--size", size).errors.contains("--size is WIDTHxHEIGHT"), "\(size)")
        }
        #expect(try crest.run("play", "latest", "--size", "200x100").errors.contains("for --strip and --video"))
        #expect(try crest.run("play", "latest", "--video", "odd.mp4", "--size", "151x101").errors.contains("even numbers of pixels, not 151x101"))

        #expect(try crest.run("play", "latest", "--strip", "nowhere/strip.png").status != 0)
        let video = try crest.run("play", "latest", "--video", "nowhere/walker.mp4")
        #expect(video.status != 0 && (video.errors.contains("ffmpeg") || video.errors.contains("nowhere")))

        try crest.write(tiny.replacingOccurrences(of: "InvertedPendulum-v5", with: "Dummy-v1"), to: "tiny.yaml")
        #expect(try crest.run("train", "tiny.yaml", "--quiet").status == 0)
        let undrawable = try crest.run("play", "tiny", "--strip", "strip.png")
        #expect(undrawable.status != 0 && undrawable.errors.contains("no picture"))
        #expect(try crest.run("play", "tiny").status == 0)
    }

    @Test func baselinesAndConditionsOnTheCommandLine() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(tiny, to: "tiny.yaml")
        #expect(try crest.run("train", "tiny.yaml", "--quiet").status == 0)
        let table = try crest.run("evaluate", "tiny", "--episodes", "3", "--checkpoint", "best", "--baseline", "--deterministic", "--seconds", "1")
        #expect(table.status == 0 && table.output.hasPrefix("InvertedPendulum-v5, 3 episodes from seed 123: actions deterministic; seconds 1\n"), "\(table.errors)")
        #expect(table.output.contains("against random, 3 paired episodes"))
        let play = try crest.run("play", "tiny", "--baseline", "random", "--seconds", "1", "--deterministic")
        #expect(play.status == 0 && play.output.contains("the baseline random plays in place of the policy"), "\(play.errors)")
        #expect(try crest.run("play", "tiny", "--baseline").output.contains("the baseline zero plays"))
        #expect(try crest.run("play", "tiny", "--baseline", "trot").errors.contains("known are zero, random"))
        #expect(try crest.run("evaluate", "tiny", "--radius", "150,x").errors.contains("150,100,50,20"))
        #expect(try crest.run("play", "tiny", "--radius", "150,50").errors.contains("an episode is played at one intercept radius"))
        #expect(try crest.run("evaluate", "tiny", "--terrain", "flat").errors.contains("InvertedPendulum-v5 has no terrain"))
    }

    /// A simulation and an engagement: pictures where the libraries are there, else one clear line and nothing half-written.
    @Test func picturesNeedTheirLibraries() throws {
        var crest = try Executable()
        defer { crest.remove() }
        try crest.write(tiny, to: "pendulum.yaml")
        try crest.write(
            tiny.replacingOccurrences(of: "InvertedPendulum-v5", with: "Interceptor-v1, max_episode_steps: 100")
                .replacingOccurrences(of: "tiny", with: "missile"), to: "missile.yaml")
        for name in ["pendulum", "missile"] { #expect(try crest.run("train", "\(name).yaml", "--quiet").status == 0) }
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(crest.folder)/\(name)") }

        let drawn = try crest.run("play", "tiny", "--strip", "pendulum.png")
        if drawn.status == 0 {
            #expect(exists("pendulum.png"))
        } else {
            #expect(drawn.errors.contains("apt-get install libosmesa6") && !exists("pendulum.png"))
        }
        crest.variables["CREST_OPENGL"] = "libNoSuchMesa.so.8"
        let missing = try crest.run("play", "tiny", "--strip", "missing.png", "--video", "missing.mp4")
        #expect(missing.status != 0 && missing.errors.contains("libNoSuchMesa.so.8") && missing.errors.contains("apt-get install libosmesa6"))
        #expect(missing.errors.split(separator: "\n").count <= 2 && !exists("missing.png") && !exists("missing.mp4"), "\(missing.errors)")
        // Engagements are drawn without OpenGL; only the video needs ffmpeg.
        #expect(try crest.run("play", "missile", "--strip", "missile.png").status == 0 && exists("missile.png"))
        let video = try crest.run("play", "missile", "--video", "missile.mp4")
        if video.status == 0 {
            #expect(exists("missile.mp4"))
        } else {
            #expect(video.errors.contains("apt-get install ffmpeg") && !exists("missile.mp4"))
        }
        crest.variables["PATH"] = "/nowhere"
        let none = try crest.run("play", "missile", "--video", "none.mp4")
        #expect(none.status != 0 && none.errors.contains("apt-get install ffmpeg") && !exists("none.mp4"))
    }

    @Test func debugShrinksEverything() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write("environment: {id: Humanoid-v5, action_transform: rescale}\ntotal_timesteps: 10M\nalgorithm: {recipe: robust}", to: "big.yaml")
        let start = Date()
        let result = try crest.run("train", "big.yaml", "--debug")
        #expect(result.status == 0, "\(result.errors)")
        #expect(Date().timeIntervalSince(start) < 60)
    }

    @Test func badConfigurationsNameTheirPlaceAndLeaveNothingBehind() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write("environment: {id: InvertedPendulum-v5}\ntotal_timesteps: 1M\nalgorithm:\n  learning_rte: 3e-4\n  n_envs: -1\n", to: "bad.yaml")
        let result = try crest.run("train", "bad.yaml")
        #expect(result.status != 0)
        #expect(result.errors.contains("bad.yaml:4:3: unknown key 'learning_rte'; did you mean 'learning_rate'?"))
        #expect(result.errors.contains("bad.yaml:5:"))
        #expect(!FileManager.default.fileExists(atPath: "\(crest.folder)/runs"))

        try crest.write("environment:\n  id: Humanoid-v9\ntotal_timesteps: 1M\n", to: "unknown.yaml")
        let unknown = try crest.run("train", "unknown.yaml")
        #expect(unknown.status != 0 && unknown.errors.contains("unknown.yaml:2:") && unknown.errors.contains("Humanoid-v5"))

        try crest.write("environment:\n  id: Humanoid-v5\n  parameters: {healthy_rewrd: 5}\ntotal_timesteps: 1M\n", to: "parameter.yaml")
        let parameter = try crest.run("train", "parameter.yaml")
        #expect(parameter.status != 0 && parameter.errors.contains("parameter.yaml:3:") && parameter.errors.contains("healthy_reward"))
        #expect(try crest.run("train", "missing.yaml").errors.contains("missing.yaml: there is no such file"))
        #expect(!FileManager.default.fileExists(atPath: "\(crest.folder)/runs"))
    }

    @Test func wrongReferencesGetASentence() throws {
        let crest = try Executable()
        defer { crest.remove() }
        for arguments in [["evaluate", "nothing"], ["resume", "nothing"], ["resume", "latest"]] {
            let process = try crest.start(arguments)
            process.waitUntilExit()
            let errors = try String(contentsOfFile: "\(crest.folder)/.err", encoding: .utf8)
            #expect(process.terminationStatus != 0 && errors.contains("Error:"), "\(arguments): \(errors)")
        }
        #expect(try crest.run("evaluate", "x", "--episodes", "0").errors.contains("--episodes must lie in 1...1000000"))
        for line in ["nan=x", "inf=x", "1e305=x", "=x"] { #expect(try crest.run("curve", "x", "--line", line).errors.contains("--line is VALUE=LABEL")) }
        #expect(try crest.run("evaluate", "x", "--checkpoint", "newest").errors.contains("'best', 'last', 'both' or a step number"))
        #expect(try crest.run("config", "explain", "learning_rte").errors.contains("did you mean 'learning_rate'"))
        #expect(try crest.run("config", "explain", "learning_rate").output.contains("algorithm.learning_rate"))
        #expect(try crest.run("compare", "one.yaml").errors.contains("name at least two configurations"))
        #expect(try crest.run("compare", "one.yaml", "two.yaml").errors.contains("one.yaml: there is no such file"))
        #expect(try crest.run("environments", "Humanoid-v5").output.contains("348 numbers"))
        #expect(try crest.run("environments", "Humanoid-v9").status != 0)
    }

    @Test func compareShowsWhatDiffers() throws {
        let crest = try Executable()
        defer { crest.remove() }
        let text = "environment: {id: BipedalWalker-v3}\ntotal_timesteps: 1M\n"
        try crest.write(text, to: "one.yaml")
        try crest.write(text + "algorithm: {lr: 1e-4, entropy_coef: 0.01}\n", to: "two.yaml")
        try crest.write(text + "algorithm: {name: sac}\n", to: "three.yaml")
        let pair = try crest.run("compare", "one.yaml", "two.yaml").output
        #expect(pair.contains("\nalgorithm.learning_rate  0.0003  *0.0001\n") && pair.contains("\nalgorithm.ent_coef          0.0    *0.01\n"), "\(pair)")
        #expect(!pair.contains("gamma") && pair.contains(" further keys are equal\n"))
        let all = try crest.run("compare", "one.yaml", "three.yaml", "--all").output
        func row(_ key: String) -> [Substring] { all.split(separator: "\n").first { $0.hasPrefix(key + " ") }?.split(separator: " ") ?? [] }
        #expect(row("algorithm.gamma") == ["algorithm.gamma", "0.99", "0.99"] && row("algorithm.n_steps") == ["algorithm.n_steps", "2048", "*–"])
        #expect(row("total_timesteps") == ["total_timesteps", "1M", "1M"])
        let markdown = try crest.run("compare", "one.yaml", "two.yaml", "--markdown").output
        #expect(markdown.hasPrefix("| key | one | two |\n| --- | ---: | ---: |\n") && markdown.contains("| algorithm.learning_rate | 0.0003 | **0.0001** |\n"), "\(markdown)")
        // Marks stand beside equal rows too, and only on the values.
        #expect(try crest.run("compare", "one.yaml", "two.yaml", "--markdown", "--all").output.contains("| algorithm.ent_coef | 0.0 | **0.01** |\n"))
        let json = try JSONSerialization.jsonObject(with: Data(try crest.run("compare", "one.yaml", "two.yaml", "--json").output.utf8))
        #expect(((json as? [String: Any])?["rows"] as? [Any])?.count == 2)
    }

    @Test func controlCSavesAndTheRunGoesOn() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(tiny.replacingOccurrences(of: "total_timesteps: 2048", with: "total_timesteps: 200k"), to: "long.yaml")
        let process = try crest.start(["train", "long.yaml", "--quiet"])
        Thread.sleep(forTimeInterval: 2)
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let output = try String(contentsOfFile: "\(crest.folder)/.out", encoding: .utf8)
        #expect(output.contains("interrupted; a checkpoint is saved. Go on with: crest resume "))
        #expect(try crest.run("runs").output.contains("interrupted"))

        let resumed = try crest.start(["resume", "latest"])
        Thread.sleep(forTimeInterval: 1)
        resumed.interrupt()
        resumed.waitUntilExit()
        #expect(try String(contentsOfFile: "\(crest.folder)/.out", encoding: .utf8).contains("resumed at step "))
    }
}
