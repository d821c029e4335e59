import ModelIO
import SPMFormat
import Tensors
import Testing

/// One hostile file for each rule of the tree.
@Suite struct HostileTreeTests {
    typealias Case = HostileFileTests.Case
    typealias Entry = HostileFile.Entry

    private static func entries(_ name: String, _ message: String, _ entries: [Entry]) -> Case {
        Case(name, message) { $0.setEntries([Entry().bytes] + entries.map(\.bytes)) }
    }

    private static func group(_ path: String, flags: UInt8 = 0) -> Entry {
        Entry(path: Array(path.utf8), kind: 0, flags: flags, contents: [])
    }

    static let paths: [Case] = [
        Case("flags of the tree", "tree has unknown flags") { $0.sections[1].body[0] = 2 },
        Case("no entries", "tree has no root") { $0.sections[1].body = [0, 0] },
        Case("more entries than bytes", "more than the") { $0.sections[1].body[1] = 99 },
        Case("no root", "out of place") { $0.sections[1].body = HostileFile.tree([Entry().bytes]) },
        Case("root that is a type", "root of the tree is not a group") {
            $0.sections[1].body = HostileFile.tree([
                Entry(path: [], kind: 3, contents: Entry.byteType).bytes, Entry().bytes,
            ])
        },
        Case("root that is its own alias", "does not come before it") {
            $0.sections[1].body = HostileFile.tree([Entry(path: [], kind: 4, contents: [0]).bytes, Entry().bytes])
        }, entries("second root", "out of place or there twice", [group("")]),
        entries("path twice", "out of place or there twice", [group("g"), group("g")]),
        entries("path twice, two spellings", "there twice", [group("é"), group("e\u{301}")]),
        entries("parent missing", "does not lie in a group", [group("a/b")]),
        entries("parent after its child", "does not lie in a group", [group("a/b"), group("a")]),
        entries("parent that is a tensor", "does not lie in a group", [group("w/b")]),
        entries("parent in another spelling", "does not lie in a group", [group("é"), group("e\u{301}/x")]),
        entries("parent hidden by an accent", "does not lie in a group", [group("a/\u{338}b")]),
        entries("empty component", "does not lie in a group", [group("a"), group("a/")]),
        entries("slash in front", "does not lie in a group", [group("/a")]),
        entries("two slashes", "does not lie in a group", [group("a"), group("a//b")]),
        entries("dot", "does not lie in a group", [group(".")]),
        entries("two dots", "does not lie in a group", [group("a"), group("a/..")]),
        entries("NUL", "does not lie in a group", [group("a\0")]),
        entries("path too long", "more than the limit of 4096", [group(String(repeating: "x", count: 4097))]),
        entries("path not UTF-8", "not valid UTF-8", [Entry(path: [0xed, 0xa0, 0x80], kind: 0, contents: [])]),
        entries("unknown kind", "unknown kind 5", [Entry(path: [0x61], kind: 5, contents: [])]),
        entries("unknown flags of a group", "unknown flags", [group("g", flags: 4)]),
        entries(
            "link order of a type", "unknown flags",
            [Entry(path: [0x61], kind: 3, flags: 2, contents: Entry.byteType)]),
        entries(
            "alias with an attribute", "belong to the object itself",
            [
                group("g"),
                Entry(
                    path: [0x61], kind: 4, contents: HostileFile.text("g"),
                    attributes: [HostileFile.text("a") + [1, 1, 0, 0, 1, 0, 1, 7]]),
            ]),
        Case("string with a NUL", "has a NUL") {
            $0.setAttributes([HostileFile.text("a") + [5, 0, 0, 1, 1, 1, 3, 0x61, 0]])
        },
        Case("more entries than the limit", "more than the limit of 1048576") {
            $0.sections[1].body = [0] + HostileFile.varint(1 << 20 + 1) + [UInt8](repeating: 0, count: 5 << 20)
        },
        entries(
            "alias of nothing", "does not come before it",
            [Entry(path: [0x61], kind: 4, contents: HostileFile.text("b"))]),
        entries(
            "alias of itself", "does not come before it",
            [Entry(path: [0x61], kind: 4, contents: HostileFile.text("a"))]),
        entries(
            "alias of what comes after", "does not come before it",
            [Entry(path: [0x61], kind: 4, contents: HostileFile.text("b")), group("b")]),
    ]

    /// Type, layout and the rest of a dataset of four bytes.
    private static func dataset(_ name: String, _ message: String, _ contents: [UInt8]) -> Case {
        Case(name, message) { $0.setDataset(contents) }
    }
    private static let byte = Entry.byteType
    private static let int16: [UInt8] = [1, 2, 0, 0]
    private static let text: [UInt8] = [5, 0, 1]

