import Core
import Foundation
import Testing
@testable import Runs

@Suite struct RunLogsTests {
    let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func newRun(_ name: String = "a") throws -> RunFolder {
        let folder = try RunFolder.create(root: temporary.path, name: name, date: Date())
        try folder.write(.sample())
        return folder
    }

    private static let started = Date(timeIntervalSince1970: 1_763_000_000.25)

    private func logs(_ folder: RunFolder, at positions: LogPositions? = nil, disk: Disk? = nil) throws -> RunLogs {
        try RunLogs(
            folder: folder, environment: "Humanoid-v5", started: Self.started, resumingAt: positions, disk: disk ?? folder.disk)
    }

    private func text(_ path: String) throws -> String { String(decoding: try Disk().contents(path), as: UTF8.self) }

    /// What a training loop writes in an iteration; a function of the iteration alone.
    private static func write(iteration: Int, to logs: RunLogs) throws {
        var random = Philox(seed: UInt64(iteration), purpose: .test)
        try logs.appendProgress([
            ("step", Double(iteration * 2048)), ("return", random.normal() * 1e3), ("kl", iteration % 3 == 0 ? .nan : random.uniform()),
        ])
        for _ in 0..<random.below(4) {
            try logs.appendEpisode(environment: random.below(3), return: random.normal(), length: random.below(1000), time: Double(iteration))
        }
        if iteration % 5 == 0 {
            let figures = EvaluationFigures(
                episodes: 1, mean: random.normal(), std: .nan, min: 0, median: 0, max: 0, lengthMean: 3, successRate: 0.5, ci95: [0, 1],
                metrics: ["forward_velocity": random.uniform()])
            try logs.append(
                EvaluationRecord(
                    step: iteration, kind: .periodic, seedsStart: .max, figures: figures, becameBest: true, returns: [1.5], lengths: [3]))
        }
        if iteration % 7 == 0 { try logs.append(RunEvent(step: iteration, kind: "rolled_back", message: "Zurück\n\"so\"")) }
        try logs.appendScalars([("a", random.uniform())], step: iteration, time: Date(timeIntervalSince1970: Double(iteration)))
    }

    @Test func progressKeepsEveryBit() throws {
        let folder = try newRun()
        let logs = try logs(folder)
        var random = Philox(seed: 1, purpose: .test)
        var rows: [[Double]] = [[0.1 + 0.2, -0.0, .infinity], [.nan, .leastNonzeroMagnitude, 163_840], [-.infinity, 0x1p60, .greatestFiniteMagnitude]]
        for _ in 0..<200 { rows.append((0..<3).map { _ in Double(bitPattern: random.next()) }) }
        for row in rows { try logs.appendProgress([("x/y", row[0]), ("b", row[1]), ("c", row[2])]) }
        try logs.flush()
        let table = try folder.progress()
        #expect(table.columns == ["x/y", "b", "c"])
        #expect(table.rows.count == rows.count)
        for (read, row) in zip(table.rows, rows) {
            for (a, b) in zip(read, row) { #expect(a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN), "\(a) is not \(b)") }
        }
        #expect(try text(folder.progressPath).hasPrefix("x/y,b,c\n0.30000000000000004,-0.0,inf\nnan,5e-324,163840\n"))
        #expect(table.column("c")?[1] == 163_840)
        #expect(table.column("d") == nil)
    }

    @Test func columnsAreFixedByTheFirstRow() throws {
        let folder = try newRun()
        let first = try logs(folder)
        try first.appendProgress([("a", 1), ("b", 2)])
        try first.appendProgress([("b", 4), ("a", 3)])
        let error = try #require(runError { try first.appendProgress([("a", 1), ("c", 2)]) })
        #expect(error.kind == .invalid && error.what.contains("new: c; missing: b"))
        #expect(runError { try first.appendProgress([("a", 1)]) }?.what.contains("missing: b") == true)
        let positions = try first.positions()
        #expect(try text(folder.progressPath) == "a,b\n1,2\n3,4\n")

        // A later session goes by the header in the file.
        let second = try logs(folder, at: positions)
        #expect(throws: RunError.self) { try second.appendProgress([("a", 1), ("b", 2), ("c", 3)]) }
        try second.appendProgress([("b", 6), ("a", 5)])
        try second.flush()
        #expect(try folder.progress().rows == [[1, 2], [3, 4], [5, 6]])
    }

    @Test func monitorIsInTheFormatOfStableBaselines3() throws {
        let folder = try newRun()
        let logs = try logs(folder)
        try logs.appendEpisode(environment: 2, return: 4331.123456789, length: 1000, time: 12.5)
        try logs.appendEpisode(environment: 2, return: -7, length: 13, time: 0.1 + 0.2)
        try logs.flush()
        #expect(
            try text("\(folder.path)/monitor/2.monitor.csv")
                == "#{\"t_start\": 1763000000.25, \"env_id\": \"Humanoid-v5\"}\nr,l,t\n4331.123457,1000,12.5\n-7.0,13,0.3\n")
    }

