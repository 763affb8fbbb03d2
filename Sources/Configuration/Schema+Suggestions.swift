extension Schema {
    /// What to say about a name that `section` does not have: another section's key, the nearest name, or nothing.
    func suggestion(for name: String, in section: String) -> String {
        // The right name in the wrong place.
        let elsewhere = keys.filter { $0.section != section && ($0.leaf == name || $0.aliases.contains(name)) }
        if let key = elsewhere.first, elsewhere.allSatisfy({ $0.path == key.path }) {
            let target = key.leaf == name ? "" : " as '\(key.leaf)'"
            return key.section.isEmpty ? "it belongs at the top level\(target)" : "it belongs under '\(key.section):'\(target)"
        }
        if section.isEmpty == false, sections.contains(where: { $0.path == name }) {
            return "the section '\(name):' belongs at the top level"
        }
        // A slip of the pen in the right place.
        let here = candidates(in: section)
        if let near = Self.nearest(to: name, among: here.map(\.name)) {
            let meaning = here.first { $0.name == near }?.meaning ?? near
            return meaning == near ? "did you mean '\(near)'?" : "did you mean '\(near)' (another name of '\(meaning)')?"
        }
        // A slip of the pen in the wrong place.
        let leaves = keys.filter { $0.section != section }
        if let near = Self.nearest(to: name, among: leaves.map(\.leaf)), let key = leaves.first(where: { $0.leaf == near }) {
            return "did you mean '\(key.path)'?"
        }
        return ""
    }

    /// The nearest full path for a dotted or bare name, as given on the command line.
    func suggestion(forPath name: String) -> String {
        if let dot = name.lastIndex(of: ".") {
            let found = find(String(name[..<dot]))
            if let section = found.section {
                return suggestion(for: String(name[name.index(after: dot)...]), in: section)
            }
        }
        let near = Self.nearest(to: name, among: keys.flatMap { [$0.leaf] + $0.allPaths + $0.aliases })
        return near.map { "did you mean '\($0)'?" } ?? ""
    }

    /// Names of keys and sections directly in `section`, each with the name that it stands for.
    private func candidates(in section: String) -> [(name: String, meaning: String)] {
        var names: [(name: String, meaning: String)] = []
        for key in keys where key.section == section {
            names.append((key.leaf, key.leaf))
            names += key.aliases.filter { !$0.contains(".") }.map { ($0, key.leaf) }
        }
        for other in sections {
            let parts = other.path.split(separator: ".")
            if let last = parts.last, parts.dropLast().joined(separator: ".") == section { names.append((String(last), String(last))) }
        }
        return names
    }

    /// The candidate with the fewest edits, if they are few for the length of the name. The first of equals wins.
    static func nearest(to name: String, among candidates: [String]) -> String? {
        let name = name.lowercased().map { $0 == "-" ? "_" : $0 }
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = editDistance(name, Array(candidate.lowercased()))
            if edits < best?.edits ?? Int.max { best = (candidate, edits) }
        }
        guard let best, best.edits <= max(1, min(3, name.count / 3)) else { return nil }
        return best.name
    }

    /// Fewest insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func editDistance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var edits = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { edits = min(edits, beforeLast[j - 1] + 1) }
                row.append(edits)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
