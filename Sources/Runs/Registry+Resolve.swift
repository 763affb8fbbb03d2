import Foundation

extension Registry {
    /// The run that a user means.
    ///
    /// - Parameter reference: `latest`; a path of a run folder (from here or from the root); an identifier, a name or a folder's name; or
    ///   a beginning or an end of one of these that fits one run only. Exact matches come before parts.
    /// - Throws: `RunError`: `.ambiguous` with the candidates, `.notFound` with the newest runs, `.notARun` for a path that is none.
    public func resolve(_ reference: String) throws -> RunFolder {
        // A path that is a run folder needs no registry.
        for path in [reference, "\(root)/\(reference)"] where !reference.isEmpty {
            if Disk().size("\(path)/run.json") != nil { return try RunFolder.open(path) }
        }
        if let run = try match(reference) { return try folder(of: run) }
        // It may have been copied here, or be another process's newest.
        try rescan()
        if let run = try match(reference) { return try folder(of: run) }

        // What looks like a path gets the explanation for paths.
        if reference.hasPrefix("/") || reference.hasPrefix(".") || Disk().exists(reference) { return try RunFolder.open(reference) }
        let newest = try list(limit: 5)
        throw RunError(
            .notFound, reference == "latest" ? "there are no runs yet" : "no run is called '\(reference)'", place: root,
            hint: newest.isEmpty ? "crest train CONFIG.yaml begins one" : "the newest runs:\n\(Self.table(newest))")
    }

    private func match(_ reference: String) throws -> RegisteredRun? {
        let runs = try list()
        if reference == "latest" { return runs.first }
        guard !reference.isEmpty else { return nil }
        func keys(_ run: RegisteredRun) -> [String] {
            [run.id, run.name, run.path, run.path.split(separator: "/").last.map(String.init) ?? run.path]
        }
        let exact = runs.filter { keys($0).contains(reference) }
        let matches = exact.isEmpty ? runs.filter { keys($0).contains { $0.hasPrefix(reference) || $0.hasSuffix(reference) } } : exact
        guard matches.count > 1 else { return matches.first }
        let shown = matches.prefix(10)
        let rest = matches.count > shown.count ? "\n    and \(matches.count - shown.count) more" : ""
        throw RunError(
            .ambiguous, "'\(reference)' fits \(matches.count) runs", place: root,
            hint: "name one of them by its identifier or path:\n\(Self.table(Array(shown)))\(rest)")
    }

    private static func table(_ runs: [RegisteredRun]) -> String {
        runs.map { "    \($0.id)  \($0.path)  \($0.status.rawValue), \($0.steps) steps" }.joined(separator: "\n")
    }
}