    /// With a curriculum there is a column for the stage; a file that was begun without it goes on as it is.
    @Test func monitorTellsTheStage() throws {
        let folder = try newRun()
        let first = try logs(folder)
        try first.appendEpisode(environment: 0, return: 1, length: 10, time: 0.5, stage: 1)
        try first.appendEpisode(environment: 1, return: 2, length: 20, time: 0.5)
        let second = try logs(folder, at: try first.positions())
        try second.appendEpisode(environment: 0, return: 3, length: 30, time: 1, stage: 2)
        try second.appendEpisode(environment: 0, return: 4, length: 40, time: 1)
        try second.appendEpisode(environment: 1, return: 5, length: 50, time: 1, stage: 2)
        try second.flush()
        let head = "#{\"t_start\": 1763000000.25, \"env_id\": \"Humanoid-v5\"}\n"
        #expect(try text("\(folder.path)/monitor/0.monitor.csv") == head + "r,l,t,stage\n1.0,10,0.5,1\n3.0,30,1.0,2\n4.0,40,1.0,\n")
        #expect(try text("\(folder.path)/monitor/1.monitor.csv") == head + "r,l,t\n2.0,20,0.5\n5.0,50,1.0\n")
    }

    @Test func recordsComeBack() throws {
        let folder = try newRun()
        let logs = try logs(folder)
        let figures = EvaluationFigures(
            episodes: 2, mean: 9870.1, std: 74.5, min: 1, median: 2, max: 3, lengthMean: 1000, successRate: 1, ci95: [9800, 9900],
            metrics: [:])
        let record = EvaluationRecord(
            step: 163_840, kind: .confirmation, seedsStart: .max, figures: figures, becameBest: false, returns: [9870.1, 0.1 + 0.2],
            lengths: [1000, 999])
        let event = RunEvent(step: 5, kind: "resumed", stage: 2, message: "a\nb")
        try logs.append(record)
        try logs.append(event)
        try logs.flush()
        #expect(try folder.evaluations() == [record])
        #expect(try folder.events() == [event])
        #expect(try text(folder.evaluationsPath).contains("\"kind\":\"confirmation\",\"length_mean\":1000"))

        // Figures that can't be are as broken as what is no JSON.
        let line = try text(folder.evaluationsPath)
        for (key, sound, broken) in [("success_rate", "1", "1.5"), ("episodes", "2", "0")] {
            let forged = line.replacingOccurrences(of: "\"\(key)\":\(sound)", with: "\"\(key)\":\(broken)")
            #expect(forged != line)
            try Data(forged.utf8).write(to: URL(fileURLWithPath: folder.evaluationsPath))
            #expect("\(runError { _ = try folder.evaluations() }.map(\.description) ?? "")".contains("'\(key)' has an unknown value"))
        }

        // A line being written is not there yet; a broken one is named.
        try Disk().withFile(folder.eventsPath, flags: O_APPEND, sync: false) { _ = Foundation.write($0, "{\"st", 4) }
        #expect(try folder.events() == [event])
        try Disk().withFile(folder.eventsPath, flags: O_APPEND, sync: false) { _ = Foundation.write($0, "\n", 1) }
        #expect(runError { _ = try folder.events() }?.place == "\(folder.eventsPath):2")
    }

