import SparseCoding
import Tensors

/// A `.spm` file put together byte by byte, with right checksums, so that each test can break one rule and no other.
struct HostileFile {
    var magic: [UInt8] = [0x89, 0x53, 0x50, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a]
    var major: UInt16 = 1
    var minor: UInt16 = 0
    var reserved: UInt32 = 0
    var required: UInt64 = 0
    var optional: UInt64 = 0
    /// What is added to the true values.
    var lengthError = 0
    var offsetError = 0
    var storedLength: UInt32?
    var decodedLength: UInt32?
    var indexChecksum: UInt32?
    var preambleChecksum: UInt32?
    var endMark: [UInt8] = Array("SPMEND\r\n".utf8)
    var chunks: [UInt8] = Tensor.chunk
    var sections: [Section] = [
        Section("TENS", flags: 1, tensors([Tensor().bytes])),
        Section("TREE", flags: 1, tree([Entry.root, Entry().bytes])),
    ]
    /// Bytes after the last section.
    var indexTail: [UInt8] = []
    /// Makes the stored index of the decoded one.
    var store: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    struct Section {
        var tag: String
        var flags: UInt8
        var body: [UInt8]
        /// Added to the true length.
        var lengthError = 0

        init(_ tag: String, flags: UInt8 = 0, _ body: [UInt8]) {
            self.tag = tag
            self.flags = flags
            self.body = body
        }

        var bytes: [UInt8] { Array(tag.utf8) + [flags] + varint(body.count + lengthError) + body }
    }

    /// The record of four bytes in one chunk.
    struct Tensor {
        static let chunk: [UInt8] = [0, 0, 0, 1, 2, 3, 4]

        var name: [UInt8] = Array("w".utf8)
        var type: UInt8 = 6
        var rank: UInt8 = 1
        var extents: [UInt8] = [4]
        var perChunk: [UInt8] = [4]
        var chunkRecords: [[UInt8]] = [record(length: 7, nonzeros: 4, crc32(chunk))]

        var bytes: [UInt8] { block(name) + [type, rank] + extents + perChunk + chunkRecords.joined() }

        static func record(length: Int, nonzeros: Int, _ checksum: UInt32) -> [UInt8] {
            var writer = ByteWriter()
            writer.varint(length)
            writer.varint(nonzeros)
            writer.integer(checksum)
            return writer.bytes
        }
    }

    /// An entry of the tree.
    struct Entry {
        static let root = Entry(path: [], kind: 0, contents: []).bytes
        /// Type of an unsigned byte, contiguous, no bounds, no fill value.
        static let byteDataset: [UInt8] = byteType + [0, 0, 0]
        static let byteType: [UInt8] = [1, 1, 0, 0]

        var path: [UInt8] = Array("w".utf8)
        var kind: UInt8 = 1
        var flags: UInt8 = 0
        var contents: [UInt8] = byteDataset
        var attributes: [[UInt8]] = []

        var bytes: [UInt8] { block(path) + [kind, flags] + contents + varint(attributes.count) + attributes.joined() }
    }

    static func varint(_ value: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.varint(value)
        return writer.bytes
    }

    static func block(_ bytes: [UInt8]) -> [UInt8] { varint(bytes.count) + bytes }
    static func text(_ string: String) -> [UInt8] { block(Array(string.utf8)) }
    static func tensors(_ records: [[UInt8]]) -> [UInt8] { varint(records.count) + records.joined() }
    static func tree(_ entries: [[UInt8]]) -> [UInt8] { [0] + varint(entries.count) + entries.joined() }

    mutating func setTensors(_ records: [[UInt8]]) { sections[0].body = Self.tensors(records) }
    mutating func setEntries(_ entries: [[UInt8]]) { sections[1].body = Self.tree([Entry.root] + entries) }
    /// The tree of the tensor alone, whose dataset is given.
    mutating func setDataset(_ contents: [UInt8]) { setEntries([Entry(contents: contents).bytes]) }
    /// One attribute on the root.
    mutating func setAttributes(_ attributes: [[UInt8]]) {
        let root = Entry(path: [], kind: 0, contents: [], attributes: attributes).bytes
        sections[1].body = Self.tree([root, Entry().bytes])
    }
    /// One attribute of this type, as a scalar of four bytes.
    mutating func setType(_ type: [UInt8]) { setAttributes([Self.text("a") + type + [1, 0, 4, 1, 2, 3, 4]]) }

    var bytes: [UInt8] {
        let index = sections.flatMap(\.bytes) + indexTail
        let stored = store(index)
        let body = chunks + stored + endMark
        var writer = ByteWriter()
        writer.raw(magic)
        writer.integer(major)
        writer.integer(minor)
        writer.integer(reserved)
        writer.integer(required)
        writer.integer(optional)
        writer.integer(UInt64(bitPattern: Int64(64 + body.count + lengthError)))
        writer.integer(UInt64(bitPattern: Int64(64 + chunks.count + offsetError)))
        writer.integer(storedLength ?? UInt32(stored.count))
        writer.integer(decodedLength ?? UInt32(index.count))
        writer.integer(indexChecksum ?? crc32(stored))
        writer.integer(preambleChecksum ?? crc32(writer.bytes))
        return writer.bytes + body
    }
}

private func varint(_ value: Int) -> [UInt8] { HostileFile.varint(value) }
private func block(_ bytes: [UInt8]) -> [UInt8] { HostileFile.block(bytes) }
