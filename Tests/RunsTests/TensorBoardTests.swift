import Core
import Foundation
import Testing
@testable import Runs

@Suite struct TensorBoardTests {
    private func hex(_ data: Data) -> String {
        data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The bytes that TensorBoard 2.21's own `RecordWriter` and `Event` give for the same events.
    @Test func recordsAreTheBytesOfTensorBoard() throws {
        #expect(
            hex(try TensorBoardRecord.fileVersion(time: 1_763_000_000.5))
                == "1800000000000000a37f4b2209000020b04f45da411a0d627261696e2e4576656e743a329d1b5189")
        let scalars = try TensorBoardRecord.scalars(
            [("rollout/return", 4331.5), ("train/approx_kl", 0.0125)], step: 163_840, time: 1_763_000_001.25)
        #expect(
            hex(scalars)
                == "3e00000000000000d9d240e709000050b04f45da411080800a2a2f0a150a0e726f6c6c6f75742f72657475726e15005c87450a160a0f"
                + "747261696e2f617070726f785f6b6c15cdcc4c3c2edc930e")
    }

    /// One file whatever the number of sessions, framed records from first byte to last.
    @Test func sessionsShareOneFile() throws {
        let temporary = try TemporaryFolder()
        let folder = try RunFolder.create(root: temporary.path, name: "a", date: Date())
        var positions: LogPositions?
        for session in 0..<3 {
            let logs = try RunLogs(folder: folder, environment: "x", started: Date(), resumingAt: positions)
            try logs.appendScalars([("a", Double(session))], step: session, time: Date(timeIntervalSince1970: Double(session + 5)))
            positions = try logs.positions()
            try logs.appendScalars([("lost", 0)], step: 99, time: Date())
            try logs.flush()
        }
        _ = try RunLogs(folder: folder, environment: "x", started: Date(), resumingAt: positions)
        let names = try Disk().names(in: folder.tensorboardPath)
        #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents.5.") && names[0].hasSuffix(".0"))

        var rest = try Disk().contents("\(folder.tensorboardPath)/\(names[0])")[...]
        var events: [TensorBoardEvent] = []
        while !rest.isEmpty {
            let length = rest.prefix(8)
            let count = Int(length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
            let payload = rest.dropFirst(12).prefix(count)
            func word(_ offset: Int) -> UInt32 { rest.dropFirst(offset).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }
            #expect(word(8) == TensorBoardRecord.masked(Data(length)))
            #expect(word(12 + count) == TensorBoardRecord.masked(Data(payload)))
            events.append(try TensorBoardEvent(serializedBytes: Data(payload)))
            rest = rest.dropFirst(16 + count)
        }
        #expect(events.map(\.fileVersion) == ["brain.Event:2", "", "", ""])
        #expect(events.dropFirst().map(\.step) == [0, 1, 2])
        #expect(events.dropFirst().map { $0.summary.value.map(\.simpleValue) } == [[0], [1], [2]])
    }
}
