import Environments
import Foundation

/// Where MuJoCo's library and the models lie: the folder `.deps` that `make deps` fills.
///
/// ```
/// .deps/mujoco/lib/libmujoco.so.4.0.0
/// .deps/assets/gymnasium/humanoid.xml …
/// ```
public struct MuJoCoFiles: Sendable, Equatable {
    /// The `.deps` folder.
    public let folder: String

    /// A folder that is known already.
    public init(folder: String) { self.folder = folder }

    /// MuJoCo's shared library.
    public var library: String { folder + "/" + Self.libraryPath }

    /// The path of a model, e.g. `gymnasium/humanoid.xml`.
    public func model(_ name: String) -> String { folder + "/assets/" + name }

    private static let libraryPath = "mujoco/lib/libmujoco.so.4.0.0"

    /// Finds the folder, from any working directory.
    ///
    /// Looked at in this order: the environment variable `CREST_DEPS`; `.deps` in the executable's folder and those above it; in the
    /// working directory and those above it; in the package as it was when this file was compiled.
    ///
    /// - Throws: `EnvironmentError` where none of these holds MuJoCo, or where `CREST_DEPS` is set to a folder that doesn't.
    public static func locate() throws -> MuJoCoFiles {
        try locate(
            variable: ProcessInfo.processInfo.environment["CREST_DEPS"],
            executable: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "",
            directory: FileManager.default.currentDirectoryPath, source: #filePath)
    }

    /// Finds one of Crest's own models, e.g. `quadruped.xml`: in `Assets` beside `.deps`, else in the executable's folder and those above it,
    /// in the working directory and those above it, in the package as it was when this file was compiled.
    ///
    /// - Throws: `EnvironmentError` where it is in none of these.
    public func ownModel(_ name: String) throws -> String {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        for start in [folder, executable, FileManager.default.currentDirectoryPath, #filePath] {
            var place = URL(fileURLWithPath: start).standardizedFileURL
            while place.path != "/" {
                place.deleteLastPathComponent()
                let path = place.appendingPathComponent("Assets/" + name).path
                if FileManager.default.fileExists(atPath: path) { return path }
            }
        }
        throw EnvironmentError("no Assets/\(name)", place: "MuJoCo", hint: "run Crest from its own folder, where Assets lies")
    }

    /// The same for given starting points.
    static func locate(variable: String?, executable: String, directory: String, source: String) throws -> MuJoCoFiles {
        // A variable is an order, not a suggestion: no quiet fall-back to another MuJoCo.
        if let variable, !variable.isEmpty {
            let files = MuJoCoFiles(folder: variable)
            guard files.isFilled else {
                throw EnvironmentError(
                    "no \(libraryPath) in \(variable)", place: "CREST_DEPS", hint: "unset the variable, or run `make deps` and name its .deps")
            }
            return files
        }
        for start in [executable, directory, source] {
            if let files = search(upwardsFrom: start) { return files }
        }
        throw EnvironmentError("MuJoCo is not installed: no .deps/\(libraryPath)", place: "MuJoCo", hint: "run `make deps` in Crest's folder")
    }

    private var isFilled: Bool { FileManager.default.fileExists(atPath: library) }

    /// The first `.deps` with MuJoCo inside, in a folder or one above it.
    private static func search(upwardsFrom start: String) -> MuJoCoFiles? {
        guard start.hasPrefix("/") else { return nil }
        var folder = URL(fileURLWithPath: start).standardizedFileURL
        while true {
            let files = MuJoCoFiles(folder: folder.appendingPathComponent(".deps").path)
            if files.isFilled { return files }
            if folder.path == "/" { return nil }
            folder.deleteLastPathComponent()
        }
    }
}
