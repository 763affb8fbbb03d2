import Foundation
import Tensor
import Testing

/// One case of the numbers that a script in `Tests/Fixtures` made with PyTorch: `networks_golden.py`, or `sac_golden.py` for the file `sac`.
public struct Golden {
    public let numbers: [String: [Double]]

    public init(_ name: String, file: String = "golden") throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Fixtures/networks/\(file).json"))
        numbers = try #require(try JSONDecoder().decode([String: [String: [Double]]].self, from: data)[name])
    }

    public subscript(_ name: String) -> [Float] {
        get throws { try #require(numbers[name], "the golden numbers lack \(name)").map { Float($0) } }
    }

    public func buffer(_ name: String) throws -> FloatBuffer { FloatBuffer(try self[name]) }

    /// Compares relative to the array's greatest element.
    public func expect(
        _ values: some Sequence<Float>, _ name: String, within tolerance: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try #require(numbers[name], "the golden numbers lack \(name)")
        let values = values.map { Double($0) }
        try #require(values.count == expected.count, sourceLocation: sourceLocation)
        let scale = expected.reduce(1e-12) { max($0, abs($1)) }
        let error = zip(values, expected).reduce(0.0) { $1.0.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) } / scale
        #expect(error < tolerance, "\(name) is off by \(error) of its greatest element", sourceLocation: sourceLocation)
    }
}
