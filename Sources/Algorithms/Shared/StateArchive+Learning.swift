import Core
import Networks
import Tensor

/// What every algorithm keeps: parameters, Adam's moments and the statistics of observations and rewards.
extension StateArchive {
    /// Stores a network's parameters, each array under its own name behind a prefix.
    mutating func store(_ parameters: FloatBuffer, _ layout: ParameterLayout, prefix: String) {
        let values = parameters.array
        for range in layout.ranges { tensors[prefix + range.name] = Tensor(shape: range.shape, values: Array(values[range.range])) }
    }

    /// Loads what `store` gave into the parameters.
    ///
    /// - Throws: `StateArchiveError` where an array is missing or has another size; some of the parameters may be loaded then.
    func load(_ layout: ParameterLayout, into parameters: FloatBuffer, prefix: String) throws {
        for range in layout.ranges {
            let values = try tensor(prefix + range.name, count: range.count)
            for (i, value) in values.enumerated() { parameters[range.offset + i] = value }
        }
    }

    /// Stores an optimiser's moments and its number of updates.
    mutating func store(_ adam: Adam, as name: String) {
        tensors["\(name).m"] = Tensor(shape: [adam.m.count], values: adam.m.array)
        tensors["\(name).v"] = Tensor(shape: [adam.v.count], values: adam.v.array)
        doubles["\(name).updates"] = [Double(adam.updates)]
    }

    /// Loads them into an optimiser of the same size.
    func load(_ name: String, into adam: inout Adam) throws {
        adam.m.assign(try tensor("\(name).m", count: adam.m.count))
        adam.v.assign(try tensor("\(name).v", count: adam.v.count))
        adam.updates = Int(try scalar("\(name).updates"))
    }

    /// Stores the observations' statistics, where there are any.
    mutating func store(_ normalizer: ObservationNormalizer?) {
        if let normalizer { store(normalizer.moments, as: "observations") }
    }

    /// A normaliser like another one with the stored statistics; nil where there is none.
    func normalizer(like old: ObservationNormalizer?) throws -> ObservationNormalizer? {
        try old.map { ObservationNormalizer(moments: try moments("observations", columns: $0.moments.mean.count), clip: $0.clip) }
    }

    /// Loads the rewards' statistics: a critic that is taken back speaks in units of those that it learned from. Policies of older versions came
    /// without them.
    func loadRewardMoments(into normalizer: inout RewardNormalizer) throws {
        guard doubles["rewards.count"] != nil else { return }
        normalizer.restore(moments: try moments("rewards", columns: 1), returns: normalizer.returns)
    }
}
