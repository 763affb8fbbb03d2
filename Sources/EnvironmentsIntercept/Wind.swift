import Core
import Glibc

/// How the wind blows. Speeds in m/s, times in s.
public struct WindParameters: Sendable, Equatable {
    /// Mean speed 10 m above the ground, drawn each episode; its direction is uniform.
    public var speed: ClosedRange<Double> = 5...5
    /// Exponent of the power law with which the mean grows with height.
    public var shear = 0.143
    /// Height above which it grows no more, m.
    public var shearCeiling = 1000.0
    /// Standard deviation of turbulence along each axis as a share of the mean speed. Doubled below 10 m; above it falls to 30 % at the ceiling.
    public var turbulence = 0.1
    /// Correlation time of turbulence.
    public var turbulenceTime = 0.1
    /// Gusts a second, on average.
    public var gustRate = 0.1
    /// Mean size of a gust; the sizes are exponentially distributed.
    public var gustSize = 5.0
    /// Time in which a gust decays to 1/e.
    public var gustTime = 1.0

    public init() {}
}

/// The wind of an episode: mean with shear, turbulence, gusts. It does not depend on where the bodies are, so the same seed gives the same
/// weather whatever is done in it.
struct Wind: BitwiseCopyable {
    /// At 10 m.
    private var mean = Vector3.zero
    /// Turbulence with standard deviation 1, scaled where it is felt.
    private var eddies = Vector3.zero
    private var gust = Vector3.zero

    /// Constants of a step.
    struct Model: Sendable {
        let parameters: WindParameters
        let eddyDecay: Double
        let eddyNoise: Double
        let gustDecay: Double
        let gustChance: Double

        init(_ parameters: WindParameters, timeStep: Double) {
            self.parameters = parameters
            eddyDecay = exp(-timeStep / parameters.turbulenceTime)
            eddyNoise = (1 - eddyDecay * eddyDecay).squareRoot()
            gustDecay = exp(-timeStep / parameters.gustTime)
            gustChance = 1 - exp(-parameters.gustRate * timeStep)
        }
    }

    init() {}

    /// Draws the weather of an episode; `scale` multiplies the mean.
    init(_ model: Model, scale: Double, _ random: inout Philox) {
        let speed = scale * random.uniform(model.parameters.speed.lowerBound, model.parameters.speed.upperBound)
        let heading = random.uniform(0, 2 * .pi)
        mean = Vector3(speed * cos(heading), speed * sin(heading), 0)
        eddies = random.normalVector()
    }

    /// One step in time.
    mutating func advance(_ model: Model, noise: Vector3, _ random: inout Philox) {
        eddies = model.eddyDecay * eddies + model.eddyNoise * noise
        gust = model.gustDecay * gust
        if random.uniform() < model.gustChance {
            let heading = random.uniform(0, 2 * .pi)
            let size = -model.parameters.gustSize * log(1 - random.uniform())
            gust += Vector3(size * cos(heading), size * sin(heading), 0)
        }
    }

    /// Velocity of the air at a height.
    @inline(__always)
    func velocity(_ model: Model, altitude: Double) -> Vector3 {
        let p = model.parameters
        let height = min(max(altitude, 1), p.shearCeiling)
        let local = pow(height / 10, p.shear) * mean
        let intensity = height < 10 ? 2 : 1 - 0.7 * (height - 10) / (p.shearCeiling - 10)
        return local + (p.turbulence * intensity * local.length) * eddies + gust
    }
}
