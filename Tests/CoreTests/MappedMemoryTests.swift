import Foundation
import Testing

@testable import Core

@Suite struct MappedMemoryTests {
    private func temporaryPath() -> String { FileManager.default.temporaryDirectory.appendingPathComponent("crest-mapped-\(UUID().uuidString)").path }

    @Test func aFileKeepsItsBytes() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let memory = try MappedMemory(path: path, byteCount: 10_000)
            #expect(memory.isNew && memory.path == path)
            for i in 0..<10_000 { #expect(memory.pointer.load(fromByteOffset: i, as: UInt8.self) == 0) }
            memory.pointer.storeBytes(of: 0x1234_5678, toByteOffset: 9_000, as: UInt32.self)
            try memory.sync()
        }
        let again = try MappedMemory(path: path, byteCount: 10_000)
        #expect(!again.isNew && again.pointer.load(fromByteOffset: 9_000, as: UInt32.self) == 0x1234_5678)
        // Every block is on the disk already, so that no write can meet a full one.
        var information = stat()
        #expect(stat(path, &information) == 0 && Int(information.st_blocks) * 512 >= 10_000)
    }

    @Test func unfitFilesAreRefused() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(repeating: 1, count: 99).write(to: URL(fileURLWithPath: path))
        #expect { _ = try MappedMemory(path: path, byteCount: 100) } throws: { "\($0)".contains("has 99 bytes where 100 are needed") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 99)
        #expect(throws: MappedMemoryError.self) { _ = try MappedMemory(path: "/nowhere/at/all", byteCount: 100) }
        #expect(throws: MappedMemoryError.self) { _ = try MappedMemory(path: FileManager.default.temporaryDirectory.path, byteCount: 100) }
    }

    @Test func aFullDiskIsAnError() throws {
        // More than any disk has; the file that could not be finished is gone.
        let path = temporaryPath()
        #expect { _ = try MappedMemory(path: path, byteCount: 1 << 60) } throws: { "\($0)".contains("can't reserve") && "\($0)".contains(path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func memoryWithoutAFile() throws {
        // Committed page by page: far more than the machine's memory may be asked for.
        let memory = try MappedMemory(byteCount: 1 << 36)
        memory.pointer.storeBytes(of: 7, toByteOffset: (1 << 36) - 1, as: UInt8.self)
        #expect(memory.pointer.load(fromByteOffset: 1 << 35, as: UInt8.self) == 0 && memory.path == nil)
        try memory.sync()
    }
}
