internal import ModelIO
internal import SparseCoding
internal import Tensors

/// One thread's means of decoding chunks; remembers the chunk it decoded last for readers that take it in pieces.
final class SPMChunkReader {
    private let decoder = ChunkDecoder()
    private let stored = TileBuffer()
    private let decoded = TileBuffer()
    private var cachedChunk: (tensor: Int, chunk: Int)?

    func decode(
        _ reader: SPMReader, _ record: TensorRecord, _ chunk: Int, into destination: UnsafeMutableRawBufferPointer
    ) throws {
        let entry = record.chunks[chunk]
        try decoder.decode(
            try reader.storedBytes(entry, into: stored), elementCount: record.elements(ofChunk: chunk).count,
            nonzeros: entry.nonzeros, byteWidth: record.info.elementType.byteWidth, into: destination)
    }

    func cached(
        _ reader: SPMReader, _ tensor: Int, _ record: TensorRecord, _ chunk: Int
    ) throws -> UnsafeMutableRawBufferPointer {
        let bytes = decoded.bytes(record.elements(ofChunk: chunk).count * record.info.elementType.byteWidth)
        if let cachedChunk, cachedChunk == (tensor, chunk) { return bytes }
        cachedChunk = nil
        try decode(reader, record, chunk, into: bytes)
        cachedChunk = (tensor, chunk)
        return bytes
    }

    func nonzeros(_ reader: SPMReader, _ record: TensorRecord, _ chunk: Int) throws -> ChunkDecoder.Nonzeros {
        let entry = record.chunks[chunk]
        return try decoder.decodeNonzeros(
            try reader.storedBytes(entry, into: stored), elementCount: record.elements(ofChunk: chunk).count,
            nonzeros: entry.nonzeros, byteWidth: record.info.elementType.byteWidth)
    }

    func ledger(_ reader: SPMReader, _ record: TensorRecord, _ chunk: Int) throws -> ChunkLedger {
        let entry = record.chunks[chunk]
        return try ChunkLedger(
            of: try reader.storedBytes(entry, into: stored), elementCount: record.elements(ofChunk: chunk).count,
            nonzeros: entry.nonzeros, byteWidth: record.info.elementType.byteWidth)
    }
}