    static let datasets: [Case] = [
        dataset("unknown layout", "unknown layout 3", byte + [3, 0, 0]),
        dataset("unknown filter", "unknown filter 4", byte + [2, 1, 4, 1, 4, 0, 0]),
        dataset("deflate level 10", "deflate level 10", byte + [2, 1, 4, 1, 1, 10, 0, 0]),
        dataset("too many filters", "limit of 32", byte + [2, 1, 4, 33] + [UInt8](repeating: 2, count: 33) + [0, 0]),
        dataset("flag that is neither 0 nor 1", "flag has the value 2", byte + [0, 2, 0]),
        dataset("fill value too long", "fill value has 2 bytes", byte + [0, 0, 1, 2, 0, 0]),
        dataset("fill value of text", "fill value has 1 bytes", text + [0, 0, 1, 1, 0]),
        dataset("type of another size", "another size for the elements", int16 + [0, 0, 0]),
        dataset("type of variable size", "another size for the elements", text + [0, 0, 0]),
        dataset("chunks of rank 2", "do not fit this tensor", byte + [2, 2, 4, 4, 0, 0, 0]),
        dataset("chunks of rank 0", "do not fit this tensor", byte + [2, 0, 0, 0, 0]),
        dataset("chunks without elements", "do not fit this tensor", byte + [2, 1, 0, 0, 0, 0]),
        dataset("bounds of rank 2", "do not fit this tensor", byte + [0, 1, 2, 5, 5, 0]),
        dataset("bound below the extent", "do not fit this tensor", byte + [0, 1, 1, 4, 0]),
        dataset("rank 33", "limit of 32", byte + [0, 1, 33] + [UInt8](repeating: 1, count: 33) + [0]),
        entries(
            "data of another type", "another type or shape",
            [
                Entry(path: [0x64], kind: 2, contents: Entry.byteDataset + int16 + [1, 0, 2, 0, 0])
            ]),
        entries(
            "data with chunks of another rank", "another type or shape",
            [
                Entry(path: [0x64], kind: 2, contents: byte + [2, 1, 1, 0, 0, 0] + byte + [1, 0, 1, 7])
            ]),
    ]

    private static func value(_ name: String, _ message: String, _ value: [UInt8]) -> Case {
        Case(name, message) { $0.setAttributes([HostileFile.text("a") + value]) }
    }

    static let values: [Case] = [
        Case("attribute without a name", "invalid or there twice") { $0.setAttributes([[0] + byte + [1, 0, 1, 7]]) },
        Case("NUL in an attribute's name", "invalid or there twice") {
            $0.setAttributes([HostileFile.text("\0") + byte + [1, 0, 1, 7]])
        },
        Case("attribute twice", "invalid or there twice") {
            $0.setAttributes([[UInt8]](repeating: HostileFile.text("a") + byte + [1, 0, 1, 7], count: 2))
        }, value("unknown extent", "unknown extent 3", byte + [3, 0, 1, 7]),
        value("flag of the payload", "flag has the value 2", byte + [1, 2, 1, 7]),
        value("bytes missing", "ask for another number", byte + [1, 0, 0]),
        value("bytes too many", "ask for another number", byte + [1, 0, 2, 7, 7]),
        value("bytes of a null", "ask for another number", byte + [0, 0, 1, 7]),
        value("bytes of another extent", "ask for another number", byte + [2, 2, 2, 3, 0, 5, 1, 2, 3, 4, 5]),
        value(
            "extents overflow", "more elements than this machine",
            byte + [2, 2] + HostileFile.varint(1 << 40) + HostileFile.varint(1 << 40) + [0, 0]),
        value(
            "extents overflow before a zero", "more elements than this machine",
            byte + [2, 3] + HostileFile.varint(1 << 40) + HostileFile.varint(1 << 40) + [0, 0, 0]),
        value(
            "extents overflow after a zero", "more elements than this machine",
            byte + [2, 3, 0] + HostileFile.varint(1 << 40) + HostileFile.varint(1 << 40) + [0, 0]),
        value("size overflows", "larger than this machine", int16 + [2, 1] + HostileFile.varint(.max) + [0, 0]),
        value("text as bytes", "ask for another number", text + [1, 0, 1, 65]),
        value("bytes as blocks", "has 1 blocks", byte + [1, 1, 1, 2, 65]),
        value("blocks missing", "has 0 blocks", text + [1, 1, 0]),
        value("blocks too many", "has 2 blocks", text + [1, 1, 2, 0, 0]),
        value("more blocks than bytes", "more than the", text + [2, 1, 100, 1, 100]),
        value("part of an element", "part of an element", [10] + int16 + [1, 1, 1, 4, 1, 2, 3]),
    ]

    private static func type(_ name: String, _ message: String, _ type: [UInt8]) -> Case {
        Case(name, message) { $0.setType(type) }
    }
    private static let int32: [UInt8] = [1, 4, 1, 0]
    /// Fields of an IEEE 754 binary32, with changes.
    private static func float(_ changes: [Int: Int]) -> [UInt8] {
        var fields = [4, 32, 0, 31, 23, 8, 127, 0, 23, 0]
        for (field, value) in changes { fields[field] = value }
        return [2, 0] + fields.flatMap(HostileFile.varint)
    }

