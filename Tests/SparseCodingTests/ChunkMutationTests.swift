import Tensors
import Testing

@testable import SparseCoding

/// Chunks with damage that no checksum catches: decoding throws or returns, and never leaves its memory.
@Suite struct ChunkMutationTests {
    private func survives(_ chunk: Chunk, _ decoder: ChunkDecoder) {
        let dense = Result { try chunk.decoded(decoder) }
        let sparse = Result { try chunk.nonzeros(decoder) }
        switch (dense, sparse) {
        case (.success(let elements), .success(let nonzeros)):
            // What is taken is consistent: positions ascend, lie inside, and carry what the dense form has there.
            #expect(nonzeros.positions.count == chunk.nonzeros)
            #expect(zip(nonzeros.positions, nonzeros.positions.dropFirst()).allSatisfy { $0 < $1 })
            #expect(nonzeros.positions.allSatisfy { $0 < chunk.elementCount })
            for (index, position) in nonzeros.positions.enumerated() {
                let width = chunk.width
                #expect(
                    elements[position * width..<(position + 1) * width]
                        == nonzeros.values[index * width..<(index + 1) * width])
            }
        case (.failure(let first), .failure(let second)):
            #expect((first as? SparsifyError)?.code == .malformed)
            #expect(first as? SparsifyError == second as? SparsifyError)
        default: Issue.record("one way of decoding takes what the other refuses")
        }
        _ = try? chunk.ledger()
    }

    static let originals: [Chunk] = [1, 2, 4, 8].flatMap { width in
        [Mask.nearlyFull, .half, .most, .nearlyAll, .periodic, .onlyLast].flatMap { mask in
            [Values.random, .constant].map { Chunk(Sample(mask, $0, width: width, count: 200)) }
        }
    }

    @Test(arguments: originals) func bytesAtRandom(_ original: Chunk) {
        var random = SplitMix64(seed: UInt64(original.bytes.count))
        let decoder = ChunkDecoder()
        for _ in 0..<150 {
            var chunk = original
            for _ in 0...(random.next() % 3) {
                let place = Int(random.next() % UInt64(chunk.bytes.count))
                chunk.bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            survives(chunk, decoder)
        }
    }

    @Test(arguments: originals) func cutsAndDoublings(_ original: Chunk) {
        let decoder = ChunkDecoder()
        for length in 0..<min(original.bytes.count, 60) {
            var chunk = original
            chunk.bytes = Array(original.bytes[..<length])
            #expect(throws: SparsifyError.self) { try chunk.decoded(decoder) }
            survives(chunk, decoder)
            chunk.bytes = original.bytes + original.bytes[..<length]
            survives(chunk, decoder)
        }
    }

    @Test(arguments: originals) func otherCounts(_ original: Chunk) {
        let decoder = ChunkDecoder()
        for (elements, nonzeros) in [(0, 0), (0, 1), (1, 1), (-1, 0), (1, -1), (1, 1), (-1, -1), (40, 3)] {
            var chunk = original
            if elements > 1 {
                (chunk.elementCount, chunk.nonzeros) = (elements, nonzeros)
            } else {
                chunk.elementCount += elements
                chunk.nonzeros = max(chunk.nonzeros + nonzeros, 0)
            }
            guard (elements, nonzeros) != (0, 0) else { continue }
            if nonzeros != 0 { #expect(throws: SparsifyError.self) { try chunk.decoded(decoder) } }
            survives(chunk, decoder)
        }
    }

    @Test func rubbish() {
        var random = SplitMix64(seed: 77)
        let decoder = ChunkDecoder()
        for round in 0..<4000 {
            var bytes = random.bytes(1 + Int(random.next() % 40))
            bytes[0] = UInt8(round % 4)
            let elements = 1 + Int(random.next() % 500)
            survives(
                Chunk(
                    bytes: bytes, elementCount: elements, nonzeros: 1 + Int(random.next() % UInt64(min(elements, 12))),
                    width: [1, 2, 4, 8][round / 4 % 4]), decoder)
        }
    }
}
