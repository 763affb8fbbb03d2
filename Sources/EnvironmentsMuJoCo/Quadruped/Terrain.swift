import Core
import Glibc

/// What the ground is like. Heights of an episode follow from these and the episode's seed.
public struct TerrainParameters: Sendable, Equatable {
    /// Kinds of ground. Raw values are in snapshots and metrics: only append.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case flat
        /// Random heights.
        case rough
        /// Square tiles of random height.
        case steps
        /// An inclined plane with random heights on it.
        case slope
        /// One of the four, drawn at each reset.
        case mixed
    }

    public var kind = Kind.rough
    /// Difference between the highest and the lowest point, m; on a slope, of what is on the plane.
    public var height = 0.025
    /// Share of independent heights at each 62.7 mm; the rest is smooth.
    public var roughness = 1.0
    /// Distance over which the smooth share changes, m.
    public var correlation = 0.25
    /// Edge of a tile of steps, m.
    public var stepLength = 0.4
    /// Inclination of slopes, degrees; its direction is random.
    public var slope = 6.0
    /// The same ground in every episode; nil: each episode has its own.
    public var seed: UInt64?

    public init() {}
}

/// The ground of one episode, as it stands in a model's height field: `count` × `count` samples over a square, heights from 0.
struct Terrain: BitwiseCopyable {
    /// Samples along an edge, half the edge (m), distance between samples (m).
    static let count = 256
    static let halfSize = 8.0
    static let spacing = 2 * halfSize / Double(count - 1)

    /// Difference between the highest and the lowest sample, m; the samples are shares of it.
    private(set) var span = 0.0

    /// Fills a height field. Allocates nothing.
    ///
    /// - Parameters:
    ///   - samples: `count` × `count` numbers, rows along y, columns along x.
    ///   - kind: any but `mixed`.
    ///   - height: in place of the parameters'.
    init(_ parameters: TerrainParameters, kind: TerrainParameters.Kind, height: Double, seed: UInt64, samples: UnsafeMutablePointer<Float>) {
        let n = Self.count
        var random = Philox(seed: seed, purpose: .environment, index: 10)
        let direction = random.uniform(0, 2 * .pi)
        let rise = kind == .slope ? tan(parameters.slope * .pi / 180) : 0
        let (riseX, riseY) = (rise * cos(direction), rise * sin(direction))
        // Neighbours in a lattice are drawn from the same table at every use.
        let tile = kind == .steps ? parameters.stepLength : parameters.correlation
        let smooth = kind == .steps ? 1 : 1 - parameters.roughness
        var low = Double.infinity
        var high = -Double.infinity
        for row in 0..<n {
            let y = Double(row) * Self.spacing
            for column in 0..<n {
                let x = Double(column) * Self.spacing
                var value = 0.0
                if kind != .flat {
                    let white = Double(random.nextWord()) * 0x1p-32
                    if smooth > 0 {
                        value = kind == .steps
                            ? Self.lattice(Int(x / tile), Int(y / tile), seed) : Self.smooth(x / tile, y / tile, seed)
                    }
                    value = height * (smooth * value + (1 - smooth) * white)
                }
                value += riseX * x + riseY * y
                low = min(low, value)
                high = max(high, value)
                samples[row * n + column] = Float(value)
            }
        }
        // A height field of no height at all is refused by MuJoCo's collision code.
        span = max(high - low, 1e-3)
        for i in 0..<n * n { samples[i] = Float((Double(samples[i]) - low) / span) }
    }

    /// The ground of before the first episode.
    init() {}

    /// Height of the ground, m, between samples bilinearly; beyond the edge that of the edge.
    func height(_ x: Double, _ y: Double, _ samples: UnsafePointer<Float>) -> Double {
        let last = Double(Self.count - 1)
        let column = min(max((x + Self.halfSize) / Self.spacing, 0), last)
        let row = min(max((y + Self.halfSize) / Self.spacing, 0), last)
        let (i, j) = (min(Int(row), Self.count - 2), min(Int(column), Self.count - 2))
        let (v, u) = (row - Double(i), column - Double(j))
        let at = samples + i * Self.count + j
        let near = Double(at[0]) * (1 - u) + Double(at[1]) * u
        let far = Double(at[Self.count]) * (1 - u) + Double(at[Self.count + 1]) * u
        return span * (near * (1 - v) + far * v)
    }

    /// A random number in [0, 1) that belongs to a point of a lattice.
    private static func lattice(_ i: Int, _ j: Int, _ seed: UInt64) -> Double {
        var random = Philox(seed: seed ^ (UInt64(i) << 32 | UInt64(j)), purpose: .environment, index: 11)
        return Double(random.nextWord()) * 0x1p-32
    }

    /// The lattice with smooth transitions.
    private static func smooth(_ x: Double, _ y: Double, _ seed: UInt64) -> Double {
        let (i, j) = (Int(x), Int(y))
        let (u, v) = (x - Double(i), y - Double(j))
        let (a, b) = (u * u * (3 - 2 * u), v * v * (3 - 2 * v))
        let near = lattice(i, j, seed) * (1 - a) + lattice(i + 1, j, seed) * a
        let far = lattice(i, j + 1, seed) * (1 - a) + lattice(i + 1, j + 1, seed) * a
        return near * (1 - b) + far * b
    }
}
