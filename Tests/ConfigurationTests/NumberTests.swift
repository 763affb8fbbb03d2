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

    @Test func keysTakeEveryForm() throws {
        let settings = try ppo(minimal + "algorithm:\n  n_steps: 2k\n  batch_size: 1_000\n  learning_rate: 3e-4\n  gamma: 1\n")
        #expect(settings.nSteps == 2000 && settings.batchSize == 1000 && settings.gamma == 1)
        #expect(settings.learningRate == .scheduled(.constant(3e-4)))
    }

    // MARK: Schedules

    @Test(arguments: [
        "3e-4 -> 3e-5", "3e-4→3e-5", "'3e-4 -> 3e-5'", "{linear: {from: 3e-4, to: 3e-5}}", "{linear: {from: 3e-4, to: 3e-5, end: 10M}}",
    ])
    func linearForms(_ text: String) throws {
        let settings = try ppo(minimal + "algorithm:\n  clip_range: \(text)\n")
        #expect(settings.clipRange == .linear(from: 3e-4, to: 3e-5, start: 0, end: 10_000_000))
    }

    @Test func zooForm() throws {
        let settings = try ppo(minimal + "algorithm:\n  learning_rate: lin_3e-4\n")
        #expect(settings.learningRate == .scheduled(.linear(from: 3e-4, to: 0, start: 0, end: 10_000_000)))
    }

    @Test(arguments: [
        "3e-4 ->", "-> 1", "1 -> 2 -> 3", "lin_", "lin_x", "{linear: {from: 1}}", "{linear: {from: 1, to: 2, end: 0}}", "{linear: 3}",
        "{cosine: {from: 1, to: 2}}", "{linear: {from: 1, to: 2, by: 3}}", "[1, 2]", "{linear: {from: 1, to: 2}, constant: 1}", "'0.2'",
        "{linear: {from: 1, to: 2, start: 9, end: 5}}",
    ])
    func brokenSchedules(_ text: String) {
        let lines = errors(minimal + "algorithm:\n  clip_range: \(text)\n")
        #expect(lines.count == 1 && lines[0].hasPrefix("x.yaml:5:15: 'clip_range' must be a number, 'FROM -> TO'"), "\(lines)")
    }

    @Test func aScheduleMakesTheRuleLinear() throws {
        let settings = try ppo(minimal + "algorithm:\n  recipe: robust\n  learning_rate: 3e-4 -> 3e-5\n")
        #expect(settings.learningRate == .scheduled(.linear(from: 3e-4, to: 3e-5, start: 0, end: 10_000_000)))
    }

    @Test func linearRuleDecaysANumberToZero() throws {
        let settings = try ppo(minimal + "algorithm:\n  lr_schedule: linear\n  lr: 1e-3\n")
        #expect(settings.learningRate == .scheduled(.linear(from: 1e-3, to: 0, start: 0, end: 10_000_000)))
    }

    @Test func adaptiveRule() throws {
        let settings = try ppo(minimal + "algorithm:\n  lr_schedule: adaptive\n  lr: 5e-4\n  lr_min: 1e-4\n  lr_max: 2e-3\n  desired_kl: 0.008\n")
        #expect(settings.learningRate == .adaptive(initial: 5e-4, minimum: 1e-4, maximum: 2e-3, desiredKL: 0.008))
    }
}
