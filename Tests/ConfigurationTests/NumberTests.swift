@testable import Configuration
import Core
import Testing

@Suite struct NumberTests {
    @Test(arguments: [
        ("64", 64), ("30_000_000", 30_000_000), ("30M", 30_000_000), ("250k", 250_000), ("250K", 250_000), ("1.5M", 1_500_000),
        ("2G", 2_000_000_000), ("3e6", 3_000_000), ("1.5e3", 1500), ("+5", 5), ("-5", -5), ("7.0", 7), ("1_0.5k", 10_500),
        ("9223372036854775807", .max),
    ])
    func wholeNumbers(_ text: String, _ expected: Int) { #expect(NumberText.integer(text) == expected) }

    @Test(arguments: ["", "k", "M", "1.5", "0.1k5", "1__0", "_1", "1_", "1_.5", "0x10", "1e", "e5", "1e3k", "ten", "1 000", "9223372036854775808", "99G999", "1.0001k", "inf", "nan", "--1", "1-1", "-", "."])
    func notWholeNumbers(_ text: String) { #expect(NumberText.integer(text) == nil) }

    @Test(arguments: [("3e-4", 3e-4), ("3.0E-4", 3e-4), (".5", 0.5), ("5.", 5), ("0.5k", 500), ("1_000.25", 1000.25), ("-1e-3", -1e-3)])
    func numbers(_ text: String, _ expected: Double) { #expect(NumberText.number(text) == expected) }

    @Test(arguments: ["inf", ".inf", "nan", "1e999", "3e-4x", "infinity", "0x1p3", "1,5"])
    func notNumbers(_ text: String) { #expect(NumberText.number(text) == nil) }

    @Test(arguments: [3e-4, 1e-5, 1e-8, 0.1, 1, -0.0, 1e22, 1.0 / 3, .leastNonzeroMagnitude, 1.7976931348623157e308])
    func textReadsBackAsTheSameNumber(_ value: Double) {
        let text = NumberText.text(of: value)
        #expect(NumberText.number(text)?.bitPattern == value.bitPattern)
        #expect(text.contains("."))
    }

    @Test(arguments: [
        (0, "0"), (2048, "2048"), (9999, "9999"), (10_000, "10k"), (12_500, "12.5k"), (12_345, "12345"), (16_384, "16384"), (250_000, "250k"),
        (1_000_000, "1M"), (1_500_000, "1.5M"), (1_050_000, "1.05M"), (1_048_576, "1048576"), (120_000_000, "120M"), (2_000_000_000, "2G"),
        (-20_000, "-20000"),
    ])
    func wholeNumbersWithASuffix(_ value: Int, _ expected: String) {
        #expect(NumberText.suffixed(value) == expected)
        #expect(NumberText.integer(expected) == value)
    }

    @Test func keysTakeEveryForm() throws {
        let settings = try ppo(minimal + "algorithm:\n  n_steps: 2k\n  batch_size: 1_000\n  learning_rate: 3e-4\n  gamma: 1\n")
        #expect(settings.nSteps == 2000 && settings.batchSize == 1000 && settings.gamma == 1)
        #expect(settings.learningRate == .scheduled(.constant(3e-4)))
    }
}
