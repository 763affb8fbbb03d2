import Foundation
import Testing
@testable import Runs

@Suite struct RunFolderTests {
    let temporary: TemporaryFolder
    var root: String { "\(temporary.path)/runs" }

    init() throws { temporary = try TemporaryFolder() }

    private func create(_ name: String) throws -> RunFolder {
        let zone = try #require(TimeZone(secondsFromGMT: 0))
        // 2026-11-20 13:02:09 UTC
        return try RunFolder.create(root: root, name: name, date: Date(timeIntervalSince1970: 1_795_179_729), timeZone: zone)
    }

    @Test func pathIsDayTimeAndName() throws {
        #expect(try create("humanoid-ppo").path == "\(root)/2026-11-20/13-02-09-humanoid-ppo")
        #expect(try create("humanoid-ppo").folderName == "13-02-09-humanoid-ppo-2")
        #expect(try create("humanoid-ppo").folderName == "13-02-09-humanoid-ppo-3")
    }

    @Test(arguments: [
        ("Größe 1/2", "Große-1-2"), ("../../etc", "etc"), ("  ", "run"), ("a\u{0}b", "a-b"), ("日本", "run"), ("x...", "x"),
        (String(repeating: "y", count: 300), String(repeating: "y", count: 80)),
    ])
    func namesAreSanitised(_ name: String, _ expected: String) {
        // ß has no decomposition and is no ASCII letter.
        #expect(RunFolder.sanitised(name) == expected.replacingOccurrences(of: "ß", with: "-"))
    }

    @Test func openSaysWhatThePathIs() throws {
        let folder = try create("a")
        #expect(runError { _ = try RunFolder.open(folder.path) }?.kind == .notARun)
        try folder.write(.sample())
        #expect(try RunFolder.open(folder.path + "/") == folder)

        #expect(runError { _ = try RunFolder.open("\(root)/nothing") }?.kind == .notFound)
        let day = try #require(runError { _ = try RunFolder.open(Disk.parent(of: folder.path)) })
        #expect(day.kind == .notARun && day.what.contains("no run.json"))
        let file = try #require(runError { _ = try RunFolder.open(folder.informationPath) })
        #expect(file.kind == .notARun && file.hint.contains(folder.path))
    }

    @Test func informationComesBack() throws {
        let folder = try create("a")
        var information = RunInformation.sample(seed: .max)
        information.status = .failed
        information.statusReason = "the disk is full"
        information.bestMean = 9870.123456789012
        information.wallSeconds = 0.1 + 0.2
        try folder.write(information)
        #expect(try folder.information() == information)
        let text = String(decoding: try Disk().contents(folder.informationPath), as: UTF8.self)
        for key in ["\"total_timesteps\" : 10000000", "\"status\" : \"failed\"", "\"started\" : \"2025-11-13T02:13:20Z\""] {
            #expect(text.contains(key), "\(key) is missing in \(text)")
        }
    }

    /// The stage is there where there is one, and runs from before it was written are read.
    @Test func stagesComeBack() throws {
        let folder = try create("a")
        var information = RunInformation.sample()
        try folder.write(information)
        #expect(!String(decoding: try Disk().contents(folder.informationPath), as: UTF8.self).contains("stage"))
        #expect(try folder.information().stage == nil)
        information.stage = RunStage(number: 2, of: 3, environment: "Hopper-v5")
        try folder.write(information)
        #expect(try folder.information() == information)
        try Disk().writeAtomically(Data("{\"details\":{},\"kind\":\"stopped\",\"message\":\"m\",\"step\":5}\n".utf8), to: folder.eventsPath)
        #expect(try folder.events() == [RunEvent(step: 5, kind: "stopped", message: "m")])
    }

    @Test func damagedInformationIsSaid() throws {
        let folder = try create("a")
        try Disk().writeAtomically(Data("{\"id\": 3".utf8), to: folder.informationPath)
        #expect(runError { _ = try folder.information() }?.what == "this is not valid JSON")
        var text = String(decoding: try JSONCoding.encode(RunInformation.sample(), pretty: true), as: UTF8.self)
        text = text.replacingOccurrences(of: "\"running\"", with: "\"dancing\"")
        try Disk().writeAtomically(Data(text.utf8), to: folder.informationPath)
        #expect(runError { _ = try folder.information() }?.what == "'status' has an unknown value")
        text = text.replacingOccurrences(of: "\"seed\"", with: "\"sead\"").replacingOccurrences(of: "\"dancing\"", with: "\"running\"")
        try Disk().writeAtomically(Data(text.utf8), to: folder.informationPath)
        #expect(runError { _ = try folder.information() }?.what == "'seed' is missing")
    }

    /// Every single operation of a replacement fails once: the file is then the old one or the new one, and nothing lies beside it.
    @Test func replacementIsAllOrNothing() throws {
        let path = "\(temporary.path)/file"
        let old = Data("old".utf8)
        let new = Data("new content".utf8)
        let counting = Faults()
        try counting.disk.writeAtomically(old, to: path)
        #expect(counting.operations.map(\.0) == [.create, .write, .sync, .rename, .sync])
        for failing in 0..<5 {
            try Disk().writeAtomically(old, to: path)
            #expect(throws: RunError.self) { try Faults(failing: failing).disk.writeAtomically(new, to: path) }
            #expect(try snapshot(temporary.path) == ["file": failing < 4 ? old : new])
        }
    }

    @Test func lockKeepsOthersOutAndNamesTheProcess() throws {
        let folder = try create("a")
        try folder.write(.sample())
        #expect(folder.presentStatus(try folder.information()) == .interrupted)
        var lock: RunLock? = try folder.lock()
        #expect(folder.isLocked)
        #expect(folder.presentStatus(try folder.information()) == .running)
        let error = try #require(runError { _ = try folder.lock() })
        #expect(error.kind == .locked && error.what.contains("process \(getpid())") && error.place == folder.path)
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(!folder.isLocked)
        _ = try folder.lock()
    }

    /// Someone who looks holds the lock for an instant; that must not make taking it fail.
    @Test func lookingAtTheLockDisturbsNobody() throws {
        let folder = try create("a")
        withExtendedLifetime(try folder.lock()) {}
        // A very slow look.
        let looking = Foundation.open("\(folder.path)/run.lock", O_RDONLY)
        try #require(flock(looking, LOCK_SH | LOCK_NB) == 0)
        Thread.detachNewThread {
            usleep(50_000)
            close(looking)
        }
        _ = try folder.lock()
    }

    /// A killed process leaves no lock behind.
    @Test func deathFreesTheLock() async throws {
        let folder = try create("a")
        try folder.write(.sample())
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let lock = try RunFolder.open(path).lock()
            withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
        }
        #expect(!folder.isLocked)
        #expect(folder.presentStatus(try folder.information()) == .interrupted)
        _ = try folder.lock()
    }
}
