import ModelIO
import Tensors
import Testing

@testable import ONNXFormat

@Suite struct ReaderTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func everyTypeIsRead() throws {
        let reader = try ONNXReader(path: Fixtures.path("types"))
        let types = Dictionary(uniqueKeysWithValues: reader.tensors.map { ($0.name, $0.elementType) })
        let same: [(String, ElementType)] = [
            ("float16", .float16), ("float32", .float32), ("float64", .float64), ("int8", .int8), ("int16", .int16),
            ("int32", .int32), ("int64", .int64), ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32),
            ("uint64", .uint64), ("bool", .bool), ("bfloat16", .bfloat16),
        ]
        for (name, type) in same {
            #expect(types[name] == type)
            #expect(reader.tree.carriedTypes[name] == nil)
        }
        #expect(reader.tree.carriedTypes["float8_e4m3fn"] == "F8_E4M3")
        #expect(reader.tree.carriedTypes["float8_e5m2"] == "F8_E5M2")
        // Two elements share a byte.
        #expect(reader.tree.carriedTypes["int4"] == "I4")
        #expect(try reader.bytes("uint4") == [0x10, 0x32, 0x54])
        #expect(types["text"] == nil)
    }

    @Test(arguments: [
        ("FLOAT", "float32"), ("DOUBLE", "float64"), ("FLOAT16", "float16"), ("BFLOAT16", "bfloat16"),
        ("INT32", "int32"), ("INT64", "int64"), ("INT8", "int8"), ("UINT8", "uint8"), ("UINT64", "uint64"),
        ("BOOL", "bool"),
    ])
    func fieldsOfTheirOwnHoldWhatRawDataDo(typed: String, raw: String) throws {
        let reader = try ONNXReader(path: Fixtures.path("types"))
        #expect(try reader.bytes("typed/\(typed)") == reader.bytes(raw))
    }

    @Test func externalDataAreReadFromBesideTheModel() throws {
        let external = try ONNXReader(path: Fixtures.path("external"))
        let plain = try ONNXReader(path: Fixtures.path("plain"))
        #expect(external.tensors.map(\.name) == plain.tensors.map(\.name))
        for name in ["weight", "bias"] { #expect(try external.bytes(name) == plain.bytes(name)) }
        #expect(external.fileSize > 265)
    }

    @Test func sparseInitialisersAreShownDense() throws {
        let reader = try ONNXReader(path: Fixtures.path("sparse"))
        #expect(try reader.bytes("weight") == floats([1, 0, 2, 0, 0, 3]))
        #expect(reader.warnings.count == 1)
        // Any piece alone.
        let index = try #require(reader.tensors.firstIndex { $0.name == "weight" })
        for start in 0..<6 {
            for end in start...6 {
                var piece = [UInt8](repeating: 0xaa, count: (end - start) * 4)
                try piece.withUnsafeMutableBytes { try reader.read(index, start..<end, into: $0) }
                #expect(piece == floats(Array([1, 0, 2, 0, 0, 3][start..<end])))
            }
        }
    }

    @Test(arguments: ["types", "plain", "external", "sparse", "unknown", "resnet", "encoder", "lstm"])
    func aCopyHasTheSameGraphAndTensors(name: String) throws {
        let reader = try ONNXReader(path: Fixtures.path(name))
        try copy(reader, to: folder("copy.onnx"))
        let written = try ONNXReader(path: folder("copy.onnx"))
        #expect(written.tensors.map(\.name) == reader.tensors.map(\.name))
        for tensor in reader.tensors { #expect(try written.bytes(tensor.name) == reader.bytes(tensor.name)) }
        // A second copy is the same to the byte, and what is kept of the graph is too.
        try copy(written, to: folder("again.onnx"))
        let files = try ["copy.onnx", "again.onnx"].map { try InputFile(path: folder($0)).head(1 << 20) }
        #expect(files[0] == files[1])
        if name != "sparse" { #expect(written.tree == reader.tree) }
    }

    /// Sparse where that is smaller, bit for bit, and dense where it is not.
    @Test(arguments: ["types", "plain", "sparse", "resnet", "encoder"])
    func sparseInitialisersAreWrittenWhereTheyAreAskedFor(name: String) throws {
        let reader = try ONNXReader(path: Fixtures.path(name))
        let writer = try ONNXFormat().makeWriter(
            path: folder("copy.onnx"), tree: reader.tree, tensors: reader.tensors,
            options: WriteOptions(storesSparse: true, threads: 1))
        // Every fourth element of each matrix.
        @Sendable func thinned(_ index: Int, _ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws {
            try reader.read(index, range, into: target)
            let width = reader.tensors[index].elementType.byteWidth
            guard reader.tensors[index].shape.rank > 1 else { return }
            for (number, element) in range.enumerated() where element % 4 != 0 {
                for byte in 0..<width { target[number * width + byte] = 0 }
            }
        }
        for (index, tensor) in reader.tensors.enumerated() {
            try writer.append(tensor, expectedNonzeros: nil) { try thinned(index, $0, $1) }
        }
        try writer.finish()
        #expect(folder.contents == ["copy.onnx"])
        let written = try ONNXReader(path: folder("copy.onnx"))
        #expect(Set(written.tensors.map(\.name)) == Set(reader.tensors.map(\.name)))
        for (index, tensor) in reader.tensors.enumerated() {
            var expected = [UInt8](repeating: 0, count: tensor.byteCount)
            try expected.withUnsafeMutableBytes { try thinned(index, 0..<tensor.elementCount, $0) }
            #expect(try written.bytes(tensor.name) == expected, "\(tensor.name)")
        }
        #expect(written.warnings.contains { $0.contains("sparse initialisers") })
    }

    @Test func largeModelsHaveTheirTensorsBeside() throws {
        let reader = try ONNXReader(path: Fixtures.path("resnet"))
        try copy(reader, to: folder("large.onnx"), maximumMessageByteCount: 4096)
        #expect(folder.contents == ["large.onnx", "large.onnx.data"])
        let written = try ONNXReader(path: folder("large.onnx"))
        for tensor in reader.tensors { #expect(try written.bytes(tensor.name) == reader.bytes(tensor.name)) }
        #expect(written.tree == reader.tree)
    }

    /// Fields that the schema does not name come back.
    @Test func unknownFieldsAreKept() throws {
        let graph =
            block(2, "g") + block(5, tensor([1], 1, "w", block(9, floats([1])) + block(12, "a text about it")))
            + block(99, "unheard of")
        try folder.store("odd.onnx", model(graph) + block(14, block(1, "key") + block(2, "value")))
        let reader = try ONNXReader(path: folder("odd.onnx"))
        try copy(reader, to: folder("copy.onnx"))
        let bytes = try InputFile(path: folder("copy.onnx")).head()
        for text in ["unheard of", "a text about it", "key"] {
            #expect(bytes.firstRange(of: Array(text.utf8)) != nil)
        }
    }

    @Test func recognisedByEndingOrContents() throws {
        let format = ONNXFormat()
        #expect(format.recognizes(head: [], path: "a/B.ONNX"))
        #expect(format.recognizes(head: try Fixtures.bytes("plain"), path: "model"))
        #expect(!format.recognizes(head: Array("\u{89}HDF\r\n".utf8), path: "model"))
    }
}
