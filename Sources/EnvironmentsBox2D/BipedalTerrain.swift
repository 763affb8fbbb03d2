import Core

/// The ground of one episode: a line of heights and, on hardcore terrain, quadrilateral obstacles.
///
/// Source: Gymnasium 1.4.0, `gymnasium/envs/box2d/bipedal_walker.py`, `_generate_terrain`; the same state machine and the same distributions,
/// drawn from another generator. Lengths in metres.
public struct BipedalTerrain: Sendable {
    /// How difficult the ground is.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A level line: the first stage of a curriculum. Not in Gymnasium.
        case flat
        /// Gently uneven, as in `BipedalWalker-v3`.
        case normal
        /// Stumps, stairs and pits as well, as in `BipedalWalkerHardcore-v3`.
        case hardcore
    }

    /// Distance between two heights.
    public static let spacing = 14.0 / 30
    /// Number of heights.
    public static let count = 200
    /// Height of the pad on which the walker starts.
    public static let level = 400.0 / 30 / 4
    /// Level heights at the start.
    static let pad = 20
    /// Longest stretch of grass between two obstacles, and what is left behind the finish.
    static let grass = 10
    /// Where an episode ends well.
    public static let finish = Double(count - grass) * spacing

    public let kind: Kind
    /// Ground heights at x = 0, spacing, 2·spacing …
    public private(set) var heights: [Double]
    /// Obstacles: eight numbers each, four corners (x, y).
    public private(set) var quads: [Float] = []

    /// Level ground until `generate` is called.
    public init(_ kind: Kind) {
        self.kind = kind
        heights = Array(repeating: Self.level, count: Self.count)
        // More than the densest possible row of stairs, so that no episode allocates.
        if kind == .hardcore { quads.reserveCapacity(8 * Self.count) }
    }

    /// A given ground: for comparing with recordings of the reference.
    init(_ kind: Kind, heights: [Double], quads: [Float]) {
        precondition(heights.count == Self.count && quads.count % 8 == 0, "a ground has 200 heights and whole quadrilaterals")
        self.kind = kind
        self.heights = heights
        self.quads = quads
    }

    private enum Feature { case grass, stump, stairs, pit }

    /// Makes the ground of one episode, in place.
    public mutating func generate(_ random: inout Philox) {
        quads.removeAll(keepingCapacity: true)
        let unit = Self.spacing
        var feature = Feature.grass
        var velocity = 0.0
        var y = Self.level
        var counter = Self.pad
        // The first point of an obstacle builds it; the points after it only follow its outline.
        var isFirst = false
        var base = 0.0
        var stairSteps = 0
        var stairHeight = 0
        let stairWidth = 4

        for i in 0..<Self.count {
            let x = Double(i) * unit
            switch (feature, isFirst) {
            case (.grass, false):
                // A random walk that is drawn back to the level.
                velocity = 0.8 * velocity + 0.01 * (y < Self.level ? 1 : y > Self.level ? -1 : 0)
                if i > Self.pad && kind != .flat { velocity += random.uniform(-1, 1) / 30 }
                y += velocity
            case (.grass, true):
                break
            case (.pit, true):
                // Two walls, four units deep, three or four units apart.
                counter = 3 + random.below(2)
                for offset in [0, counter] {
                    addBox(left: x + Double(offset) * unit, right: x + Double(offset + 1) * unit, bottom: y - 4 * unit, top: y)
                }
                counter += 2
                base = y
            case (.pit, false):
                y = counter > 1 ? base - 4 * unit : base
            case (.stump, true):
                counter = 1 + random.below(2)
                addBox(left: x, right: x + Double(counter) * unit, bottom: y, top: y + Double(counter) * unit)
            case (.stump, false):
                break
            case (.stairs, true):
                stairHeight = random.uniform() > 0.5 ? 1 : -1
                stairSteps = 3 + random.below(2)
                base = y
                for step in 0..<stairSteps {
                    let top = y + Double(step * stairHeight) * unit
                    addBox(
                        left: x + Double(step * stairWidth) * unit, right: x + Double((step + 1) * stairWidth) * unit,
                        bottom: y + Double(step * stairHeight - 1) * unit, top: top)
                }
                counter = stairSteps * stairWidth
            case (.stairs, false):
                let step = Double(stairSteps * stairWidth - counter - stairHeight) / Double(stairWidth)
                y = base + step * Double(stairHeight) * unit
            }
            isFirst = false
            heights[i] = y
            counter -= 1
            if counter == 0 {
                counter = Self.grass / 2 + random.below(Self.grass / 2)
                if feature == .grass && kind == .hardcore {
                    feature = [.stump, .stairs, .pit][random.below(3)]
                } else {
                    feature = .grass
                }
                isFirst = true
            }
        }
    }

    /// The height of the ground at a place, between the points by a straight line.
    public func height(at x: Double) -> Double {
        let position = min(max(x / Self.spacing, 0), Double(Self.count - 1))
        let i = min(Int(position), Self.count - 2)
        let share = position - Double(i)
        return heights[i] * (1 - share) + heights[i + 1] * share
    }

    private mutating func addBox(left: Double, right: Double, bottom: Double, top: Double) {
        for value in [left, top, right, top, right, bottom, left, bottom] { quads.append(Float(value)) }
    }
}
