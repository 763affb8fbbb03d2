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
    ]
    let humanoid = (raw: measurements[3].name, stepping: measurements[5].name, ppo: measurements[7].name)
    if let text = option("--only") { measurements.removeAll { !$0.name.contains(text) } }
    for round in 1...rounds {
        for i in measurements.indices { try measurements[i].run() }
        print("round \(round) of \(rounds) done")
    }
    for measurement in measurements { print(measurement.line) }
    func median(_ name: String) -> Double? { measurements.first { $0.name == name }?.median }
    if let raw = median(humanoid.raw), let stepping = median(humanoid.stepping), let ppo = median(humanoid.ppo) {
        print("Humanoid-v5: stepping reaches \(Int(100 * stepping / raw)) % of raw MuJoCo, PPO end to end \(Int(100 * ppo / raw)) %")
    }
    if let path = option("--out") { try Measurement.write(measurements, to: path) }
}
