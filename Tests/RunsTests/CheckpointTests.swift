import Core
import Foundation
import Testing
@testable import Runs

@Suite struct CheckpointTests {
    let temporary: TemporaryFolder
    var folder: String { "\(temporary.path)/checkpoints" }

    init() throws { temporary = try TemporaryFolder() }

    /// Files whose content follows from the step and a variant.
    static func files(_ step: Int, variant: Int = 0) -> [CheckpointFile] {
        let values = (0..<500).map { Float(step + $0 + variant) }
        return [
            CheckpointFile("state.safetensors", tensors: [NamedTensor("w", shape: [500], values)], metadata: ["step": "\(step)"]),
            CheckpointFile("state.json", Data("{\"step\":\(step),\"variant\":\(variant)}".utf8)),
        ]
    }

    /// True when a checkpoint holds exactly what `files` gave.
    static func holds(_ checkpoint: Checkpoint, step: Int, variant: Int = 0) throws -> Bool {
        let values = try checkpoint.tensors("state.safetensors").values("w", shape: [500], as: Float.self)
        return try checkpoint.step == step && values == (0..<500).map { Float(step + $0 + variant) }
            && checkpoint.data("state.json") == Data("{\"step\":\(step),\"variant\":\(variant)}".utf8)
    }

    private func store(keepLast: Int = 2, disk: Disk = Disk()) throws -> CheckpointStore {
        try CheckpointStore(folder: folder, keepLast: keepLast, milestoneFrequency: 500_000, disk: disk)
    }

    @Test func savedIsRead() throws {
        let store = try store()
        #expect(try store.reader.latestValid().checkpoint == nil)
        #expect(try store.reader.best() == nil)
        let saved = try store.save(step: 163_840, files: Self.files(163_840))
        #expect(saved.path == "\(folder)/step_000163840")
        #expect(saved.fileNames == ["state.json", "state.safetensors"])
        let (found, skipped) = try CheckpointReader(folder: folder).latestValid()
        #expect(skipped.isEmpty)
        #expect(try Self.holds(try #require(found), step: 163_840))
        #expect(runError { _ = try saved.data("nope") }?.hint.contains("state.json") == true)
        #expect(runError { _ = try store.reader.checkpoint(step: 1) }?.hint == "there are: 163840")
    }

    @Test func rotationKeepsTheNewest() throws {
        let store = try store(keepLast: 3)
        for step in [1000, 2000, 999_999_999, 1_000_000_000, 3000] { try store.save(step: step, files: Self.files(step)) }
        // 3000 was just saved and stays; of the others the newest two do.
        #expect(try store.reader.steps() == [3000, 999_999_999, 1_000_000_000])
        try store.discard(after: 3000)
        for step in [4000, 5000, 6000] { try store.save(step: step, files: Self.files(step)) }
        #expect(try store.reader.steps() == [4000, 5000, 6000])
        #expect(try Disk().names(in: folder) == ["step_000004000", "step_000005000", "step_000006000"])
    }

    @Test func milestonesStayAndAreDueOnce() throws {
        let store = try store(keepLast: 1)
        var due: [Int] = []
        for step in stride(from: 163_840, through: 1_638_400, by: 163_840) {
            try store.save(step: step, files: Self.files(step))
            if store.isMilestoneDue(after: step - 163_840, at: step) {
                due.append(step)
                try store.saveMilestone(step: step, files: Self.files(step))
            }
        }
        #expect(due == [655_360, 1_146_880, 1_638_400])
        #expect(try store.reader.milestones() == due)
        #expect(try store.reader.steps() == [1_638_400])
        #expect(try Self.holds(store.reader.milestone(step: 655_360), step: 655_360))
        #expect(Disk().isDirectory("\(folder)/milestone_000655360"))
        try store.discard(after: 700_000)
        #expect(try store.reader.milestones() == [655_360])
    }

    @Test func bestIsReplaced() throws {
        let store = try store()
        try store.saveBest(step: 5, files: Self.files(5))
        try store.saveBest(step: 9, files: Self.files(9))
        #expect(try Self.holds(try #require(try store.reader.best()), step: 9))
        #expect(try Disk().names(in: folder) == ["best"])
    }

