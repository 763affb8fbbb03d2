import Core
import Foundation
@testable import Runs

/// A fresh folder that goes away with the object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = "\(Disk.absolute(NSTemporaryDirectory()))/crest-runs-\(UUID().uuidString)"
        try Disk().makeDirectories(path)
    }

    deinit { try? Disk().remove(path) }
}

struct Crash: Error {}

/// Counts the operations that change the disk and makes one of them, or it and all later ones, fail.
final class Faults: @unchecked Sendable {
    private let lock = NSLock()
    private var seen: [(Disk.Operation, String)] = []
    private let failing: Int?
    private let staysDown: Bool

    /// - Parameters:
    ///   - failing: number of the operation that fails, from 0; nil for none.
    ///   - staysDown: whether all later ones fail too, as after a crash.
    init(failing: Int? = nil, staysDown: Bool = false) {
        self.failing = failing
        self.staysDown = staysDown
    }

    var operations: [(Disk.Operation, String)] { lock.withLock { seen } }

    var disk: Disk {
        Disk(run: "RUN") { operation, path in
            let number = self.lock.withLock {
                self.seen.append((operation, path))
                return self.seen.count - 1
            }
            guard let failing = self.failing else { return }
            if number == failing || (self.staysDown && number > failing) {
                if self.staysDown { throw Crash() }
                throw RunError.system(operation.rawValue, path: path, code: ENOSPC, run: "RUN")
            }
        }
    }
}

/// All files below a folder with their content, by relative path.
func snapshot(_ folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    func visit(_ relative: String) throws {
        for name in try Disk().names(in: "\(folder)/\(relative)") {
            let path = relative.isEmpty ? name : "\(relative)/\(name)"
            if Disk().isDirectory("\(folder)/\(path)") {
                try visit(path)
            } else {
                result[path] = try Disk().contents("\(folder)/\(path)")
            }
        }
    }
    try visit("")
    return result
}

extension RunInformation {
    static func sample(_ name: String = "humanoid-ppo", seed: UInt64 = 42, started: Double = 1_763_000_000) -> RunInformation {
        RunInformation(
            name: name, seed: seed, environment: "Humanoid-v5", algorithm: "PPO", totalTimesteps: 10_000_000,
            configPath: "Configs/humanoid/ppo.yaml", configHash: "c0ffee", versions: ["crest": "0.1"], machine: ["cores": "2"],
            started: Date(timeIntervalSince1970: started))
    }
}

/// The error that `body` throws, nil where it throws none or another kind.
func runError(_ body: () throws -> Void) -> RunError? {
    do {
        try body()
        return nil
    } catch {
        return error as? RunError
    }
}
