import Tensors
import Testing

@Suite struct ByteReaderTests {
    private func refused(
        at offset: Int, _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        let error = #expect(throws: SparsifyError.self, sourceLocation: sourceLocation, performing: body)
        #expect(error?.code == .malformed, sourceLocation: sourceLocation)
        #expect(error?.offset == offset, sourceLocation: sourceLocation)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
    }

    @Test func integersAreLittleEndian() throws {
        var reader = ByteReader([1, 2, 3, 0xfe, 0xff, 1, 0, 0, 0, 0, 0, 0, 0x80])
        #expect(try reader.integer("a", as: UInt8.self) == 1)
        #expect(try reader.integer("b", as: UInt16.self) == 0x0302)
        #expect(try reader.integer("c", as: Int16.self) == -2)
        #expect(reader.position == 5 && reader.remaining == 8 && !reader.isAtEnd)
        #expect(try reader.integer("d", as: UInt64.self) == 0x8000_0000_0000_0001)
        #expect(reader.isAtEnd && reader.remaining == 0)
    }

    @Test func nothingIsReadPastTheEnd() {
        var reader = ByteReader([1, 2, 3], fileOffset: 100)
        refused(at: 100, "The length needs 4 bytes, but 3 are left.") {
            _ = try reader.integer("length", as: UInt32.self)
        }
        #expect(reader.position == 0, "a read that failed takes nothing")
        #expect((try? reader.raw(2, "head")) == [1, 2])
        refused(at: 102, "The tail needs 2 bytes, but 1 are left.") { _ = try reader.raw(2, "tail") }
        refused(at: 102, "The tail needs -1 bytes") { _ = try reader.raw(-1, "tail") }
        refused(at: 102, "needs \(Int.max) bytes") { _ = try reader.raw(.max, "tail") }
        #expect((try? reader.raw(1, "tail")) == [3])
        refused(at: 103, "needs 1 bytes, but 0 are left") { _ = try reader.varint("end") }
        #expect((try? reader.raw(0, "nothing")) == [])
    }

    // MARK: Variable-length integers

    static let varints: [(value: Int, bytes: [UInt8])] = [
        (0, [0]), (1, [1]), (127, [0x7f]), (128, [0x80, 1]), (300, [0xac, 2]), (16_383, [0xff, 0x7f]),
        (16_384, [0x80, 0x80, 1]), (1 << 35, [0x80, 0x80, 0x80, 0x80, 0x80, 1]),
        (1 << 56, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]),
        (.max, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ]

    @Test(arguments: varints) func varintsAreReadAndWritten(_ value: Int, _ bytes: [UInt8]) throws {
        var writer = ByteWriter()
        writer.varint(value)
        #expect(writer.bytes == bytes && writer.count == bytes.count)
        var reader = ByteReader(bytes + [0xff])
        #expect(try reader.varint("value") == value)
        #expect(reader.remaining == 1)
    }

    @Test(
        arguments: [
            [0x80, 0], [0xff, 0], [0x81, 0x80, 0], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] as [[UInt8]]) func varintsHaveTheirShortestFormAnd63Bits(_ bytes: [UInt8])
    {
        var reader = ByteReader(bytes)
        let error = #expect(throws: SparsifyError.self) { try reader.varint("value") }
        #expect(error?.message.contains("shortest form") == true)
    }

    @Test(arguments: varints) func varintsCutShortAreRefused(_ value: Int, _ bytes: [UInt8]) {
        var reader = ByteReader(Array(bytes.dropLast()))
        let error = #expect(throws: SparsifyError.self) { try reader.varint("value") }
        #expect(error?.message.contains("The value needs 1 bytes") == true)
    }

    // MARK: Counts, blocks, strings

    @Test func countsAreBoundedByWhatIsLeft() throws {
        var reader = ByteReader([3, 1, 2, 3])
        #expect(try reader.count("items") == 3)
        reader = ByteReader([4, 1, 2, 3])
        refused(at: 1, "The items is 4, more than the 3 bytes that are left can hold.") {
            _ = try reader.count("items")
        }
        reader = ByteReader([2, 1, 2, 3])
        refused(at: 1, "more than the 3 bytes") { _ = try reader.count("items", minimumBytes: 2) }
        reader = ByteReader([1, 1, 2, 3])
        #expect(try reader.count("items", minimumBytes: 3) == 1)
        reader = ByteReader([100])
        #expect(try reader.count("items", minimumBytes: 0) == 100)
        reader = ByteReader([3, 1, 2, 3])
        refused(at: 1, "more than the limit of 2") { _ = try reader.count("items", limit: 2) }
        reader = ByteReader([3, 1, 2, 3])
        #expect(try reader.count("items", limit: 3) == 3)
    }

    @Test func blocksAndStringsAreReadAndWritten() throws {
        var writer = ByteWriter()
        writer.block([9, 8])
        writer.string("é")
        writer.string("")
        writer.integer(UInt16(0x0102))
        writer.raw([7])
        #expect(writer.bytes == [2, 9, 8, 2, 0xc3, 0xa9, 0, 2, 1, 7])
        var reader = ByteReader(writer.bytes)
        #expect(try reader.block("block") == [9, 8])
        #expect(try reader.string("text") == "é")
        #expect(try reader.string("text") == "")
    }

    @Test func blocksBeyondTheEndOrTheLimitAreRefused() {
        var reader = ByteReader([3, 1, 2])
        refused(at: 1, "length of the block") { _ = try reader.block("block") }
        reader = ByteReader([2, 65, 66])
        refused(at: 1, "more than the limit of 1") { _ = try reader.string("name", limit: 1) }
    }

    @Test(
        arguments: [
            [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3], [0x80],
        ] as [[UInt8]]) func stringsAreUTF8(_ bytes: [UInt8])
    {
        var reader = ByteReader([UInt8(bytes.count)] + bytes)
        let error = #expect(throws: SparsifyError.self) { try reader.string("name") }
        #expect(error?.message == "The name is not valid UTF-8.")
    }
}
