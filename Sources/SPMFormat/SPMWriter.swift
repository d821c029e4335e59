public import ModelIO
internal import SparseCoding
internal import Tensors

/// Writes a `.spm` file: chunks as they come, encoded on several threads, then the index.
public final class SPMWriter: ModelWriter {
    private let file: AtomicFile
    private let tree: FileTree
    private let expected: [TensorInfo]
    private let options: WriteOptions
    private let workers = Pool { (encoder: ChunkEncoder(), tile: TileBuffer()) }
    private var records: [TensorRecord] = []
    private var offset = Preamble.byteCount

    /// Said of the file as a whole: where it came from, how it was pruned. Keys and values are free text.
    public var metadata: [String: String] = [:]

    /// - Throws: `io` where the file cannot be created; `limit` where the model is beyond what the format can hold;
    ///   `unsupported` where its tree breaks the rules of the format.
    public init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws {
        guard tensors.count <= SPMLimits.maximumTensors else {
            throw SparsifyError(
                .limit, "A .spm file holds at most \(SPMLimits.maximumTensors) tensors, not \(tensors.count).",
                file: path)
        }
        for tensor in tensors {
            guard isValidTensorName(tensor.name), tensor.shape.rank <= SPMLimits.maximumRank else {
                throw SparsifyError(
                    .limit,
                    "A .spm file holds tensors of rank \(SPMLimits.maximumRank) at most, with names of 1 to "
                        + "\(SPMLimits.maximumNameBytes) bytes; this one has rank \(tensor.shape.rank).",
                    file: path, tensor: tensor.name)
            }
        }
        do {
            try FileIndex.checkWritable(tree, tensors)
        } catch let error as SparsifyError {
            throw error.located(file: path)
        }
        file = try AtomicFile(path: path, overwrite: options.overwrite)
        self.tree = tree
        expected = tensors
        self.options = options
        let room = [UInt8](repeating: 0, count: Preamble.byteCount)
        try room.withUnsafeBytes { try file.write($0) }
    }

    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        precondition(
            records.count < expected.count && expected[records.count].name == tensor.name
                && expected[records.count].elementType == tensor.elementType
                && expected[records.count].shape == tensor.shape,
            "tensors are appended in the order of the list")
        let width = tensor.elementType.byteWidth
        let total = tensor.elementCount
        guard total > 0 else {
            records.append(TensorRecord(info: tensor, elementsPerChunk: 0, chunks: []))
            return
        }
        let nonzeros = try expectedNonzeros ?? countNonzeros(tensor, source)
        let perChunk = ChunkLimits.elementsPerChunk(elementCount: total, nonzeros: nonzeros)
        var record = TensorRecord(info: tensor, elementsPerChunk: perChunk, chunks: [])
        let layout = record
        let workers = workers
        let cancellation = options.cancellation
        try Parallel.ordered(
            TensorRecord.chunkCount(elementCount: total, elementsPerChunk: perChunk), threads: options.threads
        ) { index in
            try cancellation?.check()
            return try workers.with { worker in
                let range = layout.elements(ofChunk: index)
                let tile = worker.tile.bytes(range.count * width)
                try source(range, tile)
                return worker.encoder.encode(UnsafeRawBufferPointer(tile), byteWidth: width)
            }
        } consume: { _, chunk in
            try chunk.bytes.withUnsafeBytes { try file.write($0) }
            record.chunks.append(
                ChunkRecord(
                    offset: offset, byteCount: chunk.bytes.count, nonzeros: chunk.nonzeros, checksum: chunk.checksum))
            offset += chunk.bytes.count
        }
        records.append(record)
    }

    /// A pass over the values that sizes the chunks where nobody knows how many are non-zero.
    private func countNonzeros(_ tensor: TensorInfo, _ source: @escaping TileSource) throws -> Int {
        let width = tensor.elementType.byteWidth
        let total = tensor.elementCount
        guard total > ChunkLimits.granule else { return total }
        let step = 4 * ChunkLimits.granule
        var nonzeros = 0
        let workers = workers
        let cancellation = options.cancellation
        try Parallel.ordered((total - 1) / step + 1, threads: options.threads) { index in
            try cancellation?.check()
            return try workers.with { worker in
                let range = index * step..<min((index + 1) * step, total)
                let tile = worker.tile.bytes(range.count * width)
                try source(range, tile)
                return SparseCoding.countNonzeros(UnsafeRawBufferPointer(tile), byteWidth: width)
            }
        } consume: { _, count in
            nonzeros += count
        }
        return nonzeros
    }

    public func finish() throws {
        precondition(records.count == expected.count, "every tensor of the list is appended before the end")
        try options.cancellation?.check()
        let index = FileIndex(metadata: metadata, tensors: records, tree: tree).encoded
        guard index.count <= SPMLimits.maximumIndexBytes else {
            throw SparsifyError(
                .limit,
                "The index takes \(index.count) bytes; a .spm file holds at most \(SPMLimits.maximumIndexBytes).",
                file: file.path)
        }
        let stored = compressIndex(index)
        let preamble = Preamble(
            fileLength: offset + stored.count + Preamble.endMark.count, indexOffset: offset,
            indexStoredBytes: stored.count, indexBytes: index.count, indexChecksum: crc32(stored))
        try (stored + Preamble.endMark).withUnsafeBytes { try file.write($0) }
        try preamble.encoded.withUnsafeBytes { try file.write($0, at: 0) }
        try file.commit()
    }
}

/// Tile memory of one worker.
final class TileBuffer {
    private var buffer = RawBuffer(byteCount: 0)

    func bytes(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if buffer.bytes.count < byteCount { buffer = RawBuffer(byteCount: byteCount) }
        return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<byteCount])
    }
}
