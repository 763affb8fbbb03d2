import Core
import Foundation
import Testing
@testable import Runs

@Suite struct SafetensorsTests {
    static let sample: [NamedTensor] = [
        NamedTensor("policy.weight", shape: [2, 3], [1.5, -2, 0.25, 3, 1e-7, -0.0] as [Float]),
        NamedTensor("log_std", shape: [1], [-0.5] as [Float]),
        NamedTensor("count", shape: [], [7] as [Int64]),
        NamedTensor("mask", shape: [3], [1, 0, 255] as [UInt8]),
    ]

    /// Made by `safetensors.numpy.save` 0.8 from the same tensors.
    static let golden =
        "10010000000000007b225f5f6d657461646174615f5f223a7b226372657374223a2231227d2c22636f756e74223a7b226474797065223a22493634222c22736861"
        + "7065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c226c6f675f737464223a7b226474797065223a22463332222c227368617065223a5b315d"
        + "2c22646174615f6f666673657473223a5b382c31325d7d2c22706f6c6963792e776569676874223a7b226474797065223a22463332222c227368617065223a5b32"
        + "2c335d2c22646174615f6f666673657473223a5b31322c33365d7d2c226d61736b223a7b226474797065223a225538222c227368617065223a5b335d2c22646174"
        + "615f6f666673657473223a5b33362c33395d7d7d0700000000000000000000bf0000c03f000000c00000803e0000404095bfd633000000800100ff"

    private func file(_ header: String, data: Int) -> Data {
        var result = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        result.append(contentsOf: header.utf8)
        result.append(Data(repeating: 1, count: data))
        return result
    }

    @Test func bytesAreThoseOfTheReference() throws {
        let data = Safetensors.encode(Self.sample, metadata: ["crest": "1"])
        #expect(data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == Self.golden)
        #expect(Safetensors.encode(Self.sample.reversed(), metadata: ["crest": "1"]) == data)
    }

    @Test func allTypesComeBack() throws {
        var random = Philox(seed: 3, purpose: .test)
        let words = (0..<12).map { _ in random.next() }
        let tensors = [
            NamedTensor("f32", shape: [3, 4], words.map { Float($0 >> 40) * 0.1 }),
            NamedTensor("f64", shape: [12], words.map { Double($0) * 0.1 }),
            NamedTensor("i32", shape: [2, 2, 3], words.map { Int32(truncatingIfNeeded: $0) }),
            NamedTensor("i64", shape: [12, 1], words.map { Int64(truncatingIfNeeded: $0) }),
            NamedTensor("u8", shape: [12], words.map { UInt8(truncatingIfNeeded: $0) }),
            NamedTensor("u32", shape: [12], words.map { UInt32(truncatingIfNeeded: $0) }),
            NamedTensor("u64", shape: [12], words),
            NamedTensor("empty", shape: [0, 5], [] as [Float]),
            NamedTensor("quote \" back \\ tab \t é 日 \u{1}", shape: [], [1] as [Float]),
        ]
        let metadata = ["a": "1", "schlüssel\n": "{\"nested\": [1]}"]
        let temporary = try TemporaryFolder()
        let path = "\(temporary.path)/x.safetensors"
        try Safetensors.write(tensors, metadata: metadata, to: path)
        for file in [try SafetensorsFile(path: path), try SafetensorsFile(Safetensors.encode(tensors, metadata: metadata))] {
            #expect(file.metadata == metadata)
            #expect(Set(file.names) == Set(tensors.map(\.name)))
            for tensor in tensors { #expect(try file.tensor(tensor.name) == tensor) }
        }
        // The elements begin at a multiple of eight bytes.
        let bytes = [UInt8](Safetensors.encode(tensors, metadata: metadata))
        #expect(bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) } % 8 == 0)
        // A slice of Data does not begin at index 0.
        let padded = (Data([9, 9, 9]) + Safetensors.encode(tensors)).dropFirst(3)
        #expect(try SafetensorsFile(padded).tensors().count == tensors.count)
    }

    @Test func wrongRequestsAreSaid() throws {
        let file = try SafetensorsFile(Safetensors.encode(Self.sample))
        #expect(try file.values("log_std", shape: [1], as: Float.self) == [-0.5])
        #expect(runError { _ = try file.values("log_std", shape: [2], as: Float.self) }?.kind == .invalid)
        #expect(runError { _ = try file.values("log_std", as: Double.self) }?.kind == .invalid)
        let missing = try #require(runError { _ = try file.values("nope", as: Float.self) })
        #expect(missing.kind == .notFound && missing.hint.contains("policy.weight"))
        #expect(runError { _ = try SafetensorsFile(path: "/nowhere") }?.kind == .notFound)
        #expect(runError { _ = try SafetensorsFile(path: "/tmp") }?.kind == .notFound)
    }

    @Test(arguments: [
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}", "twice"),
        ("{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"},\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}", "twice"),
        ("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "repeated"),
        ("{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}", "element type 'BF16'"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "needs 12 bytes"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "instead of 0"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "but there are 8"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", "but there are 8"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "in order"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,2],\"data_offsets\":[0,8]}}", "too large"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", "smaller number"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "whole number"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", "',' or ']'"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", "unknown"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "bytes"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} {}", "nothing more"),
        ("{\"\\ud800\":{}}", "surrogate"), ("{\"a", "expected"), ("[1]", "'{'"), ("", "'{'"), ("{", "a string"),
    ])
    func badHeadersAreRefused(_ header: String, _ reason: String) throws {
        let error = try #require(runError { _ = try SafetensorsFile(file(header, data: 8)) }, "\(header) was accepted")
        #expect(error.kind == .damaged && error.what.contains(reason), "\(error)")
    }

