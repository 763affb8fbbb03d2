/// The set that an observation or an action comes from.
public enum Space: Sendable, Codable, Equatable {
    /// Real vectors between two bounds, one pair an element; ±infinity where unbounded.
    case box(low: [Float], high: [Float])
    /// The integers 0..<count.
    case discrete(count: Int)

    /// A box of `count` elements with the same bounds.
    public static func box(count: Int, low: Float = -.infinity, high: Float = .infinity) -> Space {
        .box(low: Array(repeating: low, count: count), high: Array(repeating: high, count: count))
    }

    /// Numbers in one element's buffer: the length of a box, 1 for a discrete index.
    public var width: Int {
        switch self {
        case .box(let low, _): low.count
        case .discrete: 1
        }
    }

    /// Whether a value lies in the space: finite and within the bounds, or a whole index in range.
    public func contains(_ value: Span<Float>) -> Bool {
        guard value.count == width else { return false }
        switch self {
        case .box(let low, let high):
            for i in 0..<value.count where !(value[i].isFinite && value[i] >= low[i] && value[i] <= high[i]) { return false }
            return true
        case .discrete(let count):
            return value[0] == value[0].rounded() && value[0] >= 0 && value[0] < Float(count)
        }
    }

    // JSON has no infinity, so bounds are written as text.
    private enum CodingKeys: String, CodingKey { case kind, low, high, count }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try container.decode(String.self, forKey: .kind)
        switch kind {
        case "discrete":
            self = .discrete(count: try container.decode(Int.self, forKey: .count))
        case "box":
            func bounds(_ key: CodingKeys) throws -> [Float] {
                try container.decode([String].self, forKey: key).map { text in
                    guard let value = Float(text) else {
                        throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "'\(text)' is no number")
                    }
                    return value
                }
            }
            let low = try bounds(.low)
            let high = try bounds(.high)
            guard low.count == high.count else {
                throw DecodingError.dataCorruptedError(forKey: .high, in: container, debugDescription: "low and high differ in length")
            }
            self = .box(low: low, high: high)
        default:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown space '\(kind)'")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .box(let low, let high):
            try container.encode("box", forKey: .kind)
            try container.encode(low.map { "\($0)" }, forKey: .low)
            try container.encode(high.map { "\($0)" }, forKey: .high)
        case .discrete(let count):
            try container.encode("discrete", forKey: .kind)
            try container.encode(count, forKey: .count)
        }
    }
}
