public import ModelIO
public import SparseCoding
internal import Tensors

/// Reads a `.spm` file: the index when opened, chunks when asked for. Safe from several threads at once.
public final class SPMReader: ModelReader {
    public let path: String
    public let tree: FileTree
    public let tensors: [TensorInfo]
    /// What the writer said of the file as a whole.
    public let metadata: [String: String]
    public var formatID: String { "spm" }
    public var fileSize: Int { file.size }
    public var warnings: [String] { [] }
    /// Bytes of the preamble, index and end mark.
    public let containerBytes: Int

    let records: [TensorRecord]
    private let file: InputFile
    private let workers = Pool { SPMChunkReader() }

    /// - Throws: `malformed` where the file breaks the specification, `unsupported` where it follows a later one,
    ///   `limit` where it declares more bytes than the options allow.
    public init(path: String, options: ReadOptions = ReadOptions()) throws {
        do {
            let file = try InputFile(path: path)
            let preamble = try Preamble(
                try file.bytes(at: 0, count: min(Preamble.byteCount, file.size)), fileSize: file.size)
            let index = try Self.parse(try Self.readIndex(file, preamble))
            let end =
                index.tensors.last { !$0.chunks.isEmpty }?.chunks.last.map { $0.offset + $0.byteCount }
                ?? Preamble.byteCount
            guard end == preamble.indexOffset else {
                throw SparsifyError(
                    .malformed, "The chunks end at byte \(end), but the index begins at \(preamble.indexOffset).")
            }
            try Self.checkBudget(index.tensors.map(\.info), file.size, options)
            self.path = path
            self.file = file
            tree = index.tree
            metadata = index.metadata
            records = index.tensors
            tensors = index.tensors.map(\.info)
            containerBytes = file.size - (end - Preamble.byteCount)
        } catch let error as SparsifyError {
            throw error.located(file: path)
        }
    }

    private static func readIndex(_ file: InputFile, _ preamble: Preamble) throws -> [UInt8] {
        let tail = try file.bytes(
            at: preamble.indexOffset, count: preamble.indexStoredBytes + Preamble.endMark.count)
        let stored = Array(tail.prefix(preamble.indexStoredBytes))
        guard Array(tail.suffix(Preamble.endMark.count)) == Preamble.endMark else {
            throw SparsifyError(.malformed, "The file does not end with the end mark.", remedy: "It is damaged.")
        }
        guard crc32(stored) == preamble.indexChecksum else {
            throw SparsifyError(
                .malformed, "The index does not match its checksum.", offset: preamble.indexOffset,
                remedy: "The file is damaged.")
        }
        guard preamble.indexStoredBytes != preamble.indexBytes else { return stored }
        var index = [UInt8](repeating: 0, count: preamble.indexBytes)
        try stored.withUnsafeBytes { source in
            try index.withUnsafeMutableBytes { try Inflater().decompress(source, into: $0) }
        }
        return index
    }

    /// Offsets in the decoded index are no offsets in the file, so the message names them.
    private static func parse(_ bytes: [UInt8]) throws -> FileIndex {
        do {
            return try FileIndex(bytes)
        } catch var error as SparsifyError {
            if let offset = error.offset {
                error.message = "In the index, decoded, at byte \(offset): \(error.message)"
            }
            error.offset = nil
            throw error
        }
    }

