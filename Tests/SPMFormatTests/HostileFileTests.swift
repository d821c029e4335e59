import ModelIO
import SPMFormat
import SparseCoding
import Tensors
import Testing

/// One hostile file for each rule of the container; the tree has a suite of its own.
@Suite struct HostileFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var code: SparsifyError.Code
        var message: String
        var change: @Sendable (inout HostileFile) -> Void
        var testDescription: String { name }

        init(
            _ name: String, _ message: String, _ code: SparsifyError.Code = .malformed,
            change: @escaping @Sendable (inout HostileFile) -> Void
        ) {
            self.name = name
            self.code = code
            self.message = message
            self.change = change
        }

        /// Opens and reads all of it.
        func expectRefused() throws {
            var file = HostileFile()
            change(&file)
            let folder = try TemporaryFolder()
            try store(file.bytes, folder("hostile.spm"))
            let error = #expect(throws: SparsifyError.self) {
                _ = try SPMReader(path: folder("hostile.spm")).allBytes()
            }
            #expect(error?.code == code)
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
            #expect(error?.file == folder("hostile.spm"))
        }
    }

    private static func read(_ change: (inout HostileFile) -> Void) throws -> (SPMReader, [[UInt8]]) {
        var file = HostileFile()
        change(&file)
        let folder = try TemporaryFolder()
        try store(file.bytes, folder("file.spm"))
        let reader = try SPMReader(path: folder("file.spm"))
        return (reader, try reader.allBytes())
    }

    /// Without a change it is a good file; so is it with what a reader has to overlook.
    @Test(arguments: [
        Case("as it is", "") { _ in }, Case("later minor version", "") { $0.minor = 65_535 },
        Case("optional features", "") { $0.optional = .max },
        Case("section to skip", "") { $0.sections.insert(.init("XTRA", [1, 2, 3]), at: 1) },
        Case("metadata", "") {
            $0.sections.append(
                .init("META", [2] + HostileFile.text("a") + HostileFile.text("1") + HostileFile.text("b") + [0]))
        }, Case("sections in another order", "") { $0.sections.reverse() },
        Case("compressed index", "") {
            $0.store = { compressIndex($0) }
            $0.sections.append(.init("PADS", [UInt8](repeating: 0, count: 500)))
        },
        Case("two chunks", "") {
            let chunk: [UInt8] = [0, 0, 0, 1, 2]
            let other: [UInt8] = [0, 0, 0, 3, 4]
            $0.chunks = chunk + other
            $0.setTensors([
                HostileFile.Tensor(
                    perChunk: [2],
                    chunkRecords: [
                        HostileFile.Tensor.record(length: 5, nonzeros: 2, crc32(chunk)),
                        HostileFile.Tensor.record(length: 5, nonzeros: 2, crc32(other)),
                    ]
                ).bytes
            ])
        },
    ]) func isTaken(_ test: Case) throws {
        let (reader, bytes) = try Self.read(test.change)
        #expect(bytes == [[1, 2, 3, 4]])
        #expect(reader.metadata == (test.name == "metadata" ? ["a": "1", "b": ""] : [:]))
    }

    static let preamble: [Case] = [
        Case("magic", "signature", .unknownFormat) { $0.magic[0] = 0x88 },
        Case("magic after text transfer", "signature", .unknownFormat) { $0.magic[4] = 0x0a },
        Case("version 2", "version 2", .unsupported) { $0.major = 2 },
        Case("version 0", "version 0", .unsupported) { $0.major = 0 },
        Case("reserved field", "reserved field") { $0.reserved = 1 },
        Case("required feature", "needs features (bits 1)", .unsupported) { $0.required = 1 },
        Case("last required feature", "bits 8000000000000000", .unsupported) { $0.required = 1 << 63 },
        Case("checksum of the preamble", "preamble does not match") { $0.preambleChecksum = 0 },
        Case("file length, one less", "but says that it has") { $0.lengthError = -1 },
        Case("file length, one more", "but says that it has") { $0.lengthError = 1 },
        Case("file length beyond Int", "larger than this machine") { $0.lengthError = .min + 100 },
        Case("index offset, one less", "not where it must end") { $0.offsetError = -1 },
        Case("index offset, one more", "not where it must end") { $0.offsetError = 1 },
        Case("index offset beyond Int", "larger than this machine") { $0.offsetError = .min + 100 },
        Case("index of no bytes", "0 bytes stored") { $0.storedLength = 0 },
        Case("index stored longer than decoded", "storing never takes more") { $0.decodedLength = 3 },
        Case("index beyond its limit", "at most 67108864") { $0.decodedLength = 64 << 20 + 1 },
        Case("index stored beyond the file", "not where it must end") {
            $0.storedLength = 64 << 20
            $0.decodedLength = 64 << 20
        }, Case("checksum of the index", "index does not match") { $0.indexChecksum = 7 },
        Case("end mark", "end mark") { $0.endMark[7] = 0 },
        Case("compressed index, too short", "zlib stream") {
            $0.sections.append(.init("PADS", [UInt8](repeating: 0, count: 500)))
            $0.store = { compressIndex(Array($0.dropLast())) }
        },
        Case("compressed index, too long", "zlib stream") {
            $0.sections.append(.init("PADS", [UInt8](repeating: 0, count: 500)))
            $0.store = { compressIndex($0 + [0]) }
        }, Case("compressed index that is no zlib", "zlib stream") { $0.store = { Array($0.dropLast()) } },
    ]

    static let index: [Case] = [
        Case("empty index but for a byte", "needs 4 bytes, but 1 are left") {
            $0.sections = []
            $0.indexTail = [0x41]
        }, Case("tag in small letters", "not four capital letters") { $0.sections.append(.init("padd", [])) },
        Case("unknown flags of a section", "unknown flags") { $0.sections[0].flags = 3 },
        Case("section twice", "two sections TREE") { $0.sections.append($0.sections[1]) },
        Case("unknown section twice", "two sections PADS") {
            $0.sections += [.init("PADS", []), .init("PADS", [])]
        },
        Case("essential section that is not known", "essential section NEWS", .unsupported) {
            $0.sections.append(.init("NEWS", flags: 1, []))
        }, Case("section beyond the index", "more than the") { $0.sections[1].lengthError = 1 },
        Case("no tensors", "lacks its section TENS") { $0.sections.remove(at: 0) },
        Case("no tree", "lacks its section TREE") { $0.sections.remove(at: 1) },
        Case("bytes after the tensors", "Bytes follow the contents of the section TENS") {
            $0.sections[0].body.append(0)
        },
        Case("bytes after the tree", "Bytes follow the contents of the section TREE") { $0.sections[1].body.append(0) },
        Case("bytes after the metadata", "Bytes follow the contents of the section META") {
            $0.sections.append(.init("META", [0, 0]))
        },
        Case("metadata key twice", "out of order or there twice") {
            $0.sections.append(.init("META", [2, 1, 0x61, 0, 1, 0x61, 0]))
        },
        Case("metadata out of order", "out of order or there twice") {
            $0.sections.append(.init("META", [2, 1, 0x62, 0, 1, 0x61, 0]))
        }, Case("metadata cut", "more than the") { $0.sections.append(.init("META", [2, 1, 0x61])) },
        Case("metadata not UTF-8", "not valid UTF-8") { $0.sections.append(.init("META", [1, 1, 0xff, 0])) },
    ]

    private static func tensor(
        _ name: String, _ message: String, _ change: @escaping @Sendable (inout HostileFile.Tensor) -> Void
    ) -> Case {
        Case(name, message) {
            var tensor = HostileFile.Tensor()
            change(&tensor)
            $0.setTensors([tensor.bytes])
        }
    }

    static let tensors: [Case] = [
        tensor("no name", "invalid name") { $0.name = [] },
        tensor("NUL in a name", "invalid name") { $0.name = [0x61, 0] },
        tensor("name too long", "more than the limit of 4096") { $0.name = [UInt8](repeating: 0x61, count: 4097) },
        tensor("name not UTF-8", "not valid UTF-8") { $0.name = [0xc0, 0x80] },
        tensor("element type 0", "unknown element type 0") { $0.type = 0 },
        tensor("element type 15", "unknown element type 15") { $0.type = 15 },
        tensor("rank 9", "rank 9") {
            $0.rank = 9
            $0.extents = [4, 1, 1, 1, 1, 1, 1, 1, 1]
        }, tensor("extent not shortest", "shortest form") { $0.extents = [0x84, 0] },
        tensor("extent of 64 bits", "shortest form") {
            $0.extents = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]
        },
        tensor("extent cut", "needs 1 bytes") {
            $0.extents = [0x84]
            $0.perChunk = []
            $0.chunkRecords = []
        },
        tensor("product of extents overflows", "larger than this machine") {
            $0.rank = 2
            $0.extents = HostileFile.varint(1 << 32) + HostileFile.varint(1 << 32)
        },
        tensor("product overflows before a zero", "larger than this machine") {
            $0.rank = 3
            $0.extents = HostileFile.varint(1 << 32) + HostileFile.varint(1 << 32) + [0]
            $0.perChunk = [0]
            $0.chunkRecords = []
        },
        tensor("product overflows after a zero", "larger than this machine") {
            $0.rank = 3
            $0.extents = [0] + HostileFile.varint(1 << 32) + HostileFile.varint(1 << 32)
            $0.perChunk = [0]
            $0.chunkRecords = []
        },
        tensor("bytes overflow", "larger than this machine") {
            $0.type = 12
            $0.extents = HostileFile.varint(1 << 60)
        },
        tensor("no elements a chunk", "declares 0 elements a chunk") { $0.perChunk = [0] },
        tensor("more elements a chunk than there are", "declares 5 elements a chunk") { $0.perChunk = [5] },
        tensor("elements a chunk of an empty tensor", "declares 1 elements a chunk") {
            $0.extents = [0]
            $0.perChunk = [1]
            $0.chunkRecords = []
        },
        tensor("chunks beyond their limit", "declares 4194305 elements a chunk") {
            $0.extents = HostileFile.varint(1 << 22 + 1)
            $0.perChunk = HostileFile.varint(1 << 22 + 1)
        },
        tensor("more chunks than the index holds", "needs 1048576 chunks") { $0.extents = HostileFile.varint(1 << 22) },
        tensor("chunk record missing", "needs 1 chunks") { $0.chunkRecords = [] },
        tensor("more non-zeros than elements", "declares 5 non-zeros among 4") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 7, nonzeros: 5, crc32(HostileFile.Tensor.chunk))]
        },
        tensor("bytes without non-zeros", "declares 0 non-zeros among 4 elements in 7") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 7, nonzeros: 0, crc32(HostileFile.Tensor.chunk))]
        },
        tensor("non-zeros without bytes", "declares 4 non-zeros among 4 elements in 0") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 0, nonzeros: 4, 0)]
        },
        tensor("chunk of 4 GiB", "in 4294967296 bytes") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 1 << 32, nonzeros: 4, 0)]
        },
        tensor("chunk one byte short", "chunks end at byte 70, but the index begins at 71") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 6, nonzeros: 4, crc32(HostileFile.Tensor.chunk))]
        },
        tensor("chunk reaches into the index", "chunks end at byte 72, but the index begins at 71") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 8, nonzeros: 4, crc32(HostileFile.Tensor.chunk))]
        },
        tensor("checksum of a chunk", "chunk does not match its checksum") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 7, nonzeros: 4, 0)]
        },
        tensor("other count of non-zeros than the chunk has", "has 4 non-zero elements, but 3") {
            $0.chunkRecords = [HostileFile.Tensor.record(length: 7, nonzeros: 3, crc32(HostileFile.Tensor.chunk))]
        },
        Case("hole before the index", "chunks end at byte 71, but the index begins at 72") { $0.chunks.append(0) },
        Case("two tensors of one name", "Two tensors have this name") {
            let empty = HostileFile.Tensor(extents: [0], perChunk: [0], chunkRecords: []).bytes
            $0.setTensors([HostileFile.Tensor().bytes, empty])
        },
        Case("one name in two spellings", "Two tensors have this name") {
            let first = HostileFile.Tensor(name: Array("é".utf8)).bytes
            let second = HostileFile.Tensor(name: Array("e\u{301}".utf8), extents: [0], perChunk: [0], chunkRecords: [])
            $0.setTensors([first, second.bytes])
        },
        Case("two chunks in the place of one", "chunks end at byte 78, but the index begins at 71") {
            $0.setTensors([HostileFile.Tensor().bytes, HostileFile.Tensor(name: [0x76]).bytes])
            $0.setEntries([HostileFile.Entry().bytes, HostileFile.Entry(path: [0x76]).bytes])
        },
        Case("more tensors than bytes", "more than the") { $0.sections[0].body[0] = 100 },
        Case("tensors beyond their limit", "more than the limit of 1048576") {
            $0.sections[0].body = HostileFile.varint(1 << 20 + 1)
        }, Case("tensor that the tree does not name", "does not name this tensor") { $0.setEntries([]) },
        Case("tensor that the tree spells otherwise", "has no such one") {
            $0.setTensors([HostileFile.Tensor(name: Array("é".utf8)).bytes])
            $0.setEntries([HostileFile.Entry(path: Array("e\u{301}".utf8)).bytes])
        },
        Case("tensor that is not there", "the file has no such one") {
            $0.setEntries([HostileFile.Entry().bytes, HostileFile.Entry(path: [0x76]).bytes])
        },
        Case("chunk that breaks the rules of chunks", "unknown index form 9") {
            $0.chunks = [9, 0, 0, 1, 2, 3, 4]
            $0.setTensors([
                HostileFile.Tensor(chunkRecords: [HostileFile.Tensor.record(length: 7, nonzeros: 4, crc32($0.chunks))])
                    .bytes
            ])
        },
        Case("codec that is not known", "unknown codec 2") {
            $0.chunks = [0, 0, 2, 1, 2, 3, 4]
            $0.setTensors([
                HostileFile.Tensor(chunkRecords: [HostileFile.Tensor.record(length: 7, nonzeros: 4, crc32($0.chunks))])
                    .bytes
            ])
        },
    ]

    @Test(arguments: preamble + index + tensors) func isRefused(_ test: Case) throws { try test.expectRefused() }

    /// Offsets in messages are those of the file, or say that they are not.
    @Test func offsetsInTheIndexAreNamedAsSuch() throws {
        var file = HostileFile()
        file.sections[1].body.append(0)
        let folder = try TemporaryFolder()
        try store(file.bytes, folder("w.spm"))
        let error = #expect(throws: SparsifyError.self) { try SPMReader(path: folder("w.spm")) }
        #expect(error?.offset == nil)
        let end = file.sections.flatMap(\.bytes).count - 1
        #expect(error?.message.hasPrefix("In the index, decoded, at byte \(end): ") == true)
    }

    /// The whole budget of bytes that tensors may declare.
    @Test func aHugeTensorOfZerosIsRefusedUnlessAllowed() throws {
        var file = HostileFile()
        let count = 1 << 35
        file.chunks = []
        file.setTensors([
            HostileFile.Tensor(
                extents: HostileFile.varint(count), perChunk: HostileFile.varint(1 << 22),
                chunkRecords: [[UInt8]](repeating: [0, 0, 0, 0, 0, 0], count: count >> 22)
            ).bytes
        ])
        let folder = try TemporaryFolder()
        try store(file.bytes, folder("w.spm"))
        let error = #expect(throws: SparsifyError.self) { try SPMReader(path: folder("w.spm")) }
        #expect(error?.code == .limit && error?.remedy?.contains("--max-memory") == true)
        let reader = try SPMReader(path: folder("w.spm"), options: .init(maximumDeclaredBytes: count))
        #expect(try reader.bytes(0, count - 5..<count) == [0, 0, 0, 0, 0])
        #expect(throws: SparsifyError.self) {
            try SPMReader(path: folder("w.spm"), options: .init(maximumDeclaredBytes: count - 1))
        }
    }
}
