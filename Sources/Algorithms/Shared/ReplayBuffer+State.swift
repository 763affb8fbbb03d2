import Core
import Tensor

extension ReplayBuffer {
    /// Adds what `restore` needs. In memory that is every row; of a file only positions and checksums, after the file itself is safe on the disk.
    ///
    /// - Throws: `AlgorithmError` where the disk fails.
    func store(in archive: inout StateArchive) throws {
        archive.doubles["replay.heads"] = heads.map { Double($0) }
        archive.doubles["replay.shape"] = shape
        guard memory.path != nil else {
            for e in 0..<environments {
                let rows = count(e)
                var values = [Float]()
                var flags = [UInt8]()
                values.reserveCapacity(rows * rowWidth)
                flags.reserveCapacity(rows)
                for r in heads[e] - rows..<heads[e] {
                    values.append(contentsOf: UnsafeBufferPointer(start: row(e, r), count: rowWidth))
                    flags.append(flag(e, r).pointee)
                }
                archive.tensors["replay.rows.\(e)"] = StateArchive.Tensor(shape: [rows, rowWidth], values: values)
                archive.bytes["replay.flags.\(e)"] = flags
            }
            return
        }
        do { try memory.sync() } catch let error as MappedMemoryError {
            throw AlgorithmError(error.what, place: error.place, hint: error.hint)
        }
        for e in 0..<environments { archive.doubles["replay.checksums.\(e)"] = checksums(e).map { Double($0) } }
    }

    /// Puts back what `store` gave. `observations` are the environments' current ones, which the heads get.
    ///
    /// - Throws: `StateArchiveError` for a state of another shape, `AlgorithmError` where the file is not what it was.
    func restore(_ archive: StateArchive, observation: (Int) -> UnsafePointer<Float>) throws {
        let heads = try archive.doubles("replay.heads", count: environments).map { Int($0) }
        guard try archive.doubles("replay.shape", count: shape.count) == shape else {
            let found = try archive.doubles("replay.shape", count: nil)
            throw StateArchiveError(what: "the state's replay buffer has the shape \(found) where \(shape) is needed")
        }
        let old = self.heads
        // A file that was made just now can't be the one that the state belongs to.
        let missing = memory.path != nil && memory.isNew && old.allSatisfy { $0 <= 0 } && heads.contains { $0 > 0 }
        if missing {
            throw AlgorithmError(
                "the replay file that the checkpoint belongs to is missing", place: memory.path ?? "", hint: "bring it back, or begin a new run")
        }
        self.heads = heads
        do {
            for e in 0..<environments {
                if memory.path == nil { try restoreRows(archive, e) } else { try verify(e, try archive.doubles("replay.checksums.\(e)", count: nil)) }
            }
        } catch {
            self.heads = old
            throw error
        }
        for e in 0..<environments where heads[e] >= 0 { row(e, heads[e]).update(from: observation(e), count: observationWidth) }
    }

    private var shape: [Double] { [environments, capacity, observationWidth, actionWidth].map { Double($0) } }

    private func restoreRows(_ archive: StateArchive, _ e: Int) throws {
        let rows = count(e)
        let values = try archive.tensor("replay.rows.\(e)", count: rows * rowWidth)
        let flags = try archive.byteArray("replay.flags.\(e)")
        guard flags.count == rows else {
            throw StateArchiveError(what: "the state's 'replay.flags.\(e)' has \(flags.count) bytes where \(rows) are needed")
        }
        values.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return }
            for i in 0..<rows {
                row(e, heads[e] - rows + i).update(from: base + i * rowWidth, count: rowWidth)
                flag(e, heads[e] - rows + i).pointee = flags[i]
            }
        }
    }

    // MARK: Files

    /// Blocks that hold the rows that can be sampled; the last one may be incomplete.
    private func blocks(_ e: Int) -> Range<Int> {
        let head = max(heads[e], 0)
        return (head - count(e)) / Self.blockRows..<(head + Self.blockRows - 1) / Self.blockRows
    }

    /// A checksum of each block. Complete ones are read once and remembered, so a checkpoint reads what is new.
    private func checksums(_ e: Int) -> [UInt32] {
        blocks(e).map { block in
            let complete = (block + 1) * Self.blockRows <= heads[e]
            let place = block % blockChecksums[e].count
            if complete, let known = blockChecksums[e][place], known.block == block { return known.checksum }
            let checksum = checksum(e, block)
            if complete { blockChecksums[e][place] = BlockChecksum(block: block, checksum: checksum) }
            return checksum
        }
    }

    private func checksum(_ e: Int, _ block: Int) -> UInt32 {
        let first = block * Self.blockRows
        let rows = min(Self.blockRows, heads[e] - first)
        // A block's rows stand side by side, because a ring has whole blocks.
        var crc = CRC32C()
        crc.update(UnsafeRawBufferPointer(start: row(e, first), count: rows * rowWidth * MemoryLayout<Float>.stride))
        crc.update(UnsafeRawBufferPointer(start: flag(e, first), count: rows))
        return crc.value
    }

    private func verify(_ e: Int, _ expected: [Double]) throws {
        let path = memory.path ?? ""
        let range = blocks(e)
        guard expected.count == range.count else {
            throw StateArchiveError(what: "the state's 'replay.checksums.\(e)' has \(expected.count) elements where \(range.count) are needed")
        }
        for (block, expected) in zip(range, expected) {
            let found = checksum(e, block)
            guard Double(found) == expected else {
                throw AlgorithmError(
                    "rows \(block * Self.blockRows)… of environment \(e) are not those that the checkpoint saw", place: path,
                    hint: "the file is damaged, or the run went on for more than the replay's slack after this checkpoint: use a newer one")
            }
            let complete = (block + 1) * Self.blockRows <= heads[e]
            blockChecksums[e][block % blockChecksums[e].count] = complete ? BlockChecksum(block: block, checksum: found) : nil
        }
    }
}

/// The checksum of a block of rows, and which block it is.
struct BlockChecksum {
    var block: Int
    var checksum: UInt32
}