    static let types: [Case] = [
        type("type 0", "unknown type 0", [0]), type("type 11", "unknown type 11", [11]),
        type("integer of no bytes", "elements of 0 bytes", [1, 0, 0, 0]),
        type("integer of 64 MiB and a byte", "elements of 67108865", [1] + HostileFile.varint(64 << 20 + 1) + [0, 0]),
        type("sign", "flag has the value 2", [1, 4, 2, 0]), type("byte order", "flag has the value 2", [1, 4, 0, 2]),
        type("order of a bit field", "flag has the value 3", [3, 4, 3]),
        type("padding", "unknown padding 3", [4, 4, 3, 0]), type("characters", "flag has the value 2", [4, 4, 0, 2]),
        type("padding of variable text", "unknown padding 9", [5, 9, 0]),
        type("characters of variable text", "flag has the value 9", [5, 0, 9]),
        type("opaque of no bytes", "elements of 0 bytes", [6, 0, 0]),
        type("float of no bytes", "elements of 0 bytes", float([0: 0])),
        type("precision", "outside its 32 bits", float([1: 33])), type("offset", "outside its 32", float([2: 32])),
        type("sign position", "outside its 32", float([3: 32])), type("exponent", "outside its 32", float([4: 32])),
        type("exponent size", "outside its 32", float([5: 33])),
        type("exponent bias", "outside its 32", float([6: 1 << 32])),
        type("mantissa", "outside its 32", float([7: 32])), type("mantissa size", "outside its 32", float([8: 33])),
        type("normalisation", "outside its 32", float([9: 3])),
        type("enumeration of text", "not one of integers", [7, 4, 4, 0, 0, 0]),
        type("enumeration with a short value", "not one of integers", [7] + int32 + [1, 1, 65, 1, 0]),
        type("more members than bytes", "more than the", [7] + int32 + [100]),
        type("compound of no bytes", "elements of 0 bytes", [8, 0, 0]),
        type("member outside", "does not fit its compound", [8, 4, 1, 1, 65, 1] + int32),
        type("member larger", "does not fit its compound", [8, 3, 1, 1, 65, 0] + int32),
        type("member far outside", "does not fit its compound", [8, 4, 1, 1, 65] + HostileFile.varint(.max) + int32),
        type("member of text", "does not fit its compound", [8, 64, 1, 1, 65, 0, 5, 0, 0]),
        type("array without elements", "elements of 0 bytes", [9, 1, 0] + int32),
        type("array beyond its limit", "elements of 67108868", [9, 1] + HostileFile.varint(16 << 20 + 1) + int32),
        type("array that overflows", "larger than this machine", [9, 1] + HostileFile.varint(.max) + int32),
        type("array of text", "no fixed size", [9, 1, 1, 5, 0, 0]),
        type("sequence of text", "no fixed size", [10, 5, 0, 0]),
        type("sequence of sequences", "no fixed size", [10, 10] + int32),
        type("nests too deep", "nests too deep", (0..<16).flatMap { _ in [9, 0] } + int32),
    ]

    @Test(arguments: paths + datasets + values + types) func isRefused(_ test: Case) throws { try test.expectRefused() }

    /// With the index's checksum right, so that nothing but the parser stands in the way.
    @Test func everyCutOfASectionIsRefused() throws {
        let folder = try TemporaryFolder()
        var whole = HostileFile()
        whole.setType(Self.float([:]))
        whole.sections.append(.init("META", [1, 1, 0x61, 1, 0x62]))
        for section in whole.sections.indices {
            for length in whole.sections[section].body.indices {
                var file = whole
                file.sections[section].body.removeSubrange(length...)
                try store(file.bytes, folder("cut.spm"))
                #expect(throws: SparsifyError.self, "\(section) cut to \(length)") {
                    try SPMReader(path: folder("cut.spm"))
                }
            }
        }
        try store(whole.bytes, folder("whole.spm"))
        #expect(try SPMReader(path: folder("whole.spm")).allBytes() == [[1, 2, 3, 4]])
    }

    /// Any byte of an index may be anything: the reader throws or returns, and what it takes it can write again.
    @Test func indicesDamagedAtRandom() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 8)
        var whole = HostileFile()
        whole.setType([8, 4, 1, 1, 65, 0] + Self.int32)
        whole.sections.append(.init("META", [1, 1, 0x61, 1, 0x62]))
        for _ in 0..<1500 {
            var file = whole
            let section = Int(random.next() % 3)
            let place = Int(random.next() % UInt64(file.sections[section].body.count))
            file.sections[section].body[place] = UInt8(truncatingIfNeeded: random.next())
            try store(file.bytes, folder("damaged.spm"))
            guard let reader = try? SPMReader(path: folder("damaged.spm")) else { continue }
            guard let bytes = try? reader.allBytes() else { continue }
            let model = TestModel(
                tensors: reader.tensors, elements: bytes, tree: reader.tree, metadata: reader.metadata)
            try model.write(folder("again.spm"), threads: 1, overwrite: true)
            let again = try SPMReader(path: folder("again.spm"))
            #expect(again.tree == reader.tree)
            #expect(try again.allBytes() == bytes)
        }
    }
}
