import Core
import Environments
import GoldenNumbers
import Networks
import Tensor
import Testing

@testable import Algorithms

@Suite struct ActorCriticTests {
    init() throws { try BLAS.open() }

    private func network(_ name: String) -> ActorCritic {
        ActorCritic(
            ActorCriticArchitecture(
                observationWidth: 5, actionSpace: .box(count: 3, low: -1, high: 1), policyHidden: [8, 6], valueHidden: [7],
                activation: name.hasSuffix("norm") ? .elu : .tanh, layerNorm: name.hasSuffix("norm"), sharedTrunk: name.hasPrefix("shared")))
    }

    @Test(arguments: ["separate", "separate-norm", "shared", "shared-norm"]) func golden(_ name: String) throws {
        let golden = try Golden("actor-critic-\(name)")
        let network = network(name)
        let parameters = FloatBuffer(network.layout.count)
        for range in network.layout.ranges where range.name != "log_std" {
            for (i, value) in try golden[range.name].enumerated() { parameters[range.offset + i] = value }
        }
        let workspace = ActorCriticWorkspace(network, capacity: 9)
        let x = try golden.buffer("x")
        network.forwardActor(parameters, x: x.pointer, rows: 9, workspace)
        network.forwardCritic(parameters, x: x.pointer, rows: 9, trunkIsFresh: true, workspace)
        try golden.expect(workspace.actor.output.array, "outputs")
        try golden.expect(workspace.critic.output.array, "values")
        let alone = ActorCriticWorkspace(network, capacity: 9, forwardOnly: true)
        network.forwardCritic(parameters, x: x.pointer, rows: 9, alone)
        #expect(alone.critic.output.array == workspace.critic.output.array)

        let gradients = FloatBuffer(network.layout.count)
        gradients.fill(.nan)
        workspace.actor.outputGradient.assign(try golden["g"])
        workspace.critic.outputGradient.assign(try golden["gv"])
        network.backward(parameters, gradients: gradients, x: x.pointer, rows: 9, workspace)
        for range in network.layout.ranges where range.name != "log_std" {
            try golden.expect(gradients.array[range.range], "d:\(range.name)")
        }
        // ln σ is the loss's affair.
        #expect(gradients.array[network.logStd?.range ?? 0..<0].allSatisfy { $0.isNaN })
    }

