import Core
import Environments
import Foundation

@testable import Algorithms

/// Configurations and measures that SAC's tests share.
enum SmallSAC {
    /// Everything switched on that keeps state, at a size that takes milliseconds.
    static func full(crossQ: Bool = false) -> SACConfiguration {
        var c = SACConfiguration()
        c.environments = 3
        c.stepsPerIteration = 24
        c.trainFrequency = 2
        c.gradientSteps = 2
        c.policyFrequency = 2
        c.learningRate = .linear(from: 1e-3, to: 1e-4, start: 0, end: 400)
        c.alphaLearningRate = .constant(1e-2)
        c.bufferSize = 90
        c.learningStarts = 30
        // Three blocks of samples, the last one not full.
        c.batchSize = 80
        c.nStep = 3
        c.policyHidden = [16, 16]
        c.criticHidden = [16, 16]
        c.criticLayerNorm = !crossQ
        c.crossQ = crossQ
        c.renormWarmup = 20
        c.normalizeObservations = true
        c.normalizeRewards = true
        c.normalizeUntil = 200
        c.maxGradNorm = 0.5
        c.replaySlack = 60
        c.shards = 3
        return c
    }

    static func make(_ c: SACConfiguration, threads: Int = 1, seed: UInt64 = 7, file: String? = nil) throws -> SAC {
        try SAC(c, seed: seed, pool: WorkerPool(threads: threads), replayFile: file) { DummyEnvironment(limit: 15) }
    }

    /// A path in the temporary folder that nothing uses.
    static func path() -> String { FileManager.default.temporaryDirectory.appendingPathComponent("crest-replay-\(UUID().uuidString)").path }
}

extension SACReport {
    /// All numbers as bits, so that NaN equals NaN and −0 differs from 0.
    var bits: [UInt64] { metrics.map(\.value.bitPattern) }
}
