import Core
import Glibc
import Testing

@Suite struct CRC32CTests {
    /// Values of RFC 3720, appendix B.4.
    @Test func knownChecksums() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CRC32C.checksum((0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    /// The way for memory, the way for any sequence, and the definition bit by bit give the same, at every length and alignment.
    @Test func allWaysAgree() {
        var random = Philox(seed: 1, purpose: .test)
        let bytes = (0..<200).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
        for start in 0..<9 {
            for end in start...min(start + 70, bytes.count) {
                let piece = bytes[start..<end]
                var register: UInt32 = 0xFFFF_FFFF
                for byte in piece {
                    register ^= UInt32(byte)
                    for _ in 0..<8 { register = register & 1 == 1 ? (register >> 1) ^ 0x82F6_3B78 : register >> 1 }
                }
                let fast = bytes.withUnsafeBytes { memory in
                    var crc = CRC32C()
                    crc.update(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
                    return crc.value
                }
                #expect(fast == ~register)
                #expect(CRC32C.checksum(AnySequence(piece)) == ~register)
                #expect(CRC32C.checksum(piece) == ~register)
            }
        }
    }

    @Test func piecesMakeTheWhole() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        var crc = CRC32C()
        var rest = bytes[...]
        for size in [1, 7, 8, 9, 0, 64, 500] {
            let piece = rest.prefix(size)
            if size % 2 == 0 { crc.update(piece) } else { crc.update(AnySequence(piece)) }
            rest = rest.dropFirst(size)
        }
        crc.update(rest)
        #expect(crc.value == CRC32C.checksum(bytes))
    }

    /// A checkpoint of some hundred megabytes should not wait for its checksum.
    @Test func isFast() {
        let bytes = [UInt8](repeating: 0x5A, count: 8 << 20)
        // The thread's own time, since other tests run beside this one.
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
        }
        var best = Double.infinity
        for _ in 0..<5 {
            let start = now()
            #expect(CRC32C.checksum(bytes) != 0)
            best = min(best, now() - start)
        }
        // The aim is 800 MB/s on a free core; one that is shared with a busy neighbour gives half.
        let rate = Double(bytes.count) / best / 1e6
        #expect(rate > 300)
    }
}