    /// Every byte of a checkpoint matters: flip any one bit, and it is passed over with a reason, and the one before is used.
    @Test func damageIsNoticed() throws {
        let store = try store()
        try store.save(step: 1, files: Self.files(1))
        try store.save(step: 2, files: Self.files(2))
        var random = Philox(seed: 7, purpose: .test)
        let newest = "\(folder)/step_000000002"
        for (name, original) in try snapshot(newest) {
            for _ in 0..<60 {
                var bytes = [UInt8](original)
                let place = random.below(bytes.count)
                // White space of the manifest carries nothing.
                if name == "manifest.json" && [0x20, 0x0A].contains(bytes[place]) { continue }
                bytes[place] ^= 1 << UInt8(random.below(8))
                try Disk().writeAtomically(Data(bytes), to: "\(newest)/\(name)")
                let (found, skipped) = try store.reader.latestValid()
                #expect(found?.step == 1 && skipped.count == 1, "\(name): byte \(place) is now \(bytes[place])")
                #expect(skipped.first?.path == newest && skipped.first?.reason.hasPrefix(name) == true, "\(skipped)")
            }
            for content in [Data(), original.dropLast(), original + Data([0])] where name != "manifest.json" {
                try Disk().writeAtomically(Data(content), to: "\(newest)/\(name)")
                #expect(try store.reader.latestValid().checkpoint?.step == 1)
            }
            try Disk().remove("\(newest)/\(name)")
            #expect(try store.reader.latestValid().checkpoint?.step == 1)
            try Disk().writeAtomically(original, to: "\(newest)/\(name)")
            #expect(try store.reader.latestValid().checkpoint?.step == 2)
        }
        // A copy under another number is not that checkpoint.
        try Disk().rename(newest, to: "\(folder)/step_000000003")
        #expect(try store.reader.latestValid().skipped.first?.reason.contains("that of step 2") == true)
    }

    /// What a newer program wrote is not damaged: it is refused, and so never passed over and removed.
    @Test func newerFormatsAreNotPassedOver() throws {
        let store = try store()
        try store.save(step: 1, files: Self.files(1))
        let saved = try store.save(step: 2, files: Self.files(2))
        let manifest = CheckpointManifest(step: 2, files: [:], formatVersion: 99)
        try Disk().writeAtomically(JSONCoding.encode(manifest, pretty: true), to: "\(saved.path)/manifest.json")
        #expect { _ = try store.reader.latestValid() } throws: { "\($0)".contains("newer than this program") }
    }

    @Test func aManifestCannotPointOutside() throws {
        let store = try store()
        let saved = try store.save(step: 1, files: Self.files(1))
        let manifest = CheckpointManifest(step: 1, files: ["../../secret": .init(size: 0, crc32c: "00000000")])
        try Disk().writeAtomically(JSONCoding.encode(manifest, pretty: true), to: "\(saved.path)/manifest.json")
        #expect(try store.reader.latestValid().skipped.first?.reason.contains("outside") == true)
    }

