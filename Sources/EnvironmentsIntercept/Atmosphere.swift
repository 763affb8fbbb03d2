import Glibc

/// The International Standard Atmosphere (ISO 2533) from sea level through the troposphere into the lower stratosphere.
public struct Atmosphere: Sendable, Equatable {
    /// Kelvin.
    public let temperature: Double
    /// Pascal.
    public let pressure: Double
    /// Kilograms a cubic metre.
    public let density: Double
    /// Metres a second.
    public let soundSpeed: Double

    static let seaLevelTemperature = 288.15
    static let seaLevelPressure = 101_325.0
    /// Kelvin a metre.
    static let lapseRate = 0.0065
    static let tropopause = 11_000.0
    /// Of dry air, J/(kg·K).
    static let gasConstant = 287.05287
    static let standardGravity = 9.80665
    static let heatRatio = 1.4

    /// - Parameter altitude: geopotential, metres; below sea level counts as sea level, above the tropopause the air is isothermal.
    @inline(__always)
    public init(altitude: Double) {
        let z = max(altitude, 0)
        let temperature = Self.seaLevelTemperature - Self.lapseRate * min(z, Self.tropopause)
        let exponent = Self.standardGravity / (Self.gasConstant * Self.lapseRate)
        var pressure = Self.seaLevelPressure * pow(temperature / Self.seaLevelTemperature, exponent)
        if z > Self.tropopause { pressure *= exp(-Self.standardGravity * (z - Self.tropopause) / (Self.gasConstant * temperature)) }
        self.temperature = temperature
        self.pressure = pressure
        density = pressure / (Self.gasConstant * temperature)
        soundSpeed = (Self.heatRatio * Self.gasConstant * temperature).squareRoot()
    }
}
