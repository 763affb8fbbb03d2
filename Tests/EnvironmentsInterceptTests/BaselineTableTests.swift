import EnvironmentsIntercept
import Glibc
import Testing

/// Makes the tables of `Documentation/Environments/Interceptor.md`:
///
///     CREST_INTERCEPT_TABLES=1 swift test -c release -Xswiftc -enable-testing --filter BaselineTableTests
@Suite(.serialized, .enabled(if: getenv("CREST_INTERCEPT_TABLES") != nil)) struct BaselineTableTests {
    private let episodes = 200

    @Test func successRates() throws {
        print("| scenario | law | from | 150 m | 100 m | 50 m | 20 m | return at 150 m | fuel, kg | time, s |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        for scenario in InterceptorParameters.Scenario.allCases {
            let parameters = InterceptorParameters(scenario)
            var small = try Engagement(parameters.evaluating(atRadius: 20))
            var large = try Engagement(parameters.evaluating(atRadius: 150))
            for law in Baseline.allCases.map(\.law) {
                for source in law.usesTarget ? GuidanceSource.allCases : [.tracker] {
                    var hits = [0, 0, 0, 0]
                    var (total, fuel, time) = (0.0, 0.0, 0.0)
                    for seed in 0..<UInt64(episodes) {
                        let fine = try small.play(law, from: source, seed: seed)
                        for (i, radius) in [150.0, 100, 50, 20].enumerated() where fine.intercepted(atRadius: radius) { hits[i] += 1 }
                        let coarse = try large.play(law, from: source, seed: seed)
                        total += coarse.return
                        fuel += coarse.fuelUsed
                        time += coarse.time
                    }
                    let n = Double(episodes)
                    let shares = hits.map { "\(tenths(100 * Double($0) / n)) %" }.joined(separator: " | ")
                    print(
                        "| \(scenario.rawValue) | \(law.name) | \(law.usesTarget ? source.rawValue : "–") | \(shares) |",
                        "\(Int((total / n).rounded())) | \(tenths(fuel / n)) | \(tenths(time / n)) |")
                }
            }
        }
    }

    @Test func speed() throws {
        for (name, change) in [("as it is", { _ in }), ("residual", { $0.frame = .lineOfSight; $0.residual = .proportionalNavigation })]
            as [(String, (inout InterceptorParameters) -> Void)]
        {
            var parameters = InterceptorParameters()
            change(&parameters)
            var environment = try Interceptor(parameters)
            var observation = [Float](repeating: 0, count: environment.spec.observationSpace.width)
            let action: [Float] = [0.2, -0.3, 0.9, 0, 0.1, 0]
            var view = observation.mutableSpan
            var seed: UInt64 = 0
            try environment.reset(seed: seed, observation: &view)
            let steps = 1_000_000
            let start = clock()
            for _ in 0..<steps where try environment.step(action: action.span, observation: &view).isLast {
                seed += 1
                try environment.reset(seed: seed, observation: &view)
            }
            print("\(name): \(Int(Double(steps) / (Double(clock() - start) / Double(CLOCKS_PER_SEC)))) steps a second of processor time")
        }
    }

    private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