    /// Content, then manifest, then name, then what it replaces: each durable before the next.
    @Test func orderOfOperationsIsSafe() throws {
        try store(keepLast: 1).save(step: 1, files: Self.files(1))
        let faults = Faults()
        try store(keepLast: 1, disk: faults.disk).save(step: 2, files: Self.files(2))
        let operations = faults.operations.map { operation, path in "\(operation) \(path.dropFirst(folder.count + 1))" }
        func first(_ text: String) throws -> Int { try #require(operations.firstIndex { $0.contains(text) }, "\(text) in \(operations)") }
        func last(_ text: String) throws -> Int { try #require(operations.lastIndex { $0.contains(text) }, "\(text) in \(operations)") }
        let manifest = try first("create .tmp-step_000000002-\(getpid())/manifest.json")
        #expect(try last("sync .tmp-step_000000002-\(getpid())/state.json") < manifest)
        #expect(try last("sync .tmp-step_000000002-\(getpid())/state.safetensors") < manifest)
        let renamed = try first("rename step_000000002")
        #expect(try first("rename .tmp-step_000000002-\(getpid())/manifest.json") < renamed)
        #expect(operations[renamed - 1] == "sync .tmp-step_000000002-\(getpid())")
        #expect(operations[renamed + 1] == "sync ")
        #expect(try first(".tmp-step_000000001") > renamed + 1)
    }

    /// The process dies before any one operation: afterwards the old or the new state is there, whole, for a reader and for the next life.
    @Test(arguments: ["save", "resave", "best"])
    func crashAnywhere(_ action: String) throws {
        func prepare() throws {
            try? Disk().remove(folder)
            let store = try store(keepLast: 1)
            try store.save(step: 1, files: Self.files(1))
            try store.saveBest(step: 1, files: Self.files(1))
        }
        func act(_ disk: Disk) throws {
            let store = try store(keepLast: 1, disk: disk)
            switch action {
            case "save": try store.save(step: 2, files: Self.files(2))
            case "resave": try store.save(step: 1, files: Self.files(1, variant: 1))
            default: try store.saveBest(step: 2, files: Self.files(2))
            }
        }
        func look() throws -> String {
            let reader = CheckpointReader(folder: folder)
            let (found, skipped) = try reader.latestValid()
            let latest = try #require(found)
            let best = try #require(try reader.best())
            #expect(skipped.isEmpty)
            let variant = try Self.holds(latest, step: latest.step, variant: 1) ? 1 : 0
            #expect(try Self.holds(latest, step: latest.step, variant: variant))
            #expect(try Self.holds(best, step: best.step))
            return "\(latest.step).\(variant) \(best.step)"
        }
        try prepare()
        let before = try look()
        let counting = Faults()
        try act(counting.disk)
        let after = try look()
        #expect(before != after)

        var seen: [String] = []
        for failing in 0..<counting.operations.count {
            try prepare()
            #expect(throws: (any Error).self) { try act(Faults(failing: failing, staysDown: true).disk) }
            let state = try look()
            seen.append(state)
            _ = try store(keepLast: 1)
            #expect(try look() == state, "the next life changed the state after operation \(failing)")
            #expect(try Disk().names(in: folder).allSatisfy { !$0.hasPrefix(".") })
        }
        // Old until one moment, new from then on.
        #expect(Set(seen) == [before, after])
        #expect(seen == seen.filter { $0 == before } + seen.filter { $0 == after })
    }

    /// Any one operation of a save reports a full disk: an error with file and hint, nothing half-written, what was there is whole.
    @Test func aFullDiskAnywhere() throws {
        func prepare() throws {
            try? Disk().remove(folder)
            let store = try store()
            try store.save(step: 1, files: Self.files(1))
            try store.save(step: 2, files: Self.files(2))
        }
        try prepare()
        let counting = Faults()
        try store(disk: counting.disk).save(step: 3, files: Self.files(3))
        for failing in 0..<counting.operations.count {
            try prepare()
            let error = try #require(runError { try store(disk: Faults(failing: failing).disk).save(step: 3, files: Self.files(3)) })
            #expect(error.kind == .diskFull && error.hint.contains("crest resume RUN"))
            for step in try CheckpointReader(folder: folder).steps() {
                #expect(try Self.holds(CheckpointReader(folder: folder).checkpoint(step: step), step: step))
            }
            #expect(try CheckpointReader(folder: folder).steps().contains(2))
            if !(counting.operations[failing].0 == .remove || counting.operations[failing].1.contains(".tmp-step_000000001")) {
                #expect(try Disk().names(in: folder).allSatisfy { !$0.hasPrefix(".") }, "after \(counting.operations[failing])")
            }
        }
    }

    /// A real full disk: a file system of 64 KiB.
    @Test func aReallyFullDisk() throws {
        let mounted = "\(temporary.path)/small"
        try Disk().makeDirectories(mounted)
        guard mount("tmpfs", mounted, "tmpfs", 0, "size=64k") == 0 else {
            print("skipped: mounting a tmpfs is not permitted here (\(String(cString: strerror(errno))))")
            return
        }
        defer { umount2(mounted, Int32(MNT_DETACH)) }
        let run = "\(mounted)/run"
        let store = try CheckpointStore(folder: "\(run)/checkpoints", keepLast: 2)
        try store.save(step: 1, files: Self.files(1))
        try store.saveBest(step: 1, files: Self.files(1))
        let before = try snapshot(run)
        let large = [CheckpointFile("state.safetensors", tensors: [NamedTensor("w", shape: [20_000], [Float](repeating: 1, count: 20_000))])]
        for attempt in 0..<3 {
            let error = try #require(
                runError { _ = attempt == 1 ? try store.saveBest(step: 2, files: large) : try store.save(step: 2, files: large) })
            #expect(error.kind == .diskFull && error.what.contains("No space left on device"))
            #expect(error.hint.contains("crest resume \(run)"))
            #expect(try snapshot(run) == before)
        }
        try store.save(step: 2, files: Self.files(2))
        #expect(try Self.holds(try #require(try store.reader.latestValid().checkpoint), step: 2))
    }

    /// The same through the limit on file sizes, which needs no rights.
    @Test func aFileSizeLimit() async throws {
        let folder = folder
        try store().save(step: 1, files: Self.files(1))
        let before = try snapshot(folder)
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            let store = try CheckpointStore(folder: folder, keepLast: 2)
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1500, rlim_max: rlim_t.max)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let error = try #require(runError { try store.save(step: 2, files: CheckpointTests.files(2)) })
            #expect(error.kind == .diskFull && error.place.hasSuffix("state.safetensors") && error.hint.contains("ulimit"))
        }
        #expect(try snapshot(folder) == before)
    }

    /// Killed by the system at arbitrary moments while it saves as fast as it can.
    @Test(arguments: 0..<4)
    func killedWhileSaving(_ round: Int) async throws {
        let folder = folder
        let delay = UInt32(60_000 + round * 41_117)
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, delay = delay as UInt32] in
            let store = try CheckpointStore(folder: folder, keepLast: 2)
            Thread.detachNewThread {
                usleep(delay)
                kill(getpid(), SIGKILL)
            }
            for step in 1... {
                try store.save(step: step, files: CheckpointTests.files(step))
                try store.saveBest(step: step, files: CheckpointTests.files(step))
            }
        }
        let store = try store()
        let (found, skipped) = try store.reader.latestValid()
        #expect(skipped.isEmpty)
        if let found {
            #expect(try Self.holds(found, step: found.step))
            if let best = try store.reader.best() { #expect(try Self.holds(best, step: best.step)) }
        }
        #expect(try Disk().names(in: folder).allSatisfy { !$0.hasPrefix(".") })
    }
}
