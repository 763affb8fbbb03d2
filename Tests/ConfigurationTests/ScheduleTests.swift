@testable import Configuration
import Core
import Testing

@Suite struct ScheduleTests {
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
        "3e-4 ->", "-> 1", "1 -> 2 -> 3", "lin_", "lin_x", "cos_", "cos_x", "[1, 2]", "{linear: {from: 1, to: 2}, constant: 1}", "'0.2'", "{}",
        "{exponential: {from: 1, to: 2}}",
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

    // MARK: Cosine, points, phases

    @Test(arguments: [
        ("{cosine: {from: 3e-4, to: 3e-5}}", Schedule.cosine(from: 3e-4, to: 3e-5, start: 0, end: 10_000_000)),
        ("{cosine: {from: 3e-4, to: 3e-5, start: 1M, end: 2M}}", .cosine(from: 3e-4, to: 3e-5, start: 1_000_000, end: 2_000_000)),
        ("cos_0.2", .cosine(from: 0.2, to: 0, start: 0, end: 10_000_000)),
        (
            "{piecewise: [[0, 3e-4], [1M, 1e-4], [2M, 3e-5]]}",
            .piecewise([.init(step: 0, value: 3e-4), .init(step: 1_000_000, value: 1e-4), .init(step: 2_000_000, value: 3e-5)])
        ),
        ("{piecewise: [[5, 1]]}", .piecewise([.init(step: 5, value: 1)])),
        ("{steps: [[0, 3e-4], [1M, 1e-4]]}", .steps([.init(step: 0, value: 3e-4), .init(step: 1_000_000, value: 1e-4)])),
        ("{two_phase: {first: 3e-4, second: 3e-5, at: 2M}}", .twoPhase(first: 3e-4, second: 3e-5, at: 2_000_000)),
    ])
    func formsAndTheirText(_ text: String, _ expected: Schedule) throws {
        let settings = try ppo(minimal + "algorithm:\n  clip_range: \(text)\n  learning_rate: \(text)\n  ent_coef: \(text)\n")
        #expect(settings.clipRange == expected && settings.entCoef == expected && settings.learningRate == .scheduled(expected))
        // Written out it reads back as itself, whatever the length of the run.
        let written = ScheduleText.text(of: expected)
        #expect(try ppo("env: {id: A}\ntotal_timesteps: 7\nalgorithm:\n  clip_range: \(written)\n").clipRange == expected, "\(written)")
    }

    @Test(arguments: [
        ("{linear: {from: 1}}", "x.yaml:5:24: 'clip_range': 'linear' lacks 'to'"),
        ("{linear: 3}", "x.yaml:5:24: 'clip_range': 'linear' must be a mapping of from, to, start, end, not '3'"),
        ("{linear: {from: 1, to: 2, end: 0}}", "x.yaml:5:46: 'clip_range': 'linear' starts at step 0, which is not before its end at 0"),
        ("{linear: {from: 1, to: 2, start: 9, end: 5}}", "x.yaml:5:48: 'clip_range': 'linear' starts at step 9, which is not before its end at 5"),
        ("{linear: {from: 1, to: 2, untl: 3}}", "x.yaml:5:41: 'clip_range': unknown key 'untl'; 'linear' has from, to, start, end"),
        ("{cosine: {form: 1, to: 2}}", "x.yaml:5:25: 'clip_range': unknown key 'form'; did you mean 'from'?"),
        ("{cosine: {from: 1, to: 2, start: -1}}", "x.yaml:5:48: 'clip_range': 'start' must be a whole number, at least 0, not '-1'"),
        ("{cosine: {from: high, to: 2}}", "x.yaml:5:31: 'clip_range': 'from' must be a number, not 'high'"),
        ("{cosin: {from: 1, to: 2}}", "x.yaml:5:16: 'clip_range': unknown schedule 'cosin'; did you mean 'cosine'?"),
        ("{piecewise: []}", "x.yaml:5:27: 'clip_range': 'piecewise' needs at least one [step, value]; write {piecewise: [[0, 3e-4], [1M, 3e-5]]}"),
        ("{piecewise: 3}", "x.yaml:5:27: 'clip_range': 'piecewise' must be a list of [step, value], not '3'; write {piecewise: [[0, 3e-4], [1M, 3e-5]]}"),
        ("{steps: [[0, 1], 2]}", "x.yaml:5:32: 'clip_range': a point of 'steps' must be [step, value], not '2'; write {steps: [[0, 3e-4], [1M, 3e-5]]}"),
        ("{steps: [[0, 1], [5, 2], [5, 3]]}", "x.yaml:5:41: 'clip_range': the steps of 'steps' must ascend, but 5 comes after 5"),
        ("{piecewise: [[1M, 1], [0, 2]]}", "x.yaml:5:38: 'clip_range': the steps of 'piecewise' must ascend, but 0 comes after 1000000"),
        ("{piecewise: [[-5, 1]]}", "x.yaml:5:29: 'clip_range': the step of a point must be a whole number, at least 0, not '-5'"),
        ("{piecewise: [[0, x]]}", "x.yaml:5:32: 'clip_range': the value of a point must be a number, not 'x'"),
        ("{two_phase: {first: 1, second: 2}}", "x.yaml:5:27: 'clip_range': 'two_phase' lacks 'at'"),
        ("{two_phase: {first: 1, second: 2, at: 0}}", "x.yaml:5:53: 'clip_range': 'at' must be at least 1, not 0"),
        ("{piecewise: [[0, 1], [5, -1], [9, 1]]}", "x.yaml:5:15: 'clip_range' must be at least 0, not {piecewise: [[0, 1], [5, -1], [9, 1]]}"),
    ])
    func mistakesInsideASchedule(_ text: String, _ expected: String) {
        #expect(errors(minimal + "algorithm:\n  clip_range: \(text)\n") == [expected])
    }

