import Core
@testable import EnvironmentsIntercept
import Testing

/// Air, drag, gravity, engine, wind: against published values and conservation laws.
@Suite struct PhysicsTests {
    /// ISO 2533: temperature (K), pressure (Pa), density (kg/m³), speed of sound (m/s).
    @Test(arguments: [
        (0.0, 288.15, 101_325, 1.2250, 340.294), (5000, 255.65, 54_020, 0.73612, 320.529), (11_000, 216.65, 22_632, 0.36392, 295.069),
        (20_000, 216.65, 5474.9, 0.088035, 295.069),
    ])
    func standardAtmosphere(_ altitude: Double, _ temperature: Double, _ pressure: Double, _ density: Double, _ soundSpeed: Double) {
        let air = Atmosphere(altitude: altitude)
        #expect((air.temperature - temperature).magnitude < 1e-9)
        #expect((air.pressure / pressure - 1).magnitude < 2e-5)
        #expect((air.density / density - 1).magnitude < 2e-5)
        #expect((air.soundSpeed / soundSpeed - 1).magnitude < 1e-5)
    }

    @Test func dragActsAgainstTheAir() {
        let drag = Drag(coefficient: 0.3, area: 2)
        let airspeed = Vector3(100, -50, 20)
        let force = drag.force(airspeed: airspeed, altitude: 0)
        #expect(force.cross(airspeed).length < 1e-9 * force.length * airspeed.length)
        #expect(force.dot(airspeed) < 0)
        #expect((force.length / (0.5 * 1.225 * airspeed.squaredLength * 0.3 * 2) - 1).magnitude < 1e-4)
        // Subsonic, twice the speed is four times the force; higher up it is less.
        #expect((drag.force(airspeed: 2 * airspeed, altitude: 0).length / force.length - 4).magnitude < 1e-9)
        #expect(drag.force(airspeed: airspeed, altitude: 5000).length < 0.61 * force.length)
        #expect(drag.force(airspeed: .zero, altitude: 0) == .zero)
    }

    @Test func machFactor() {
        #expect(Drag.machFactor(0.3) == 1)
        #expect(Drag.machFactor(0.8) == 1)
        #expect((Drag.machFactor(1.0) - 2).magnitude < 1e-12)
        #expect((Drag.machFactor(1.2) - 3).magnitude < 1e-12)
        #expect(Drag.machFactor(1.6) == 2.5 && Drag.machFactor(3) == 2.5)
    }

    @Test func energyIsKeptWithoutAirAndLostWithIt() {
        var free = InterceptorParameters.Threat()
        free.evasion = 0
        free.homing = 0
        var heavy = free
        free.drag = Drag(coefficient: 0, area: 0)
        heavy.drag = Drag(coefficient: 0.45, area: 2)
        var (a, b) = (MissileBody(), MissileBody())
        a.motion = Motion(position: Vector3(0, 0, 3000), velocity: Vector3(150, 0, 50))
        b = a
        func energy(_ body: MissileBody) -> Double { 0.5 * body.motion.velocity.squaredLength + 9.81 * body.motion.position.z }
        let start = energy(a)
        for _ in 0..<1500 {
            let before = energy(b)
            a.advance(free, wind: .zero, gravity: 9.81, memory: 0, noise: .zero, timeStep: 0.01, variation: Variation())
            b.advance(heavy, wind: .zero, gravity: 9.81, memory: 0, noise: .zero, timeStep: 0.01, variation: Variation())
            #expect(energy(b) < before)
        }
        #expect((energy(a) / start - 1).magnitude < 1e-3)
        #expect((a.motion.position.x - 2250).magnitude < 1e-6)
    }

    @Test func terminalVelocity() {
        var threat = InterceptorParameters.Threat()
        threat.evasion = 0
        threat.homing = 0
        threat.drag = Drag(coefficient: 0.45, area: 2)
        var body = MissileBody(motion: Motion(position: Vector3(0, 0, 4000), velocity: .zero))
        while body.motion.position.z > 200 {
            body.advance(threat, wind: .zero, gravity: 9.81, memory: 0, noise: .zero, timeStep: 0.01, variation: Variation())
        }
        // The air gets denser on the way down, so the speed lags a little above the local equilibrium.
        let balance = (2 * 1000 * 9.81 / (Atmosphere(altitude: 200).density * 0.45 * 2)).squareRoot()
        #expect(body.motion.velocity.length > balance && body.motion.velocity.length < 1.03 * balance)
    }

