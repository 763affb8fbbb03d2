/// CRC-32C (Castagnoli), the checksum of checkpoint files and of TensorBoard records.
///
/// Source: RFC 3720, appendix B.4; reflected polynomial 0x82F63B78. Eight bytes a step with eight tables (Kounavis and Berry 2005).
public struct CRC32C: Sendable {
    /// Entry 256·k + b: what byte b contributes when k more bytes follow it in the step.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
        }
        for entry in 256..<8 * 256 {
            let before = tables[entry - 256]
            tables[entry] = (before >> 8) ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
    private var register: UInt32 = 0xFFFF_FFFF

    public init() {}

    /// Takes in more bytes.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        // Arrays, UTF-8 and the like lie in one piece of memory.
        var crc = self
        let done: Void? = bytes.withContiguousStorageIfAvailable { crc.update(UnsafeRawBufferPointer($0)) }
        if done == nil {
            let table = Self.tables
            for byte in bytes { crc.register = table[Int((crc.register ^ UInt32(byte)) & 0xFF)] ^ (crc.register >> 8) }
        }
        self = crc
    }

    /// Takes in the bytes of a piece of memory.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = register
        Self.tables.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress, let start = bytes.baseAddress else { return }
            // Every index is a byte plus 256 times at most 7, so it lies in the tables.
            var i = 0
            while i + 8 <= bytes.count {
                let word = UInt64(littleEndian: (start + i).loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
                let low = table[1792 + Int(word & 0xFF)] ^ table[1536 + Int(word >> 8 & 0xFF)] ^ table[1280 + Int(word >> 16 & 0xFF)]
                    ^ table[1024 + Int(word >> 24 & 0xFF)]
                let high = table[768 + Int(word >> 32 & 0xFF)] ^ table[512 + Int(word >> 40 & 0xFF)] ^ table[256 + Int(word >> 48 & 0xFF)]
                    ^ table[Int(word >> 56)]
                crc = low ^ high
                i += 8
            }
            while i < bytes.count {
                crc = table[Int((crc ^ UInt32((start + i).load(as: UInt8.self))) & 0xFF)] ^ (crc >> 8)
                i += 1
            }
        }
        register = crc
    }

    /// The checksum of all bytes so far.
    public var value: UInt32 { register ^ 0xFFFF_FFFF }

    /// The checksum of one piece.
    public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }
}
