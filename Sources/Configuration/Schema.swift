/// The table of all keys, and how names find them.
public struct Schema: Sendable {
    /// In the order in which a resolved configuration is written.
    public let keys: [KeyDescription]
    /// A section's path and what it is for, in order.
    let sections: [(path: String, summary: String)]
    /// Another section name for a known one, and mappings of other projects whose content belongs elsewhere.
    private let sectionAliases: [String: String]
    private let indexByPath: [String: Int]
    /// Sections that exist only because aliases lead through them (`training.total_timesteps`).
    private let foreignSections: Set<String>

    /// Every key that Crest knows.
    public static let standard = Schema(
        keys: generalKeys + environmentKeys + ppoKeys + evaluationKeys + guardKeys + checkpointKeys + machineKeys,
        sections: standardSections, sectionAliases: standardSectionAliases)

    init(keys: [KeyDescription], sections: [(path: String, summary: String)], sectionAliases: [String: String]) {
        self.keys = keys
        self.sections = sections
        self.sectionAliases = sectionAliases
        var index: [String: Int] = [:]
        var foreign: Set<String> = []
        let known = Set(sections.map(\.path))
        for (number, key) in keys.enumerated() {
            for path in key.allPaths {
                precondition(index[path] == nil, "The name \(path) stands for two keys.")
                index[path] = number
                if let dot = path.lastIndex(of: "."), !known.contains(String(path[..<dot])) {
                    foreign.insert(String(path[..<dot]))
                }
            }
        }
        indexByPath = index
        foreignSections = foreign
    }

    /// What a name in a section stands for.
    enum Child {
        case key(KeyDescription)
        /// A section, by its canonical path.
        case section(String)
        case unknown
    }

    func child(of section: String, named name: String) -> Child {
        let path = section.isEmpty ? name : "\(section).\(name)"
        if let index = indexByPath[path] { return .key(keys[index]) }
        if let canonical = sectionAliases[path] { return .section(canonical) }
        if isSection(path) { return .section(path) }
        return .unknown
    }

    func isSection(_ path: String) -> Bool {
        sections.contains { $0.path == path } || foreignSections.contains(path)
    }

    /// The key with this full path or full alias.
    public func key(_ path: String) -> KeyDescription? { indexByPath[path].map { keys[$0] } }

    /// What a dotted name stands for: a full path, sections' other names included, or a bare key name.
    /// More than one key: the bare name stands in several sections.
    func find(_ name: String) -> (keys: [KeyDescription], section: String?, rest: [String]) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var section = ""
        for (number, part) in parts.enumerated() {
            switch child(of: section, named: part) {
            case .key(let key):
                let rest = Array(parts[(number + 1)...])
                // Only a free mapping has names below it.
                if rest.isEmpty || key.type == .parameters { return ([key], nil, rest) }
                return ([], nil, [])
            case .section(let path): section = path
            case .unknown:
                guard parts.count == 1 else { return ([], nil, []) }
                let matches = keys.filter { $0.leaf == name || $0.aliases.contains(name) }
                if matches.isEmpty, let nested = sections.first(where: { $0.path.hasSuffix(".\(name)") }) {
                    return ([], nested.path, [])
                }
                return (matches, nil, [])
            }
        }
        return ([], section, [])
    }
}
