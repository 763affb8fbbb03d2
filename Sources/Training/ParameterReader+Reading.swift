import Configuration
import Environments

extension ParameterReader {
    mutating func read(_ value: inout Double, _ name: String) { value = number(name, default: value) }
    mutating func read(_ value: inout Bool, _ name: String) { value = boolean(name, default: value) }

    /// A list of two numbers, low and high.
    mutating func read(_ value: inout ClosedRange<Double>, _ name: String) {
        let bounds = numbers(name, default: [value.lowerBound, value.upperBound], count: 2)
        if bounds[0] <= bounds[1] {
            value = bounds[0]...bounds[1]
        } else {
            complain(name, "'\(name)' must be [low, high] with low ≤ high")
        }
    }

    /// Records what is wrong with a new run's curriculum of the task's own, whose stages begin at `steps`.
    mutating func checkNewCurriculum(_ steps: [Double]) {
        if let first = steps.first, first > 0 {
            refuseNew("curriculum_steps", "a curriculum's first stage begins at step 0", suggestion: "begin the list with 0")
        }
        if steps.isEmpty {
            refuseNew(unused: ["curriculum_linear", "curriculum_environments"], when: "there are no curriculum_steps", need: "curriculum_steps")
        }
    }

    /// Records what a task finds wrong with its parameters, at the key that it names, or else at `fallback`.
    mutating func check(_ fallback: String, _ validate: () throws -> Void) {
        do {
            try validate()
        } catch {
            complain((error as? EnvironmentError)?.key ?? fallback, "\(error)")
        }
    }

    /// All settings that a task's parameters have by name.
    mutating func read<Parameters: NamedSettings>(_ parameters: inout Parameters) {
        for setting in Parameters.numbers { read(&parameters[keyPath: setting.path], setting.name) }
        for setting in Parameters.integers { parameters[keyPath: setting.path] = integer(setting.name, default: parameters[keyPath: setting.path]) }
        for setting in Parameters.ranges { read(&parameters[keyPath: setting.path], setting.name) }
    }
}