    @Test func engineLagAndFuelFlow() {
        let vehicle = InterceptorParameters.Vehicle()
        var body = InterceptorBody()
        body.fuel = vehicle.fuel
        func advance(_ steps: Int) {
            for _ in 0..<steps {
                _ = body.advance(
                    vehicle, command: Vector3(0, 0, 10_000), rates: .zero, response: 0.0951625819640404, wind: .zero, gravity: 9.81, timeStep: 0.01,
                    variation: Variation())
            }
        }
        // After one time constant 63 % of the thrust; then 2 kg/s, which is 10 kN at 5000 m/s.
        advance(10)
        #expect((body.thrust.z / 10_000 - 0.6321).magnitude < 1e-3)
        advance(90)
        let fuel = body.fuel
        advance(1000)
        #expect(((fuel - body.fuel) / 20 - 1).magnitude < 1e-3)
        // The tank runs dry, not below; then the engine is off.
        advance(5000)
        #expect(body.fuel == 0 && body.thrust == .zero)
    }

    @Test func thrustAcceleratesTheMassThatIsThere() {
        var vehicle = InterceptorParameters.Vehicle()
        vehicle.drag = Drag(coefficient: 0, area: 0)
        var body = InterceptorBody()
        body.fuel = 100
        let burnt = body.advance(
            vehicle, command: Vector3(10_000, 0, 0), rates: .zero, response: 1, wind: .zero, gravity: 0, timeStep: 0.01, variation: Variation())
        #expect((body.motion.velocity.x - 0.2).magnitude < 1e-12)
        #expect((burnt - 0.02).magnitude < 1e-12)
        body.fuel = 0.1
        body.motion.velocity = .zero
        _ = body.advance(
            vehicle, command: Vector3(10_000, 0, 0), rates: .zero, response: 1, wind: .zero, gravity: 0, timeStep: 0.01, variation: Variation())
        #expect((body.motion.velocity.x - 100 / 400.1).magnitude < 1e-9)
    }

    @Test func seekerTurnsWithItsRates() {
        var body = InterceptorBody()
        body.fuel = 100
        for _ in 0..<100 {
            _ = body.advance(
                InterceptorParameters.Vehicle(), command: .zero, rates: Vector3(0, .pi / 2, 0), response: 1, wind: .zero, gravity: 0, timeStep: 0.01,
                variation: Variation())
        }
        // A right angle about the north axis takes up to east.
        #expect((body.axis - Vector3(1, 0, 0)).length < 1e-3)
    }

    @Test func missileIsAimedAtTheOrigin() throws {
        var parameters = InterceptorParameters()
        parameters.threat.evasion = 0
        parameters.threat.homing = 0
        parameters.wind = WindParameters()
        parameters.wind.speed = 0...0
        parameters.wind.gustRate = 0
        var stage = try Stage(parameters)
        for seed in 0..<40 as Range<UInt64> {
            try stage.reset(seed)
            let start = stage.environment.missile
            #expect(parameters.threat.range.contains(start.position.length))
            var body = stage.environment.state.missile
            var steps = 0
            while body.motion.position.z > 0 && steps < 2500 {
                body.advance(parameters.threat, wind: .zero, gravity: 9.81, memory: 0, noise: .zero, timeStep: 0.01, variation: Variation())
                steps += 1
            }
            let p = body.motion.position
            #expect((p.x * p.x + p.y * p.y).squareRoot() < 15)
            let speed = start.position.length / (Double(steps) * 0.01)
            #expect(speed > parameters.threat.meanSpeed.lowerBound - 2 && speed < parameters.threat.meanSpeed.upperBound + 2)
        }
    }

    /// Shear by the power law, turbulence of the stated size; no wind from nothing.
    @Test func windWithHeight() {
        var parameters = WindParameters()
        parameters.speed = 10...10
        parameters.turbulence = 0.2
        parameters.gustRate = 0
        let model = Wind.Model(parameters, timeStep: 0.01)
        var random = Philox(seed: 1, purpose: .test)
        var wind = Wind(model, scale: 1, &random)
        var (sum, squares, low) = (Vector3.zero, 0.0, Vector3.zero)
        let n = 200_000
        for _ in 0..<n {
            wind.advance(model, noise: random.normalVector(), &random)
            let v = wind.velocity(model, altitude: 1000)
            sum += v
            squares += v.z * v.z
            low += wind.velocity(model, altitude: 10)
        }
        let (high, ground) = ((1 / Double(n)) * sum, (1 / Double(n)) * low)
        #expect((ground.length - 10).magnitude < 0.2)
        #expect((high.length / ground.length / 1.9320 - 1).magnitude < 0.02)
        #expect(((squares / Double(n)).squareRoot() / (0.3 * 0.2 * 19.32) - 1).magnitude < 0.05)
    }

    @Test func gustsComeAtTheirRate() {
        var parameters = WindParameters()
        parameters.speed = 0...0
        parameters.gustRate = 0.5
        parameters.gustTime = 0.05
        let model = Wind.Model(parameters, timeStep: 0.01)
        var random = Philox(seed: 2, purpose: .test)
        var wind = Wind(model, scale: 1, &random)
        var gusts = 0
        var before = 0.0
        for _ in 0..<200_000 {
            wind.advance(model, noise: .zero, &random)
            let speed = wind.velocity(model, altitude: 100).length
            if speed > before { gusts += 1 }
            before = speed
        }
        #expect((900...1100).contains(gusts))
    }
}
