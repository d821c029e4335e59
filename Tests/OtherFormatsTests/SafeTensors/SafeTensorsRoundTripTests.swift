import ModelIO
import Tensors
import Testing

@testable import OtherFormats

@Suite struct SafeTensorsRoundTripTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func expectSameBytes(_ file: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let reader = try SafeTensorsReader(path: folder.store("in.safetensors", file))
        try copy(reader, to: folder("out.safetensors"), overwrite: true)
        #expect(folder.bytes("out.safetensors") == file, sourceLocation: sourceLocation)
    }

    private static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 1) }
    }

    @Test(arguments: SafeTensorsType.allCases)
    func everyElementType(type: SafeTensorsType) throws {
        let count = 3 * 8 * type.bitWidth / 8
        let file = safetensors("{" + entry("w", type.rawValue, [3, 8], 0..<count) + "}", Self.pattern(count))
        try expectSameBytes(file)
        let reader = try SafeTensorsReader(path: folder("in.safetensors"))
        let tensor = try #require(reader.tensors.first)
        #expect(tensor.elementType == type.element)
        #expect(tensor.shape.dimensions == (type.isPacked ? [count] : [3, 8]))
        #expect(try reader.bytes("w") == Self.pattern(count))
        #expect(reader.tree.carriedTypes["w"] == (type.isCarried ? type.rawValue : nil))
    }

    @Test(arguments: [[], [0], [3, 0, 2], [1], [1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]])
    func everyShape(shape: [Int]) throws {
        let count = 4 * shape.reduce(1, *)
        try expectSameBytes(safetensors("{" + entry("w", "F32", shape, 0..<count) + "}", Self.pattern(count)))
        #expect(try SafeTensorsReader(path: folder("in.safetensors")).tensors[0].shape.dimensions == shape)
    }

    /// What the reference implementation writes needs nothing but what other formats keep as well.
    @Test func theLayoutOfTheReferenceNeedsNoCopyOfTheHeader() throws {
        let header =
            #"{"__metadata__":{"format":"pt","a":"\"\\\n\u0001ü"},"# + entry("b", "I64", [1], 0..<8) + ","
            + entry("a", "F32", [1], 8..<12) + "," + entry("c", "F32", [1], 12..<16) + ","
            + entry("d", "BF16", [2], 16..<20) + "}"
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        try expectSameBytes(safetensors(padded, Self.pattern(20)))
        let root = try #require(try SafeTensorsReader(path: folder("in.safetensors")).tree.entries.first)
        #expect(root.attributes.map(\.name) == ["format", "a"])
        #expect(root.attribute("a")?.text == "\"\\\n\u{1}ü")
    }

    static let headers: [String] = [
        "{}", "{ }   ", #"{"__metadata__":{}}"#, #"{"__metadata__":{"":"x","a":"\u0000","safetensors.index":"y"}}"#,
        "{" + entry("a", "F32", [1], 0..<4) + "}",
        "{" + entry("a", "F32", [1], 0..<4) + "}          ",
        "{" + entry("b", "F32", [1], 0..<4) + ",  " + entry("a", "F32", [1], 4..<8) + "}",
        "{" + entry("a", "F32", [1], 4..<8) + "," + entry("b", "U8", [4], 0..<4) + "}",
        #"{"a":{"data_offsets":[0,4],"extra":{"x":[1.5e3,null,true,"y"]},"shape":[],"dtype":"F32"},"__metadata__":{"k":"\u00e9\ud83d\ude00\/"}}"#,
        "{" + entry("a", "F32", [0], 0..<0) + "," + entry("b", "F32", [0], 0..<0) + "}",
    ]

    @Test(arguments: headers) func anyOtherLayout(header: String) throws {
        let size = header.contains("4,8") ? 8 : header.contains("0,4") ? 4 : 0
        try expectSameBytes(safetensors(header, Self.pattern(size)))
    }

    /// Names are data: whatever they are, they come back, and no two are one path.
    @Test func anyName() throws {
        let names = [
            "a", "a/b", "", "/", ".", "..", "../../etc/passwd", "x//y", "x/./y", "100%", "a%2Fb", "\u{e9}", "e\u{301}",
            "K",
            "\u{212a}", "tab\\t", "nul\\u0000", "weights/of/a/layer", "model.layers.0.weight", "😀", "-", "C:\\\\x",
        ]
        let entries = names.enumerated().map { entry($1, "U8", [1], $0..<$0 + 1) }
        let file = safetensors("{" + entries.joined(separator: ",") + "}", Self.pattern(names.count))
        try expectSameBytes(file)
        let reader = try SafeTensorsReader(path: folder("in.safetensors"))
        #expect(Set(reader.tensors.map(\.name)).count == names.count)
        #expect(reader.tensors.contains { $0.name == "weights/of/a/layer" })
        #expect(reader.tree.entry(at: "weights/of") != nil)
        for tensor in reader.tensors {
            let parts = tensor.name.split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.allSatisfy { !["", ".", ".."].contains($0) }, "\(tensor.name)")
        }
    }

    @Test func whatIsLeftOfAFileIsLaidOutAnew() throws {
        let header = "{ " + entry("b", "F32", [1], 0..<4) + "," + entry("a", "F32", [1], 4..<8) + "}"
        let reader = try SafeTensorsReader(path: folder.store("in.safetensors", safetensors(header, Self.pattern(8))))
        let writer = try SafeTensorsWriter(
            path: folder("out.safetensors"), tree: reader.tree, tensors: [reader.tensors[1]], options: WriteOptions())
        try writer.append(reader.tensors[1], expectedNonzeros: nil) { try reader.read(1, $0, into: $1) }
        try writer.finish()
        let written = try SafeTensorsReader(path: folder("out.safetensors"))
        #expect(written.tensors.map(\.name) == ["a"])
        #expect(try written.bytes("a") == Array(Self.pattern(8)[4...]))
    }

    @Test func tensorsOfAnyOrderAreSortedByTypeAndName() throws {
        let names: [(String, ElementType)] = [
            ("b", .float32), ("a", .uint8), ("a2", .float32), ("z", .int64), ("c", .bfloat16), ("d", .bool),
        ]
        let tensors = try names.map { TensorInfo(name: $0.0, elementType: $0.1, shape: try Shape([1])) }
        let tree = FileTree(
            entries: [.init(path: "", kind: .group(.init()))]
                + tensors.map { .init(path: $0.name, kind: .tensor(.init(type: ValueType(storing: $0.elementType)))) })
        let writer = try SafeTensorsWriter(path: folder("out.safetensors"), tree: tree, tensors: tensors)
        for (index, tensor) in tensors.enumerated() {
            try writer.append(tensor, expectedNonzeros: nil) {
                $1.copyBytes(from: [UInt8](repeating: UInt8(index), count: $1.count))
            }
        }
        try writer.finish()
        let reader = try SafeTensorsReader(path: folder("out.safetensors"))
        #expect(reader.tensors.map(\.name) == ["z", "a2", "b", "c", "a", "d"])
        #expect(try reader.tensors.map { try reader.bytes($0.name)[0] } == [3, 2, 0, 4, 1, 5])
        #expect(reader.tree.entries[0].attributes.isEmpty)
    }
}
