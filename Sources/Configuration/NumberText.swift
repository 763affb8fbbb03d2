/// Numbers as people write them in configurations: `64`, `3e-4`, `30_000_000`, `250k`, `1.5M`, `2G`.
enum NumberText {
    private static let suffixes: [Character: Int] = ["k": 1_000, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000]

    static func hasSuffix(_ text: String) -> Bool {
        text.last.map { suffixes[$0] != nil } ?? false
    }

    /// A whole number; nil for fractions, for text, and for what does not fit.
    static func integer(_ text: String) -> Int? {
        guard let (digits, factor) = split(text) else { return nil }
        if let value = Int(digits) {
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        // `1.5M` and `3e6` are whole too; beyond 2^53 a double no longer tells.
        guard let value = number(text), value == value.rounded(), abs(value) <= 9_007_199_254_740_992 else { return nil }
        return Int(value)
    }

    /// A whole number of 64 bits without sign.
    static func unsigned(_ text: String) -> UInt64? {
        if let (digits, factor) = split(text), factor == 1, let value = UInt64(digits) { return value }
        return integer(text).flatMap { UInt64(exactly: $0) }
    }

    /// Any finite number.
    static func number(_ text: String) -> Double? {
        guard let (digits, factor) = split(text), let value = Double(digits) else { return nil }
        let product = value * Double(factor)
        return product.isFinite ? product : nil
    }

    /// Decimal digits without separators, and the factor that the suffix stands for.
    private static func split(_ text: String) -> (digits: String, factor: Int)? {
        var body = text[...]
        var factor = 1
        if let last = body.last, let value = suffixes[last] {
            factor = value
            body = body.dropLast()
        }
        // An underscore separates digits and nothing else.
        var digits = ""
        var previous: Character = "_"
        for character in body {
            switch character {
            case "_":
                guard isDigit(previous) else { return nil }
            case "0"..."9": digits.append(character)
            case ".", "-", "+", "e", "E":
                guard previous != "_" || digits.isEmpty else { return nil }
                digits.append(character)
            default: return nil
            }
            previous = character
        }
        guard let last = digits.last, isDigit(last) || last == ".", previous != "_", digits.contains(where: isDigit) else {
            return nil
        }
        // A suffix after an exponent (`1e3k`) is a slip, not a number.
        if factor > 1, digits.contains(where: { $0 == "e" || $0 == "E" }) { return nil }
        return (digits, factor)
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    /// Shortest text that reads back as the same double, always with a point (`1.0e-05`), as YAML 1.1 readers want it.
    static func text(of value: Double) -> String {
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text[..<exponent].contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    /// A whole number as people write it: `2M`, `250k`, `1.5M`. In digits below 10,000, and where more than three of them count.
    static func suffixed(_ value: Int) -> String {
        for (suffix, unit) in [("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)] where value >= max(unit, 10_000) {
            // Three digits: how many stand behind the point depends on how many stand before it.
            let grain = unit / (value / unit >= 100 ? 1 : value / unit >= 10 ? 10 : 100)
            return value % grain == 0 ? short(Double(value) / Double(unit)) + suffix : String(value)
        }
        return String(value)
    }

    /// Short text for messages and tables: whole numbers without a point.
    static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }
}
