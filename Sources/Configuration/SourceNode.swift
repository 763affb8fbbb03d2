/// A YAML value with the place where it stands. Unlike a dictionary it keeps the order and any key written twice.
struct SourceNode: Sendable {
    struct Entry: Sendable {
        var key: String
        var keyPosition: SourcePosition
        var value: SourceNode
    }

    indirect enum Content: Sendable {
        /// Text as written; `quoted` text is never a number, boolean or null.
        case scalar(String, quoted: Bool)
        case sequence([SourceNode])
        case mapping([Entry])
    }

    var content: Content
    var position: SourcePosition

    /// Nothing, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The text if this is an unquoted scalar: only that can be a number or a boolean.
    var plainText: String? {
        if case .scalar(let text, false) = content { text } else { nil }
    }

    /// How an error message names this value.
    var shown: String {
        switch content {
        case .scalar(let text, let quoted):
            if isNull { return "empty" }
            let short = text.count > 40 ? text.prefix(40) + "…" : text[...]
            return quoted ? "the quoted text \"\(short)\"" : "'\(short)'"
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        }
    }
}
