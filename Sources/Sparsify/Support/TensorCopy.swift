internal import ModelIO
internal import Reports
internal import SparseCoding
internal import Synchronization
internal import Tensors

/// Copies every tensor of a reader to a writer.
enum TensorCopy {
    /// - Returns: for each tensor, how many non-zero elements the writer was given.
    @discardableResult
    static func run(_ reader: any ModelReader, to writer: any ModelWriter, options: JobOptions) throws -> [Int] {
        let progress = options.progress
        progress?.begin("writing", total: reader.tensors.reduce(0) { $0 + $1.byteCount })
        var counts: [GivenNonzeros] = []
        for (index, info) in reader.tensors.enumerated() {
            let count = GivenNonzeros()
            try writer.append(info, expectedNonzeros: expected(reader, index)) { range, tile in
                try reader.read(index, range, into: tile)
                count.note(range, countNonzeros(UnsafeRawBufferPointer(tile), byteWidth: info.elementType.byteWidth))
                progress?.add(tile.count)
            }
            counts.append(count)
        }
        try writer.finish()
        return counts.map(\.total)
    }

    /// Whether a file just written holds, by its report, the non-zeros that its writer was given.
    ///
    /// - Throws: `disagreement` where it does not.
    static func check(_ report: ModelReport, given: [Int]) throws {
        for (tensor, count) in zip(report.tensors, given) where tensor.nonzeros != count {
            throw SparsifyError(
                .disagreement,
                "\(tensor.nonzeros ?? 0) elements are non-zero in the file just written, but \(count) were given to it.",
                file: report.file, tensor: tensor.name, remedy: "The file cannot be trusted; please report this.")
        }
    }

    /// How many elements are non-zero, where somebody knows without looking: it spares the writer a pass.
    private static func expected(_ reader: any ModelReader, _ index: Int) -> Int? {
        if let pruned = reader as? PrunedReader, let kept = pruned.kept(index) { return kept }
        return reader.claimedNonzeros(index)
    }
}

/// Adds up the non-zeros of tiles. A writer may ask for all elements more than once, in tiles of another size: those of
/// the pass that began last count.
private final class GivenNonzeros: Sendable {
    private let tiles = Mutex<[Int: (end: Int, nonzeros: Int)]>([:])

    func note(_ range: Range<Int>, _ nonzeros: Int) {
        tiles.withLock { $0[range.lowerBound] = (range.upperBound, nonzeros) }
    }

    /// Of the tiles that lie end to end from the first element on.
    var total: Int {
        tiles.withLock { tiles in
            var total = 0
            var start = 0
            while let tile = tiles[start], tile.end > start {
                total += tile.nonzeros
                start = tile.end
            }
            return total
        }
    }
}
