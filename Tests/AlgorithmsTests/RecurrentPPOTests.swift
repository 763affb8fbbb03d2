import Core
import Environments
import Foundation
import Networks
import Tensor
import Testing

@testable import Algorithms

@Suite struct RecurrentPPOTests {
    private func make(
        _ actions: DummyEnvironment.Actions = .box, threads: Int = 1, seed: UInt64 = 7,
        _ change: (inout PPOConfiguration, inout RecurrenceConfiguration) -> Void = { _, _ in }
    ) throws -> RecurrentPPO {
        var c = Small.full(actions)
        var r = SmallRecurrent.recurrence(actions)
        change(&c, &r)
        return try RecurrentPPO(c, recurrence: r, seed: seed, pool: WorkerPool(threads: threads)) { DummyEnvironment(actions: actions, limit: 15) }
    }

    // MARK: Same bits

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func anyNumberOfThreads(actions: DummyEnvironment.Actions) throws {
        var states: [StateArchive] = []
        var metrics: [[UInt64]] = []
        for threads in [1, 2, 4] {
            var ppo = try make(actions, threads: threads)
            var bits: [UInt64] = []
            for _ in 0..<12 { bits += try ppo.iterate().bits }
            states.append(try ppo.state())
            metrics.append(bits)
        }
        #expect(states[0] == states[1] && states[0] == states[2])
        #expect(metrics[0] == metrics[1] && metrics[0] == metrics[2])
        var other = try make(actions, seed: 8)
        for _ in 0..<12 { _ = try other.iterate() }
        #expect(try other.state() != states[0])
    }

