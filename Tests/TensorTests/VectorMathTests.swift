import CVectorMath
import Core
import Foundation
import Tensor
import Testing

/// CVectorMath against the C library in double precision.
@Suite struct VectorMathTests {
    typealias Map = @Sendable (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void

    /// Numbers of every size and sign, and all the special ones.
    static let wide: [Float] = {
        var random = Philox(seed: 1, purpose: .test)
        var values: [Float] = [0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, -.leastNormalMagnitude, 1, -1]
        values += [0.625, -0.625, 0.62500006, 87.3, -87.3, 88.3, 88.72, -103.9, 20, -20, 0.5, 2, 0.70710677, 1.4142135]
        values += [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan]
        for exponent in -149...127 {
            for _ in 0..<5 {
                let value = Float(random.uniform(1, 2)) * Float(pow(2.0, Double(exponent)))
                values += [value, -value]
            }
        }
        for _ in 0..<20_000 { values.append(Float(random.uniform(-100, 100))) }
        for _ in 0..<20_000 { values.append(Float(random.uniform(-2, 2))) }
        return values
    }()

    private func apply(_ f: Map, _ x: [Float]) -> [Float] {
        var y = [Float](repeating: -7, count: x.count)
        f(x, &y, x.count)
        return y
    }

    private func compare(_ f: Map, relative: Double, absolute: Double = 0, _ reference: (Double) -> Double, unless: (Float) -> Bool = { _ in false }) {
        let results = apply(f, Self.wide)
        for (x, y) in zip(Self.wide, results) where !unless(x) {
            let expected = reference(Double(x))
            if expected.isNaN {
                #expect(y.isNaN, "f(\(x)) = \(y)")
            } else if expected.isInfinite || abs(expected) > Double(Float.greatestFiniteMagnitude) {
                #expect(y == Float(expected), "f(\(x)) = \(y)")
            } else if !(abs(Double(y) - expected) <= relative * abs(expected) + absolute) {
                Issue.record("f(\(x)) = \(y), not \(expected)")
            }
        }
    }

    @Test func tanhAgrees() {
        compare(cvm_tanh, relative: 3e-7, absolute: 1e-44) { Foundation.tanh($0) }
    }

    @Test func expAgreesWhereItIsDefined() {
        // Documented: 0 below −87.3, saturated above 88.3.
        compare(cvm_exp, relative: 3e-7) { Foundation.exp($0) } unless: { $0 < -87.3 || $0 > 88.3 }
        let ends = apply(cvm_exp, [-87.4, -1000, -.infinity, 89, 1000, .infinity, 88.3])
        #expect(ends[0] == 0 && ends[1] == 0 && ends[2] == 0)
        #expect(ends[3] == ends[6] && ends[4] == ends[6] && ends[5] == ends[6] && ends[6] > 2e38)
    }

    @Test func logAgrees() {
        compare(cvm_log, relative: 3e-7, absolute: 1e-7) { Foundation.log($0) }
    }

    @Test func eluAgrees() {
        // Single precision e^x − 1: the error is that of numbers near 1.
        compare(cvm_elu, relative: 2e-7, absolute: 1.3e-7) { $0 > 0 ? $0 : expm1($0) }
    }

    @Test func reluAgrees() {
        compare(cvm_relu, relative: 0) { $0 < 0 ? 0 : $0 }
    }

    /// Vectorised bodies and scalar tails give the same, nothing is written behind the end, and in place is allowed.
    @Test(arguments: 0...70) func everyLength(n: Int) {
        var random = Philox(seed: UInt64(n), purpose: .test)
        let x = (0..<n).map { _ in Float(random.uniform(0.01, 3)) }
        for (name, f, reference) in [
            ("tanh", cvm_tanh, { Foundation.tanh($0) }), ("exp", cvm_exp, { Foundation.exp($0) }), ("log", cvm_log, { Foundation.log($0) }),
            ("elu", cvm_elu, { $0 - 1.5 > 0 ? $0 - 1.5 : expm1($0 - 1.5) }), ("relu", cvm_relu, { max($0 - 1.5, 0) }),
        ] as [(String, Map, (Double) -> Double)] {
            let input = name == "elu" || name == "relu" ? x.map { $0 - 1.5 } : x
            var y = [Float](repeating: 99, count: n + 3)
            f(input, &y, n)
            for i in 0..<n { #expect(abs(Double(y[i]) - reference(Double(input[i]) + (name == "elu" || name == "relu" ? 1.5 : 0))) < 4e-6, "\(name) \(i)") }
            #expect(y[n...].allSatisfy { $0 == 99 }, "\(name)")
            var inPlace = input + [99]
            inPlace.withUnsafeMutableBufferPointer { f(UnsafePointer($0.baseAddress), $0.baseAddress, n) }
            #expect(inPlace[..<n] == y[..<n] && inPlace[n] == 99, "\(name)")
        }
    }

    @Test(arguments: Array(0...70) + [1000, 4097]) func reductions(n: Int) {
        var random = Philox(seed: UInt64(n), purpose: .test)
        let x = (0..<n).map { _ in Float(random.normal()) }
        let y = (0..<n).map { _ in Float(random.normal()) }
        func close(_ value: Float, _ terms: [Double]) -> Bool {
            abs(Double(value) - terms.reduce(0, +)) <= 1e-6 * terms.reduce(1e-30) { $0 + abs($1) }
        }
        #expect(close(cvm_sum(x, n), x.map { Double($0) }))
        #expect(close(cvm_sum_squares(x, n), x.map { Double($0) * Double($0) }))
        #expect(VectorMath.sum(x.span) == cvm_sum(x, n) && VectorMath.sumOfSquares(x.span) == cvm_sum_squares(x, n))
        #expect(VectorMath.norm(x.span) == cvm_sum_squares(x, n).squareRoot())
        var sum = x
        cvm_add(&sum, y, n)
        #expect(sum == zip(x, y).map { $0 + $1 })
    }

    @Test(arguments: 1...70) func findsWhatIsNotFinite(n: Int) {
        var x = [Float](repeating: .greatestFiniteMagnitude, count: n)
        #expect(cvm_all_finite(x, n) != 0)
        for i in 0..<n {
            for bad in [Float.nan, .infinity, -.infinity, .signalingNaN] {
                x[i] = bad
                #expect(cvm_all_finite(x, n) == 0)
                if i == n - 1 { #expect(cvm_all_finite(x, i) != 0) }
            }
            x[i] = -.leastNonzeroMagnitude
        }
    }

    @Test(arguments: [1, 2, 7, 16, 33, 70]) func rowsAndColumns(cols: Int) {
        let rows = 5
        var random = Philox(seed: UInt64(cols), purpose: .test)
        func draw(_ n: Int) -> [Float] { (0..<n).map { _ in Float(random.normal()) } }
        let x = draw(rows * cols)
        let mean = draw(cols)
        let scale = draw(cols).map { abs($0) + 0.1 }

        // Standardised and cut, in place too; NaN is not cut to a number.
        var y = [Float](repeating: 0, count: rows * cols)
        cvm_standardise(x, mean, scale, 1.5, &y, rows, cols)
        for i in 0..<rows * cols {
            let expected = min(max((x[i] - mean[i % cols]) * scale[i % cols], -1.5), 1.5)
            #expect(abs(y[i] - expected) < 1e-6)
        }
        #expect(y.contains(1.5) || y.contains(-1.5) || cols < 3)
        var inPlace = x
        inPlace.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { cvm_standardise(base, mean, scale, 1.5, base, rows, cols) }
        }
        #expect(inPlace == y)
        var poisoned = x
        poisoned[rows * cols - 1] = .nan
        cvm_standardise(poisoned, mean, scale, 1.5, &y, rows, cols)
        #expect(y[rows * cols - 1].isNaN && y.dropLast().allSatisfy { !$0.isNaN })

        // Biases and column sums.
        for (f, plain) in [
            (cvm_bias, { $0 }), (cvm_bias_tanh, { Foundation.tanh($0) }), (cvm_bias_relu, { max($0, 0) }), (cvm_bias_elu, { $0 > 0 ? $0 : expm1($0) }),
        ] as [(@Sendable (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int, Int) -> Void, (Double) -> Double)] {
            var z = x + [99]
            f(&z, mean, rows, cols)
            for i in 0..<rows * cols { #expect(abs(Double(z[i]) - plain(Double(x[i] + mean[i % cols]))) < 1e-6) }
            #expect(z[rows * cols] == 99)
        }
        var sums = mean
        cvm_add_column_sums(x, &sums, rows, cols)
        for c in 0..<cols {
            #expect(abs(sums[c] - (mean[c] + (0..<rows).reduce(0) { $0 + x[$1 * cols + c] })) < 1e-5)
        }
    }

    @Test func spansOfVectorMath() {
        let x: [Float] = [0.1, 1, 2.5]
        for (f, reference) in [
            ({ VectorMath.exp(&$0) }, { Foundation.exp($0) }), ({ VectorMath.tanh(&$0) }, { Foundation.tanh($0) }),
            ({ VectorMath.log(&$0) }, { Foundation.log($0) }), ({ VectorMath.elu(&$0) }, { $0 }), ({ VectorMath.relu(&$0) }, { $0 }),
        ] as [((inout MutableSpan<Float>) -> Void, (Double) -> Double)] {
            var y = x
            var span = y.mutableSpan
            f(&span)
            for i in 0..<3 { #expect(abs(Double(y[i]) - reference(Double(x[i]))) < 3e-6) }
        }
    }
}

/// Target networks.
@Suite struct PolyakTests {
    @Test func targetsMoveByTheRate() {
        let target = FloatBuffer((0..<100).map { Float($0) })
        let source = FloatBuffer((0..<100).map { Float(-$0) + 1 })
        VectorMath.polyak(10..<90, target: target, source: source, rate: 0.25)
        for i in 0..<100 {
            let x = Float(i)
            #expect(target[i] == (10..<90 ~= i ? x + 0.25 * (1 - 2 * x) : x))
        }
    }

    /// Every remainder of rows and columns, stored either way, alone and added to what stands there; nothing beyond the result is touched.
    @Test(arguments: [1, 2, 3, 7, 8, 15, 21], [1, 31, 32, 33, 96]) func packedProduct(rows: Int, columns: Int) {
        let inner = 19
        var random = Philox(seed: 5, purpose: .test)
        let x = (0..<rows * inner).map { _ in Float(random.normal()) }
        let w = (0..<inner * columns).map { _ in Float(random.normal()) }
        let flipped = (0..<inner * columns).map { w[$0 % inner * columns + $0 / inner] }
        let before = (0..<rows * columns + 1).map { _ in Float(random.normal()) }
        for (matrix, transposed) in [(w, Int32(0)), (flipped, 1)] {
            var packed = [Float](repeating: .nan, count: cvm_packed_count(inner, columns))
            cvm_pack(matrix, &packed, inner, columns, transposed)
            for accumulate in [Int32(0), 1] {
                var y = before
                cvm_packed_product(x, packed, &y, rows, inner, columns, accumulate)
                #expect(y[rows * columns] == before[rows * columns])
                for i in 0..<rows * columns {
                    let sum = (0..<inner).reduce(accumulate == 1 ? Double(before[i]) : 0) {
                        $0 + Double(x[i / columns * inner + $1]) * Double(w[$1 * columns + i % columns])
                    }
                    #expect(abs(Double(y[i]) - sum) < 1e-5)
                }
            }
        }
    }
}
