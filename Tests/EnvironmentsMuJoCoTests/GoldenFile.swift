import Foundation

/// Transitions recorded from Gymnasium; `Tests/Fixtures/mujoco_golden.py` makes them and describes the format.
struct GoldenFile {
    struct Header: Decodable {
        var id: String
        var steps: Int
        var nq: Int
        var nv: Int
        var nu: Int
        var width: Int
        var observe_every: Int
        var steps_with_contact: Int
        var steps_unhealthy: Int
    }

    struct State {
        var qpos: [Double]
        var qvel: [Double]
        var warmstart: [Double]
    }

    struct Transition {
        var action: [Float]
        var state: State
        var reward: Double
        /// Forward, survive, ctrl, contact.
        var terms: [Double]
        var terminated: Bool
        var observation: [Double]?
    }

    var header: Header
    var start: State
    var startObservation: [Double]
    var transitions: [Transition]

    init(task: String) throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Fixtures/mujoco/\(task).golden"))
        let line = data.prefix { $0 != UInt8(ascii: "\n") }
        header = try JSONDecoder().decode(Header.self, from: line)
        let body = [UInt8](data.dropFirst(line.count + 1))
        var numbers = [Double]()
        for offset in stride(from: 0, to: body.count - 7, by: 8) {
            let bits = body.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
            numbers.append(Double(bitPattern: bits))
        }
        var rest = numbers[...]
        func take(_ count: Int) -> [Double] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let header = header
        func state() -> State { State(qpos: take(header.nq), qvel: take(header.nv), warmstart: take(header.nv)) }
        start = state()
        startObservation = take(header.width)
        transitions = []
        for step in 1...header.steps {
            let action = take(header.nu).map { Float($0) }
            let state = state()
            let scalars = take(6)
            transitions.append(
                Transition(
                    action: action, state: state, reward: scalars[0], terms: Array(scalars[1..<5]), terminated: scalars[5] != 0,
                    observation: step % header.observe_every == 0 ? take(header.width) : nil))
        }
        guard rest.isEmpty else { throw CocoaError(.fileReadCorruptFile) }
    }
}
