import Foundation

/// The JSON header of a safetensors file, read with a scanner that knows only this shape of JSON.
///
/// A general JSON reader would silently drop duplicate keys and turn offsets into `Double`; this one refuses everything that the format
/// does not allow, needs no recursion, and can neither overflow nor read out of bounds whatever the bytes are.
struct SafetensorsHeader {
    struct Entry: Sendable, Equatable {
        var name: String
        var type: TensorType
        var shape: [Int]
        /// Bytes of the elements, counted from the end of the header.
        var range: Range<Int>
    }

    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]

    /// A reason, as a sentence fragment; the caller adds the file.
    struct Failure: Error {
        let reason: String
    }

    /// - Parameters:
    ///   - bytes: the header without its length.
    ///   - dataSize: bytes that follow the header.
    /// - Throws: `Failure` unless the header is valid and its tensors fill the data exactly, without gap or overlap.
    init(_ bytes: [UInt8], dataSize: Int) throws {
        var scanner = Scanner(bytes: bytes)
        var names: Set<String> = []
        try scanner.members { scanner, name in
            guard names.insert(name).inserted else { throw Failure(reason: "the header names '\(name)' twice") }
            if name == "__metadata__" {
                try scanner.members { scanner, key in
                    guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
                        throw Failure(reason: "the metadata names '\(key)' twice")
                    }
                }
            } else {
                entries.append(try Self.entry(name, &scanner))
            }
        }
        try scanner.end()

        // Sorted by place in the file, each tensor must begin where the one before ends.
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw Failure(reason: "tensor '\(entry.name)' begins at byte \(entry.range.lowerBound) of the data instead of \(end)")
            }
            end = entry.range.upperBound
        }
        guard end == dataSize else {
            throw Failure(reason: "the header describes \(end) bytes of data, but there are \(dataSize)")
        }
    }

    private static func entry(_ name: String, _ scanner: inout Scanner) throws -> Entry {
        var type: TensorType?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.members { scanner, key in
            switch key {
            case "dtype" where type == nil:
                let text = try scanner.string()
                type = TensorType(rawValue: text)
                if type == nil { throw Failure(reason: "tensor '\(name)' has the element type '\(text)', which Crest does not read") }
            case "shape" where shape == nil: shape = try scanner.integers()
            case "data_offsets" where offsets == nil: offsets = try scanner.integers()
            default: throw Failure(reason: "tensor '\(name)' has an unknown or repeated key '\(key)'")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw Failure(reason: "tensor '\(name)' lacks its dtype, its shape, or two data_offsets in order")
        }
        var size = type.size
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw Failure(reason: "the shape \(shape) of tensor '\(name)' is too large") }
            size = product
        }
        guard offsets[1] - offsets[0] == size else {
            throw Failure(reason: "tensor '\(name)' of shape \(shape) needs \(size) bytes, but has \(offsets[1] - offsets[0])")
        }
        return Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
    }
}

/// A cursor over the header's bytes.
private struct Scanner {
    let bytes: [UInt8]
    private var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func fail(_ expected: String) -> SafetensorsHeader.Failure {
        .init(reason: "the header is not valid: expected \(expected) at its byte \(index)")
    }

    private mutating func next() -> UInt8? {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = next(), UInt32(byte) == character.value else { return false }
        index += 1
        return true
    }

    /// Nothing but white space may follow.
    mutating func end() throws {
        if next() != nil { throw fail("nothing more") }
    }

    /// An object; `body` reads each value.
    mutating func members(_ body: (inout Scanner, String) throws -> Void) throws {
        guard take("{") else { throw fail("'{'") }
        if take("}") { return }
        repeat {
            let key = try string()
            guard take(":") else { throw fail("':'") }
            try body(&self, key)
        } while take(",")
        guard take("}") else { throw fail("',' or '}'") }
    }

    /// An array of non-negative integers.
    mutating func integers() throws -> [Int] {
        guard take("[") else { throw fail("'['") }
        if take("]") { return [] }
        var result: [Int] = []
        repeat { result.append(try integer()) } while take(",")
        guard take("]") else { throw fail("',' or ']'") }
        return result
    }

    private mutating func integer() throws -> Int {
        guard let first = next(), (0x30...0x39).contains(first) else { throw fail("a whole number") }
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        guard let value = Int(String(decoding: bytes[start..<index], as: UTF8.self)) else { throw fail("a smaller number") }
        return value
    }

    mutating func string() throws -> String {
        guard take("\"") else { throw fail("a string") }
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x22:
                guard let result = String(validating: text, as: UTF8.self) else { throw fail("UTF-8 text before") }
                return result
            case 0x5C: text.append(contentsOf: try escape())
            case 0..<0x20: throw fail("no control character before")
            default: text.append(byte)
            }
        }
        throw fail("'\"'")
    }

    /// What follows a backslash, as UTF-8.
    private mutating func escape() throws -> [UInt8] {
        guard index < bytes.count else { throw fail("an escape") }
        index += 1
        switch bytes[index - 1] {
        case 0x22: return [0x22]
        case 0x5C: return [0x5C]
        case 0x2F: return [0x2F]
        case 0x62: return [0x08]
        case 0x66: return [0x0C]
        case 0x6E: return [0x0A]
        case 0x72: return [0x0D]
        case 0x74: return [0x09]
        case 0x75:
            var units = [try unit()]
            // The first half of a pair needs its second half.
            if UTF16.isLeadSurrogate(units[0]), index + 1 < bytes.count, bytes[index] == 0x5C, bytes[index + 1] == 0x75 {
                index += 2
                units.append(try unit())
            }
            guard let text = String(validating: units, as: UTF16.self) else { throw fail("a complete surrogate pair before") }
            return Array(text.utf8)
        default: throw fail("a known escape before")
        }
    }

    private mutating func unit() throws -> UInt16 {
        guard index + 4 <= bytes.count, bytes[index..<index + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt16(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw fail("four hexadecimal digits") }
        index += 4
        return value
    }
}