    /// A run is cut at a random moment after a random checkpoint and resumed; its logs are those of a run never interrupted.
    @Test(arguments: 0..<20)
    func resumedEqualsUninterrupted(_ seed: Int) throws {
        let whole = try newRun("whole")
        let straight = try logs(whole)
        for iteration in 0..<40 { try Self.write(iteration: iteration, to: straight) }
        try straight.flush()

        var random = Philox(seed: UInt64(seed), purpose: .test)
        let broken = try newRun("broken")
        var positions: LogPositions?
        var next = 0
        for life in 0..<4 {
            let current = try logs(broken, at: life == 0 ? nil : positions ?? LogPositions())
            // Lives end anywhere; what they wrote after their last checkpoint is lost, flushed or not.
            let end = life == 3 ? 40 : next + random.below(12)
            var checkpointed = next
            for iteration in next..<min(end, 40) {
                try Self.write(iteration: iteration, to: current)
                if random.below(2) == 0 { try current.flush() }
                if random.below(4) == 0 {
                    positions = try JSONCoding.decode(LogPositions.self, from: JSONCoding.encode(current.positions(), pretty: false))
                    checkpointed = iteration + 1
                }
            }
            if life == 3 { try current.flush() } else { next = checkpointed }
        }
        var expected = try snapshot(whole.path)
        var found = try snapshot(broken.path)
        expected["run.json"] = nil
        found["run.json"] = nil
        #expect(expected.count >= 6)
        #expect(found == expected)
    }

    @Test func aNewRunDoesNotWriteOnOldLogs() throws {
        let folder = try newRun()
        let first = try logs(folder)
        try first.appendProgress([("a", 1)])
        try first.flush()
        #expect(runError { _ = try logs(folder) }?.kind == .invalid)
        _ = try logs(folder, at: LogPositions())
        #expect(Disk().size(folder.progressPath) == nil)
    }

    @Test func impossiblePositionsChangeNothing() throws {
        let folder = try newRun()
        let first = try logs(folder)
        for iteration in 0..<20 { try Self.write(iteration: iteration, to: first) }
        let positions = try first.positions()
        try Disk().writeAtomically(Data("keep".utf8), to: "\(folder.path)/notes.txt")
        let before = try snapshot(folder.path)

        var longer = positions
        longer.bytes["progress.csv"]? += 1
        let error = try #require(runError { try first.truncate(to: longer) })
        #expect(error.kind == .damaged && error.place == folder.progressPath && error.what.contains("recorded \(longer.bytes["progress.csv"] ?? 0)"))
        var missing = positions
        missing.bytes["monitor/77.monitor.csv"] = 10
        #expect(runError { try first.truncate(to: missing) }?.what.contains("gone") == true)
        for name in ["../x", "notes.txt", "run.json", "monitor/../../x.monitor.csv", "tensorboard/events.out.tfevents.1/../../run.json"] {
            #expect(runError { try first.truncate(to: LogPositions(bytes: [name: 0])) }?.kind == .damaged, "\(name)")
        }
        #expect(runError { try first.truncate(to: LogPositions(bytes: ["progress.csv": -1])) }?.kind == .damaged)
        #expect(try snapshot(folder.path) == before)
    }

    /// Each operation fails once; after the cause is gone, writing goes on without a gap or a repetition.
    @Test func aFailureLosesNothing() throws {
        let whole = try newRun("whole")
        let counting = Faults()
        let straight = try logs(whole, disk: counting.disk)
        for iteration in 0..<8 { try Self.write(iteration: iteration, to: straight) }
        _ = try straight.positions()
        let expected = try snapshot(whole.path)
        #expect(counting.operations.count > 20)

        for failing in 0..<counting.operations.count {
            let folder = try newRun("broken")
            let logs = try logs(folder, disk: Faults(failing: failing).disk)
            for iteration in 0..<8 { try Self.write(iteration: iteration, to: logs) }
            let error = runError { _ = try logs.positions() }
            #expect(error?.kind == .diskFull && error?.hint.contains("crest resume RUN") == true)
            let positions = try logs.positions()
            var found = try snapshot(folder.path)
            found["run.json"] = expected["run.json"]
            #expect(found == expected)
            #expect(positions.bytes == expected.filter { $0.key != "run.json" }.mapValues(\.count))
        }
    }

    /// The operating system itself refuses to let a file grow, in the middle of a line.
    @Test func aFullDiskIsSaidAndSurvived() async throws {
        let folder = try newRun()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let folder = try RunFolder.open(path)
            let logs = try RunLogs(folder: folder, environment: "Humanoid-v5", started: RunLogsTests.started)
            for row in 0..<100 { try logs.appendProgress([("a", Double(row)), ("b", 0.1)]) }
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 333, rlim_max: rlim_t.max)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let error = try #require(runError { try logs.flush() })
            #expect(error.kind == .diskFull && error.place == folder.progressPath && error.hint.contains("crest resume \(path)"))
            #expect(Disk().size(folder.progressPath) == 333)
            limit.rlim_cur = limit.rlim_max
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            try logs.flush()
        }
        #expect(try folder.progress().rows.map { $0[0] } == (0..<100).map(Double.init))
    }
}
