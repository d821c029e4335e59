import Tensors
import Testing

@testable import SparseCoding

/// One hostile chunk for each way in which a chunk can break the rules, none of them near another rule.
@Suite struct MalformedChunkTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var chunk: Chunk
        /// What the message says, so that the right rule is seen to refuse it.
        var message: String
        /// Whether the headers alone give it away.
        var inHeaders: Bool
        var testDescription: String { name }

        init(
            _ name: String, _ bytes: [UInt8], of elementCount: Int, nonzeros: Int, width: Int = 1, _ message: String,
            inHeaders: Bool = false
        ) {
            self.name = name
            self.message = message
            self.inHeaders = inHeaders
            chunk = Chunk(bytes: bytes, elementCount: elementCount, nonzeros: nonzeros, width: width)
        }
    }

    /// A plane of ones.
    private static func ones(_ count: Int) -> [UInt8] { [0, 0] + [UInt8](repeating: 1, count: count) }
    private static let zlibOfTwo = StreamTests.deflate([1, 1], .matching)

    static let headers: [Case] = [
        Case("bytes without non-zeros", [0, 0, 0, 1], of: 1, nonzeros: 0, "both or none must be 0"),
        Case("no bytes, a non-zero", [], of: 4, nonzeros: 1, "both or none must be 0"),
        Case("no elements, bytes", [0, 0, 0], of: 0, nonzeros: 0, "both or none must be 0"),
        Case(
            "too many elements", [2, 1, 1, 0] + ones(1), of: 1 << 22 + 1, nonzeros: 1, "declares 1 non-zeros among",
            inHeaders: true),
        Case(
            "more non-zeros than elements", [2, 1, 1, 0] + ones(3), of: 2, nonzeros: 3, "declares 3 non-zeros among",
            inHeaders: true),
        Case("unknown index form", [4, 0, 0, 1], of: 1, nonzeros: 1, "unknown index form 4", inHeaders: true),
        Case("nothing after the form", [0], of: 1, nonzeros: 1, "ends before its last stream", inHeaders: true),
        Case("unknown value form", [0, 2, 0, 1], of: 1, nonzeros: 1, "unknown value form 2", inHeaders: true),
        Case("unknown codec", [0, 0, 2, 1, 1], of: 1, nonzeros: 1, "unknown codec 2", inHeaders: true),
        Case("unknown codec, index", [3, 2, 1, 0, 0, 1], of: 1, nonzeros: 1, "unknown codec 2", inHeaders: true),
        Case("no codec", [0, 0], of: 1, nonzeros: 1, "ends before its last stream", inHeaders: true),
        Case("stored stream cut", [0, 0, 0, 1], of: 2, nonzeros: 2, "ends before its last stream", inHeaders: true),
        Case("second plane missing", [0, 0, 0, 1], of: 1, nonzeros: 1, width: 2, "ends before", inHeaders: true),
        Case("zlib stream cut", [0, 0, 1, 9, 1], of: 2, nonzeros: 2, "ends before its last stream", inHeaders: true),
        Case("zlib length cut", [0, 0, 1, 0x80], of: 2, nonzeros: 2, "ends before its last stream", inHeaders: true),
        Case(
            "length not shortest", [0, 0, 1, 0x80, 0], of: 2, nonzeros: 2, "not a short variable-length integer",
            inHeaders: true),
        Case(
            "length too long", [0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 1], of: 2, nonzeros: 2,
            "not a short variable-length integer", inHeaders: true),
        Case("byte after the values", [0] + ones(2) + [0], of: 2, nonzeros: 2, "1 bytes follow", inHeaders: true),
        Case(
            "too few gap bytes", [1, 1, 0, 0] + ones(2), of: 4, nonzeros: 2, "declares 1 bytes of gaps", inHeaders: true
        ),
        Case(
            "too many gap bytes", [1, 3, 0, 255, 0, 0] + ones(2), of: 254, nonzeros: 2, "declares 3 bytes of gaps",
            inHeaders: true),
        Case("divisor 0", [2, 0, 1, 0] + ones(1), of: 4, nonzeros: 1, "Golomb divisor 0", inHeaders: true),
        Case(
            "divisor too large", [2, 0x81, 0x80, 0x80, 8, 4, 0, 0, 0, 0] + ones(1), of: 4, nonzeros: 1,
            "Golomb divisor 16777217", inHeaders: true),
        Case("Golomb bytes cut", [2, 1, 9, 0] + ones(1), of: 4, nonzeros: 1, "ends before its last", inHeaders: true),
    ]

    static let contents: [Case] = [
        Case("dense, fewer non-zeros", [0, 0, 0, 1, 0], of: 2, nonzeros: 2, "has 1 non-zero elements, but 2"),
        Case("dense, more non-zeros", [0, 0, 0, 1, 1], of: 2, nonzeros: 1, "has 2 non-zero elements, but 1"),
        Case("dense, whole, fewer", [0, 1, 0, 0, 0, 0, 1], of: 2, nonzeros: 2, width: 2, "has 1 non-zero"),
        Case("a zero kept, planes", [3, 0, 3, 0, 0, 1, 0], of: 2, nonzeros: 2, "stores a zero among"),
        Case("a zero kept, whole", [3, 0, 1, 1, 0, 0, 0], of: 2, nonzeros: 1, width: 2, "stores a zero among"),
        Case("gaps lead outside", [1, 1, 0, 4] + ones(1), of: 4, nonzeros: 1, "lead past its 4 elements"),
        Case("escapes lead outside", [1, 2, 0, 255, 1] + ones(1), of: 256, nonzeros: 1, "lead past its 256"),
        Case("too many gaps", [1, 2, 0, 0, 0] + ones(1), of: 255, nonzeros: 1, "name too many"),
        Case("too few gaps", [1, 2, 0, 0, 255] + ones(2), of: 600, nonzeros: 2, "has 1 non-zero elements, but 2"),
        Case("gaps end in 255", [1, 2, 0, 0, 255] + ones(1), of: 600, nonzeros: 1, "must not end in"),
        Case("bitmask of more", [3, 0, 0b111] + ones(2), of: 3, nonzeros: 2, "more than its 2 non-zeros"),
        Case("bitmask of fewer", [3, 0, 0b1] + ones(2), of: 3, nonzeros: 2, "has 1 non-zero elements, but 2"),
        Case("bitmask past the end", [3, 0, 0b1001] + ones(2), of: 3, nonzeros: 2, "past its 3 elements"),
        Case(
            "bitmask past the end, late", [3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0b10] + ones(3), of: 73, nonzeros: 3,
            "past its 73 elements"),
        Case("Golomb leads outside", [2, 1, 1, 0b0111] + ones(1), of: 3, nonzeros: 1, "lead past its 3 elements"),
        Case("Golomb, ones only", [2, 1, 1, 0xff] + ones(1), of: 300, nonzeros: 1, "end before its last"),
        Case(
            "Golomb, many ones only", [2, 1, 12] + [UInt8](repeating: 0xff, count: 12) + ones(1), of: 300, nonzeros: 1,
            "end before its last"),
        Case("Golomb, remainder cut", [2, 0x80, 8, 1, 0] + ones(1), of: 300, nonzeros: 1, "end before its last"),
        Case("Golomb, no bytes", [2, 1, 0] + ones(1), of: 300, nonzeros: 1, "end before its last"),
        Case("Golomb, second gap missing", [2, 1, 1, 0x7f] + ones(2), of: 300, nonzeros: 2, "end before its last"),
        Case("Golomb, bits follow", [2, 1, 1, 0b0101] + ones(1), of: 300, nonzeros: 1, "Bits follow"),
        Case("Golomb, a zero byte follows", [2, 1, 2, 0, 0] + ones(1), of: 300, nonzeros: 1, "Bits follow"),
        Case("zlib of fewer", [0, 0, 1, UInt8(zlibOfTwo.count)] + zlibOfTwo, of: 3, nonzeros: 3, "zlib stream"),
        Case("zlib of more", [0, 0, 1, UInt8(zlibOfTwo.count)] + zlibOfTwo, of: 1, nonzeros: 1, "zlib stream"),
        Case(
            "bytes after zlib", [0, 0, 1, UInt8(zlibOfTwo.count + 1)] + zlibOfTwo + [0], of: 2, nonzeros: 2,
            "zlib stream"),
        Case("no zlib", [0, 0, 1, 0], of: 2, nonzeros: 2, "zlib stream"),
        Case("zlib of bitmask damaged", [3, 1, 3, 0x78, 0x9c, 0] + ones(1), of: 3, nonzeros: 1, "zlib stream"),
        Case("zlib of gaps damaged", [1, 1, 1, 3, 0x78, 0x9c, 0] + ones(1), of: 3, nonzeros: 1, "zlib stream"),
    ]

    private func refuses(_ test: Case, _ what: String, _ body: () throws -> Void) {
        let error = #expect(throws: SparsifyError.self, "\(what)", performing: body)
        #expect(error?.code == .malformed)
        #expect(error?.message.contains(test.message) == true, "\(what): \(error?.message ?? "")")
    }

    @Test(arguments: headers + contents) func isRefused(_ test: Case) {
        refuses(test, "dense") { _ = try test.chunk.decoded() }
        refuses(test, "non-zeros") { _ = try test.chunk.nonzeros() }
        if test.inHeaders { refuses(test, "ledger") { _ = try test.chunk.ledger() } }
    }

    /// The same chunks with the fault put right, so that it is the fault that is refused and nothing else.
    @Test(arguments: [
        Chunk(bytes: [0, 0, 0, 1, 0], elementCount: 2, nonzeros: 1),
        Chunk(bytes: [3, 0, 3] + ones(2), elementCount: 2, nonzeros: 2),
        Chunk(bytes: [1, 1, 0, 3] + ones(1), elementCount: 4, nonzeros: 1),
        Chunk(bytes: [1, 2, 0, 255, 0] + ones(1), elementCount: 256, nonzeros: 1),
        Chunk(bytes: [3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0b1] + ones(3), elementCount: 73, nonzeros: 3),
        Chunk(bytes: [2, 1, 1, 0b0011] + ones(1), elementCount: 3, nonzeros: 1),
        Chunk(bytes: [2, 1, 1, 0x7f] + ones(1), elementCount: 8, nonzeros: 1),
        Chunk(bytes: [2, 0x80, 8, 2, 0, 0] + ones(1), elementCount: 1, nonzeros: 1),
        Chunk(bytes: [2, 0x80, 0x80, 0x80, 8, 4, 0, 0, 0, 0] + ones(1), elementCount: 1, nonzeros: 1),
        Chunk(bytes: [0, 0, 1, UInt8(zlibOfTwo.count)] + zlibOfTwo, elementCount: 2, nonzeros: 2),
    ]) func isTakenWithoutTheFault(_ chunk: Chunk) throws {
        let dense = try chunk.decoded()
        let sparse = try chunk.nonzeros()
        #expect(sparse.positions.count == chunk.nonzeros)
        for (position, value) in zip(sparse.positions, sparse.values) { #expect(dense[position] == value) }
        #expect(dense.filter { $0 != 0 }.count == chunk.nonzeros)
    }
}