    @Test func lengthsAreChecked() throws {
        let whole = Safetensors.encode(Self.sample)
        for count in 0..<whole.count { #expect(runError { _ = try SafetensorsFile(whole.prefix(count)) }?.kind == .damaged) }
        #expect(runError { _ = try SafetensorsFile(whole + Data([0])) }?.kind == .damaged)
        for length in [UInt64.max, UInt64(Int.max), 1 << 40, UInt64(whole.count) - 7] {
            var data = whole
            withUnsafeBytes(of: length.littleEndian) { data.replaceSubrange(0..<8, with: $0) }
            #expect(runError { _ = try SafetensorsFile(data) }?.kind == .damaged)
        }
    }

    /// Whatever the bytes are: an error or tensors, never a crash.
    @Test func mutationsNeverCrash() throws {
        let whole = [UInt8](Safetensors.encode(Self.sample, metadata: ["k\u{1}é": "v"]))
        let headerEnd = 8 + whole[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let interesting: [UInt8] = Array("{}[]\",:\\0159u".utf8) + [0, 0xFF, 0xC3, 0x80]
        var random = Philox(seed: 4, purpose: .test)
        var refused = 0
        for _ in 0..<30_000 {
            var bytes = whole
            for _ in 0...random.below(3) {
                let place = random.below(min(headerEnd, bytes.count))
                switch random.below(5) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes[place] = interesting[random.below(interesting.count)]
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(interesting[random.below(interesting.count)], at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + random.below(40)))
                }
                if bytes.isEmpty { break }
            }
            // Half of them with a matching length, so that the header itself is reached.
            if random.below(2) == 0, bytes.count >= 47 {
                withUnsafeBytes(of: UInt64(bytes.count - 8 - 39).littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
            }
            do {
                for tensor in try SafetensorsFile(Data(bytes)).tensors() { _ = tensor.values.count }
            } catch {
                #expect(error is RunError)
                refused += 1
            }
        }
        #expect(refused > 20_000 && refused < 30_000)
    }

    /// A file that shrinks after it was checked gives an error, not a signal.
    @Test func aShrunkFileIsSaid() throws {
        let temporary = try TemporaryFolder()
        let path = "\(temporary.path)/x.safetensors"
        try Safetensors.write([NamedTensor("a", shape: [10_000], [Float](repeating: 1, count: 10_000))], to: path)
        let file = try SafetensorsFile(path: path)
        try Disk().truncate(path, to: 20_000)
        #expect(runError { _ = try file.tensor("a") }?.what.contains("ends at byte 20000") == true)
    }
}
