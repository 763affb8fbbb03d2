import Foundation

/// The checkpoints of a run for reading. It changes nothing, so it can be used while the run goes on.
///
/// A folder is replaced in two renames, `X` → `.old-X` and new → `X`; in the instant between, and after a crash there, `.old-X` is read.
public struct CheckpointReader: Sendable {
    static let bestName = "best"
    static let oldPrefix = ".old-"

    /// The run's `checkpoints` folder.
    public let folder: String

    public init(folder: String) { self.folder = folder }

    static func stepName(_ step: Int) -> String { numbered("step_", step) }
    static func milestoneName(_ step: Int) -> String { numbered("milestone_", step) }

    private static func numbered(_ prefix: String, _ step: Int) -> String {
        let digits = String(step)
        return prefix + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }

    /// Steps of the rotated checkpoints, ascending; whether they are sound is not looked at.
    public func steps() throws -> [Int] { try steps(naming: Self.stepName, prefix: "step_") }

    /// Steps of the milestones, ascending.
    public func milestones() throws -> [Int] { try steps(naming: Self.milestoneName, prefix: "milestone_") }

    private func steps(naming: (Int) -> String, prefix: String) throws -> [Int] {
        let found = try Disk().names(in: folder).compactMap { entry -> Int? in
            let name = entry.hasPrefix(Self.oldPrefix) ? String(entry.dropFirst(Self.oldPrefix.count)) : entry
            guard name.hasPrefix(prefix), let step = Int(name.dropFirst(prefix.count)), step >= 0, naming(step) == name else { return nil }
            return step
        }
        return Set(found).sorted()
    }

    /// The rotated checkpoint of a step, verified.
    ///
    /// - Throws: `RunError`: there is none (the hint lists those there are), or it is damaged.
    public func checkpoint(step: Int) throws -> Checkpoint {
        try numbered(Self.stepName(step), step: step, existing: try steps())
    }

    /// The milestone of a step, verified.
    public func milestone(step: Int) throws -> Checkpoint {
        try numbered(Self.milestoneName(step), step: step, existing: try milestones())
    }

    private func numbered(_ name: String, step: Int, existing: [Int]) throws -> Checkpoint {
        guard existing.contains(step) else {
            let list = existing.isEmpty ? "there is none yet" : "there are: \(existing.map(String.init).joined(separator: ", "))"
            throw RunError(.notFound, "there is no checkpoint of step \(step)", place: folder, hint: list)
        }
        let checkpoint = try verified(name)
        guard checkpoint.step == step else {
            throw RunError(.damaged, "the manifest is that of step \(checkpoint.step)", place: checkpoint.path)
        }
        return checkpoint
    }

    /// The best policy, verified; nil while the run has none.
    public func best() throws -> Checkpoint? {
        guard Disk().exists(path(Self.bestName)) else { return nil }
        return try verified(Self.bestName)
    }

    /// The newest sound checkpoint, and the newer ones that are damaged and had to be passed over.
    ///
    /// - Throws: `RunError` when the folder or a checkpoint can't be read, or was written by a newer program: nothing says that it is damaged.
    public func latestValid() throws -> (checkpoint: Checkpoint?, skipped: [SkippedCheckpoint]) {
        var skipped: [SkippedCheckpoint] = []
        for step in try steps().reversed() {
            do {
                return (try checkpoint(step: step), skipped)
            } catch let error as RunError where error.kind == .damaged || error.kind == .notFound {
                let file = error.place.split(separator: "/").last.map(String.init) ?? ""
                skipped.append(SkippedCheckpoint(path: path(Self.stepName(step)), reason: "\(file): \(error.what)"))
            }
        }
        return (nil, skipped)
    }

    private func path(_ name: String) -> String {
        let path = "\(folder)/\(name)"
        let old = "\(folder)/\(Self.oldPrefix)\(name)"
        return !Disk().exists(path) && Disk().exists(old) ? old : path
    }

    private func verified(_ name: String) throws -> Checkpoint {
        let checkpoint = try Checkpoint(path: path(name), disk: Disk())
        try checkpoint.verify()
        return checkpoint
    }
}
