import Core
import Foundation
import Testing
@testable import Runs

/// A Python that has those packages; nil to skip.
private let python = ProcessInfo.processInfo.environment["CREST_FIXTURE_PYTHON"]

/// The tools that others read these files with, run on files that this module wrote. Needs a Python with `tensorboard`, `safetensors`,
/// `numpy`, `stable-baselines3` and `pandas`, named by the environment variable `CREST_FIXTURE_PYTHON`; without it the tests are skipped.
@Suite(.enabled(if: python != nil, "CREST_FIXTURE_PYTHON names no Python"))
struct PythonReadersTests {
    private func run(_ script: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(python))
        process.arguments = ["-W", "ignore", fixtures.appending(path: script).path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        // What went wrong there belongs into the message of the test that fails here.
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test func tensorboardAndMonitor() throws {
        let temporary = try TemporaryFolder()
        let folder = try RunFolder.create(root: temporary.path, name: "a", date: Date())
        let started = Date(timeIntervalSince1970: 1_763_000_000)
        var positions: LogPositions?
        // Two sessions, each losing what it wrote after its checkpoint.
        for session in 0..<2 {
            let logs = try RunLogs(folder: folder, environment: "Humanoid-v5", started: started, resumingAt: positions)
            for index in 0..<50 {
                let step = (session * 50 + index) * 2048
                let time = Date(timeIntervalSince1970: 1_763_000_000 + Double(step))
                try logs.appendScalars([("rollout/return", Double(step) / 3), ("train/kl", index == 7 ? .nan : 0.01)], step: step, time: time)
                try logs.appendEpisode(environment: index % 2, return: Double(step) / 3, length: index, time: Double(step))
            }
            positions = try logs.positions()
            try logs.appendScalars([("lost", 1)], step: 1 << 40, time: Date())
            try logs.appendEpisode(environment: 0, return: -1, length: 1, time: 0)
            try logs.flush()
        }
        _ = try RunLogs(folder: folder, environment: "Humanoid-v5", started: started, resumingAt: positions)
        let (status, output) = try run("check_tensorboard.py", [folder.path])
        #expect(status == 0 && output == "tags rollout/return train/kl\nsteps 100\nmonitor 100 episodes\n", "\(output)")
    }

    @Test func safetensorsBothWays() throws {
        let temporary = try TemporaryFolder()
        let (ours, theirs) = ("\(temporary.path)/ours.safetensors", "\(temporary.path)/theirs.safetensors")
        var random = Philox(seed: 9, purpose: .test)
        let words = (0..<24).map { _ in random.next() }
        let tensors = [
            NamedTensor("ü \"f32\"", shape: [2, 3, 4], words.map { Float($0 >> 40) * 0.1 }),
            NamedTensor("f64", shape: [24], words.map { Double($0) * 0.1 }),
            NamedTensor("i32", shape: [24], words.map { Int32(truncatingIfNeeded: $0) }),
            NamedTensor("i64", shape: [4, 6], words.map { Int64(truncatingIfNeeded: $0) }),
            NamedTensor("u8", shape: [24], words.map { UInt8(truncatingIfNeeded: $0) }),
            NamedTensor("u32", shape: [24], words.map { UInt32(truncatingIfNeeded: $0) }),
            NamedTensor("u64", shape: [24], words),
            NamedTensor("empty", shape: [3, 0], [] as [Float]),
            NamedTensor("scalar", shape: [], [2.5] as [Float]),
        ]
        try Safetensors.write(tensors, metadata: ["step": "163840", "nötes": "a\nb"], to: ours)
        let (status, output) = try run("check_safetensors.py", [ours, theirs])
        #expect(status == 0, "\(output)")
        let file = try SafetensorsFile(path: theirs)
        #expect(file.metadata == ["step": "163840", "nötes": "a\nb"])
        for tensor in tensors { #expect(try file.tensor(tensor.name) == tensor) }
        #expect(file.names.count == tensors.count)
    }
}
