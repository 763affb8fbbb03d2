import Foundation
import Testing

/// `crest watch` as a user runs it: through a pipe, and on a terminal of its own.
@Suite struct WatchTests {
    private let text = """
        environment: {id: Dummy-v1}
        total_timesteps: 4096
        algorithm: {n_envs: 4, n_steps: 64, batch_size: 64, n_epochs: 1, net_arch: [8]}
        evaluation: {eval_freq: 512, n_eval_episodes: 4, confirm_episodes: 4}
        """

    private func files(_ folder: String) throws -> [String: Data] {
        var result: [String: Data] = [:]
        for name in try #require(FileManager.default.enumerator(atPath: folder)).compactMap({ $0 as? String }) {
            result[name] = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
        }
        return result
    }

    @Test func onePictureThroughAPipeAndNothingWritten() throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(text, to: "tiny.yaml")
        #expect(try crest.run("train", "tiny.yaml", "--quiet").status == 0)
        let before = try files(crest.folder + "/runs")
        for arguments in [["watch", "latest"], ["watch", "latest", "--once", "--interval", "1"]] {
            let process = try crest.start(arguments)
            process.waitUntilExit()
            let output = try String(contentsOfFile: "\(crest.folder)/.out", encoding: .utf8)
            #expect(process.terminationStatus == 0 && output.contains("finished: took all 4096 steps"), "\(output)")
            #expect(output.contains("Dummy-v1  ppo  seed 0") && output.contains("100.0 %  4.1k of 4.1k steps") && output.contains("trend: ") && !output.contains("\u{1B}"), "\(output)")
        }
        let after = try files(crest.folder + "/runs").filter { !$0.key.hasPrefix("registry") }
        #expect(after == before.filter { !$0.key.hasPrefix("registry") })

        // Half a row and half a record at the end, as a reader meets them while a run writes.
        let run = try #require(before.keys.first { $0.hasSuffix("/progress.csv") }).replacingOccurrences(of: "/progress.csv", with: "")
        for (name, half) in [("progress.csv", "9999,1"), ("evaluations.jsonl", "{\"step\": 99")] {
            let handle = try #require(FileHandle(forWritingAtPath: "\(crest.folder)/runs/\(run)/\(name)"))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(half.utf8))
            try handle.close()
        }
        let half = try crest.run("watch", "latest")
        #expect(half.status == 0 && half.output.contains("4.1k of 4.1k steps"), "\(half)")
    }

    @Test func wrongUseGetsASentence() throws {
        let crest = try Executable()
        defer { crest.remove() }
        let none = try crest.run("watch", "nothing")
        #expect(none.status != 0 && none.errors.contains("no run is called 'nothing'"), "\(none)")
        let interval = try crest.run("watch", "latest", "--interval", "0")
        #expect(interval.status == 64 && interval.errors.contains("--interval must lie in"), "\(interval)")
    }

    @Test(arguments: [SIGINT, SIGTERM]) func followsOnATerminalAndGivesItBack(_ signal: Int32) throws {
        let crest = try Executable()
        defer { crest.remove() }
        try crest.write(text.replacingOccurrences(of: "4096", with: "50M"), to: "long.yaml")
        let training = try crest.start(["train", "long.yaml", "--quiet"])
        defer {
            kill(training.processIdentifier, SIGKILL)
            training.waitUntilExit()
        }
        let logs = crest.folder + "/runs"
        for _ in 0..<100 where try !(FileManager.default.fileExists(atPath: logs) && files(logs).keys.contains { $0.hasSuffix("progress.csv") }) { usleep(100_000) }

        // A terminal of 90 columns and 30 rows: the far end of /dev/ptmx, unlocked and asked for its number (linux/tty: TIOCSPTLCK, TIOCGPTN).
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var number: Int32 = 0
        #expect(terminal >= 0 && ioctl(terminal, 0x4004_5431, &number) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
        defer { close(terminal) }
        var size = winsize(ws_row: 30, ws_col: 90, ws_xpixel: 0, ws_ypixel: 0)
        #expect(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Executable.path)
        process.arguments = ["watch", "latest", "--interval", "0.2"]
        process.currentDirectoryURL = URL(fileURLWithPath: crest.folder)
        process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "xterm"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: "/dev/pts/\(number)")
        try process.run()

        // Drawn several times, then another size, then the signal.
        _ = fcntl(terminal, F_SETFL, O_NONBLOCK)
        var seen = ""
        func read(until enough: () -> Bool) {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            for _ in 0..<100 where !enough() {
                usleep(50_000)
                let count = Foundation.read(terminal, &buffer, buffer.count)
                if count > 0 { seen += String(decoding: buffer[..<count], as: UTF8.self) }
            }
        }
        read { seen.components(separatedBy: "\u{1B}[H").count > 3 }
        #expect(seen.hasPrefix("\u{1B}[?1049h\u{1B}[?25l") && seen.contains("running, last written"), "\(seen.debugDescription.prefix(2000))")
        let pages = seen.components(separatedBy: "\u{1B}[H")
        #expect(pages.dropFirst().dropLast().allSatisfy { $0.components(separatedBy: "\r\n").count <= 30 })
        size.ws_col = 40
        size.ws_row = 8
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
        seen = ""
        read { seen.components(separatedBy: "\u{1B}[H").count > 3 }
        #expect(try #require(seen.components(separatedBy: "\u{1B}[H").dropLast().last).components(separatedBy: "\r\n").count <= 8)
        seen = ""
        kill(process.processIdentifier, signal)
        read { seen.contains("\u{1B}[?1049l") && !process.isRunning }
        process.waitUntilExit()
        // The cursor is back, and the last picture stays on the first screen.
        #expect(process.terminationStatus == 0 && process.terminationReason == .exit)
        let end = try #require(seen.range(of: "\u{1B}[?25h\u{1B}[?1049l"))
        #expect(seen[end.upperBound...].contains("running, last written"), "\(seen.debugDescription.suffix(1500))")
        #expect(training.isRunning, "watching must not touch the run")
    }
}
