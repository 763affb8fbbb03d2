import Foundation
import Testing

@testable import Runs

@Suite struct RunFollowerTests {
    private func begin() throws -> (TemporaryFolder, RunFolder) {
        let root = try TemporaryFolder()
        let folder = try RunFolder.create(root: root.path, name: "watched", date: Date(timeIntervalSince1970: 1_763_000_000))
        try folder.write(.sample())
        return (root, folder)
    }

    private func append(_ text: String, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test func takesInWhatIsNewAndWaitsForWholeLines() throws {
        let (root, folder) = try begin()
        defer { withExtendedLifetime(root) {} }
        var follower = RunFollower(folder)
        var seen = try follower.read()
        #expect(seen.progress.rows.isEmpty && seen.evaluations.isEmpty && seen.status == .interrupted && seen.wasKilled)

        // Cut anywhere: in the header, in a number, before the line break.
        for (text, rows) in [("step", 0), ("s,return_mean\n10", 0), ("24,0.5\n", 1), ("2048,1.", 1), ("5", 1), ("\n3072,nan\n4096,2", 3)] {
            try append(text, to: folder.progressPath)
            seen = try follower.read()
            #expect(seen.progress.rows.count == rows, "\(text)")
        }
        #expect(seen.progress.columns == ["steps", "return_mean"] && seen.progress.rows[1] == [2048, 1.5] && seen.progress.rows[2][1].isNaN)

        let event = try #require(String(data: JSONCoding.encode(RunEvent(step: 5, kind: "stopped", message: "é"), pretty: false), encoding: .utf8))
        try append(String(event.prefix(20)), to: folder.eventsPath)
        #expect(try follower.read().events.isEmpty)
        try append(String(event.dropFirst(20)), to: folder.eventsPath)
        #expect(try follower.read().events == [RunEvent(step: 5, kind: "stopped", message: "é")])
        // Reading in pieces or at once is the same.
        let whole = try folder.progress()
        #expect(seen.progress.rows.count == whole.rows.count && seen.progress.columns == whole.columns)
    }

    @Test func startsOverWhenTheLogsAreCutBack() throws {
        let (root, folder) = try begin()
        defer { withExtendedLifetime(root) {} }
        try append("steps,a\n1,1\n2,2\n3,3\n", to: folder.progressPath)
        var follower = RunFollower(folder)
        #expect(try follower.read().progress.rows.count == 3)
        // Shorter.
        try Data("steps,a\n1,1\n".utf8).write(to: URL(fileURLWithPath: folder.progressPath))
        #expect(try follower.read().progress.rows == [[1, 1]])
        // Cut and longer again before anyone looked: only the count of resumptions tells.
        try Data("steps,a\n1,1\n7,7\n8,8\n9,9\n".utf8).write(to: URL(fileURLWithPath: folder.progressPath))
        var information = RunInformation.sample()
        information.resumed = 1
        try folder.write(information)
        #expect(try follower.read().progress.rows == [[1, 1], [7, 7], [8, 8], [9, 9]])
    }

    @Test func damageIsSaidAndReadingRecovers() throws {
        let (root, folder) = try begin()
        defer { withExtendedLifetime(root) {} }
        try append("steps,a\n1,1\n2\n", to: folder.progressPath)
        var follower = RunFollower(folder)
        let error = runError { _ = try follower.read() }
        #expect(error?.kind == .damaged && error?.what.contains("line 3") == true, "\(String(describing: error))")
        try Data("steps,a\n1,1\n2,2\n".utf8).write(to: URL(fileURLWithPath: folder.progressPath))
        #expect(try follower.read().progress.rows.count == 2)
    }

    @Test func writesNothingAndKnowsTheLock() throws {
        let (root, folder) = try begin()
        defer { withExtendedLifetime(root) {} }
        try append("steps,a\n1,1\n", to: folder.progressPath)
        let lock = try folder.lock()
        let before = try snapshot(folder.path)
        var follower = RunFollower(folder)
        #expect(try follower.read().status == .running)
        #expect(try snapshot(folder.path) == before)
        withExtendedLifetime(lock) {}
    }
}
