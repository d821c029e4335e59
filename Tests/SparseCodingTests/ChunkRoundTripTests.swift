import SparseCoding
import Tensors
import Testing

@Suite struct ChunkRoundTripTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var width: Int
        var mask: Mask
        var values: Values
        var testDescription: String { "\(width) bytes, \(mask), \(values)" }
    }

    static let cases = [1, 2, 4, 8].flatMap { width in
        Mask.allCases.flatMap { mask in Values.allCases.map { Case(width: width, mask: mask, values: $0) } }
    }

    @Test(arguments: cases) func keepsEveryBit(_ test: Case) throws {
        let sample = Sample(test.mask, test.values, width: test.width, count: 3001)
        let encoder = ChunkEncoder()
        let encoded = encoder.encode(sample)
        let chunk = Chunk(
            bytes: encoded.bytes, elementCount: sample.count, nonzeros: encoded.nonzeros, width: test.width)

        #expect(encoded.nonzeros == sample.positions.count)
        #expect(encoded.checksum == crc32(encoded.bytes))
        #expect(encoded.bytes.isEmpty == sample.positions.isEmpty)
        // Never more than all elements as they are, and a few bytes of headers.
        #expect(encoded.bytes.count <= sample.bytes.count + test.width + 16)

        #expect(try chunk.decoded() == sample.bytes)
        let nonzeros = try chunk.nonzeros()
        #expect(nonzeros.positions == sample.positions)
        #expect(nonzeros.values == sample.values)

        // Memory that is used again leaves no traces.
        #expect(encoder.encode(sample).bytes == encoded.bytes)
    }

    /// Word boundaries of masks, byte boundaries of bitmasks.
    @Test(arguments: [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 255, 256, 257])
    func keepsEveryBitAtEveryCount(_ count: Int) throws {
        for width in [1, 2, 4, 8] {
            for mask in [Mask.half, .full, .onlyLast] {
                let sample = Sample(mask, .random, width: width, count: count, seed: UInt64(count))
                let chunk = Chunk(sample)
                #expect(try chunk.decoded() == sample.bytes)
                #expect(try chunk.nonzeros().positions == sample.positions)
            }
        }
    }

    @Test func anEmptyTensorTakesNoBytes() throws {
        let chunk = Chunk(Sample([], width: 4))
        #expect(chunk.bytes.isEmpty && chunk.nonzeros == 0)
        #expect(try chunk.decoded() == [])
    }

    /// One worker of each, with chunks of every kind after one another.
    @Test func workersCarryNothingOverFromChunkToChunk() throws {
        let encoder = ChunkEncoder()
        let decoder = ChunkDecoder()
        for (index, test) in Self.cases.enumerated() where index % 5 == 0 {
            let sample = Sample(test.mask, test.values, width: test.width, count: 1 + index * 37 % 2000, seed: 3)
            let chunk = Chunk(sample, encoder)
            #expect(chunk.bytes == Chunk(sample).bytes)
            #expect(try chunk.decoded(decoder) == sample.bytes)
            #expect(try chunk.nonzeros(decoder).values == sample.values)
        }
    }

    @Test(arguments: [1, 2, 4, 8]) func countsNonzeros(_ width: Int) {
        for mask in Mask.allCases {
            let sample = Sample(mask, .special, width: width, count: 777)
            let buffer = aligned(sample.bytes)
            let elements = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<sample.bytes.count])
            #expect(countNonzeros(elements, byteWidth: width) == sample.positions.count)
        }
        #expect(countNonzeros(UnsafeRawBufferPointer(start: nil, count: 0), byteWidth: width) == 0)
    }
}
