/// Generalised advantage estimation over a rollout of T steps in N environments, time-major.
///
///     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)          V(s_{t+1}) = 0 where the episode terminated,
///     A_t = δ_t + γλ·A_{t+1}                      V(final observation) where it was truncated; A_{t+1} = 0 behind either
///
/// Source: Schulman et al. 2016, equations 11–16; bootstrapping at time limits after Pardo et al. 2018.
public enum GAE {
    /// - Parameters:
    ///   - rewards, values: [T × N].
    ///   - lastValues: V of the observation behind the rollout [N].
    ///   - terminated, truncated: [T × N], what ended the episode in that step.
    ///   - truncationValues: V of the final observation where `truncated`, else unused [T × N].
    ///   - advantages: [T × N], written.
    public static func advantages(
        rewards: Span<Float>, values: Span<Float>, lastValues: Span<Float>, terminated: Span<Bool>, truncated: Span<Bool>,
        truncationValues: Span<Float>, steps T: Int, environments N: Int, gamma: Float, lambda: Float, advantages: inout MutableSpan<Float>
    ) {
        precondition(rewards.count == T * N && values.count == T * N && lastValues.count == N, "GAE needs [T × N] rewards and values")
        for n in 0..<N {
            var next = lastValues[n]
            var advantage: Float = 0
            for t in stride(from: T - 1, through: 0, by: -1) {
                let i = t * N + n
                if terminated[i] {
                    next = 0
                    advantage = 0
                } else if truncated[i] {
                    next = truncationValues[i]
                    advantage = 0
                }
                let delta = rewards[i] + gamma * next - values[i]
                advantage = delta + gamma * lambda * advantage
                advantages[i] = advantage
                next = values[i]
            }
        }
    }
}
