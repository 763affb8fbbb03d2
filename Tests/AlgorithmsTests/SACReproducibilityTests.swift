import Core
import Environments
import Foundation
import Tensor
import Testing

@testable import Algorithms

/// The promises of same bits.
@Suite struct SACReproducibilityTests {
    @Test(arguments: [false, true]) func anyNumberOfThreads(crossQ: Bool) throws {
        var states: [StateArchive] = []
        var metrics: [[UInt64]] = []
        var episodes: [[FinishedEpisode]] = []
        for threads in [1, 2, 4] {
            var sac = try SmallSAC.make(SmallSAC.full(crossQ: crossQ), threads: threads)
            var bits: [UInt64] = []
            var ended: [FinishedEpisode] = []
            for _ in 0..<15 {
                let report = try sac.iterate()
                bits += report.bits
                ended += report.episodes
            }
            states.append(try sac.state())
            metrics.append(bits)
            episodes.append(ended)
        }
        #expect(states[0] == states[1] && states[0] == states[2])
        #expect(metrics[0] == metrics[1] && metrics[0] == metrics[2])
        #expect(episodes[0] == episodes[1] && episodes[0] == episodes[2] && !episodes[0].isEmpty)
        var other = try SmallSAC.make(SmallSAC.full(crossQ: crossQ), seed: 8)
        for _ in 0..<15 { _ = try other.iterate() }
        #expect(try other.state() != states[0])
    }

    @Test(arguments: [0, 1, 2, 9], [(false, false), (false, true), (true, false), (true, true)])
    func resumedLikeUninterrupted(instant: Int, kind: (crossQ: Bool, mapped: Bool)) throws {
        let (crossQ, mapped) = kind
        let c = SmallSAC.full(crossQ: crossQ)
        let (path, copy) = (SmallSAC.path(), SmallSAC.path())
        defer { for path in [path, copy] { try? FileManager.default.removeItem(atPath: path) } }
        var whole = try SmallSAC.make(c, threads: 2, file: mapped ? path : nil)
        for _ in 0..<instant { _ = try whole.iterate() }
        let saved = try whole.state()
        var expected: [[UInt64]] = []
        // The file goes on past the checkpoint, as it does when a run is killed some time later.
        for _ in instant..<instant + 2 { expected.append(try whole.iterate().bits) }
        if mapped { try FileManager.default.copyItem(atPath: path, toPath: copy) }
        for _ in instant + 2..<14 { expected.append(try whole.iterate().bits) }
        let end = try whole.state()

        // Into a new run, and in memory into one that has already gone somewhere else.
        for used in mapped ? [false] : [false, true] {
            var resumed = try SmallSAC.make(c, threads: 1, file: mapped ? copy : nil)
            if used { for _ in 0..<3 { _ = try resumed.iterate() } }
            if used { try resumed.rollBack(to: resumed.learned()) }
            try resumed.restore(saved)
            #expect(try resumed.state() == saved, "a state taken right after restoring differs")
            for i in instant..<14 {
                let report = try resumed.iterate()
                #expect(report.bits == expected[i - instant], "iteration \(i)")
                #expect(report.iterations == i + 1 && report.steps == (i + 1) * 24)
            }
            #expect(try resumed.state() == end)
        }
    }

