import Algorithms
import Core
import Environments
import EnvironmentsMuJoCo
import Foundation
import Tensor
import Training

// Measures Crest beside this machine's own limit. Each figure is the median of several rounds with its range, because virtual machines
// drift; rounds go around all measurements in turn. Nothing else should run meanwhile.
//
//     crest-bench [--rounds N] [--only TEXT] [--out FILE.json] [--memory]
//
// With --only just the measurements are made whose name contains the text.

let arguments = CommandLine.arguments
func option(_ name: String) -> String? { arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil } }
let rounds = option("--rounds").flatMap { Int($0) } ?? 3

let machine = try Machine.inspect()
let threads = WorkerPool.processorCount
print("\(machine.facts["cpu"] ?? "?"), \(threads) cores; OpenBLAS kernels \(machine.blasKernels); MuJoCo \(machine.versions["mujoco"] ?? "?")")

if arguments.contains("--memory") {
    try MemoryGrowth.measure(steps: 5_000_000, threads: threads)
} else {
    var measurements: [Measurement] = [
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
    let shares = [("Humanoid-v5", [3, 5, 7]), ("ResidualQuadruped-v1", [14, 15, 16])].map { ($0.0, $0.1.map { measurements[$0].name }) }
    if let text = option("--only") { measurements.removeAll { !$0.name.contains(text) } }
    for round in 1...rounds {
        for i in measurements.indices { try measurements[i].run() }
        print("round \(round) of \(rounds) done")
    }
    for measurement in measurements { print(measurement.line) }
    func median(_ name: String) -> Double? { measurements.first { $0.name == name }?.median }
    for (name, parts) in shares {
        guard let raw = median(parts[0]), let stepping = median(parts[1]), let ppo = median(parts[2]) else { continue }
        print("\(name): stepping reaches \(Int(100 * stepping / raw)) % of raw MuJoCo, PPO end to end \(Int(100 * ppo / raw)) %")
    }
    if let path = option("--out") { try Measurement.write(measurements, to: path) }
}
