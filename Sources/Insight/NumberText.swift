import Foundation

/// Numbers as people read them.
public enum NumberText {
    /// A count of steps: `950`, `16.4k`, `1.05M`, `30M`, `2.5G`: at most three digits, no trailing zeros.
    public static func steps(_ count: Double) -> String {
        let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
        // The next unit takes over where rounding would give 1000 of this one.
        guard let (unit, suffix) = units.first(where: { abs(count) >= 0.9995 * $0.0 }), abs(count) > 999 else { return trimmed(count, decimals: 2) }
        let scaled = count / unit
        return trimmed(scaled, decimals: abs(scaled) >= 100 ? 0 : abs(scaled) >= 10 ? 1 : 2) + suffix
    }

    /// Decimals at which numbers of this magnitude are best told apart: 2 from 1 up, 0 from a million up, and four digits below 1.
    public static func decimals(for magnitude: Double) -> Int {
        let size = abs(magnitude)
        if !size.isFinite || size == 0 { return 2 }
        if size >= 1e6 { return 0 }
        return size >= 1 ? 2 : min(9, 3 - Int(log10(size).rounded(.down)))
    }

    public static func fixed(_ value: Double, decimals: Int) -> String {
        let text = String(format: "%.\(decimals)f", value)
        // A negative number that rounds to zero loses its sign.
        return text.hasPrefix("-") && !text.contains(where: { ("1"..."9").contains($0) }) && value.isFinite ? String(text.dropFirst()) : text
    }

    /// Fixed decimals without trailing zeros.
    public static func trimmed(_ value: Double, decimals: Int) -> String {
        let text = fixed(value, decimals: decimals)
        guard text.contains(".") else { return text }
        let cut = text.reversed().drop { $0 == "0" }
        return String((cut.first == "." ? cut.dropFirst() : cut).reversed())
    }

    /// With commas between groups of three digits: `9,870.2`.
    public static func grouped(_ value: Double, decimals: Int) -> String {
        let text = trimmed(value, decimals: decimals)
        guard value.isFinite else { return text }
        let whole = text.prefix { $0 != "." }
        var result = ""
        for (i, digit) in whole.reversed().enumerated() {
            if i > 0, i % 3 == 0, digit != "-" { result.append(",") }
            result.append(digit)
        }
        return String(result.reversed()) + text.dropFirst(whole.count)
    }

    /// With a power of ten: `3e-4`, `2.5e-5`, `1e9`.
    public static func scientific(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
        let parts = String(format: "%.2e", value).split(separator: "e")
        return trimmed(Double(parts[0]) ?? value, decimals: 2) + "e\(Int(parts[1]) ?? 0)"
    }

    /// A share in 0...1 as a percentage: `75 %`, `33.3 %`.
    public static func percent(_ share: Double) -> String { trimmed(100 * share, decimals: 1) + " %" }
}
