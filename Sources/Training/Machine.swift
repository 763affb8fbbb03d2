import Core
import EnvironmentsMuJoCo
import Foundation
import Tensor

/// What Crest found on this machine.
public struct Machine: Sendable {
    /// Name of a component → its version.
    public let versions: [String: String]
    /// Facts: processor, cores, memory, kernel.
    public let facts: [String: String]
    /// Kernel family that OpenBLAS runs, e.g. `SkylakeX`.
    public let blasKernels: String

    /// Version of Crest.
    public static let crestVersion = "0.1.0"

    /// Looks at the machine and opens the libraries.
    ///
    /// - Throws: `TensorError` without OpenBLAS.
    public static func inspect() throws -> Machine {
        try BLAS.open()
        var versions = ["crest": crestVersion, "openblas": BLAS.version.split(separator: " ").prefix(2).joined(separator: " ")]
        #if compiler(>=6.3)
            versions["swift"] = "6.3 or newer"
        #else
            versions["swift"] = "6.2"
        #endif
        // The shim takes this version only.
        versions["mujoco"] = (try? MuJoCoFiles.locate()) == nil ? "not found (run `make deps`)" : "4.0.0"
        let processor = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
        return Machine(
            versions: versions,
            facts: [
                "cpu": processor ?? "unknown", "cores": "\(WorkerPool.processorCount)",
                "memory": "\(ProcessInfo.processInfo.physicalMemory >> 30) GiB", "kernel": kernel ?? "unknown",
            ],
            blasKernels: BLAS.kernelName)
    }

    /// Speed of single-precision matrix products of size n on one thread, GFLOP/s.
    public static func matmulSpeed(size n: Int = 256, seconds: Double = 0.5) -> Double {
        matmulSpeed(rows: n, inputs: n, outputs: n, seconds: seconds)
    }

    /// Speed of a dense layer's product of these sizes on one thread: best of many repetitions, GFLOP/s. Call `inspect()` first.
    public static func matmulSpeed(rows B: Int, inputs C: Int, outputs D: Int, seconds: Double) -> Double {
        let (x, w, y) = (FloatBuffer(B * C), FloatBuffer(C * D), FloatBuffer(B * D))
        var random = Philox(seed: 1, purpose: .test)
        for i in 0..<x.count { x[i] = Float(random.uniform()) }
        for i in 0..<w.count { w[i] = Float(random.uniform()) }
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        var best = Double.infinity
        while clock.now < end {
            let time = clock.measure { for _ in 0..<10 { BLAS.forward(x: x.pointer, w: w.pointer, y: y.pointer, B: B, C: C, D: D) } }
            best = min(best, Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds))
        }
        return 20 * Double(B) * Double(C) * Double(D) / best / 1e9
    }
}
