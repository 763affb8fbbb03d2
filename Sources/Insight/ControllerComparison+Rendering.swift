import Foundation

extension ControllerComparison {
    /// Means, then each policy against the baselines, then the breakdown, for a terminal.
    ///
    /// - Parameter title: stands over the means; nil: the head.
    public func text(title: String? = nil, colour: Bool = false) -> String {
        sections(title) { $0.text(colour: colour) }.map { "\($0.title)\n\($0.table)" }.joined(separator: "\n")
    }

    public func markdown(title: String? = nil) -> String {
        sections(title) { $0.markdown() }.map { "### \($0.title)\n\n\($0.table)" }.joined(separator: "\n")
    }

    /// One line a policy, baseline and measure, with unrounded numbers; an unknown interval leaves its cells empty.
    public func csvTable() -> TextTable {
        let titles = ["policy", "baseline", "measure", "episodes", "policy_mean", "baseline_mean", "difference", "ci95_low", "ci95_high"]
        var table = TextTable(titles.map { TextTable.Column($0) })
        for policy in policies {
            for baseline in baselines {
                for gap in gaps(policy, baseline) {
                    let interval = gap.difference.map { ["\($0.interval.low)", "\($0.interval.high)"] } ?? ["", ""]
                    table.add(
                        [policy.name, baseline.name, gap.measure.key, "\(episodes)", "\(gap.policy)", "\(gap.baseline)", "\(gap.policy - gap.baseline)"]
                            + interval)
                }
            }
        }
        return table
    }

    private func sections(_ title: String?, _ render: (TextTable) -> String) -> [(title: String, table: String)] {
        var sections = [(title ?? head, render(means))]
        // A policy that did the same as one before it, the last checkpoint being the best say, would only repeat its tables.
        var distinct: [Controller] = []
        for policy in policies where !distinct.contains(where: { $0.columns == policy.columns }) { distinct.append(policy) }
        // With many baselines only the most telling one is shown measure by measure, and the others by what counts.
        let detailed = baselines.count <= 2 ? baselines : Array(baselines.prefix(1))
        for policy in distinct {
            for baseline in detailed {
                sections.append(("\(policy.name) against \(baseline.name), \(episodes) paired episodes", render(gapTable(policy, baseline))))
            }
            if detailed.count < baselines.count {
                sections.append(("\(policy.name) against all: policy − baseline (95 % interval)", render(summary(policy))))
            }
        }
        if let breakdown { sections.append((breakdown.title, render(table(of: breakdown, distinct + detailed)))) }
        return sections
    }

    /// Means of every measure, a controller a row.
    private var means: TextTable {
        var table = TextTable([.init("Controller")] + measures.map { .init($0.heading, .right) })
        for controller in controllers {
            let cells = measures.map { measure in controller.columns[measure.key].map { mean($0, measure) } ?? "" }
            table.add([controller.name] + cells, emphasis: controller.isBaseline ? .plain : .strong)
        }
        return table
    }

    private func gapTable(_ policy: Controller, _ baseline: Controller) -> TextTable {
        var table = TextTable([
            .init("Measure"), .init("Policy", .right), .init("Baseline", .right), .init("Difference", .right), .init("95 % interval", .right),
            .init("Differs"),
        ])
        for gap in gaps(policy, baseline) {
            let measure = gap.measure
            func text(_ value: Double) -> String { NumberText.fixed(value * measure.scale, decimals: decimals(measure)) }
            let differs = gap.difference.map { $0.isSignificant ? "yes" : "no" } ?? "unknown"
            table.add([
                measure.heading, text(gap.policy), text(gap.baseline), signed(gap.policy - gap.baseline, measure),
                gap.difference.map { "\(text($0.interval.low)) to \(text($0.interval.high))" } ?? "unknown", differs,
            ])
        }
        return table
    }

    /// Shares and return against every baseline.
    private func summary(_ policy: Controller) -> TextTable {
        let shown = measures.filter { $0.isShare || $0.key == "return" }
        var table = TextTable([.init("Baseline")] + shown.map { .init($0.heading, .right) })
        for baseline in baselines {
            let gaps = gaps(policy, baseline).filter { shown.contains($0.measure) }
            table.add([baseline.name] + gaps.map { gap in
                func text(_ value: Double) -> String { NumberText.fixed(value * gap.measure.scale, decimals: decimals(gap.measure)) }
                let interval = gap.difference.map { "\(text($0.interval.low)) to \(text($0.interval.high))" } ?? "unknown"
                return "\(signed(gap.policy - gap.baseline, gap.measure)) (\(interval))"
            })
        }
        return table
    }

    /// Means of every measure over each part, a part and controller a row.
    private func table(of breakdown: Breakdown, _ shown: [Controller]) -> TextTable {
        let first: [TextTable.Column] = [.init(breakdown.heading), .init("Episodes", .right), .init("Controller")]
        var table = TextTable(first + measures.map { .init($0.heading, .right) })
        for part in breakdown.parts where !part.episodes.isEmpty {
            for controller in shown {
                let cells = measures.map { measure in
                    controller.columns[measure.key].map { values in mean(part.episodes.map { values[$0] }, measure) } ?? ""
                }
                table.add([part.name, "\(part.episodes.count)", controller.name] + cells, emphasis: controller.isBaseline ? .plain : .strong)
            }
        }
        return table
    }

    private func mean(_ values: [Double], _ measure: Measure) -> String {
        NumberText.fixed(Statistics.mean(values) * measure.scale, decimals: decimals(measure))
    }

    private func signed(_ value: Double, _ measure: Measure) -> String {
        let text = NumberText.fixed(value * measure.scale, decimals: decimals(measure))
        return value > 0 && text.contains { ("1"..."9").contains($0) } ? "+" + text : text
    }

    /// The same number of decimals for a measure everywhere, from the greatest of its means.
    private func decimals(_ measure: Measure) -> Int {
        if measure.isShare { return 1 }
        let means = controllers.compactMap { $0.columns[measure.key].map { abs(Statistics.mean($0)) } }
        return NumberText.decimals(for: means.max() ?? 0)
    }
}
