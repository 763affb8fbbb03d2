import Foundation

/// The built `crest`, run as a user would.
struct Executable {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The folder in which it runs.
    let folder: String
    /// Environment variables beside those of the tests.
    var variables: [String: String] = [:]

    /// The executable beside the one that runs the tests.
    static var path: String {
        get throws {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let path = (own as NSString).deletingLastPathComponent + "/crest"
            guard FileManager.default.isExecutableFile(atPath: path) else { throw CocoaError(.fileNoSuchFile) }
            return path
        }
    }

    init() throws {
        folder = NSTemporaryDirectory() + "/crest-executable-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }

    /// Starts it without waiting; its output goes to files.
    func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Self.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        for (name, keyPath) in [("out", \Process.standardOutput), ("err", \Process.standardError)] {
            let path = "\(folder)/.\(name)"
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            process[keyPath: keyPath] = FileHandle(forWritingAtPath: path)
        }
        try process.run()
        return process
    }

    /// Runs it to its end.
    func run(_ arguments: String...) throws -> Result {
        let process = try start(arguments)
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try String(contentsOfFile: "\(folder)/.out", encoding: .utf8),
            errors: try String(contentsOfFile: "\(folder)/.err", encoding: .utf8))
    }
}
