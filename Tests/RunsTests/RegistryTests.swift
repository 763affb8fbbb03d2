import Foundation
import Testing
@testable import Runs

@Suite struct RegistryTests {
    let temporary: TemporaryFolder
    var root: String { "\(temporary.path)/runs" }

    init() throws { temporary = try TemporaryFolder() }

    /// A run folder with its `run.json`; started `index` minutes after the first.
    @discardableResult
    private func run(
        _ name: String, _ index: Int, status: RunStatus = .finished, seed: UInt64 = 1, best: Double? = nil
    ) throws -> (RunFolder, RunInformation) {
        let seconds = 1_763_000_000 + Double(index) * 60
        let zone = try #require(TimeZone(secondsFromGMT: 0))
        let folder = try RunFolder.create(root: root, name: name, date: Date(timeIntervalSince1970: seconds), timeZone: zone)
        var information = RunInformation.sample(name, seed: seed, started: seconds)
        information.id = "00000000000\(index)"
        information.status = status
        information.steps = index * 1000
        information.bestMean = best
        try folder.write(information)
        return (folder, information)
    }

    @Test func entriesAreListedFilteredAndOrdered() throws {
        let registry = try Registry(root: root)
        #expect(registry.notices.isEmpty)
        for (index, item) in [("walker", 10.0), ("humanoid", nil), ("humanoid", 99.5), ("ant", -3.0)].enumerated() {
            let (folder, information) = try run(item.0, index, seed: index == 2 ? .max : 1, best: item.1)
            try registry.update(folder, information)
            try registry.update(folder, information)
        }
        #expect(try registry.list().map(\.steps) == [3000, 2000, 1000, 0])
        #expect(try registry.list(order: .best).map(\.bestMean) == [99.5, 10, -3, nil])
        #expect(try registry.list(order: .name).map(\.name) == ["ant", "humanoid", "humanoid", "walker"])
        #expect(try registry.list(RunFilter(text: "HUMAN"), order: .steps, limit: 1).map(\.steps) == [2000])
        #expect(try registry.list(RunFilter(seed: .max)).map(\.seed) == [.max])
        #expect(try registry.list(RunFilter(environment: "Ant-v5")).isEmpty)
        #expect(try registry.list(RunFilter(status: .finished)).count == 4)

        // All fields survive, and a run whose folder is deleted is not shown.
        let (folder, information) = try run("all", 5)
        var full = information
        full.ended = "2025-11-13T03:00:00Z"
        full.stage = RunStage(number: 1, of: 3, environment: "Walker-v5")
        full.bestStep = 17
        full.weightsHash = "beef"
        full.wallSeconds = 0.1
        try registry.update(folder, full)
        let entry = try #require(try registry.list().first)
        #expect(entry == RegisteredRun(path: "2025-11-13/02-18-20-all", information: full))
        #expect(try registry.folder(of: entry) == folder)
        // Its own environment finds it, and that of its stage.
        for environment in ["Humanoid-v5", "Walker-v5"] { #expect(try registry.list(RunFilter(environment: environment)).first == entry) }
        #expect(try registry.list(RunFilter(environment: "Walker-v5")).count == 1)
        try Disk().remove(folder.path)
        #expect(try registry.list().count == 4)
        #expect(try registry.rescan() == RescanReport(runs: 4, dropped: 1, unreadable: []))
    }

    @Test func theAbandonedAreShownAsInterrupted() throws {
        let registry = try Registry(root: root)
        let (dead, deadInformation) = try run("dead", 1, status: .running)
        let (alive, aliveInformation) = try run("alive", 2, status: .running)
        let (done, doneInformation) = try run("done", 3, status: .running)
        try registry.update(dead, deadInformation)
        try registry.update(alive, aliveInformation)
        try registry.update(done, doneInformation)
        // It finished, but died before it could tell the registry.
        var finished = doneInformation
        finished.status = .finished
        try done.write(finished)
        let lock = try alive.lock()
        #expect(try registry.list(order: .name).map(\.status) == [.running, .interrupted, .finished])
        #expect(try registry.list(RunFilter(status: .interrupted)).map(\.name) == ["dead"])
        withExtendedLifetime(lock) {}
    }

    @Test func aLostRegistryIsRebuiltAndSaid() throws {
        for index in 0..<3 { try run("r", index) }
        let (broken, _) = try run("broken", 3)
        try Disk().writeAtomically(Data("{".utf8), to: broken.informationPath)
        var before: [RegisteredRun] = []
        do {
            let registry = try Registry(root: root)
            #expect(registry.notices.count == 1)
            #expect(registry.notices.first?.hasPrefix("the registry was missing: rebuilt from 3 runs; 1 could not be read") == true)
            before = try registry.list()
            #expect(before.count == 3)
        }
        #expect(try Registry(root: root).notices.isEmpty)

        // Damage of several kinds: no database at all, a torn header, a page overwritten in the middle.
        let path = "\(root)/registry.sqlite"
        let sound = try Disk().contents(path)
        try #require(sound.count >= 8192)
        var torn = sound
        torn.replaceSubrange(0..<16, with: Data(repeating: 0x41, count: 16))
        var overwritten = sound
        overwritten.replaceSubrange(4096..<8192, with: Data(repeating: 0x5A, count: 4096))
        for (number, content) in [Data("this is no database, whatever its name says".utf8), torn, overwritten].enumerated() {
            for suffix in ["-wal", "-shm"] { try Disk().remove(path + suffix) }
            try Disk().writeAtomically(content, to: path)
            let registry = try Registry(root: root)
            let name = number == 0 ? "registry.sqlite.damaged" : "registry.sqlite.damaged-\(number + 1)"
            #expect(registry.notices.first?.hasPrefix("the registry was damaged and is kept as \(name): rebuilt from 3 runs") == true)
            #expect(try registry.list() == before)
            // GRDB touches counters in the first page when it opens a file; the rest is as it was found.
            let kept = try Disk().contents("\(root)/\(name)")
            #expect(kept.count == content.count && kept.dropFirst(4096) == content.dropFirst(4096))
        }
        // An empty file is what a crash during creation leaves.
        try Disk().writeAtomically(Data(), to: path)
        for suffix in ["-wal", "-shm"] { try Disk().remove(path + suffix) }
        #expect(try Registry(root: root).list() == before)
    }

    @Test func severalWriteAtOnce() async throws {
        let runs = try (0..<40).map { try run("r\($0)", $0 % 10) }
        try Disk().remove("\(root)/registry.sqlite")
        let root = root
        // Each task opens its own connection, as a process of its own would.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let registry = try Registry(root: root)
                    for (index, item) in runs.enumerated() where index % 4 == worker {
                        var information = item.1
                        for step in 1...5 {
                            information.steps = step
                            try registry.update(item.0, information)
                        }
                        _ = try registry.list(limit: 3)
                    }
                }
            }
            try await group.waitForAll()
        }
        let list = try Registry(root: root).list()
        #expect(list.count == 40)
        #expect(list.allSatisfy { $0.steps == 5 })
    }

    @Test func referencesAreResolved() throws {
        let registry = try Registry(root: root)
        let empty = try #require(runError { _ = try registry.resolve("latest") })
        #expect(empty.kind == .notFound && empty.what == "there are no runs yet")

        let (walker, _) = try run("walker", 0)
        let (first, _) = try run("humanoid-ppo", 1)
        let (second, _) = try run("humanoid-ppo", 2)
        let (robust, _) = try run("humanoid-robust", 3)
        // None of them was entered: resolve looks again.
        #expect(try registry.resolve("latest") == robust)
        for (reference, folder) in [
            (walker.path, walker), ("2025-11-13/02-13-20-walker", walker), ("02-13-20-walker", walker), ("walker", walker),
            ("000000000002", second), ("00002", second), ("humanoid-r", robust), ("robust", robust), ("02-14-20", first), ("2025-11-13/02-15", second),
        ] {
            #expect(try registry.resolve(reference) == folder, "\(reference)")
        }
        let ambiguous = try #require(runError { _ = try registry.resolve("humanoid-ppo") })
        #expect(ambiguous.kind == .ambiguous && ambiguous.what.contains("fits 2 runs"))
        for text in ["000000000001", "000000000002", "2025-11-13/02-14-20-humanoid-ppo"] { #expect(ambiguous.hint.contains(text)) }
        #expect(!ambiguous.hint.contains("walker"))
        let unknown = try #require(runError { _ = try registry.resolve("cheetah") })
        #expect(unknown.kind == .notFound && unknown.hint.contains("humanoid-robust"))
        #expect(runError { _ = try registry.resolve("") }?.kind == .notFound)
        #expect(runError { _ = try registry.resolve(walker.informationPath) }?.hint == "the run is \(walker.path)")
        #expect(runError { _ = try registry.resolve("/nowhere/at/all") }?.kind == .notFound)
    }

    @Test func runsElsewhereKeepTheirEntry() throws {
        let registry = try Registry(root: root)
        let elsewhere = try RunFolder.create(root: "\(temporary.path)/other", name: "x", date: Date())
        try elsewhere.write(.sample("x"))
        try registry.update(elsewhere, try elsewhere.information())
        #expect(try registry.rescan().dropped == 0)
        #expect(try registry.list().map(\.path) == [elsewhere.path])
        try Disk().remove(elsewhere.path)
        #expect(try registry.rescan().dropped == 1)
    }

    /// A registry of another layout is made anew from the runs' files; those that a search of the root does not find are looked up, too.
    @Test func anotherLayoutKeepsRunsElsewhere() throws {
        let folders = try ["x", "damaged", "gone"].map { name in
            let folder = try RunFolder.create(root: "\(temporary.path)/other", name: name, date: Date())
            try folder.write(.sample(name))
            return folder
        }
        do {
            let registry = try Registry(root: root)
            for folder in folders { try registry.update(folder, try folder.information()) }
        }
        var information = try folders[0].information()
        information.steps = 4321
        try folders[0].write(information)
        try Data("no".utf8).write(to: URL(fileURLWithPath: folders[1].informationPath))
        try Disk().remove(folders[2].path)
        // SQLite has the layout's number at bytes 60 to 63.
        let path = "\(root)/\(Registry.fileName)"
        var file = try Data(contentsOf: URL(fileURLWithPath: path))
        file.replaceSubrange(60..<64, with: [0, 0, 0, 1])
        try file.write(to: URL(fileURLWithPath: path))
        let registry = try Registry(root: root)
        #expect(try registry.list().map { "\($0.path) \($0.steps)" } == ["\(folders[0].path) 4321"])
        #expect(registry.notices.count == 1 && registry.notices[0].contains("another layout: rebuilt from 1 run; 1 could not be read (\(folders[1].path)"))
    }
}
