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
//     crest-bench [--rounds N] [--out FILE.json] [--memory]

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
        try HumanoidTraining.ppo(threads: threads), try HumanoidStepping.together(threads: threads),
        try Bipedal.stepping(threads: 1), try Bipedal.stepping(threads: threads), try Bipedal.stepping(threads: threads, kind: .hardcore),
        try Bipedal.small(threads: threads), try Bipedal.wide(threads: threads),
    ]
    for round in 1...rounds {
        for i in measurements.indices { try measurements[i].run() }
        print("round \(round) of \(rounds) done")
    }
    for measurement in measurements { print(measurement.line) }
    let raw = measurements[3].median
    print("Humanoid-v5: stepping reaches \(Int(100 * measurements[5].median / raw)) % of raw MuJoCo, PPO end to end \(Int(100 * measurements[6].median / raw)) %")
    if let path = option("--out") { try Measurement.write(measurements, to: path) }
}
