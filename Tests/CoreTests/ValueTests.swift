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

    @Test func cosineSchedules() {
        let wave = Schedule.cosine(from: 3e-4, to: 1e-5, start: 100, end: 300)
        // Ends exact, a quarter of the way (1 − cos 45°) / 2 of the difference, symmetric about the middle.
        for (step, value) in [(0, 3e-4), (100, 3e-4), (300, 1e-5), (1_000_000, 1e-5)] { #expect(wave.value(at: step) == value) }
        #expect(abs(wave.value(at: 150) - (3e-4 - 2.9e-4 * 0.14644660940672624)) < 1e-18)
        #expect(abs(wave.value(at: 200) - 1.55e-4) < 1e-18)
        for step in 0...100 { #expect(abs(wave.value(at: 200 - step) + wave.value(at: 200 + step) - 3.1e-4) < 1e-18) }
        let jump = Schedule.cosine(from: 1, to: 2, start: 10, end: 10)
        #expect(jump.value(at: 9) == 1 && jump.value(at: 10) == 2)
    }

    @Test func piecewiseSchedules() throws {
        let points = [SchedulePoint(step: 10, value: 1), .init(step: 20, value: 3), .init(step: 40, value: 2)]
        let lines = Schedule.piecewise(points), steps = Schedule.steps(points)
        for (at, line, step) in [(0, 1.0, 1.0), (10, 1, 1), (15, 2, 1), (19, 2.8, 1), (20, 3, 3), (30, 2.5, 3), (39, 2.05, 3), (40, 2, 2), (1 << 40, 2, 2)] {
            #expect(abs(lines.value(at: at) - line) < 1e-15, "piecewise at \(at)")
            #expect(steps.value(at: at) == step, "steps at \(at)")
        }
        let single = [SchedulePoint(step: 5, value: 7)]
        for at in [0, 5, 6] { #expect(Schedule.piecewise(single).value(at: at) == 7 && Schedule.steps(single).value(at: at) == 7) }
        let phases = Schedule.twoPhase(first: 3e-4, second: 3e-5, at: 2_000_000)
        #expect(phases.value(at: 0) == 3e-4 && phases.value(at: 1_999_999) == 3e-4 && phases.value(at: 2_000_000) == 3e-5)
        for schedule in [lines, steps, phases, .cosine(from: 1, to: 0, start: 3, end: 9)] {
            #expect(try JSONDecoder().decode(Schedule.self, from: try JSONEncoder().encode(schedule)) == schedule)
        }
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
