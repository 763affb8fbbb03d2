import Testing

@testable import Insight

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0.0, "0"), (950, "950"), (999, "999"), (1000, "1k"), (16_384, "16.4k"), (250_000, "250k"), (999_999, "1M"), (1_050_000, "1.05M"),
        (30_000_000, "30M"), (122_500_000, "122M"), (2.5e9, "2.5G"), (-16_384, "-16.4k"),
    ])
    func steps(count: Double, text: String) { #expect(NumberText.steps(count) == text) }

    @Test func otherForms() {
        #expect(NumberText.grouped(9870.22, decimals: 1) == "9,870.2" && NumberText.grouped(-1_234_567, decimals: 0) == "-1,234,567")
        #expect(NumberText.grouped(100, decimals: 2) == "100" && NumberText.grouped(-100, decimals: 0) == "-100")
        #expect(NumberText.fixed(-0.001, decimals: 2) == "0.00" && NumberText.fixed(-0.01, decimals: 2) == "-0.01")
        #expect(NumberText.trimmed(1.50, decimals: 2) == "1.5" && NumberText.trimmed(100, decimals: 0) == "100")
        #expect(NumberText.percent(0.75) == "75 %" && NumberText.percent(1.0 / 3) == "33.3 %")
        #expect(NumberText.scientific(3e-4) == "3e-4" && NumberText.scientific(2.5e-5) == "2.5e-5" && NumberText.scientific(1e9) == "1e9")
        #expect(NumberText.decimals(for: 9870) == 2 && NumberText.decimals(for: 0.095) == 5 && NumberText.decimals(for: 2e6) == 0)
    }

    @Test func tables() {
        var table = TextTable([.init("name"), .init("value", .right)])
        table.add(["a|b", "1"], emphasis: .strong)
        table.add(["say \"c\", d", "100"], emphasis: .dim)
        #expect(table.text() == """
            name        value
            ──────────  ─────
            a|b             1
            say "c", d    100

            """)
        #expect(table.text(colour: true).contains("\u{1B}[1ma|b"))
        #expect(table.markdown() == """
            | name | value |
            | --- | ---: |
            | **a\\|b** | **1** |
            | say "c", d | 100 |

            """)
        #expect(table.csv() == "name,value\na|b,1\n\"say \"\"c\"\", d\",100\n")
    }
}
