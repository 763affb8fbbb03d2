import Foundation

/// A rate that is measured several times.
struct Measurement {
    let name: String
    let unit: String
    private let once: () throws -> Double
    private(set) var values: [Double] = []

    /// - Parameter once: measures once and returns the rate.
    init(_ name: String, unit: String, _ once: @escaping () throws -> Double) {
        self.name = name
        self.unit = unit
        self.once = once
    }

    mutating func run() throws { values.append(try once()) }

    var median: Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    var line: String {
        let low = values.min() ?? .nan
        let high = values.max() ?? .nan
        return name.padding(toLength: 66, withPad: " ", startingAt: 0) + String(format: "%9.0f %@  (%.0f to %.0f)", median, unit, low, high)
    }

    /// All measurements as a JSON array.
    static func write(_ measurements: [Measurement], to path: String) throws {
        struct Entry: Encodable {
            let name: String
            let unit: String
            let median: Double
            let values: [Double]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let entries = measurements.map { Entry(name: $0.name, unit: $0.unit, median: $0.median, values: $0.values) }
        try encoder.encode(entries).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}

/// Seconds that a piece of work takes.
func seconds(_ work: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(work)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}
