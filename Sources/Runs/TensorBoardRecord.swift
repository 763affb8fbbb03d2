import Core
import Foundation
import SwiftProtobuf

/// One record of a TensorBoard event file: length, masked checksum of the length, event, masked checksum of the event; little-endian.
///
/// Source: TensorFlow, `core/lib/io/record_writer.h` (framing) and `core/lib/hash/crc32c.h` (masking).
enum TensorBoardRecord {
    /// The record that every event file begins with.
    static func fileVersion(time: Double) throws -> Data {
        try frame(TensorBoardEvent.with {
            $0.wallTime = time
            $0.fileVersion = "brain.Event:2"
        })
    }

    /// Values of one step.
    static func scalars(_ values: [(tag: String, value: Double)], step: Int, time: Double) throws -> Data {
        try frame(TensorBoardEvent.with { event in
            event.wallTime = time
            event.step = Int64(step)
            event.summary.value = values.map { item in
                .with {
                    $0.tag = item.tag
                    $0.simpleValue = Float(item.value)
                }
            }
        })
    }

    private static func frame(_ event: TensorBoardEvent) throws -> Data {
        let payload: Data = try event.serializedBytes()
        let length = littleEndian(UInt64(payload.count))
        return length + littleEndian(masked(length)) + payload + littleEndian(masked(payload))
    }

    /// A checksum of data that itself holds checksums would be weak, so the format rotates it and adds a constant.
    static func masked(_ data: Data) -> UInt32 {
        let crc = CRC32C.checksum(data)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
