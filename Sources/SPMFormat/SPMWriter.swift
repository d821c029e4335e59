public import ModelIO
public import SparseCoding
internal import Tensors

/// Writes a `.spm` file: chunks as they come, encoded on several threads, then the index.
public final class SPMWriter: ModelWriter {
    private let file: any OutputSink
    private let tree: FileTree
    private let expected: [TensorInfo]
    private let options: WriteOptions
    private let workers = Pool { (encoder: ChunkEncoder(), tile: TileBuffer()) }
    private var records: [TensorRecord] = []
    private var ledgers: [ChunkLedger] = []

    /// Said of the file as a whole: where it came from, how it was pruned. Keys and values are free text.
    public var metadata: [String: String] = [:]

    /// - Throws: `io` where the file cannot be created; `limit` where the model is beyond what the format can hold;
    ///   `unsupported` where its tree breaks the rules of the format.
    public convenience init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws {
        try Self.check(path, tree, tensors)
        try self.init(
            to: try AtomicFile(path: path, overwrite: options.overwrite), tree: tree, tensors: tensors, options: options
        )
    }

    /// A writer that encodes everything and writes nothing: `byteCount` and `ledger(_:)` then tell what the file would
    /// take, to the byte.
    ///
    /// - Throws: what making a real one throws, but for the folder and what is in it.
    public static func measuring(
        path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions
    ) throws -> SPMWriter {
        try check(path, tree, tensors)
        return try SPMWriter(to: DiscardingSink(path: path), tree: tree, tensors: tensors, options: options)
    }

    private init(to file: any OutputSink, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws {
        self.file = file
        self.tree = tree
        expected = tensors
        self.options = options
        let room = [UInt8](repeating: 0, count: Preamble.byteCount)
        try room.withUnsafeBytes { try file.write($0) }
    }

    /// Whether the format can hold the model.
    private static func check(_ path: String, _ tree: FileTree, _ tensors: [TensorInfo]) throws {
        guard tensors.count <= SPMLimits.maximumTensors else {
            throw SparsifyError(
                .limit, "A .spm file holds at most \(SPMLimits.maximumTensors) tensors, not \(tensors.count).",
                file: path)
        }
        guard tree.entries.count <= SPMLimits.maximumTreeEntries else {
            throw SparsifyError(
                .limit, "A .spm file holds at most \(SPMLimits.maximumTreeEntries) objects, not \(tree.entries.count).",
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
    }

    /// Bytes of the file; those so far, before `finish()`.
    public private(set) var byteCount = Preamble.byteCount

    /// Where the bytes of tensor `index` go, once it is appended.
    public func ledger(_ index: Int) -> ChunkLedger { ledgers[index] }

    /// Elements of tensor `index` that are not zero, once it is appended.
    public func nonzeros(_ index: Int) -> Int { records[index].nonzeros }

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
            ledgers.append(ChunkLedger())
            return
        }
        let nonzeros = try expectedNonzeros ?? countNonzeros(tensor, source)
        let perChunk = ChunkLimits.elementsPerChunk(elementCount: total, nonzeros: nonzeros)
        var record = TensorRecord(info: tensor, elementsPerChunk: perChunk, chunks: [])
        var ledger = ChunkLedger()
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
        } consume: { index, chunk in
            try chunk.bytes.withUnsafeBytes { bytes in
                try file.write(bytes)
                ledger += try ChunkLedger(
                    of: bytes, elementCount: layout.elements(ofChunk: index).count, nonzeros: chunk.nonzeros,
                    byteWidth: width)
            }
            record.chunks.append(
                ChunkRecord(
                    offset: byteCount, byteCount: chunk.bytes.count, nonzeros: chunk.nonzeros, checksum: chunk.checksum)
            )
            byteCount += chunk.bytes.count
        }
        records.append(record)
        ledgers.append(ledger)
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
            fileLength: byteCount + stored.count + Preamble.endMark.count, indexOffset: byteCount,
            indexStoredBytes: stored.count, indexBytes: index.count, indexChecksum: crc32(stored))
        try (stored + Preamble.endMark).withUnsafeBytes { try file.write($0) }
        try preamble.encoded.withUnsafeBytes { try file.write($0, at: 0) }
        try file.commit()
        byteCount = preamble.fileLength
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