    @Test func aShapeNamesTheRule() throws {
        for (rate, rule) in [("cos_1e-3", "cosine"), ("lin_1e-3", "linear"), ("{steps: [[0, 1e-3]]}", "steps"), ("{piecewise: [[0, 1e-3]]}", "piecewise")] {
            let text = try parse(minimal + "algorithm: {recipe: robust}\n", set: ["learning_rate=\(rate)"]).resolvedYAML()
            #expect(text.contains("  lr_schedule: \(rule) "), "\(rate)")
            #expect(try parse(minimal, set: ["learning_rate=\(rate)", "lr_schedule=\(rule)"]) == parse(minimal, set: ["learning_rate=\(rate)"]))
        }
    }

    @Test func cosineRule() throws {
        func rate(_ text: String) throws -> LearningRateRule { try ppo(minimal + "algorithm:\n  lr_schedule: cosine\n  lr: \(text)\n").learningRate }
        #expect(try rate("1e-3") == .scheduled(.cosine(from: 1e-3, to: 0, start: 0, end: 10_000_000)))
        #expect(try rate("1e-3 -> 1e-5") == .scheduled(.cosine(from: 1e-3, to: 1e-5, start: 0, end: 10_000_000)))
        #expect(
            errors(minimal + "algorithm:\n  lr_schedule: cosine\n  lr: lin_1e-3\n")
                == ["x.yaml:6:7: 'learning_rate' is a linear schedule, but 'lr_schedule' is cosine; give a number, or write lr_schedule: linear"])
        #expect(
            errors(minimal + "algorithm:\n  lr_schedule: steps\n  lr: 1e-3\n")
                == ["x.yaml:5:16: 'lr_schedule' is steps, but 'learning_rate' is a number; write learning_rate: {steps: [[0, 3e-4], [1M, 3e-5]]}"])
    }

    @Test func rescalingKeepsPlacesAndOrder() {
        let points = [SchedulePoint(step: 0, value: 3), .init(step: 1, value: 2), .init(step: 500, value: 1), .init(step: 1000, value: 0)]
        #expect(
            ScheduleText.rescaled(.piecewise(points), from: 1000, to: 100)
                == .piecewise([.init(step: 0, value: 3), .init(step: 1, value: 2), .init(step: 50, value: 1), .init(step: 100, value: 0)]))
        #expect(ScheduleText.rescaled(.steps(points), from: 1000, to: 1000) == .steps(points))
        #expect(ScheduleText.rescaled(.cosine(from: 1, to: 0, start: 100, end: 900), from: 1000, to: 10) == .cosine(from: 1, to: 0, start: 1, end: 9))
        // Points that fall together still ascend.
        guard case .steps(let close) = ScheduleText.rescaled(.steps(points), from: 1000, to: 1) else { return }
        #expect(close.map(\.step) == [0, 1, 2, 3] && close.map(\.value) == [3, 2, 1, 0])
        // And points that would lie beyond all whole numbers don't.
        guard case .steps(let far) = ScheduleText.rescaled(.steps(points), from: 1, to: Int.max) else { return }
        #expect(far.map(\.step) == [0, 1 << 62, 1 << 62 + 1, 1 << 62 + 2])
    }
}