    @Test(arguments: [DummyEnvironment.Actions.box, .discrete], [0, 1, 5])
    func resumedLikeUninterrupted(actions: DummyEnvironment.Actions, instant: Int) throws {
        var whole = try make(actions, threads: 2)
        for _ in 0..<instant { _ = try whole.iterate() }
        let saved = try whole.state()
        var expected: [[UInt64]] = []
        for _ in instant..<9 { expected.append(try whole.iterate().bits) }
        let end = try whole.state()
        // Into a new run, and into one that has already gone somewhere else.
        for used in [false, true] {
            var resumed = try make(actions)
            if used { for _ in 0..<3 { _ = try resumed.iterate() } }
            try resumed.restore(saved)
            #expect(try resumed.state() == saved, "a state taken right after restoring differs")
            for i in instant..<9 { #expect(try resumed.iterate().bits == expected[i - instant], "iteration \(i)") }
            #expect(try resumed.state() == end)
        }
    }

    /// The environments' memories are part of the state: without them the run goes on otherwise.
    @Test func memoriesAreSaved() throws {
        var ppo = try make()
        for _ in 0..<2 { _ = try ppo.iterate() }
        let saved = try ppo.state()
        let names = ["memory.actor.hidden", "memory.actor.cell", "memory.critic.hidden", "memory.critic.cell"]
        // 48 steps in episodes of 15: all are under way.
        for name in names { #expect(saved.tensors[name]?.values.contains { $0 != 0 } == true, "\(name)") }
        let next = try ppo.iterate().bits
        for name in names {
            var damaged = saved
            damaged.tensors[name] = nil
            #expect(throws: StateArchiveError.self, "\(name)") { try ppo.restore(damaged) }
            damaged = saved
            damaged.tensors[name]?.values = [Float](repeating: 0, count: 8 * 12)
            try ppo.restore(damaged)
            #expect(try ppo.iterate().bits != next, "\(name)")
        }
        try ppo.restore(saved)
        #expect(try ppo.iterate().bits == next)
    }

    // MARK: Mathematics

    /// The gradient of a whole minibatch, through gathering, states, shards, time, networks and loss, against differences of its loss.
    @Test(arguments: [false, true], [DummyEnvironment.Actions.box, .discrete])
    func gradientOfAMinibatch(shared: Bool, actions: DummyEnvironment.Actions) throws {
        var c = PPOConfiguration()
        c.environments = 4
        c.steps = 24
        c.batchSize = 48
        c.epochs = 2
        c.policyHidden = shared ? [] : [6]
        c.valueHidden = [5]
        c.shards = 3
        var r = RecurrenceConfiguration()
        r.hidden = 5
        r.bpttLength = 6
        r.shared = shared
        r.policyInput = actions == .box ? [4] : []
        r.valueInput = [4]
        var ppo = try RecurrentPPO(c, recurrence: r, seed: 5, pool: WorkerPool(threads: 2)) { DummyEnvironment(actions: actions, limit: 10) }
        for _ in 0..<2 { _ = try ppo.iterate() }
        let (rollout, learner, parameters, pool) = (ppo.rollout, ppo.learner, ppo.parameters, ppo.pool)
        let coefficients = PPOLossCoefficients(
            clipRange: 10, valueClipRange: nil, value: 0.5, entropy: 0.02, bound: 0, boundLow: learner.boundLow, boundHigh: learner.boundHigh)
        // Eight of the sixteen sequences, of all stretches and environments.
        let order = (0..<8).map { Int32(15 - 2 * $0) }
        func run(_ learner: RecurrentPPOLearner) -> (loss: Double, norm: Float) {
            let (sums, norm) = learner.gradient(
                parameters: parameters, rollout: rollout, order: order, first: 0, batch: 8, advantageMean: 0.1, advantageScale: 1.3,
                coefficients: coefficients, pool: pool)
            return (sums.loss(coefficients, rows: 48), norm)
        }
        let norm = run(learner).norm
        let gradient = learner.gradient.array
        #expect(abs(norm - VectorMath.norm(gradient.span)) < 1e-5 * norm)
        let h: Float = 4e-3
        for i in gradient.indices {
            let value = parameters[i]
            func at(_ offset: Float) -> (Double, Double) {
                parameters[i] = value + offset
                return (Double(parameters[i]), run(learner).loss)
            }
            let (a, b, c, d) = (at(-2 * h), at(-h), at(h), at(2 * h))
            parameters[i] = value
            let numeric = 4.0 / 3 * (c.1 - b.1) / (c.0 - b.0) - 1.0 / 3 * (d.1 - a.1) / (d.0 - a.0)
            #expect(abs(numeric - Double(gradient[i])) < 1e-3 * Double(norm), "\(i): \(gradient[i]), numerically \(numeric)")
        }
        // Another cut gives the same gradient but for rounding.
        c.shards = 5
        let other = RecurrentPPOLearner(network: ppo.network, configuration: c, recurrence: r, transform: ppo.transform)
        _ = run(other)
        for (a, b) in zip(gradient, other.gradient.array) { #expect(abs(a - b) < 1e-5 * norm) }
    }

    /// Before the first update the ratio is 1: sequences with their stored states repeat what the policy did, step by step, when it acted.
    @Test(arguments: [DummyEnvironment.Actions.box, .discrete], [false, true])
    func firstRatioIsOne(actions: DummyEnvironment.Actions, shared: Bool) throws {
        var ppo = try make(actions, threads: 2, seed: 2) { $1.shared = shared }
        for _ in 0..<8 {
            let report = try ppo.iterate()
            #expect(report.base.update.firstRatioDeviation < 2e-5)
            #expect(report.base.update.approxKL > 1e-7, "later it moves")
        }
    }

    /// As long as the weights stand still, states computed anew are the stored ones, and every epoch's ratio is 1.
    @Test(arguments: [false, true]) func refreshedStatesAreTheStoredOnes(shared: Bool) throws {
        var ppo = try make(shared ? .discrete : .box) { c, _ in
            c.learningRate = .constant(0)
            c.adaptiveKL = nil
        }
        for _ in 0..<3 {
            let report = try ppo.iterate()
            #expect(report.base.update.approxKL < 1e-9)
        }
        let rollout = ppo.rollout
        let states = [rollout.actorStates, rollout.criticStates].compactMap { $0 }
        #expect(states.count == (shared ? 1 : 2))
        let before = states.map { $0.hidden.array + $0.cell.array }
        // All but each environment's first one are computed from what stands before them.
        for state in states {
            for i in 8 * 12..<state.hidden.count { (state.hidden[i], state.cell[i]) = (.nan, .nan) }
        }
        rollout.refreshStates(network: ppo.network, parameters: ppo.parameters, pool: ppo.pool)
        for (old, state) in zip(before, states) {
            for (a, b) in zip(old, state.hidden.array + state.cell.array) { #expect(abs(a - b) < 1e-5) }
        }
        // With other weights they are others.
        for i in 0..<ppo.parameters.count { ppo.parameters[i] *= 1.1 }
        rollout.refreshStates(network: ppo.network, parameters: ppo.parameters, pool: ppo.pool)
        #expect(zip(before[0], states[0].hidden.array).contains { abs($0 - $1) > 1e-3 })
    }

    @Test func refreshingChangesWhatIsLearned() throws {
        var states: [StateArchive] = []
        for refresh in [true, false] {
            var ppo = try make { $1.refreshStates = refresh }
            for _ in 0..<2 { _ = try ppo.iterate() }
            states.append(try ppo.state())
        }
        #expect(states[0] != states[1])
    }

    /// Values, those of the observations behind the rollout, and those of truncated episodes' last observations, against one environment alone,
    /// one step at a time: its state is cleared where an episode starts, and the last observation is seen with the state that led to it.
    @Test(arguments: [false, true]) func valuesAreTheRecurrences(shared: Bool) throws {
        var c = PPOConfiguration()
        c.environments = 5
        c.steps = 24
        c.batchSize = 120
        c.epochs = 1
        c.learningRate = .constant(0)
        c.valueHidden = [8]
        var r = RecurrenceConfiguration()
        r.hidden = 6
        r.bpttLength = 8
        r.shared = shared
        r.valueInput = [4]
        var ppo = try RecurrentPPO(c, recurrence: r, seed: 1, pool: WorkerPool(threads: 1)) { Clock(terminates: false) }
        let network = ppo.network
        let workspace = RecurrentActorCriticWorkspace(network, steps: 1, rows: 1, forwardOnly: true)
        let state = LSTMState(rows: 1, width: 6)
        func value(_ observation: Float, keeps: Bool) -> Float {
            let memory = workspace.memoryOfCritic.lstm
            memory.initial.copy(state, rows: 0..<1, to: 0)
            network.forwardCritic(ppo.parameters, x: [observation], steps: 1, rows: 1, starts: nil, workspace)
            if keeps { memory.copyStates(step: 0, of: 1, rows: 0..<1, to: state, row: 0) }
            return workspace.critic.output[0]
        }
        var clock = 0
        for _ in 0..<3 {
            _ = try ppo.iterate()
            var expected: [Float] = []
            for t in 0..<24 {
                expected.append(value(Float(clock) / 5, keeps: true))
                clock += 1
                if clock == 5 {
                    let last = value(0.8, keeps: false)
                    for n in 0..<5 {
                        #expect(ppo.rollout.truncated[t * 5 + n])
                        #expect(abs(ppo.rollout.truncationValues[t * 5 + n] - last) < 1e-5)
                    }
                    state.reset()
                    clock = 0
                    #expect(abs(last - value(0.8, keeps: false)) > 1e-4, "else the test could not tell whether the state was there")
                }
            }
            let behind = value(Float(clock) / 5, keeps: false)
            for n in 0..<5 {
                for t in 0..<24 { #expect(abs(ppo.rollout.values[t * 5 + n] - expected[t]) < 1e-5, "step \(t)") }
                #expect(abs(ppo.rollout.lastValues[n] - behind) < 1e-5)
            }
        }
    }

    // MARK: The rest of the interface

    @Test func metricsArePPOsAndTheMemorys() throws {
        var plain = try PPO(Small.full(.box), seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment(limit: 15) }
        var ppo = try make()
        let names = try plain.iterate().metrics.map(\.name)
        let report = try ppo.advance()
        #expect(Array(report.metrics.map(\.name).prefix(names.count)) == names)
        #expect(report.metrics.count == names.count + 6)
        for (name, value) in report.metrics.suffix(6) {
            #expect(value > 0 && value.isFinite, "\(name)")
            if !name.contains("cell") { #expect(value <= 1, "\(name)") }
        }
        #expect(report.metrics.first { $0.name == "stable_rank" }?.value ?? 0 >= 1)
        // A shared LSTM has no second one.
        var shared = try make(.discrete)
        let last = try shared.advance().metrics.suffix(3)
        #expect(last.allSatisfy { $0.name.hasPrefix("critic_lstm") && $0.value.isNaN })
    }

    @Test func anotherTaskBeginsWithAnEmptyMemory() throws {
        var ppo = try make()
        for _ in 0..<2 { _ = try ppo.iterate() }
        let weights = ppo.parameters.array
        try ppo.changeTask(TaskChange(seed: 9)) { DummyEnvironment(limit: 15) }
        #expect(ppo.rollout.actorState.hidden.array.allSatisfy { $0 == 0 } && ppo.rollout.criticState?.cell.array.allSatisfy { $0 == 0 } == true)
        #expect(ppo.parameters.array == weights)
        #expect(try ppo.iterate().base.update.firstRatioDeviation < 2e-5)
        #expect(throws: EnvironmentError.self) { try ppo.changeTask(TaskChange(seed: 9)) { DummyEnvironment(actions: .discrete) } }

        // The critic goes on saying the same where its statistics are forgotten.
        func value(_ ppo: borrowing RecurrentPPO) -> Float {
            let workspace = RecurrentActorCriticWorkspace(ppo.network, steps: 1, rows: 1, forwardOnly: true)
            ppo.network.forwardCritic(ppo.parameters, x: [0.3, -0.2], steps: 1, rows: 1, starts: nil, workspace)
            return workspace.critic.output[0] * ppo.valueNormalizer.deviation + ppo.valueNormalizer.mean
        }
        let before = value(ppo)
        try ppo.changeTask(TaskChange(seed: 10, resetsOptimizer: true, resetsNormalizers: true)) { DummyEnvironment(limit: 15) }
        #expect(abs(value(ppo) - before) < 1e-4 * max(1, abs(before)))
        #expect(ppo.adam.updates == 0 && ppo.valueNormalizer.moments.count == 0 && ppo.observationNormalizer?.moments.count == 1)
    }

    @Test func rollsBack() throws {
        var ppo = try make()
        for _ in 0..<2 { _ = try ppo.iterate() }
        let best = ppo.learned()
        let weights = ppo.parameters.array
        for _ in 0..<2 { _ = try ppo.iterate() }
        try ppo.rollBack(to: best)
        #expect(ppo.parameters.array == weights && ppo.learningRateFactor == 0.5 && ppo.iterations == 4)
        // Open episodes don't go on with what the collapsed weights remembered.
        let states = [ppo.rollout.actorState, ppo.rollout.criticState].compactMap { $0 }
        #expect(states.count == 2 && states.allSatisfy { $0.hidden.array.allSatisfy { $0 == 0 } && $0.cell.array.allSatisfy { $0 == 0 } })
    }

    @Test func badConfigurationsAreRefused() throws {
        let faults: [(String, (inout PPOConfiguration, inout RecurrenceConfiguration) -> Void)] = [
            ("bptt_length", { $1.bpttLength = 7 }), ("bptt_length", { $1.bpttLength = 0 }), ("lstm_hidden_size", { $1.hidden = 0 }),
            ("batch_size", { c, r in (c.batchSize, r.bpttLength) = (12, 24) }),
        ]
        for (word, fault) in faults {
            let error = #expect(throws: AlgorithmError.self, "\(word)") { _ = try make(.box, threads: 1, seed: 1, fault) }
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "") should name \(word)")
        }
    }

    // MARK: Policies

    /// A policy made from what was learned, its architecture through JSON, acts as the run's own does, step by step.
    @Test(arguments: [DummyEnvironment.Actions.box, .discrete]) func policiesTravel(actions: DummyEnvironment.Actions) throws {
        var ppo = try make(actions)
        for _ in 0..<3 { _ = try ppo.iterate() }
        let own = ppo.policy()
        let text = try JSONEncoder().encode(own.network.architecture)
        let architecture = try JSONDecoder().decode(PolicyArchitecture.self, from: text)
        #expect(architecture == own.network.architecture)
        let loaded = try Policy(ppo.learned(), architecture: architecture, transform: .clip, clip: 10)
        let (a, b) = (own.makeActor(rows: 3), loaded.makeActor(rows: 4))
        var noise = [0, 1, 0, 1].map { Philox(seed: 1, purpose: .test, index: UInt32($0)) }
        for t in 0..<6 {
            let x: [Float] = [0.1, Float(t) / 6, -1, 1]
            var actions: [[Float]] = [[0, 0], [0, 0]]
            noise.withUnsafeMutableBufferPointer { noise in
                for (k, actor) in [a, b].enumerated() {
                    actor.act(observations: x, rows: 2, noise: t < 3 ? nil : noise.baseAddress.map { $0 + 2 * k }, actions: &actions[k])
                }
            }
            #expect(actions[0] == actions[1])
        }
    }

    /// What an actor did before changes what it does, until its row is reset; other rows keep what they remember.
    @Test func actorsRememberUntilReset() throws {
        let policy = try make().policy()
        for i in 0..<policy.parameters.count { policy.parameters[i] *= 3 }
        let actor = policy.makeActor(rows: 2)
        func act(_ actor: Policy.Actor, _ x: [Float]) -> [Float] {
            var actions = [Float](repeating: .nan, count: 2)
            actor.act(observations: x, rows: 2, noise: nil, actions: &actions)
            return actions
        }
        let fresh = act(actor, [0.3, -0.2, 0.3, -0.2])
        #expect(fresh[0] == fresh[1])
        for _ in 0..<3 { _ = act(actor, [1, 1, 1, 1]) }
        actor.reset(row: 0)
        let later = act(actor, [0.3, -0.2, 0.3, -0.2])
        #expect(later[0] == fresh[0], "a reset row starts anew")
        #expect(later[1] != fresh[1], "the other one remembers")
        // Without memory there is nothing to reset.
        let plain = try PPO(Small.full(.box), seed: 1, pool: WorkerPool(threads: 1)) { DummyEnvironment() }
        let stateless = plain.policy().makeActor(rows: 2)
        let before = act(stateless, [0.3, -0.2, 0.3, -0.2])
        stateless.reset(row: 0)
        #expect(act(stateless, [0.3, -0.2, 0.3, -0.2]) == before)
    }

    /// The policy that is handed out acts as the one that collects: with its mean where no noise is drawn, through every episode of a rollout.
    @Test func actorsRepeatTheRollout() throws {
        var ppo = try make { c, _ in
            c.learningRate = .constant(0)
            c.adaptiveKL = nil
            // Next to no noise.
            (c.logStdMin, c.logStdInit) = (-20, -20)
            c.normalizeObservations = false
        }
        _ = try ppo.iterate()
        let (rollout, actor) = (ppo.rollout, ppo.policy().makeActor(rows: 8))
        var actions = [Float](repeating: 0, count: 8)
        for t in 0..<24 {
            if t > 0 { for n in 0..<8 where rollout.ended((t - 1) * 8 + n) { actor.reset(row: n) } }
            actor.act(observations: rollout.observations.pointer + t * 16, rows: 8, noise: nil, actions: &actions)
            for n in 0..<8 { #expect(abs(actions[n] - min(max(rollout.actions[t * 8 + n], -1), 1)) < 1e-5) }
        }
    }
}
