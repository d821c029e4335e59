import ModelIO
import Tensors
import Testing

@testable import OtherFormats

/// One for each rule that a file may break.
@Suite struct SafeTensorsRefusalTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var file: [UInt8]
        var code = SparsifyError.Code.malformed
        var says: String
        var testDescription: String { name }

        init(_ name: String, _ file: [UInt8], _ code: SparsifyError.Code = .malformed, says: String) {
            (self.name, self.file, self.code, self.says) = (name, file, code, says)
        }

        /// A file of one entry with these fields, and four bytes of data.
        init(_ name: String, fields: String, _ code: SparsifyError.Code = .malformed, says: String) {
            self.init(name, safetensors(#"{"w":{\#(fields)}}"#, [1, 2, 3, 4]), code, says: says)
        }
    }

    private static let whole = entry("w", "F32", [1], 0..<4)
    private static let four: [UInt8] = [1, 2, 3, 4]
    private static let huge = String(repeating: "9", count: 30)

    static let cases: [Case] = [
        Case("no bytes", [], says: "has 8 bytes at least"),
        Case("less than a length", [1, 2, 3], says: "has 8 bytes at least"),
        Case("an absurd length", safetensors("{}", length: .max), says: "more than the 100000000"),
        Case("a length past the end", safetensors("{}", length: 50), says: "only 2 follow"),
        Case("no header", safetensors(""), says: "does not begin with '{'"),
        Case("no object", safetensors("[]"), says: "does not begin with '{'"),
        Case("no JSON", safetensors("{hello}"), says: "is not a text"),
        Case("no end", safetensors("{" + whole, four), says: "lacks a '}'"),
        Case("something behind the header", safetensors("{}x"), says: "follows the end"),
        Case("a second value", safetensors("{}{}"), says: "follows the end"),
        Case("a comma too many", safetensors("{" + whole + ",}", four), says: "is not a text"),
        Case("not UTF-8", bytes(UInt64(4)) + [0x7b, 0xff, 0xfe, 0x7d], says: "not valid UTF-8"),
        Case("half a character", safetensors(#"{"__metadata__":{"a":"\ud83d"}}"#), says: "half a character"),
        Case("an unknown escape", safetensors(#"{"__metadata__":{"a":"\x41"}}"#), says: "unknown escape"),
        Case("a control character", safetensors("{\"__metadata__\":{\"a\":\"\n\"}}"), says: "control character"),
        Case("metadata that is no text", safetensors(#"{"__metadata__":{"a":1}}"#), says: "is not a text"),
        Case("metadata that is no object", safetensors(#"{"__metadata__":"x"}"#), says: "lacks a '{'"),
        Case("a key twice", safetensors("{" + whole + "," + whole + "}", four), says: "is there twice"),
        Case("metadata twice", safetensors(#"{"__metadata__":{},"__metadata__":{}}"#), says: "is there twice"),
        Case(
            "a key of the metadata twice", safetensors(#"{"__metadata__":{"a":"","\u0061":""}}"#),
            says: "is there twice"),
        Case(
            "a field twice", fields: #""dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]"#,
            says: "is there twice"),
        Case("an entry that is no object", safetensors(#"{"w":[]}"#), says: "lacks a '{'"),
        Case("no dtype", fields: #""shape":[1],"data_offsets":[0,4]"#, says: "lacks its dtype"),
        Case("no shape", fields: #""dtype":"F32","data_offsets":[0,4]"#, says: "lacks its dtype"),
        Case("no offsets", fields: #""dtype":"F32","shape":[1]"#, says: "lacks its dtype"),
        Case("three offsets", fields: #""dtype":"F32","shape":[1],"data_offsets":[0,4,4]"#, says: "lacks its dtype"),
        Case(
            "an unknown dtype", fields: #""dtype":"F31","shape":[1],"data_offsets":[0,4]"#, .unsupported,
            says: "'F31' is not known"),
        Case("a dtype that is no text", fields: #""dtype":1,"shape":[1],"data_offsets":[0,4]"#, says: "is not a text"),
        Case(
            "a negative extent", fields: #""dtype":"F32","shape":[-1],"data_offsets":[0,4]"#,
            says: "not a number from 0 on"),
        Case(
            "half an extent", fields: #""dtype":"F32","shape":[1.0],"data_offsets":[0,4]"#, says: "not a whole number"),
        Case(
            "an extent with a zero", fields: #""dtype":"F32","shape":[01],"data_offsets":[0,4]"#,
            says: "begins with a zero"),
        Case(
            "an extent beyond counting", fields: #""dtype":"F32","shape":[\#(huge)],"data_offsets":[0,4]"#,
            says: "larger than this machine"),
        Case(
            "a product beyond counting", fields: #""dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]"#,
            says: "more elements than"),
        Case(
            "bits beyond counting", fields: #""dtype":"F32","shape":[576460752303423488],"data_offsets":[0,0]"#,
            says: "larger than this machine"),
        Case(
            "a product beyond counting behind a zero",
            fields: #""dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]"#, says: "more elements than"
        ),
        Case(
            "a size that is not the shape's", fields: #""dtype":"F32","shape":[2],"data_offsets":[0,4]"#,
            says: "has 8 bytes, but"),
        Case("a part of a byte", fields: #""dtype":"F4","shape":[7],"data_offsets":[0,4]"#, says: "ends inside a byte"),
        Case(
            "offsets turned around", fields: #""dtype":"F32","shape":[1],"data_offsets":[4,0]"#,
            says: "the offsets are 4 and 0"),
        Case("offsets past the end", safetensors("{" + whole + "}", [1, 2, 3]), says: "only 3 bytes follow"),
        Case(
            "bytes behind the last tensor", safetensors("{" + whole + "}", four + [5]),
            says: "1 bytes follow the last tensor"),
        Case("bytes and no tensor", safetensors("{}", four), says: "4 bytes follow the last tensor"),
        Case(
            "a gap", safetensors("{" + entry("v", "U8", [1], 0..<1) + "," + entry("w", "U8", [2], 2..<4) + "}", four),
            says: "leaves a gap"),
        Case(
            "a gap at the beginning", safetensors("{" + entry("w", "U8", [3], 1..<4) + "}", four), says: "leaves a gap"),
        Case(
            "an overlap",
            safetensors("{" + entry("v", "U8", [3], 0..<3) + "," + entry("w", "U8", [2], 2..<4) + "}", four),
            says: "overlaps"),
        Case(
            "the same bytes twice", safetensors("{" + entry("v", "F32", [1], 0..<4) + "," + whole + "}", four),
            says: "overlaps"),
        Case(
            "deep lists", fields: #""dtype":"F32","x":\#(String(repeating: "[", count: 100_000))"#,
            says: "nests deeper than"),
        Case(
            "deep objects", fields: #""x":\#(String(repeating: #"{"a":"#, count: 100_000))"#, says: "nests deeper than"),
        Case("a word that is no value", fields: #""x":nul"#, says: "which is none"),
        Case(
            "a name that is too long",
            safetensors("{" + entry(String(repeating: "n", count: 4097), "U8", [4], 0..<4) + "}", four), .limit,
            says: "has 4097 bytes"),
        Case(
            "more tensors than any model has",
            safetensors("{" + (0...1 << 18).map { entry("\($0)", "U8", [0], 0..<0) }.joined(separator: ",") + "}"),
            .limit, says: "more than 262144 keys"),
        Case(
            "more axes than any tensor has", fields: #""shape":[\#(String(repeating: "1,", count: 1024))1]"#,
            says: "more than 1024 numbers"),
    ]

    @Test(arguments: cases) func isRefused(_ example: Case) throws {
        let path = try folder.store("bad.safetensors", example.file)
        let error = expectFailure(example.code, example.says) { _ = try SafeTensorsReader(path: path) }
        #expect(error?.file == path)
    }

    /// Nothing that a byte of a sound file turns into does worse than be refused.
    @Test func anyByteMayBeWrong() throws {
        let header = "{" + entry("a", "F32", [1], 0..<4) + "," + entry("b", "F4", [2, 1], 4..<5) + "}"
        let sound = safetensors(header, Self.four + [5])
        for position in sound.indices {
            for value: UInt8 in [0, 0x22, 0x30, 0x39, 0x5c, 0x7d, 0xff] {
                var file = sound
                file[position] = value
                do {
                    let reader = try SafeTensorsReader(path: try folder.store("bad.safetensors", file))
                    for tensor in reader.tensors { _ = try reader.bytes(tensor.name) }
                } catch is SparsifyError {}
            }
        }
        for length in sound.indices {
            let path = try folder.store("short.safetensors", Array(sound[..<length]))
            #expect(throws: SparsifyError.self) { try SafeTensorsReader(path: path) }
        }
    }

    @Test func whatHasNoPlaceIsNotWritten() throws {
        func tree(_ attributes: [Attribute] = []) -> FileTree {
            FileTree(entries: [
                .init(path: "", kind: .group(.init())),
                .init(path: "w", kind: .tensor(.init(type: .opaque(size: 2, tag: ""))), attributes: attributes),
            ])
        }
        let opaque = TensorInfo(name: "w", elementType: .opaque16, shape: try Shape([2]))
        expectFailure(.unsupported, "no elements of the type opaque16") {
            _ = try SafeTensorsWriter(path: folder("out.safetensors"), tree: tree(), tensors: [opaque])
        }
        let bytes = TensorInfo(name: "w", elementType: .uint8, shape: try Shape([2]))
        let reserved = Attribute(name: TensorName.attribute, text: #""__metadata__""#)
        expectFailure(.unsupported, "cannot have this name") {
            _ = try SafeTensorsWriter(path: folder("out.safetensors"), tree: tree([reserved]), tensors: [bytes])
        }
        let packed = Attribute(name: SafeTensorsAttributes.type, text: "F4")
        expectFailure(.malformed, "is no list of extents") {
            _ = try SafeTensorsWriter(path: folder("out.safetensors"), tree: tree([packed]), tensors: [bytes])
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func twoTensorsOfOneNameAreNotWritten() throws {
        let tensors = try ["v", "w"].map { TensorInfo(name: $0, elementType: .uint8, shape: try Shape([1])) }
        let name = Attribute(name: TensorName.attribute, text: #""v""#)
        let tree = FileTree(
            entries: [.init(path: "", kind: .group(.init()))]
                + tensors.map {
                    .init(path: $0.name, kind: .tensor(.init(type: ValueType(storing: .uint8))), attributes: [name])
                })
        expectFailure(.malformed, "Two tensors have the name 'v'") {
            _ = try SafeTensorsWriter(path: folder("out.safetensors"), tree: tree, tensors: tensors)
        }
    }
}
