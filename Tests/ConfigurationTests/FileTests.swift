import Configuration
import Foundation
import Testing

@Suite struct FileTests {
    /// Writes `data` to a file of its own, gives its path to `body`, and removes it.
    private func withFile(_ data: Data, _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("crest-\(UUID().uuidString).yaml")
        try data.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    private func message(_ path: String) -> String {
        do {
            _ = try Configuration.load(path: path)
            return ""
        } catch { return "\(error)" }
    }

    @Test func loadsAFile() throws {
        try withFile(Data(minimal.utf8)) {
            let configuration = try Configuration.load(path: $0)
            #expect(configuration.environment.id == "Humanoid-v5")
        }
    }

    @Test func byteOrderMarkAndWindowsLineEnds() throws {
        let text = "\u{FEFF}" + minimal.replacingOccurrences(of: "\n", with: "\r\n")
        try withFile(Data(text.utf8)) {
            let configuration = try Configuration.load(path: $0)
            #expect(configuration.totalTimesteps == 10_000_000)
        }
        let wrong = minimal.replacingOccurrences(of: "\n", with: "\r\n") + "seed: x\r\n"
        #expect(errors(wrong) == ["x.yaml:4:7: 'seed' must be a whole number, not 'x'"])
        #expect(errors("seed: 1\r\nseed: 2\r\n" + minimal) == ["x.yaml:2:1: duplicate key 'seed'; first given at x.yaml:1:1"])
    }

    @Test func missingFile() {
        #expect(message("/nowhere/x.yaml").hasPrefix("/nowhere/x.yaml: there is no such file; the folder is /"))
    }

    @Test func aFolderIsNoFile() { #expect(message("/tmp") == "/tmp: this is a folder, not a file") }

    @Test func notUTF8() throws {
        var data = Data("environment:\n  id: ".utf8)
        data.append(contentsOf: [0xE9, 0x0A])
        try withFile(data) {
            #expect(message($0) == "\($0):2:1: this line is not UTF-8 text; save the file as UTF-8")
        }
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n"])
    func emptyFile(_ text: String) {
        let lines = errors(text)
        #expect(lines.count == 1 && lines[0].hasPrefix("x.yaml:1:"), "\(lines)")
    }

    @Test func emptyFileSaysWhatIsNeeded() {
        #expect(errors("") == ["x.yaml:1:1: the file is empty; write at least environment: {id: …} and total_timesteps: …"])
    }

    @Test func aListIsNoConfiguration() {
        #expect(errors("- a\n- b\n") == ["x.yaml:1:1: the file must consist of 'key: value' lines, not a list"])
    }

    @Test func syntaxErrorsHaveAPlace() {
        #expect(
            errors("seed: 1\nname: [a, b\ntotal_timesteps: 3\n") == [
                "x.yaml:3:16: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that starts at line 2"
            ])
        let tab = errors("algorithm:\n\tn_steps: 3\n")
        #expect(tab.count == 1 && tab[0].hasPrefix("x.yaml:2:1: not valid YAML: ") && tab[0].hasSuffix("; indent with spaces, not with tabs"), "\(tab)")
        #expect(errors("seed: *nothing\n") == ["x.yaml:1:7: not valid YAML: found undefined alias"])
        #expect(errors(minimal + "---\nseed: 1\n").first?.hasPrefix("x.yaml:4:1: not valid YAML: but found another document") == true)
        #expect(errors("seed: \u{1}\n").first?.hasPrefix("x.yaml:1:7: not valid YAML: ") == true)
    }

    @Test func anchorsWork() throws {
        let text = minimal + "algorithm:\n  net_arch: {pi: &layers [32, 16], vf: *layers}\n"
        #expect(try ppo(text).netArch == NetworkSizes(policy: [32, 16], value: [32, 16]))
    }

    @Test func aBombOfAnchorsIsRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(errors(text).count == 1)
        #expect(errors(text).first?.hasSuffix("the file has more than 20000 values") == true)
    }

    @Test(arguments: ["? [a, b]\n: 1\n", "\"\": 1\n\"\": 2\n", "&x seed: 1\nseed: 2\n", "\"\\x73eed\": 1\nseed: 2\n", "1: a\n1: b\n", "null: 1\n~: 2\n"])
    func strangeKeysGiveAnError(_ text: String) {
        #expect(!errors(minimal + text).isEmpty)
    }
}
