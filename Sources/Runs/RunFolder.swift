import Foundation

/// One run's folder, e.g. `runs/2026-11-20/13-02-09-humanoid-ppo`.
///
/// It holds `config.yaml`, `run.json`, `run.lock`, `progress.csv`, `evaluations.jsonl`, `events.jsonl`, `monitor/`, `tensorboard/` and
/// `checkpoints/`. The value only names the folder; the folder is the state.
public struct RunFolder: Sendable, Equatable {
    /// Absolute path without links.
    public let path: String

    var disk: Disk { Disk(run: path) }

    private init(checked path: String) { self.path = path }

    /// The folder's own name, e.g. `13-02-09-humanoid-ppo`.
    public var folderName: String { path.split(separator: "/").last.map(String.init) ?? path }
    public var configPath: String { "\(path)/config.yaml" }
    public var informationPath: String { "\(path)/run.json" }
    public var checkpointsPath: String { "\(path)/checkpoints" }
    public var progressPath: String { "\(path)/progress.csv" }
    public var evaluationsPath: String { "\(path)/evaluations.jsonl" }
    public var eventsPath: String { "\(path)/events.jsonl" }
    public var monitorPath: String { "\(path)/monitor" }
    public var tensorboardPath: String { "\(path)/tensorboard" }
    /// Replay buffer of an off-policy algorithm.
    public var replayPath: String { "\(path)/replay.bin" }

    /// Creates the folder of a new run, named by day, time of day and name; a taken name gets `-2`, `-3` and so on.
    ///
    /// It is a run folder only once `write(_:)` has put `run.json` there.
    ///
    /// - Parameters:
    ///   - root: the folder of all runs, made where missing.
    ///   - name: free text; only letters, digits, `.`, `_` and `-` of it survive in the path.
    ///   - date: when the run starts.
    ///   - timeZone: the zone of day and time in the path.
    /// - Throws: `RunError` where a folder cannot be made.
    public static func create(root: String = "runs", name: String, date: Date, timeZone: TimeZone = .current) throws -> RunFolder {
        func pad(_ value: Int?, _ width: Int) -> String {
            let digits = String(value ?? 0)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let day = "\(pad(parts.year, 4))-\(pad(parts.month, 2))-\(pad(parts.day, 2))"
        let time = "\(pad(parts.hour, 2))-\(pad(parts.minute, 2))-\(pad(parts.second, 2))"

        let disk = Disk()
        let parent = "\(Disk.absolute(root))/\(day)"
        try disk.makeDirectories(parent)
        let base = "\(parent)/\(time)-\(sanitised(name))"
        // mkdir either makes the folder or says that it is there, so two processes never get the same one.
        var candidate = base
        var number = 1
        while try !disk.makeDirectory(candidate) {
            number += 1
            candidate = "\(base)-\(number)"
        }
        return RunFolder(checked: Disk.absolute(candidate))
    }

    /// The run folder at a path.
    ///
    /// - Throws: `RunError` of kind `.notFound` or `.notARun` that says what the path is instead.
    public static func open(_ path: String) throws -> RunFolder {
        let disk = Disk()
        let absolute = Disk.absolute(path)
        guard disk.exists(absolute) else {
            throw RunError(.notFound, "there is no such run folder", place: path, hint: "crest runs lists the runs there are")
        }
        if disk.isDirectory(absolute), disk.size("\(absolute)/run.json") != nil { return RunFolder(checked: absolute) }

        // A path inside a run is the usual slip: name the run.
        var above = Disk.parent(of: absolute)
        while above.count > 1 {
            if disk.size("\(above)/run.json") != nil {
                throw RunError(.notARun, "this lies inside a run folder but is none itself", place: path, hint: "the run is \(above)")
            }
            above = Disk.parent(of: above)
        }
        let what = disk.isDirectory(absolute) ? "this is not a run folder: it has no run.json" : "this is a file, not a run folder"
        throw RunError(.notARun, what, place: path, hint: "crest runs lists the runs there are")
    }

    /// Letters without accents, digits, `.`, `_`, `-`; at most 80; `run` where nothing is left.
    static func sanitised(_ name: String) -> String {
        let plain = name.folding(options: .diacriticInsensitive, locale: nil)
        var result = ""
        for character in plain {
            let kept = character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
            if kept {
                result.append(character)
            } else if !result.isEmpty && result.last != "-" {
                result.append("-")
            }
        }
        // A leading dot would hide the folder's name part, a trailing one reads like a typing error.
        let trimmed = String(result.prefix(80)).trimmingCharacters(in: CharacterSet(charactersIn: "-."))
        return trimmed.isEmpty ? "run" : trimmed
    }

    // MARK: Files

    /// Writes `config.yaml`.
    public func writeConfiguration(_ text: String) throws {
        try disk.writeAtomically(Data(text.utf8), to: configPath)
    }

    /// The text of `config.yaml`.
    public func configuration() throws -> String {
        guard let text = String(data: try disk.contents(configPath), encoding: .utf8) else {
            throw RunError(.damaged, "the file is not UTF-8 text", place: configPath)
        }
        return text
    }

    /// Replaces `run.json` as a whole.
    public func write(_ information: RunInformation) throws {
        try disk.writeAtomically(JSONCoding.encode(information, pretty: true), to: informationPath)
    }

    /// What `run.json` says; see `presentStatus(_:)` for runs that were killed.
    public func information() throws -> RunInformation {
        let data = try disk.contents(informationPath)
        let information: RunInformation
        do {
            information = try JSONCoding.decode(RunInformation.self, from: data)
        } catch {
            throw RunError.undecodable(error, path: informationPath, hint: "restore the file; the checkpoints of the run are not affected")
        }
        guard information.formatVersion == 1 else {
            throw RunError(
                .invalid, "format version \(information.formatVersion) is newer than this program", place: informationPath,
                hint: "use the version of crest that wrote it")
        }
        return information
    }

    // MARK: Who trains here

    /// Takes the run's lock, which lasts as long as the returned object or the process.
    ///
    /// - Throws: `RunError` of kind `.locked` that names the process which has it.
    public func lock() throws -> RunLock { try RunLock(path: "\(path)/run.lock", run: path) }

    /// True while some process holds the lock.
    public var isLocked: Bool { RunLock.isHeld(path: "\(path)/run.lock") }

    /// The status to show: a run that says it is running while nobody holds its lock was interrupted.
    public func presentStatus(_ information: RunInformation) -> RunStatus {
        information.status == .running && !isLocked ? .interrupted : information.status
    }
}
