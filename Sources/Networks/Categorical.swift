import Core

/// A distribution over 0..<K given by unnormalised logits, for discrete actions. All functions work on one row.
public enum Categorical {
    /// ln Σ exp(logit), stable.
    @inline(__always)
    static func logSumExp(_ logits: Span<Float>) -> Float {
        var top = -Float.infinity
        for i in 0..<logits.count { top = max(top, logits[i]) }
        var sum: Float = 0
        for i in 0..<logits.count { sum += expf32(logits[i] - top) }
        return top + logf32(sum)
    }

    /// ln p(action).
    public static func logProbability(action: Int, logits: Span<Float>) -> Float { logits[action] - logSumExp(logits) }

    /// Entropy −Σ p ln p, in nats.
    public static func entropy(logits: Span<Float>) -> Float {
        let normaliser = logSumExp(logits)
        var sum: Float = 0
        for i in 0..<logits.count {
            let logP = logits[i] - normaliser
            sum -= expf32(logP) * logP
        }
        return sum
    }

    /// Draws an action.
    public static func sample(logits: Span<Float>, using random: inout Philox) -> Int {
        // The inverse of the cumulative distribution; rounding goes to the last action that is possible at all.
        let normaliser = logSumExp(logits)
        let u = Float(random.uniform())
        var cumulative: Float = 0
        var last = 0
        for i in 0..<logits.count {
            let p = expf32(logits[i] - normaliser)
            if p > 0 { last = i }
            cumulative += p
            if u < cumulative { return i }
        }
        return last
    }

    /// The most probable action; the first of several.
    public static func mode(logits: Span<Float>) -> Int {
        var best = 0
        for i in 1..<max(logits.count, 1) where logits[i] > logits[best] { best = i }
        return best
    }

    /// Writes the gradient of weight·ln p(action) + entropyWeight·entropy to dLogits.
    public static func gradient(
        action: Int, logits: Span<Float>, weight: Float, entropyWeight: Float, dLogits: inout MutableSpan<Float>
    ) {
        let normaliser = logSumExp(logits)
        let h = entropyWeight == 0 ? 0 : entropy(logits: logits)
        for i in 0..<logits.count {
            let logP = logits[i] - normaliser
            let p = expf32(logP)
            dLogits[i] = weight * ((i == action ? 1 : 0) - p) - entropyWeight * p * (logP + h)
        }
    }
}
