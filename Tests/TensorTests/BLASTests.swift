import Core
import Foundation
import Tensor
import Testing

@Suite struct BLASTests {
    init() throws { try BLAS.open() }

    private func draw(_ n: Int, _ random: inout Philox) -> FloatBuffer { FloatBuffer((0..<n).map { _ in Float(random.normal()) }) }

    @Test(arguments: [(1, 1, 1), (1, 7, 3), (5, 1, 2), (13, 17, 19), (64, 33, 8), (3, 348, 256)])
    func productsAgreeWithLoops(B: Int, C: Int, D: Int) {
        var random = Philox(seed: 3, purpose: .test)
        let x = draw(B * C, &random)
        let w = draw(D * C, &random)
        let dy = draw(B * D, &random)
        func check(_ result: FloatBuffer, _ rows: Int, _ columns: Int, terms: Int, _ term: (Int, Int, Int) -> Double) {
            for r in 0..<rows {
                for c in 0..<columns {
                    let expected = (0..<terms).reduce(0.0) { $0 + term(r, c, $1) }
                    if !(abs(Double(result[r * columns + c]) - expected) < 2e-6 * Double(terms).squareRoot() * 4) {
                        Issue.record("[\(r), \(c)] is \(result[r * columns + c]), not \(expected)")
                    }
                }
            }
        }
        // What stood there before must not matter.
        let y = FloatBuffer([Float](repeating: .nan, count: B * D))
        BLAS.forward(x: x.pointer, w: w.pointer, y: y.pointer, B: B, C: C, D: D)
        check(y, B, D, terms: C) { Double(x[$0 * C + $2]) * Double(w[$1 * C + $2]) }
        let dw = FloatBuffer([Float](repeating: .nan, count: D * C))
        BLAS.weightGradient(dy: dy.pointer, x: x.pointer, dw: dw.pointer, B: B, C: C, D: D)
        check(dw, D, C, terms: B) { Double(dy[$2 * D + $0]) * Double(x[$2 * C + $1]) }
        let dx = FloatBuffer([Float](repeating: .nan, count: B * C))
        BLAS.inputGradient(dy: dy.pointer, w: w.pointer, dx: dx.pointer, B: B, C: C, D: D)
        check(dx, B, C, terms: D) { Double(dy[$0 * D + $2]) * Double(w[$2 * C + $1]) }
        // Added where that is wanted.
        BLAS.inputGradient(dy: dy.pointer, w: w.pointer, dx: dx.pointer, B: B, C: C, D: D, accumulate: true)
        check(dx, B, C, terms: D) { 2 * Double(dy[$0 * D + $2]) * Double(w[$2 * C + $1]) }
        let g = FloatBuffer([Float](repeating: .nan, count: C * C))
        BLAS.gram(x: x.pointer, g: g.pointer, B: B, C: C)
        check(g, C, C, terms: B) { Double(x[$2 * C + $0]) * Double(x[$2 * C + $1]) }
    }

    @Test func knownEigenvalues() throws {
        // 2 on the diagonal, −1 beside it: 2 − 2·cos(kπ/(n+1)).
        for n in [1, 2, 5, 40] {
            let matrix = FloatBuffer(n * n)
            for i in 0..<n {
                matrix[i * n + i] = 2
                if i + 1 < n {
                    matrix[i * n + i + 1] = -1
                    matrix[(i + 1) * n + i] = -1
                }
            }
            let values = try BLAS.symmetricEigenvalues(matrix, size: n)
            #expect(values.count == n)
            for k in 1...n { #expect(abs(Double(values[k - 1]) - (2 - 2 * cos(Double(k) * .pi / Double(n + 1)))) < 5e-6) }
        }
        let diagonal = FloatBuffer([3, 0, 0, 0, -7, 0, 0, 0, 0.5])
        #expect(try BLAS.symmetricEigenvalues(diagonal, size: 3) == [-7, 0.5, 3])
    }

    /// Trace and squared norm are the eigenvalues' sum and sum of squares.
    @Test func eigenvaluesOfARandomMatrix() throws {
        var random = Philox(seed: 5, purpose: .test)
        let n = 30
        let matrix = FloatBuffer(n * n)
        for i in 0..<n {
            for j in 0...i {
                matrix[i * n + j] = Float(random.normal())
                matrix[j * n + i] = matrix[i * n + j]
            }
        }
        let trace = (0..<n).reduce(0.0) { $0 + Double(matrix[$1 * n + $1]) }
        let squares = matrix.array.reduce(0.0) { $0 + Double($1) * Double($1) }
        let values = try BLAS.symmetricEigenvalues(matrix, size: n).map { Double($0) }
        #expect(values == values.sorted())
        #expect(abs(values.reduce(0, +) - trace) < 1e-3)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 } / squares - 1) < 1e-5)
    }

    @Test func saysWhatWasChosen() {
        #expect(!BLAS.kernelName.isEmpty)
        #expect(BLAS.version.contains("OpenBLAS"))
    }

    @Test func buffers() {
        let buffer = FloatBuffer(37)
        #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
        #expect(buffer.array == [Float](repeating: 0, count: 37))
        buffer.fill(2)
        buffer[36] = 5
        var part = buffer.mutableSpan(3..<5)
        part[1] = 7
        #expect(buffer[4] == 7 && buffer.span(4..<37)[32] == 5 && buffer.span.count == 37)
        let copy = FloatBuffer(37)
        copy.assign(buffer)
        #expect(copy.array == buffer.array)
        copy.assign([Float](repeating: 1, count: 37))
        #expect(copy[0] == 1 && buffer[0] == 2)
        #expect(FloatBuffer(0).array.isEmpty && FloatBuffer([]).span.isEmpty)
    }
}
