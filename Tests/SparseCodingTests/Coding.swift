import Tensors

@testable import SparseCoding

/// A chunk and what its file would say of it.
struct Chunk: Sendable {
    var bytes: [UInt8]
    var elementCount: Int
    var nonzeros: Int
    var width: Int

    init(bytes: [UInt8], elementCount: Int, nonzeros: Int, width: Int = 1) {
        self.bytes = bytes
        self.elementCount = elementCount
        self.nonzeros = nonzeros
        self.width = width
    }

    /// The encoder's chunk of a sample.
    init(_ sample: Sample, _ encoder: ChunkEncoder = ChunkEncoder()) {
        let encoded = encoder.encode(sample)
        self.init(
            bytes: encoded.bytes, elementCount: sample.count, nonzeros: encoded.nonzeros, width: sample.width)
    }

    var form: IndexForm? { bytes.first.flatMap(IndexForm.init) }

    /// All elements; the room for them is filled with rubbish before.
    func decoded(_ decoder: ChunkDecoder = ChunkDecoder()) throws -> [UInt8] {
        let size = elementCount * width
        let room = aligned([UInt8](repeating: 0xaa, count: size))
        let target = UnsafeMutableRawBufferPointer(rebasing: room.bytes[..<size])
        try bytes.withUnsafeBytes {
            try decoder.decode($0, elementCount: elementCount, nonzeros: nonzeros, byteWidth: width, into: target)
        }
        return Array(target)
    }

    func nonzeros(_ decoder: ChunkDecoder = ChunkDecoder()) throws -> (positions: [Int], values: [UInt8]) {
        try bytes.withUnsafeBytes { chunk in
            let result = try decoder.decodeNonzeros(
                chunk, elementCount: elementCount, nonzeros: nonzeros, byteWidth: width)
            return (result.positions.map(Int.init), Array(result.values))
        }
    }

    func ledger() throws -> ChunkLedger {
        try bytes.withUnsafeBytes {
            try ChunkLedger(of: $0, elementCount: elementCount, nonzeros: nonzeros, byteWidth: width)
        }
    }
}

extension ChunkEncoder {
    func encode(_ sample: Sample) -> EncodedChunk {
        let buffer = aligned(sample.bytes)
        return encode(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<sample.bytes.count]), byteWidth: sample.width)
    }
}
