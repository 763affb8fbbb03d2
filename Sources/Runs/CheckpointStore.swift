import Core
import Foundation

/// The checkpoints of a run for writing: `step_000163840/` (rotated), `milestone_000500000/` and `best/` in one folder.
///
/// Each is a folder that is complete or not there: written under a temporary name, every file synced, the manifest with sizes and
/// checksums last, then renamed. What it replaces, and what rotation drops, goes only afterwards. A failure, a full disk say, removes the
/// temporary folder and leaves everything else as it was; a crash at any moment leaves a state that ``CheckpointReader`` reads and the
/// next `init` tidies up.
public struct CheckpointStore: Sendable {
    private static let temporaryPrefix = ".tmp-"

    /// The same checkpoints for reading.
    public let reader: CheckpointReader
    /// How many rotated checkpoints stay.
    public let keepLast: Int
    /// Steps between milestones; nil for none.
    public let milestoneFrequency: Int?
    private let disk: Disk

    /// Opens the folder of a run whose lock the caller holds, makes it where missing, and removes what a crash left behind.
    ///
    /// - Parameters:
    ///   - folder: the run's `checkpoints` folder.
    ///   - keepLast: at least 1; with 2 or more a checkpoint damaged later still has one before it.
    ///   - milestoneFrequency: environment steps, at least 1, or nil.
    public init(folder: String, keepLast: Int, milestoneFrequency: Int? = nil) throws {
        try self.init(
            folder: folder, keepLast: keepLast, milestoneFrequency: milestoneFrequency, disk: Disk(run: Disk.parent(of: folder)))
    }

    init(folder: String, keepLast: Int, milestoneFrequency: Int?, disk: Disk) throws {
        precondition(keepLast >= 1, "at least one checkpoint must stay")
        precondition(milestoneFrequency ?? 1 >= 1, "milestones are at least one step apart")
        reader = CheckpointReader(folder: folder)
        self.keepLast = keepLast
        self.milestoneFrequency = milestoneFrequency
        self.disk = disk
        try disk.makeDirectories(folder)
        try recover()
    }

    // MARK: Saving

    /// Saves the checkpoint of a step, then rotates the oldest away. One of the same step is replaced.
    @discardableResult
    public func save(step: Int, files: [CheckpointFile]) throws -> Checkpoint {
        let checkpoint = try put(CheckpointReader.stepName(step), step: step, files: files)
        // The one just saved stays even where an earlier life of the run left newer ones.
        let others = try reader.steps().filter { $0 != step }
        for old in others.dropLast(keepLast - 1) { try drop(CheckpointReader.stepName(old)) }
        return checkpoint
    }

    /// True when a multiple of the milestone frequency lies after `previous` and not after `step`.
    public func isMilestoneDue(after previous: Int, at step: Int) -> Bool {
        guard let milestoneFrequency else { return false }
        return step / milestoneFrequency > previous / milestoneFrequency
    }

    /// Saves a milestone, which is never rotated away. One of the same step is replaced.
    @discardableResult
    public func saveMilestone(step: Int, files: [CheckpointFile]) throws -> Checkpoint {
        try put(CheckpointReader.milestoneName(step), step: step, files: files)
    }

    /// Replaces the best policy.
    @discardableResult
    public func saveBest(step: Int, files: [CheckpointFile]) throws -> Checkpoint {
        try put(CheckpointReader.bestName, step: step, files: files)
    }

    /// Removes the best policy, where there is one: what comes next can't be measured against it.
    public func removeBest() throws {
        if disk.exists(path(CheckpointReader.bestName)) { try drop(CheckpointReader.bestName) }
    }

    /// Removes the rotated checkpoints and milestones beyond a step: the damaged or abandoned future of a run that resumes at that step.
    public func discard(after step: Int) throws {
        for later in try reader.steps() where later > step { try drop(CheckpointReader.stepName(later)) }
        for later in try reader.milestones() where later > step { try drop(CheckpointReader.milestoneName(later)) }
    }

    // MARK: The folder

    private func path(_ name: String) -> String { "\(reader.folder)/\(name)" }
    private func temporary(_ name: String) -> String { path("\(Self.temporaryPrefix)\(name)-\(getpid())") }

    private func put(_ name: String, step: Int, files: [CheckpointFile]) throws -> Checkpoint {
        precondition(step >= 0, "a step count is not negative")
        precondition(!files.isEmpty && Set(files.map(\.name)).count == files.count, "a checkpoint needs files of distinct names")
        let new = temporary(name)
        do {
            try write(files, step: step, into: new)
            try install(new, as: name)
        } catch {
            try? disk.remove(new)
            throw error
        }
        return try Checkpoint(path: path(name), disk: disk)
    }

    private func write(_ files: [CheckpointFile], step: Int, into folder: String) throws {
        try disk.remove(folder)
        _ = try disk.makeDirectory(folder)
        var entries: [String: CheckpointManifest.File] = [:]
        for file in files {
            let path = "\(folder)/\(file.name)"
            var crc = CRC32C()
            var size = 0
            try disk.withFile(path, flags: O_CREAT | O_EXCL, sync: true) { descriptor in
                try file.stream { bytes in
                    var written = 0
                    try disk.write(bytes, to: descriptor, path, written: &written)
                    crc.update(bytes)
                    size += written
                }
            }
            entries[file.name] = .init(size: size, crc32c: CheckpointManifest.hexadecimal(crc.value))
        }
        // Last, so that its presence says that all the rest is there.
        let manifest = try JSONCoding.encode(CheckpointManifest(step: step, files: entries), pretty: true)
        try disk.writeAtomically(manifest, to: "\(folder)/\(CheckpointManifest.fileName)")
    }

    /// Renames a complete folder to its final name. What had the name is kept beside it until the new one is durable.
    private func install(_ new: String, as name: String) throws {
        let target = path(name)
        let old = path(CheckpointReader.oldPrefix + name)
        let replaces = disk.exists(target)
        if replaces {
            try disk.remove(old)
            try disk.rename(target, to: old)
        }
        do {
            try disk.rename(new, to: target)
        } catch {
            if replaces { try? disk.rename(old, to: target) }
            throw error
        }
        try disk.syncDirectory(reader.folder)
        if replaces { try disk.remove(old) }
    }

    /// Removes a checkpoint. Renamed first, so that a crash does not leave half of one under its name.
    private func drop(_ name: String) throws {
        let doomed = temporary(name)
        try disk.remove(doomed)
        try disk.rename(path(name), to: doomed)
        try disk.remove(doomed)
    }

    /// Puts replaced folders back whose successor never arrived, and removes temporary ones.
    private func recover() throws {
        for entry in try disk.names(in: reader.folder) {
            if entry.hasPrefix(CheckpointReader.oldPrefix) {
                let target = path(String(entry.dropFirst(CheckpointReader.oldPrefix.count)))
                if disk.exists(target) {
                    try disk.remove(path(entry))
                } else {
                    try disk.rename(path(entry), to: target)
                }
            } else if entry.hasPrefix(Self.temporaryPrefix) {
                try disk.remove(path(entry))
            }
        }
    }
}
