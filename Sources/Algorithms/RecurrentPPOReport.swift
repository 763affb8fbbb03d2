import Networks
import Tensor

/// What one iteration of recurrent PPO did: PPO's report, and what the LSTMs hold.
public struct RecurrentPPOReport: Sendable {
    public var base: PPOReport
    public var memory: MemoryDiagnostics

    /// The report as named numbers, in a fixed order. Documentation/Metrics.md explains each.
    public var metrics: [(name: String, value: Double)] {
        base.metrics + [
            ("lstm_hidden_norm", memory.actor.hiddenNorm), ("lstm_cell_norm", memory.actor.cellNorm),
            ("lstm_gate_saturation", memory.actor.gateSaturation), ("critic_lstm_hidden_norm", memory.critic.hiddenNorm),
            ("critic_lstm_cell_norm", memory.critic.cellNorm), ("critic_lstm_gate_saturation", memory.critic.gateSaturation),
        ]
    }
}

/// Health of the LSTMs after an iteration, over sequences of the rollout.
public struct MemoryDiagnostics: Sendable, Equatable {
    /// The policy's LSTM, or the shared one.
    public var actor: One
    /// The critic's own; NaN where it has none.
    public var critic = One()

    /// One LSTM.
    public struct One: Sendable, Equatable {
        /// Root mean squares of h, in [0, 1], and of c.
        public var hiddenNorm = Double.nan
        public var cellNorm = Double.nan
        /// Share of the activations of i, f and o below 0.1 or above 0.9.
        ///
        /// Source: the bounds of Karpathy, Johnson and Fei-Fei 2015.
        public var gateSaturation = Double.nan
    }
}

extension MemoryDiagnostics.One {
    /// Of a forward pass.
    ///
    /// - Parameter rows: steps · sequences of the pass.
    init(_ w: LSTMWorkspace, hidden H: Int, rows: Int) {
        let count = rows * H
        hiddenNorm = (Double(VectorMath.sumOfSquares(w.outputs.span(0..<count))) / Double(count)).squareRoot()
        cellNorm = (Double(VectorMath.sumOfSquares(w.cells.span(0..<count))) / Double(count)).squareRoot()
        var saturated = 0
        for row in 0..<rows {
            let gates = w.gates.span(row * 4 * H..<(row + 1) * 4 * H)
            // The third gate is the candidate, which is no switch.
            for i in 0..<4 * H where i / H != 2 && (gates[i] < 0.1 || gates[i] > 0.9) { saturated += 1 }
        }
        gateSaturation = Double(saturated) / Double(3 * count)
    }
}
