import Foundation

/// Speed and reward of late, for pictures: means over the last half second.
struct Pace {
    private struct Sample {
        var distance: Double
        var total: Double
    }

    private var samples: [Sample] = []
    private let count: Int
    private let timeStep: Double

    /// - Parameter timeStep: seconds from sample to sample.
    init(timeStep: Double) {
        self.timeStep = timeStep
        count = max(1, Int((0.5 / timeStep).rounded()))
    }

    /// - Parameters:
    ///   - distance: way so far, m.
    ///   - total: sum of the rewards so far.
    mutating func add(distance: Double, total: Double, isFirst: Bool) {
        if isFirst { samples.removeAll(keepingCapacity: true) }
        if samples.count > count { samples.removeFirst() }
        samples.append(Sample(distance: distance, total: total))
    }

    /// m/s; 0 before the first step.
    var speed: Double { change { $0.distance } / timeStep }

    /// Reward of a step.
    var reward: Double { change { $0.total } }

    /// Both as a remark in a picture.
    var text: String { String(format: "%.2f m/s   reward %.2f", speed, reward) }

    private func change(_ value: (Sample) -> Double) -> Double {
        guard let first = samples.first, let last = samples.last, samples.count > 1 else { return 0 }
        return (value(last) - value(first)) / Double(samples.count - 1)
    }
}
