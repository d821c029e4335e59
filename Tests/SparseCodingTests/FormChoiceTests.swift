import Foundation
import Testing

@testable import SparseCoding

@Suite struct FormChoiceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var form: IndexForm
        var width = 4
        var kept: @Sendable (inout SplitMix64) -> [Bool]
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "all kept", form: .dense) { _ in [Bool](repeating: true, count: 5000) },
        Case(name: "nearly all kept, one byte", form: .dense, width: 1) { $0.mask(5000, keep: 0.99) },
        Case(name: "seven in ten at random", form: .bitmask) { $0.mask(20_000, keep: 0.7) },
        Case(name: "a fifth at random", form: .golombGaps) { $0.mask(20_000, keep: 0.2) },
        Case(name: "one in a hundred at random", form: .golombGaps) { $0.mask(20_000, keep: 0.01) },
        Case(name: "few in a small chunk", form: .golombGaps) { $0.mask(100, keep: 0.1) },
        Case(name: "two gaps by turns", form: .gapBytes) { _ in (0..<20_000).map { $0 % 17 == 0 || $0 % 17 == 11 } },
        Case(name: "escapes", form: .gapBytes) { _ in
            (0..<200_000).map { [0, 255, 511, 768, 1278, 1789, 2301].contains($0 % 2400) }
        },
    ]

    @Test(arguments: cases) func theSmallestFormIsTaken(_ test: Case) throws {
        var random = SplitMix64(seed: 9)
        let sample = Sample(kept: test.kept(&random), width: test.width, &random)
        let chunk = Chunk(sample)
        #expect(chunk.form == test.form)
        #expect(try chunk.decoded() == sample.bytes)
        #expect(try chunk.ledger().forms == [test.form: 1])
    }

    /// The index beside what no code of random masks can beat on average: log2 C(n, k) bits.
    @Test(arguments: [0.5, 0.7, 0.8, 0.9, 0.95, 0.98]) func theIndexIsNearItsBound(_ sparsity: Double) throws {
        let count = 100_000
        var random = SplitMix64(seed: UInt64(sparsity * 100))
        let sample = Sample(kept: random.mask(count, keep: 1 - sparsity), width: 2, &random)
        let kept = sample.positions.count
        let bits = Self.log2Factorial(count) - Self.log2Factorial(kept) - Self.log2Factorial(count - kept)
        let bound = bits / 8
        let ledger = try Chunk(sample).ledger()
        #expect(Double(ledger.indexBytes) <= 1.02 * bound)
        #expect(Double(ledger.indexBytes) > 0.98 * bound, "no code of a random mask is that small")
    }

    private static func log2Factorial(_ n: Int) -> Double {
        let logarithm: Double = lgamma(Double(n) + 1)
        return logarithm / M_LN2
    }

    @Test func wholeElementsThatRepeatStayWhole() throws {
        var random = SplitMix64(seed: 4)
        let words = (0..<40).map { _ in max(random.next() >> 32, 1) }
        let sample = Sample((0..<8000).map { words[$0 % 40] }, width: 4)
        let chunk = Chunk(sample)
        #expect(chunk.bytes[1] == ValueForm.interleaved.rawValue)
        #expect(chunk.bytes.count < 600)
        #expect(try chunk.decoded() == sample.bytes)
    }

    @Test func anExponentPlaneIsCompressedAndMantissasAreStored() throws {
        let sample = Sample(.full, .trained, width: 4, count: 4000)
        let chunk = Chunk(sample)
        // Form, value form, three stored planes, then one under zlib.
        #expect(Array(chunk.bytes[..<3]) == [0, 0, 0])
        #expect(chunk.bytes[3 + 4000] == 0 && chunk.bytes[4 + 8000] == 0)
        #expect(chunk.bytes[5 + 12_000] == 1)
        let ledger = try chunk.ledger()
        #expect(ledger.valueBytes > 12_000 && ledger.valueBytes < 15_000)
    }

    /// Sizes and places of the parts, recomputed by hand from the forms that store their parts as they are.
    @Test func theLedgerIsExact() throws {
        let dense = Chunk(bytes: [0, 1, 0, 1, 2, 3, 4], elementCount: 2, nonzeros: 2, width: 2)
        var ledger = try dense.ledger()
        #expect(ledger.valueBytes == 4 && ledger.indexBytes == 0 && ledger.overheadBytes == 3)

        // Bitmask of nine elements, two of them kept, one plane.
        let mask = Chunk(bytes: [3, 0, 0b10, 1, 0, 0, 7, 8], elementCount: 9, nonzeros: 2)
        ledger = try mask.ledger()
        #expect(ledger.valueBytes == 2 && ledger.indexBytes == 2 && ledger.overheadBytes == 4)

        // Golomb, M = 4, three bytes.
        let golomb = Chunk(bytes: [2, 4, 1, 0b0000_1000, 0, 0, 5, 5], elementCount: 9, nonzeros: 2)
        ledger = try golomb.ledger()
        #expect(ledger.valueBytes == 2 && ledger.indexBytes == 1 && ledger.overheadBytes == 5)
        #expect(try golomb.decoded() == [5, 0, 0, 0, 0, 5, 0, 0, 0])

        let gaps = Chunk(bytes: [1, 2, 0, 3, 4, 0, 0, 9, 8], elementCount: 9, nonzeros: 2)
        ledger = try gaps.ledger()
        #expect(ledger.valueBytes == 2 && ledger.indexBytes == 2 && ledger.overheadBytes == 5)

        let nothing = Chunk(bytes: [], elementCount: 9, nonzeros: 0)
        #expect(try nothing.ledger() == ChunkLedger())
    }

    @Test(arguments: ChunkRoundTripTests.cases) func theLedgerAddsUp(_ test: ChunkRoundTripTests.Case) throws {
        let sample = Sample(test.mask, test.values, width: test.width, count: 1500)
        let chunk = Chunk(sample)
        let ledger = try chunk.ledger()
        #expect(ledger.totalBytes == chunk.bytes.count)
        #expect(ledger.forms.values.reduce(0, +) == (chunk.bytes.isEmpty ? 0 : 1))
        // Headers: two forms, two lengths of an index, a codec and a length a stream.
        #expect(ledger.overheadBytes <= 2 + 8 + 5 * (test.width + 1))
        var twice = ledger
        twice += ledger
        #expect(twice.totalBytes == 2 * ledger.totalBytes)
        #expect(twice.forms.values.reduce(0, +) == (chunk.bytes.isEmpty ? 0 : 2))
    }

    @Test(arguments: [
        (1, 1, 1), (100, 5, 100), (65_536, 65_536, 65_536), (65_537, 65_537, 65_536), (1_000_000, 200_000, 327_680),
        (1_000_000, 0, 1_000_000), (10_000_000, 1, 1 << 22), (10_000_000, 20_000_000, 65_536), (1 << 60, 1, 1 << 22),
        (10_000_000, -5, 1 << 22),
    ]) func chunksHoldAbout65536Nonzeros(_ elements: Int, _ nonzeros: Int, _ expected: Int) {
        #expect(ChunkLimits.elementsPerChunk(elementCount: elements, nonzeros: nonzeros) == expected)
    }
}
