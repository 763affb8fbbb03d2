import Testing

@testable import Insight

@Suite struct CurveTests {
    @Test func smoothingIsTheMeanOfAWindow() {
        let points = [1.0, 5, 3, .nan, 9, 10].enumerated().map { CurvePoint(Double($0) * 10, $1) }
        let smooth = Curve.smoothed(points, width: 20)
        #expect(smooth.map(\.step) == points.map(\.step))
        #expect(smooth[0].value == 3 && smooth[1].value == 3 && smooth[2].value == 4 && smooth[3].value.isNaN && smooth[4].value == 9.5)
        #expect(Curve.smoothed([], width: 5).isEmpty)
        #expect(Curve.smoothed([CurvePoint(0, 2), CurvePoint(1, 4)], width: 0).map(\.value) == [2, 4])
    }

    @Test func thinningKeepsTheExtremes() {
        var points = (0..<10_000).map { CurvePoint(Double($0), Double($0 % 7)) }
        points[5003].value = 1000
        points[5004].value = -1000
        let thin = Curve.thinned(points, columns: 100)
        #expect(thin.count <= 202 && thin.count > 150)
        #expect(thin.contains(points[5003]) && thin.contains(points[5004]))
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.step < $1.step })
        #expect(Curve.thinned(points, columns: 5000).count == 10_000)
    }

    @Test func interpolation() {
        let points = [CurvePoint(0, 0), CurvePoint(10, 20), CurvePoint(20, 0)]
        #expect(Curve.value(of: points, at: 5) == 10 && Curve.value(of: points, at: 10) == 20 && Curve.value(of: points, at: 20) == 0)
        #expect(Curve.value(of: points, at: -1) == nil && Curve.value(of: points, at: 21) == nil && Curve.value(of: [], at: 0) == nil)
        #expect(Curve.value(of: [CurvePoint(3, 7)], at: 3) == 7)
    }

    @Test func bandAcrossRuns() {
        let runs = [[CurvePoint(0, 1), CurvePoint(100, 1)], [CurvePoint(10, 2), CurvePoint(90, 2)], [CurvePoint(-5, 3), CurvePoint(200, 3)]]
        let band = Curve.across(runs, spread: .confidence95, points: 5)
        #expect(band.map(\.step) == [10, 30, 50, 70, 90] && band.allSatisfy { $0.value == 2 })
        // t(0.975, 2) · 1 / √3
        #expect(abs(band[2].high - 2 - 4.302652729749462 / 3.0.squareRoot()) < 1e-9)
        #expect(Curve.across(runs, spread: .deviation, points: 2).map(\.low) == [1, 1])
        #expect(Curve.across(runs, spread: .range, points: 2).map(\.high) == [3, 3])
        #expect(Curve.across([[CurvePoint(0, 1), CurvePoint(1, 1)], [CurvePoint(2, 1), CurvePoint(3, 1)]]).isEmpty && Curve.across([]).isEmpty)
    }
}

@Suite struct AxisTests {
    @Test func roundTicks() {
        #expect(Axis(0...9870).ticks(about: 5) == [0, 2000, 4000, 6000, 8000])
        #expect(Axis(0...30e6).ticks(about: 6) == [0, 5e6, 10e6, 15e6, 20e6, 25e6, 30e6])
        let small = Axis(-0.03...0.06)
        #expect(small.labels(for: small.ticks(about: 4)) == ["-0.025", "0.000", "0.025", "0.050"])
        #expect(Axis(0...1).labels(for: [0, 2500, 5000]) == ["0", "2,500", "5,000"])
    }

    @Test func rangesFitAndBeginAtZeroWhereNear() {
        let axis = Axis(covering: [100, 1000, .nan, .infinity])
        #expect(axis.low == 0 && axis.high == 1045 && axis.fraction(522.5) == 0.5)
        #expect(Axis(covering: [900, 1000]).low == 895)
        let single = Axis(covering: [5, 5])
        #expect(single.low < 5 && single.high > 5)
        #expect(Axis(covering: []).high > Axis(covering: []).low)
    }

    @Test func logarithmicAxis() {
        let axis = Axis(covering: [1e-5, 1e-2, 0, -1], isLogarithmic: true, padding: 0)
        #expect(abs(axis.fraction(1e-3) - 2.0 / 3) < 1e-12 && axis.fraction(0).isNaN)
        #expect(axis.labels(for: axis.ticks(about: 4)) == ["1e-5", "1e-4", "1e-3", "1e-2"])
        // Within one decade there are no two powers: round numbers instead.
        let narrow = Axis(covering: [2e-4, 3e-4], isLogarithmic: true, padding: 0)
        #expect(narrow.ticks(about: 4).count >= 3)
    }
}
