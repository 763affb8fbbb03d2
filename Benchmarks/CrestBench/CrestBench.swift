import Algorithms
import ArgumentParser
import Core
import Environments
import EnvironmentsMuJoCo
import Foundation
import Tensor
import Training

@main
struct CrestBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crest-bench", abstract: "Measure Crest beside this machine's own limit.",
        discussion: """
            Each figure is the median of several rounds with its range, because virtual machines drift; rounds go around all measurements in turn. Nothing else should run meanwhile.
            """)

    @Option(help: "Measurements of each figure.")
    var rounds = 3

    @Option(help: ArgumentHelp("Only the figures whose name contains this.", valueName: "text"))
    var only: String?

    @Option(help: ArgumentHelp("Write the figures to this file as JSON.", valueName: "file.json"))
    var out: String?

    @Flag(help: "Only print the names of the figures.")
    var list = false

    @Flag(help: "Measure instead by how much memory grows over 5M steps.")
    var memory = false

    func validate() throws {
        if rounds < 1 { throw ValidationError("--rounds must be at least 1") }
        if memory && (only != nil || out != nil || list) { throw ValidationError("--memory measures one thing and goes with no other option") }
    }

    func run() throws {
        let machine = try Machine.inspect()
        let threads = WorkerPool.processorCount
        var measurements = memory ? [] : try Self.measurements(threads: threads)
        if let only { measurements.removeAll { !$0.name.contains(only) } }
        if measurements.isEmpty && !memory { throw ValidationError("no figure's name contains '\(only ?? "")'; --list shows them") }
        if list {
            for measurement in measurements { print(measurement.name) }
            return
        }
        print("\(machine.facts["cpu"] ?? "?"), \(threads) cores; OpenBLAS kernels \(machine.blasKernels); MuJoCo \(machine.versions["mujoco"] ?? "?")")
        if memory { return try MemoryGrowth.measure(steps: 5_000_000, threads: threads) }

        for round in 1...rounds {
            for i in measurements.indices { try measurements[i].run() }
            print("round \(round) of \(rounds) done")
        }
        for measurement in measurements { print(measurement.line) }
        let all = "\(threads) thread\(threads == 1 ? "" : "s")"
        for (task, name) in [("Humanoid-v5", "Humanoid"), ("ResidualQuadruped-v1", "quadruped")] {
            func median(_ beginning: String, _ end: String) -> Double? {
                measurements.first { $0.name.hasPrefix(beginning) && $0.name.hasSuffix(end) }?.median
            }
            guard let raw = median("raw MuJoCo, \(name)", all), let stepping = median("\(task) stepping", all), let ppo = median("PPO on \(task)", "") else { continue }
            print("\(task): stepping reaches \(Int(100 * stepping / raw)) % of raw MuJoCo, PPO end to end \(Int(100 * ppo / raw)) %")
        }
        if let out { try Measurement.write(measurements, to: out) }
    }

    private static func measurements(threads: Int) throws -> [Measurement] {
        [
            Measurement("sgemm 256×256×256, one thread", unit: "GFLOP/s") { Machine.matmulSpeed(size: 256, seconds: 1) },
            Measurement("sgemm 1024×256×348, one thread", unit: "GFLOP/s") { Machine.matmulSpeed(rows: 1024, inputs: 348, outputs: 256, seconds: 1) },
            try HumanoidStepping.raw(threads: 1), try HumanoidStepping.raw(threads: threads),
            try HumanoidStepping.environments(threads: 1), try HumanoidStepping.environments(threads: threads),
            try HumanoidStepping.together(threads: threads), try HumanoidTraining.ppo(threads: threads),
            try Bipedal.stepping(threads: 1), try Bipedal.stepping(threads: threads), try Bipedal.stepping(threads: threads, kind: .hardcore),
            try Bipedal.small(threads: threads), try Bipedal.wide(threads: threads), try Bipedal.sac(threads: threads),
            try QuadrupedBench.raw(threads: threads), try QuadrupedBench.stepping(threads: threads), try QuadrupedBench.ppo(threads: threads),
            try InterceptorBench.stepping(threads: threads), try InterceptorBench.recurrent(threads: threads),
        ]
    }
}
