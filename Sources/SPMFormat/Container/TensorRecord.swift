internal import ModelIO
internal import SparseCoding
internal import Tensors

/// One tensor in the index, with the table of its chunks.
struct TensorRecord {
    var info: TensorInfo
    /// Elements in every chunk but the last; 0 for a tensor without elements.
    var elementsPerChunk: Int
    var chunks: [ChunkRecord]

    var nonzeros: Int { chunks.reduce(0) { $0 + $1.nonzeros } }
    var storedBytes: Int { chunks.reduce(0) { $0 + $1.byteCount } }

    /// The elements that chunk `index` covers.
    func elements(ofChunk index: Int) -> Range<Int> {
        let start = index * elementsPerChunk
        return start..<min(start + elementsPerChunk, info.elementCount)
    }

    static func chunkCount(elementCount: Int, elementsPerChunk: Int) -> Int {
        elementCount == 0 ? 0 : (elementCount - 1) / elementsPerChunk + 1
    }

    func encode(to writer: inout ByteWriter) {
        writer.string(info.name)
        writer.integer(info.elementType.rawValue)
        writer.integer(UInt8(info.shape.rank))
        for extent in info.shape.dimensions { writer.varint(extent) }
        writer.varint(elementsPerChunk)
        for chunk in chunks {
            writer.varint(chunk.byteCount)
            writer.varint(chunk.nonzeros)
            writer.integer(chunk.checksum)
        }
    }

    /// Reads one record; `offset`, where its first chunk lies, moves on past its last.
    init(_ reader: inout ByteReader, offset: inout Int, chunksLeft: Int) throws {
        let name = try reader.string("tensor name", limit: SPMLimits.maximumNameBytes)
        guard isValidTensorName(name) else { throw reader.failure("A tensor has the invalid name '\(name)'.") }
        let code: UInt8 = try reader.integer("element type")
        guard let elementType = ElementType(rawValue: code) else {
            throw reader.failure("The tensor '\(name)' has the unknown element type \(code).")
        }
        let rank: UInt8 = try reader.integer("rank")
        guard rank <= SPMLimits.maximumRank else {
            throw reader.failure("The tensor '\(name)' has rank \(rank); at most \(SPMLimits.maximumRank) is allowed.")
        }
        var dimensions: [Int] = []
        for _ in 0..<rank { dimensions.append(try reader.varint("extent")) }
        try Self.checkSize(dimensions, elementType, name)
        let shape = try Shape(dimensions)
        elementsPerChunk = try reader.varint("elements per chunk")
        guard
            elementsPerChunk <= ChunkLimits.maximumElements,
            shape.elementCount == 0 ? elementsPerChunk == 0 : (1...shape.elementCount).contains(elementsPerChunk)
        else {
            throw reader.failure(
                "The tensor '\(name)' of shape \(shape) declares \(elementsPerChunk) elements a chunk.")
        }
        let count = Self.chunkCount(elementCount: shape.elementCount, elementsPerChunk: elementsPerChunk)
        guard count <= reader.remaining / 6 else {
            throw reader.failure("The tensor '\(name)' needs \(count) chunks, more than the index can hold.")
        }
        guard count <= chunksLeft else {
            throw reader.failure(
                "Up to '\(name)' the file has more chunks than the limit of \(SPMLimits.maximumChunks).")
        }
        info = TensorInfo(name: name, elementType: elementType, shape: shape)
        chunks = []
        for index in 0..<count {
            let range = elements(ofChunk: index)
            let byteCount = try reader.varint("chunk length")
            let nonzeros = try reader.varint("count of non-zeros")
            let checksum: UInt32 = try reader.integer("chunk checksum")
            guard nonzeros <= range.count, (nonzeros == 0) == (byteCount == 0), byteCount <= UInt32.max else {
                throw reader.failure(
                    "A chunk of '\(name)' declares \(nonzeros) non-zeros among \(range.count) elements in \(byteCount) bytes."
                )
            }
            chunks.append(ChunkRecord(offset: offset, byteCount: byteCount, nonzeros: nonzeros, checksum: checksum))
            offset = try Checked.add(offset, byteCount, "offset of a chunk")
        }
        info.storedBytes = storedBytes
    }

    /// The product of the extents that are not 0 counts, so that the order of the extents makes no difference.
    static func checkSize(_ dimensions: [Int], _ elementType: ElementType, _ name: String) throws {
        var size = elementType.byteWidth
        for extent in dimensions where extent > 0 { size = try Checked.multiply(size, extent, "size of '\(name)'") }
    }

    init(info: TensorInfo, elementsPerChunk: Int, chunks: [ChunkRecord]) {
        self.info = info
        self.elementsPerChunk = elementsPerChunk
        self.chunks = chunks
    }
}

/// Where a chunk lies and what to expect of it. Offsets are not stored: chunks follow one another without holes.
struct ChunkRecord {
    var offset: Int
    var byteCount: Int
    var nonzeros: Int
    var checksum: UInt32
}

/// 1 to 4096 bytes without NUL.
func isValidTensorName(_ name: String) -> Bool {
    (1...SPMLimits.maximumNameBytes).contains(name.utf8.count) && !name.utf8.contains(0)
}
