internal import ModelIO
internal import Tensors

/// Copies every tensor of a reader to a writer.
enum TensorCopy {
    static func run(_ reader: any ModelReader, to writer: any ModelWriter, options: JobOptions) throws {
        let progress = options.progress
        progress?.begin("writing", total: reader.tensors.reduce(0) { $0 + $1.byteCount })
        for (index, info) in reader.tensors.enumerated() {
            try writer.append(info, expectedNonzeros: expected(reader, index)) { range, tile in
                try reader.read(index, range, into: tile)
                progress?.add(tile.count)
            }
        }
        try writer.finish()
    }

    /// How many elements are non-zero, where somebody knows without looking: it spares the writer a pass.
    private static func expected(_ reader: any ModelReader, _ index: Int) -> Int? {
        if let pruned = reader as? PrunedReader, let kept = pruned.kept(index) { return kept }
        return reader.claimedNonzeros(index)
    }
}
