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
