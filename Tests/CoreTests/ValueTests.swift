import Core
import Foundation
import Testing

/// Schedule, JSONValue and StateArchive.
@Suite struct ValueTests {
    @Test func schedules() throws {
        #expect(Schedule.constant(0.3).value(at: 0) == 0.3 && Schedule.constant(0.3).value(at: 1 << 40) == 0.3)
        let line = Schedule.linear(from: 1, to: 0.2, start: 100, end: 300)
        for (step, value) in [(0, 1.0), (100, 1), (150, 0.8), (200, 0.6), (300, 0.2), (1_000_000, 0.2)] {
            #expect(abs(line.value(at: step) - value) < 1e-15)
        }
        let rising = Schedule.linear(from: 0, to: 4, start: 0, end: 4)
        #expect((0...5).map { rising.value(at: $0) } == [0, 1, 2, 3, 4, 4])
        // A step function where the line has no length.
        let jump = Schedule.linear(from: 1, to: 2, start: 10, end: 10)
        #expect(jump.value(at: 9) == 1 && jump.value(at: 10) == 2)
        #expect(try JSONDecoder().decode(Schedule.self, from: try JSONEncoder().encode(line)) == line)
    }

    @Test func jsonValuesKeepTheirKind() throws {
        let text = #"{"a":[1,0,true,false,null,"1","true",-2.5e-3,{"b":[]}],"c":{}}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(
            value == .object([
                "a": .array([
                    .number(1), .number(0), .bool(true), .bool(false), .null, .string("1"), .string("true"), .number(-2.5e-3),
                    .object(["b": .array([])]),
                ]),
                "c": .object([:]),
            ]))
        #expect(try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(value)) == value)
        #expect(throws: (any Error).self) { try JSONDecoder().decode(JSONValue.self, from: Data("{".utf8)) }
    }

    @Test func archivesGiveBackWhatTheyTook() throws {
        var random = Philox(seed: 1, purpose: .test)
        _ = random.nextWord()
        var moments = RunningMoments(columns: 2)
        moments.add([1, 2, 3, 5].span, rows: 2)
        var archive = StateArchive()
        archive.tensors["w"] = .init(shape: [2, 1], values: [1, .nan])
        archive.doubles["x"] = [0.1]
        archive.store(random, as: "random")
        archive.store(moments, as: "moments")
        #expect(try archive.tensor("w", count: 2).map(\.bitPattern) == [Float(1), .nan].map(\.bitPattern))
        #expect(try archive.scalar("x") == 0.1)
        #expect(try archive.doubles("x", count: nil) == [0.1])
        #expect(try archive.load(Philox.self, "random") == random)
        #expect(try archive.moments("moments", columns: 2) == moments)
    }

    @Test func archivesRefuseWhatDoesNotFit() {
        var archive = StateArchive()
        archive.tensors["w"] = .init(shape: [2], values: [1, 2])
        archive.doubles["x"] = [1, 2]
        archive.bytes["b"] = [1, 2, 3]
        archive.store(RunningMoments(columns: 2), as: "moments")
        func refuses(_ body: () throws -> Void, saying word: String) {
            let error = #expect(throws: StateArchiveError.self) { try body() }
            #expect(error?.description.contains(word) == true)
        }
        refuses({ _ = try archive.tensor("w", count: 3) }, saying: "'w'")
        refuses({ _ = try archive.tensor("v", count: 3) }, saying: "'v'")
        refuses({ _ = try archive.scalar("x") }, saying: "'x'")
        refuses({ _ = try archive.doubles("y", count: nil) }, saying: "'y'")
        refuses({ _ = try archive.load(Philox.self, "b") }, saying: "'b'")
        refuses({ _ = try archive.byteArray("c") }, saying: "'c'")
        refuses({ _ = try archive.moments("moments", columns: 3) }, saying: "moments")
    }
}
