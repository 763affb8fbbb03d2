/// What a radar says of the missile at one instant. All in the world's axes: the interceptor knows where it was when it measured.
struct Measurement: BitwiseCopyable {
    /// 1 where there is one.
    var isValid: Int64 = 0
    var position = Vector3.zero
    /// Of the ground radar only.
    var velocity = Vector3.zero
    /// Where the seeker stood, so that range and angles can be told apart.
    var origin = Vector3.zero
}

/// Measurements on their way: what was taken at step k can be read `delay` steps later. Room for 32 steps.
struct DelayLine: BitwiseCopyable {
    static let capacity = 32
    private var slots = InlineArray<32, Measurement>(repeating: Measurement())

    mutating func store(_ measurement: Measurement, step: Int64) { slots[Int(step & 31)] = measurement }

    /// What was taken at a step, which is at most 31 steps ago.
    func measurement(at step: Int64) -> Measurement { step < 1 ? Measurement() : slots[Int(step & 31)] }
}