    /// The gradient of a whole minibatch, through gathering, shards, networks and loss, against differences of the loss that it belongs to.
    @Test(arguments: [false, true], [DummyEnvironment.Actions.box, .discrete])
    func gradientOfAMinibatch(shared: Bool, actions: DummyEnvironment.Actions) throws {
        var c = PPOConfiguration()
        c.environments = 4
        c.steps = 64
        c.batchSize = 128
        c.epochs = 2
        c.policyHidden = [8, 8]
        c.valueHidden = [8]
        c.sharedTrunk = shared
        c.layerNorm = shared
        c.boundLossCoefficient = 0.3
        c.shards = 3
        var ppo = try PPO(c, seed: 5, pool: WorkerPool(threads: 2)) { DummyEnvironment(actions: actions, limit: 20) }
        _ = try ppo.iterate()
        let (rollout, learner, parameters, pool) = (ppo.rollout, ppo.learner, ppo.parameters, ppo.pool)
        // Means beyond the bounds, so that the bound loss takes part.
        if let head = ppo.network.layout.ranges.last(where: { $0.name.hasPrefix("actor") && $0.name.hasSuffix("bias") }) {
            parameters[head.offset] += actions == .box ? 0.8 : 0.1
        }
        let coefficients = PPOLossCoefficients(
            clipRange: 10, valueClipRange: nil, value: 0.5, entropy: 0.02, bound: actions == .box ? 0.3 : 0, boundLow: learner.boundLow,
            boundHigh: learner.boundHigh)
        let order = (0..<128).map { Int32(255 - 2 * $0) }
        func run() -> (loss: Double, norm: Float) {
            let (sums, norm) = learner.gradient(
                parameters: parameters, rollout: rollout, order: order, first: 0, batch: 128, advantageMean: 0.1, advantageScale: 1.3,
                coefficients: coefficients, pool: pool)
            return (sums.loss(coefficients, rows: 128), norm)
        }
        let norm = run().norm
        let gradient = learner.gradient.array
        #expect(abs(norm - VectorMath.norm(gradient.span)) < 1e-5 * norm)
        #expect(gradient.allSatisfy { $0.isFinite })
        let h: Float = 4e-3
        for i in gradient.indices {
            let value = parameters[i]
            func at(_ offset: Float) -> (Double, Double) {
                parameters[i] = value + offset
                return (Double(parameters[i]), run().loss)
            }
            let (a, b, c, d) = (at(-2 * h), at(-h), at(h), at(2 * h))
            parameters[i] = value
            let numeric = 4.0 / 3 * (c.1 - b.1) / (c.0 - b.0) - 1.0 / 3 * (d.1 - a.1) / (d.0 - a.0)
            #expect(abs(numeric - Double(gradient[i])) < 1e-3 * Double(norm), "\(i): \(gradient[i]), numerically \(numeric)")
        }
        // Another cut gives the same gradient but for rounding.
        c.shards = 7
        let other = PPOLearner(network: ppo.network, configuration: c, transform: ppo.transform)
        _ = other.gradient(
            parameters: parameters, rollout: rollout, order: order, first: 0, batch: 128, advantageMean: 0.1, advantageScale: 1.3,
            coefficients: coefficients, pool: pool)
        for (a, b) in zip(gradient, other.gradient.array) { #expect(abs(a - b) < 1e-5 * norm) }
    }

    @Test func initialisation() {
        let network = network("separate")
        var random = Philox(seed: 1, purpose: .initialisation)
        let parameters = network.makeParameters(orthogonal: true, logStd: -0.5, using: &random)
        let gains = ["actor.0.weight": 2.0, "actor.2.weight": 0.0001, "critic.0.weight": 2, "critic.1.weight": 1]
        for range in network.layout.ranges {
            let values = parameters.array[range.range]
            if let gain = gains[range.name] {
                let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
                #expect(abs(squares / Double(range.shape.min() ?? 1) / gain - 1) < 1e-5, "\(range.name)")
            } else if range.name == "log_std" {
                #expect(values.allSatisfy { $0 == -0.5 })
            } else if range.shape.count == 1 {
                #expect(values.allSatisfy { $0 == 0 })
            }
        }
    }

    /// With a gain of 0 the policy begins with the action 0 for every observation, and only its output layer differs from the usual start.
    @Test func policyThatBeginsAtZero() {
        let network = network("separate")
        var (one, two) = (Philox(seed: 1, purpose: .initialisation), Philox(seed: 1, purpose: .initialisation))
        let usual = network.makeParameters(orthogonal: true, logStd: -0.5, using: &one)
        let zero = network.makeParameters(orthogonal: true, policyGain: 0, logStd: -0.5, using: &two)
        let workspace = ActorCriticWorkspace(network, capacity: 4)
        let x = FloatBuffer((0..<4 * network.architecture.observationWidth).map { Float($0) - 3 })
        network.forwardActor(zero, x: UnsafePointer(x.pointer), rows: 4, workspace)
        #expect(workspace.actor.output.array.allSatisfy { $0 == 0 })
        for range in network.layout.ranges {
            #expect((usual.array[range.range] == zero.array[range.range]) == (range.name != "actor.2.weight"), "\(range.name)")
        }
    }

    /// Bounds of the bound loss: 10 % beyond, and at the bound itself where the other side is open.
    @Test func boundsOfTheBoundLoss() throws {
        let space = Space.box(low: [-1, 2, -3, -.infinity, -.infinity], high: [1, 6, .infinity, 4, .infinity])
        let network = ActorCritic(
            ActorCriticArchitecture(
                observationWidth: 2, actionSpace: space, policyHidden: [4], valueHidden: [4], activation: .tanh, layerNorm: false, sharedTrunk: false))
        let learner = PPOLearner(network: network, configuration: PPOConfiguration(), transform: try ActionTransform(.clip, space: space))
        for (value, expected) in zip(learner.boundLow, [-1.1, 1.8, -3, -.infinity, -.infinity] as [Float]) {
            #expect(value == expected || abs(value - expected) < 1e-6)
        }
        for (value, expected) in zip(learner.boundHigh, [1.1, 6.2, .infinity, 4, .infinity] as [Float]) {
            #expect(value == expected || abs(value - expected) < 1e-6)
        }
    }
}
