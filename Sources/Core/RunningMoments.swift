/// Count, mean and sum of squared deviations of each column of a stream of rows; two of them merge exactly.
///
/// Source: Chan, Golub and LeVeque (1979), the pairwise update.
public struct RunningMoments: Sendable, Codable, Equatable {
    /// Rows seen.
    public private(set) var count: Double = 0
    /// Column means.
    public private(set) var mean: [Double]
    /// Column sums of squared deviations from the mean.
    public private(set) var squaredDeviations: [Double]

    /// Moments of no rows with `columns` columns.
    public init(columns: Int) {
        mean = Array(repeating: 0, count: columns)
        squaredDeviations = Array(repeating: 0, count: columns)
    }

    /// Restores saved moments; the arrays must have equal length.
    public init(count: Double, mean: [Double], squaredDeviations: [Double]) {
        precondition(mean.count == squaredDeviations.count, "mean and squared deviations need one entry a column each")
        self.count = count
        self.mean = mean
        self.squaredDeviations = squaredDeviations
    }

    /// What begins anew: the old moments with the weight of a single row, so that whatever comes next outweighs them, and nothing is ever normalised
    /// by the moments of nothing.
    public var forgotten: RunningMoments {
        count > 1 ? RunningMoments(count: 1, mean: mean, squaredDeviations: squaredDeviations.map { $0 / count }) : self
    }

    /// Population variance of a column; 1 before any row, so that normalising starts as the identity.
    public func variance(_ column: Int) -> Double {
        count > 0 ? squaredDeviations[column] / count : 1
    }

    /// Adds the rows of a row-major block of `rows` × columns.
    public mutating func add(_ block: Span<Float>, rows: Int) {
        let columns = mean.count
        precondition(block.count == rows * columns, "the block must hold rows × columns values")
        guard rows > 0 else { return }
        // Two passes over the block give its own moments, which then merge.
        var batchMean = [Double](repeating: 0, count: columns)
        var batchSquares = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            let values = block.extracting(row * columns..<(row + 1) * columns)
            for c in 0..<columns { batchMean[c] += Double(values[c]) }
        }
        for c in 0..<columns { batchMean[c] /= Double(rows) }
        for row in 0..<rows {
            let values = block.extracting(row * columns..<(row + 1) * columns)
            for c in 0..<columns {
                let d = Double(values[c]) - batchMean[c]
                batchSquares[c] += d * d
            }
        }
        merge(count: Double(rows), mean: batchMean, squaredDeviations: batchSquares)
    }

    /// Merges other moments of the same columns.
    public mutating func merge(_ other: RunningMoments) {
        merge(count: other.count, mean: other.mean, squaredDeviations: other.squaredDeviations)
    }

    private mutating func merge(count n: Double, mean m: [Double], squaredDeviations s: [Double]) {
        precondition(m.count == mean.count, "moments of different width cannot merge")
        guard n > 0 else { return }
        let total = count + n
        for c in 0..<mean.count {
            let delta = m[c] - mean[c]
            mean[c] += delta * n / total
            squaredDeviations[c] += s[c] + delta * delta * count * n / total
        }
        count = total
    }
}
