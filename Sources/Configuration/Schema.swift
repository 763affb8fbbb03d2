/// The table of all keys, and how names find them.
public struct Schema: Sendable {
    /// In the order in which a resolved configuration is written.
    public let keys: [KeyDescription]
    /// A section's path and what it is for, in order.
    let sections: [(path: String, summary: String)]
    /// Another section name for a known one, and mappings of other projects whose content belongs elsewhere.
    private let sectionAliases: [String: String]
    /// More than one where algorithms give a key different values.
    private let indicesByPath: [String: [Int]]
    /// Every key's path once, in order.
    let paths: [String]
    /// Sections that exist only because aliases lead through them (`training.total_timesteps`).
    private let foreignSections: Set<String>

    /// Every key that Crest knows.
    public static let standard = Schema(
        keys: generalKeys + environmentKeys + ppoKeys + sacKeys + evaluationKeys + guardKeys + checkpointKeys + machineKeys,
        sections: standardSections, sectionAliases: standardSectionAliases)

    init(keys: [KeyDescription], sections: [(path: String, summary: String)], sectionAliases: [String: String]) {
        self.keys = keys
        self.sections = sections
        self.sectionAliases = sectionAliases
        var indices: [String: [Int]] = [:]
        var paths: [String] = []
        var foreign: Set<String> = []
        let known = Set(sections.map(\.path))
        for (number, key) in keys.enumerated() {
            if !paths.contains(key.path) { paths.append(key.path) }
            for path in key.allPaths {
                let isUnique = (indices[path] ?? []).allSatisfy {
                    keys[$0].path == key.path && !keys[$0].algorithms.isEmpty && Set(keys[$0].algorithms).isDisjoint(with: key.algorithms)
                }
                precondition(isUnique, "The name \(path) stands for two keys.")
                indices[path, default: []].append(number)
                if let dot = path.lastIndex(of: "."), !known.contains(String(path[..<dot])) {
                    foreign.insert(String(path[..<dot]))
                }
            }
        }
        indicesByPath = indices
        self.paths = paths
        foreignSections = foreign
    }

    /// What a name in a section stands for.
    enum Child {
        /// One key's descriptions, one for each kind of values that algorithms give it.
        case key([KeyDescription])
        /// A section, by its canonical path.
        case section(String)
        case unknown
    }

    func child(of section: String, named name: String) -> Child {
        let path = section.isEmpty ? name : "\(section).\(name)"
        if let indices = indicesByPath[path] { return .key(indices.map { keys[$0] }) }
        if let canonical = sectionAliases[path] { return .section(canonical) }
        if isSection(path) { return .section(path) }
        return .unknown
    }

    func isSection(_ path: String) -> Bool {
        sections.contains { $0.path == path } || foreignSections.contains(path)
    }

    /// The key with this full path or full alias; of several descriptions the first.
    public func key(_ path: String) -> KeyDescription? { indicesByPath[path]?.first.map { keys[$0] } }

    /// The key with this full path or full alias as `algorithm` has it; nil if that does not use it.
    public func key(_ path: String, for algorithm: AlgorithmName) -> KeyDescription? {
        (indicesByPath[path] ?? []).lazy.map { keys[$0] }.first { $0.isUsed(by: algorithm) }
    }

    /// What a dotted name stands for: a full path, sections' other names included, or a bare key name.
    /// Descriptions of more than one path: the bare name stands in several sections.
    func find(_ name: String) -> (keys: [KeyDescription], section: String?, rest: [String]) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var section = ""
        for (number, part) in parts.enumerated() {
            switch child(of: section, named: part) {
            case .key(let found):
                let rest = Array(parts[(number + 1)...])
                // Only a free mapping has names below it.
                if rest.isEmpty || found.contains(where: { $0.type == .parameters }) { return (found, nil, rest) }
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
