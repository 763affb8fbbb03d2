import Core
import Networks

/// Coefficients of PPO's loss in one update.
struct PPOLossCoefficients {
    var clipRange: Float
    /// Clipping range of the value, or nil.
    var valueClipRange: Float?
    var value: Float
    var entropy: Float
    var bound: Float
    /// 1.1 times the action bounds in the policy's units; empty where there are none.
    var boundLow: [Float]
    var boundHigh: [Float]
}

/// A shard's inputs of the loss, one row a sample, row-major.
struct PPOLossInputs: ~Escapable {
    /// Means or logits [B × outputs] and values [B] of the network as it is now.
    var outputs: Span<Float>
    var values: Span<Float>
    /// ln σ [A]; empty for discrete actions.
    var logStd: Span<Float>
    /// What the rollout stored: actions [B × A], ln π_old(a|s) [B], values then [B], advantages (normalised) [B], returns [B].
    var actions: Span<Float>
    var oldLogProbabilities: Span<Float>
    var oldValues: Span<Float>
    var advantages: Span<Float>
    var returns: Span<Float>

    @_lifetime(copy outputs, copy values, copy logStd, copy actions, copy oldLogProbabilities, copy oldValues, copy advantages, copy returns)
    init(
        outputs: Span<Float>, values: Span<Float>, logStd: Span<Float>, actions: Span<Float>, oldLogProbabilities: Span<Float>,
        oldValues: Span<Float>, advantages: Span<Float>, returns: Span<Float>
    ) {
        self.outputs = outputs
        self.values = values
        self.logStd = logStd
        self.actions = actions
        self.oldLogProbabilities = oldLogProbabilities
        self.oldValues = oldValues
        self.advantages = advantages
        self.returns = returns
    }
}

/// Sums over rows, of which the update makes means.
struct PPOLossSums {
    var policy = 0.0
    var value = 0.0
    var entropy = 0.0
    var bound = 0.0
    /// Σ (ratio − 1 − ln ratio), Schulman's low-variance estimate of KL(π_old ‖ π).
    var kl = 0.0
    /// Rows whose ratio left 1 ± ε.
    var clipped = 0.0
    /// Greatest |ratio − 1|.
    var ratioDeviation = 0.0

    mutating func add(_ other: PPOLossSums) {
        policy += other.policy
        value += other.value
        entropy += other.entropy
        bound += other.bound
        kl += other.kl
        clipped += other.clipped
        ratioDeviation = max(ratioDeviation, other.ratioDeviation)
    }
}

/// PPO's clipped loss and its gradient with respect to the network's outputs.
///
///     L = mean( −min(ρA, clip(ρ, 1±ε)A) + c_v·max((V−R)², (V_clip−R)²) − c_e·H(π) + c_b·Σ excess(μ)² ),    ρ = π(a|s)/π_old(a|s)
///
/// Without value clipping the second term is (V−R)².
///
/// Source: Schulman et al. 2017, equations 7 and 9; value clipping as in the authors' code; bound loss as in rl_games.
///
/// - Parameters:
///   - scale: 1 / rows of the whole minibatch: the gradients are those of its mean.
///   - dOutputs, dValues: written. dLogStd: written, of the shard's share.
/// - Returns: sums over the shard's rows.
func ppoLoss(
    _ inputs: borrowing PPOLossInputs, _ c: PPOLossCoefficients, scale: Float, dOutputs: inout MutableSpan<Float>,
    dValues: inout MutableSpan<Float>, dLogStd: inout MutableSpan<Float>
) -> PPOLossSums {
    let rows = inputs.values.count
    let width = inputs.outputs.count / max(rows, 1)
    let gaussian = !inputs.logStd.isEmpty
    let actionWidth = inputs.actions.count / max(rows, 1)
    var sums = PPOLossSums()
    for i in 0..<dLogStd.count { dLogStd[i] = 0 }
    let gaussianEntropy = gaussian ? DiagonalGaussian.entropy(logStd: inputs.logStd) : 0

    for row in 0..<rows {
        let output = inputs.outputs.extracting(row * width..<(row + 1) * width)
        let action = inputs.actions.extracting(row * actionWidth..<(row + 1) * actionWidth)

        // The ratio, and how much the policy's part of the loss changes with ln π.
        let logProbability =
            gaussian
            ? DiagonalGaussian.logProbability(action: action, mean: output, logStd: inputs.logStd)
            : Categorical.logProbability(action: Int(action[0]), logits: output)
        let logRatio = logProbability - inputs.oldLogProbabilities[row]
        let ratio = expf32(logRatio)
        let advantage = inputs.advantages[row]
        let clippedRatio = min(max(ratio, 1 - c.clipRange), 1 + c.clipRange)
        let plain = ratio * advantage
        let clipped = clippedRatio * advantage
        sums.policy -= Double(min(plain, clipped))
        // Where the clipped branch is the smaller one, the gradient is zero. NaN is neither, and must reach the gradient.
        let dLogProbability = plain > clipped ? 0 : -advantage * ratio * scale
        sums.kl += Double(ratio - 1 - logRatio)
        if abs(ratio - 1) > c.clipRange { sums.clipped += 1 }
        sums.ratioDeviation = max(sums.ratioDeviation, Double(abs(ratio - 1)))

        // The policy's way back.
        if gaussian {
            sums.entropy += Double(gaussianEntropy)
            for i in 0..<width {
                let inverse = expf32(-inputs.logStd[i])
                let z = (action[i] - output[i]) * inverse
                var d = dLogProbability * z * inverse
                let dEntropy = c.entropy * scale
                dLogStd[i] += dLogProbability * (z * z - 1) - dEntropy
                if c.bound > 0 {
                    let above: Float = max(output[i] - c.boundHigh[i], 0)
                    let below: Float = min(output[i] - c.boundLow[i], 0)
                    let excess = above + below
                    sums.bound += Double(excess * excess)
                    d += c.bound * 2 * excess * scale
                }
                dOutputs[row * width + i] = d
            }
        } else {
            sums.entropy += Double(Categorical.entropy(logits: output))
            dOutputs.withUnsafeMutableBufferPointer { buffer in
                var d = UnsafeMutableBufferPointer(rebasing: buffer[row * width..<(row + 1) * width]).mutableSpan
                Categorical.gradient(
                    action: Int(action[0]), logits: output, weight: dLogProbability, entropyWeight: -c.entropy * scale, dLogits: &d)
            }
        }

        // The critic.
        let value = inputs.values[row]
        let target = inputs.returns[row]
        let error = value - target
        var loss = error * error
        var dValue = 2 * error
        if let range = c.valueClipRange {
            let old = inputs.oldValues[row]
            let clippedError = old + min(max(value - old, -range), range) - target
            if clippedError * clippedError > loss {
                // The clipped branch is the greater one: outside the range it does not depend on the value.
                loss = clippedError * clippedError
                dValue = abs(value - old) < range ? 2 * clippedError : 0
            }
        }
        sums.value += Double(loss)
        dValues[row] = c.value * dValue * scale
    }
    return sums
}
