/// A colour in sRGB; components and opacity in 0...1.
public struct Colour: Sendable, Equatable {
    public var red: Double
    public var green: Double
    public var blue: Double
    public var alpha: Double

    public init(_ red: Double, _ green: Double, _ blue: Double, alpha: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// From 0xRRGGBB.
    public init(hex: UInt32, alpha: Double = 1) {
        self.init(Double(hex >> 16 & 255) / 255, Double(hex >> 8 & 255) / 255, Double(hex & 255) / 255, alpha: alpha)
    }

    public static let black = Colour(0, 0, 0)
    public static let white = Colour(1, 1, 1)

    /// The same colour with its opacity multiplied by `factor`.
    public func opacity(_ factor: Double) -> Colour { Colour(red, green, blue, alpha: alpha * factor) }

    /// The straight-line mixture: 0 gives this colour, 1 the other.
    public func mixed(with other: Colour, _ share: Double) -> Colour {
        Colour(
            red + (other.red - red) * share, green + (other.green - green) * share, blue + (other.blue - blue) * share,
            alpha: alpha + (other.alpha - alpha) * share)
    }
}