    /// Where the rows are makes no difference to what is learned.
    @Test func fileAndMemoryAgree() throws {
        let path = SmallSAC.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var memory = try SmallSAC.make(SmallSAC.full())
        var file = try SmallSAC.make(SmallSAC.full(), file: path)
        for _ in 0..<10 { #expect(try memory.iterate().bits == file.iterate().bits) }
        #expect(memory.learned() == file.learned())
        // A checkpoint of a file holds positions and checksums, no rows.
        let state = try file.state()
        #expect(state.tensors["replay.rows.0"] == nil && state.doubles["replay.checksums.0"]?.isEmpty == false)
    }

    @Test func damagedFilesAreRefused() throws {
        let c = SmallSAC.full()
        let path = SmallSAC.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var sac = try SmallSAC.make(c, file: path)
        for _ in 0..<8 { _ = try sac.iterate() }
        let saved = try sac.state()
        let good = try Data(contentsOf: URL(fileURLWithPath: path))

        // One bit of a row that can be sampled.
        let damaged = SmallSAC.path()
        defer { try? FileManager.default.removeItem(atPath: damaged) }
        var bytes = good
        bytes[(sac.replay.heads[0] - 5) * sac.replay.rowWidth * 4] ^= 1
        try bytes.write(to: URL(fileURLWithPath: damaged))
        var other = try SmallSAC.make(c, file: damaged)
        #expect { try other.restore(saved) } throws: { $0 is AlgorithmError && "\($0)".contains("not those that the checkpoint saw") }

        // Missing, short, of another shape.
        let missing = SmallSAC.path()
        defer { try? FileManager.default.removeItem(atPath: missing) }
        var fresh = try SmallSAC.make(c, file: missing)
        #expect { try fresh.restore(saved) } throws: { $0 is AlgorithmError && "\($0)".contains("is missing") && "\($0)".contains(missing) }
        try good.dropLast(10).write(to: URL(fileURLWithPath: damaged))
        #expect { _ = try SmallSAC.make(c, file: damaged) } throws: { $0 is AlgorithmError && "\($0)".contains("are needed") }
        var larger = c
        larger.bufferSize = 120
        try good.write(to: URL(fileURLWithPath: damaged))
        var different = try SmallSAC.make(larger, file: damaged)
        #expect(throws: StateArchiveError.self) { try different.restore(saved) }
    }

    /// The slack keeps an older checkpoint valid; far beyond it the file says so.
    @Test func slackKeepsOlderCheckpoints() throws {
        var c = SmallSAC.full()
        c.environments = 1
        c.stepsPerIteration = 500
        c.trainFrequency = 500
        c.gradientSteps = 1
        c.bufferSize = 1500
        c.replaySlack = 2000
        let path = SmallSAC.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var sac = try SmallSAC.make(c, file: path)
        for _ in 0..<5 { _ = try sac.iterate() }
        let saved = try sac.state()
        let learned = sac.learned()
        for k in 0..<9 {
            _ = try sac.iterate()
            var resumed = try SmallSAC.make(c, file: path)
            // Marks take places too: 500 steps are 533 rows, so that three iterations lie within the slack.
            if k < 3 {
                try resumed.restore(saved)
                #expect(resumed.learned() == learned)
            } else if k == 8 {
                #expect { try resumed.restore(saved) } throws: { "\($0)".contains("went on for more than the replay's slack") }
            }
        }
    }

    @Test func foreignStatesAreRefused() throws {
        let saved = try SmallSAC.make(SmallSAC.full()).state()
        var c = SmallSAC.full()
        c.policyHidden = [16, 15]
        var other = try SmallSAC.make(c)
        #expect(throws: StateArchiveError.self) { try other.restore(saved) }
        for key in saved.doubles.keys {
            var damaged = saved
            damaged.doubles[key] = nil
            var target = try SmallSAC.make(SmallSAC.full())
            #expect(throws: StateArchiveError.self, "\(key)") { try target.restore(damaged) }
        }
    }

    /// A policy made from what was learned acts as the run's own does, and its architecture survives JSON.
    @Test(arguments: [false, true]) func policiesTravel(crossQ: Bool) throws {
        var sac = try SmallSAC.make(SmallSAC.full(crossQ: crossQ))
        for _ in 0..<4 { _ = try sac.iterate() }
        let own = sac.policy()
        let json = try JSONEncoder().encode(own.network.architecture)
        let architecture = try JSONDecoder().decode(PolicyArchitecture.self, from: json)
        #expect(architecture == own.network.architecture && String(decoding: json, as: UTF8.self).contains("\"kind\":\"squashed_gaussian\""))
        let loaded = try Policy(sac.learned(), architecture: architecture, transform: .rescale, clip: 10)
        func act(_ policy: Policy, stochastic: Bool) -> [Float] {
            var actions = [Float](repeating: .nan, count: 3)
            var noise = (0..<3).map { Philox(seed: 1, purpose: .test, index: UInt32($0)) }
            noise.withUnsafeMutableBufferPointer { noise in
                policy.makeActor(rows: 4).act(
                    observations: [0.1, 0.9, -1, 1, 0.3, -0.2], rows: 3, noise: stochastic ? noise.baseAddress : nil, actions: &actions)
            }
            return actions
        }
        for stochastic in [false, true] { #expect(act(loaded, stochastic: stochastic) == act(own, stochastic: stochastic)) }
        #expect(act(own, stochastic: true) != act(own, stochastic: false))
        let before = act(own, stochastic: false)
        for _ in 0..<3 { _ = try sac.iterate() }
        #expect(act(own, stochastic: false) == before && own.parameters.array != sac.parameters.array)
    }

    /// Policies stored before there were kinds are actor-critics.
    @Test func olderArchitecturesAreRead() throws {
        let a = ActorCriticArchitecture(
            observationWidth: 3, actionSpace: .box(count: 2, low: -1, high: 1), policyHidden: [8], valueHidden: [4], activation: .elu,
            layerNorm: true, sharedTrunk: false)
        let json = try JSONEncoder().encode(a)
        #expect(try JSONDecoder().decode(PolicyArchitecture.self, from: json) == .actorCritic(a))
        let again = try JSONEncoder().encode(PolicyArchitecture.actorCritic(a))
        #expect(try JSONDecoder().decode(ActorCriticArchitecture.self, from: again) == a)
        #expect(throws: DecodingError.self) { _ = try JSONDecoder().decode(PolicyArchitecture.self, from: Data("{\"kind\": \"other\"}".utf8)) }
    }
}