    /// Pruned tensors compress far, and chunks of zeros take no bytes: hence a wider budget than for dense files.
    private static func checkBudget(_ tensors: [TensorInfo], _ fileSize: Int, _ options: ReadOptions) throws {
        var declared = 0
        for tensor in tensors { declared = try Checked.add(declared, tensor.byteCount, "size of all tensors") }
        let (scaled, overflow) = fileSize.multipliedReportingOverflow(by: 1024)
        let budget = options.maximumDeclaredBytes ?? max(1 << 30, overflow ? .max : scaled)
        guard declared <= budget else {
            throw SparsifyError(
                .limit, "The tensors declare \(declared) bytes, more than the budget of \(budget).",
                remedy: "If you trust the file, raise the budget with --max-memory.")
        }
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let record = records[index]
        let width = record.info.elementType.byteWidth
        precondition(
            range.lowerBound >= 0 && range.upperBound <= record.info.elementCount
                && destination.count == range.count * width, "the range lies outside the tensor")
        guard !range.isEmpty else { return }
        let first = range.lowerBound / record.elementsPerChunk
        let last = (range.upperBound - 1) / record.elementsPerChunk
        try workers.with { worker in
            for chunk in first...last {
                let covered = record.elements(ofChunk: chunk)
                let wanted = covered.clamped(to: range)
                let target = UnsafeMutableRawBufferPointer(
                    rebasing: destination[
                        (wanted.lowerBound - range.lowerBound) * width..<(wanted.upperBound - range.lowerBound) * width]
                )
                let isAligned = Int(bitPattern: target.baseAddress!) % 8 == 0
                do {
                    if wanted == covered, isAligned {
                        try worker.decode(self, record, chunk, into: target)
                    } else {
                        let whole = try worker.cached(self, index, record, chunk)
                        let start = (wanted.lowerBound - covered.lowerBound) * width
                        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[start..<start + target.count]))
                    }
                } catch let error as SparsifyError {
                    throw error.located(file: path, tensor: record.info.name)
                }
            }
        }
    }

    /// The stored bytes of a chunk, checked against their checksum.
    func storedBytes(_ chunk: ChunkRecord, into buffer: TileBuffer) throws -> UnsafeRawBufferPointer {
        let bytes = buffer.bytes(chunk.byteCount)
        try file.read(at: chunk.offset, into: bytes)
        let stored = UnsafeRawBufferPointer(bytes)
        guard crc32(stored) == chunk.checksum else {
            throw SparsifyError(
                .malformed, "A chunk does not match its checksum.", offset: chunk.offset, remedy: "The file is damaged."
            )
        }
        return stored
    }
}

extension SPMReader {
    /// Non-zero elements that the index declares for tensor `index`.
    public func nonzeros(_ index: Int) -> Int { records[index].nonzeros }

    /// Chunks of tensor `index`.
    public func chunkCount(_ index: Int) -> Int { records[index].chunks.count }

    /// For each chunk of tensor `index`, how many non-zeros come before it.
    public func chunkPlaces(_ index: Int) -> [Int] {
        var place = 0
        return records[index].chunks.map { chunk in
            defer { place += chunk.nonzeros }
            return place
        }
    }

    /// The elements that chunk `chunk` of tensor `index` covers, in row-major order.
    public func chunkElements(_ index: Int, _ chunk: Int) -> Range<Int> { records[index].elements(ofChunk: chunk) }

    /// Decodes the non-zero elements of one chunk: positions counted from the chunk's first element, ascending.
    /// They are valid only inside `body`.
    ///
    /// - Throws: `malformed` where the chunk is damaged.
    public func withNonzeros<Output>(
        _ index: Int, chunk: Int, _ body: (ChunkDecoder.Nonzeros) throws -> Output
    ) throws -> Output {
        let record = records[index]
        return try workers.with { worker in
            do {
                return try body(try worker.nonzeros(self, record, chunk))
            } catch let error as SparsifyError {
                throw error.located(file: path, tensor: record.info.name)
            }
        }
    }

    /// Where the bytes of tensor `index` go, from the headers of its chunks.
    ///
    /// - Throws: `malformed` where a chunk is damaged.
    public func ledger(_ index: Int) throws -> ChunkLedger {
        let record = records[index]
        var total = ChunkLedger()
        do {
            for chunk in record.chunks.indices where record.chunks[chunk].byteCount > 0 {
                total += try workers.with { try $0.ledger(self, record, chunk) }
            }
        } catch let error as SparsifyError {
            throw error.located(file: path, tensor: record.info.name)
        }
        return total
    }
}
