import Environments
import Foundation
import Testing

@testable import EnvironmentsMuJoCo

@Suite struct MuJoCoFilesTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crest-files-\(UUID().uuidString)")

    @Test func searchesInTheStatedOrder() throws {
        let manager = FileManager.default
        defer { try? manager.removeItem(at: folder) }
        let variable = try makeDeps("variable")
        let executable = try makeDeps("executable")
        let working = try makeDeps("working")
        let source = try makeDeps("source")

        func locate(_ variable: String? = nil) throws -> String {
            try MuJoCoFiles.locate(
                variable: variable, executable: executable.path + "/.build/release/crest", directory: working.path + "/a/b",
                source: source.path + "/Sources/x.swift"
            ).folder
        }
        #expect(try locate(variable.path + "/.deps") == variable.path + "/.deps")
        #expect(try locate() == executable.path + "/.deps")
        try manager.removeItem(at: executable)
        #expect(try locate() == working.path + "/.deps")
        try manager.removeItem(at: working)
        #expect(try locate() == source.path + "/.deps")
        try manager.removeItem(at: source)
        let missing = #expect(throws: EnvironmentError.self) { try locate() }
        #expect(missing?.hint.contains("make deps") == true)
    }

    @Test func aWrongVariableIsAnErrorRatherThanIgnored() {
        let error = #expect(throws: EnvironmentError.self) { 
            try MuJoCoFiles.locate(variable: "/nowhere", executable: "", directory: "/", source: "")
        }
        #expect(error?.place == "CREST_DEPS")
    }

    private func makeDeps(_ name: String) throws -> URL {
        let root = folder.appendingPathComponent(name)
        let library = root.appendingPathComponent(".deps/mujoco/lib")
        try FileManager.default.createDirectory(at: library, withIntermediateDirectories: true)
        try Data().write(to: library.appendingPathComponent("libmujoco.so.4.0.0"))
        return root
    }
}
