import ModelIO
import SPMFormat
import Tensors
import Testing

@Suite struct TreeRoundTripTests {
    static let integer = ValueType.integer(size: 4, isSigned: true, order: .little)
    static let types: [ValueType] = [
        integer, .integer(size: 8, isSigned: false, order: .big), .integer(size: 1, isSigned: false, order: .little),
        .float(.ieee(size: 2)!), .float(.ieee(size: 4, order: .big)!), .float(.ieee(size: 8)!),
        .float(
            FloatLayout(
                size: 2, order: .little, precision: 16, offset: 0, signPosition: 15, exponentPosition: 7,
                exponentSize: 8,
                exponentBias: 127, mantissaPosition: 0, mantissaSize: 7, normalization: 2)),
        .float(
            FloatLayout(
                size: 16, order: .big, precision: 80, offset: 3, signPosition: 79, exponentPosition: 64,
                exponentSize: 15,
                exponentBias: 16_383, mantissaPosition: 1, mantissaSize: 63, normalization: 1)),
        .bitfield(size: 1, order: .little), .bitfield(size: 8, order: .big),
        .fixedString(size: 5, padding: .nullTerminated, characterSet: .ascii),
        .fixedString(size: 3, padding: .nullPadded, characterSet: .utf8),
        .fixedString(size: 300, padding: .spacePadded, characterSet: .utf8),
        .opaque(size: 7, tag: ""), .opaque(size: 2, tag: "bfloat16 é"),
        .enumeration(base: .integer(size: 1, isSigned: true, order: .little), members: []),
        .enumeration(
            base: integer,
            members: [.init(name: "NO", value: [0, 0, 0, 0]), .init(name: "JA", value: [1, 2, 3, 255])]),
        .compound(size: 20, members: []),
        .compound(
            size: 24,
            members: [
                .init(name: "re", offset: 0, type: .float(.ieee(size: 8)!)), .init(name: "", offset: 8, type: integer),
                .init(
                    name: "inner", offset: 12,
                    type: .compound(size: 12, members: [.init(name: "x", offset: 8, type: integer)])),
            ]),
        .array(dimensions: [2, 3], base: integer),
        .array(dimensions: [], base: .array(dimensions: [4], base: .opaque(size: 1, tag: "t"))),
    ]
    static let variable: [ValueType] = [
        .variableString(padding: .nullTerminated, characterSet: .utf8),
        .variableString(padding: .nullPadded, characterSet: .ascii),
        .variableString(padding: .spacePadded, characterSet: .utf8),
        .sequence(base: integer), .sequence(base: .array(dimensions: [2], base: integer)),
        .sequence(base: .opaque(size: 1, tag: "é")),
    ]

    private func expectRoundTrip(_ tree: FileTree, _ tensors: [TensorInfo] = []) throws {
        let folder = try TemporaryFolder()
        var model = TestModel()
        model.tree = tree
        model.tensors = tensors
        model.elements = tensors.map { [UInt8](repeating: 3, count: $0.byteCount) }
        try model.write(folder("t.spm"))
        let reader = try SPMReader(path: folder("t.spm"))
        #expect(reader.tree == tree)
        for (read, written) in zip(reader.tree.entries, tree.entries) {
            #expect(Array(read.path.utf8) == Array(written.path.utf8))
        }
    }

    private func root(_ attributes: [Attribute], tracksAttributeOrder: Bool = false) -> FileTree {
        FileTree(entries: [
            .init(path: "", kind: .group(.init()), attributes: attributes, tracksAttributeOrder: tracksAttributeOrder)
        ])
    }

    @Test(arguments: types) func everyFixedType(_ type: ValueType) throws {
        let size = try #require(type.fixedSize)
        let three = (0..<3 * size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 1) }
        try expectRoundTrip(
            root([
                Attribute(
                    name: "scalar", value: .init(type: type, extent: .scalar, payload: .bytes(Array(three[..<size])))),
                Attribute(name: "three", value: .init(type: type, extent: .simple([1, 3]), payload: .bytes(three))),
                Attribute(name: "null", value: .init(type: type, extent: .null, payload: .bytes([]))),
                Attribute(name: "empty", value: .init(type: type, extent: .simple([4, 0]), payload: .bytes([]))),
            ]))
        try expectRoundTrip(
            FileTree(entries: [
                .init(path: "", kind: .group(.init())), .init(path: "named", kind: .namedType(type)),
                .init(
                    path: "data",
                    kind: .data(
                        DatasetProperties(type: type, fillValue: Array(three[..<size])),
                        .init(type: type, extent: .simple([3]), payload: .bytes(three)))),
            ]))
    }

    @Test(arguments: variable) func everyVariableType(_ type: ValueType) throws {
        // Text has no NUL.
        let block: [UInt8] = Array(1..<25)
        try expectRoundTrip(
            root([
                Attribute(name: "scalar", value: .init(type: type, extent: .scalar, payload: .blocks([block]))),
                Attribute(
                    name: "four",
                    value: .init(
                        type: type, extent: .simple([2, 2]), payload: .blocks([nil, [], block, block + block]))),
                Attribute(name: "null", value: .init(type: type, extent: .null, payload: .blocks([]))),
                Attribute(name: "empty", value: .init(type: type, extent: .simple([0]), payload: .blocks([]))),
            ]))
    }

    /// Three levels of a compound are two inside of one; the format allows sixteen.
    @Test func typesNestSixteenDeepAndNoDeeper() throws {
        func nested(_ depth: Int) -> ValueType {
            depth == 1 ? Self.integer : .array(dimensions: [1], base: nested(depth - 1))
        }
        let value = { DataValue(type: nested($0), extent: .scalar, payload: .bytes([1, 2, 3, 4])) }
        try expectRoundTrip(root([Attribute(name: "deep", value: value(16))]))
        let error = #expect(throws: SparsifyError.self) {
            try expectRoundTrip(root([Attribute(name: "deep", value: value(17))]))
        }
        #expect(error?.code == .unsupported)
    }

    @Test func everyKindOfEntryAndFlag() throws {
        let tensors = [
            TensorInfo(name: "g/h/w", elementType: .float32, shape: try Shape([2, 3])),
            TensorInfo(name: "g/v", elementType: .uint8, shape: try Shape([])),
            TensorInfo(name: "g/grows", elementType: .uint8, shape: try Shape([0, 3])),
        ]
        let float = ValueType.float(.ieee(size: 4)!)
        let byte = ValueType.integer(size: 1, isSigned: false, order: .little)
        let text = ValueType.variableString(padding: .nullTerminated, characterSet: .utf8)
        let note = Attribute(
            name: "note", value: .init(type: text, extent: .scalar, payload: .blocks([Array("é".utf8)])))
        try expectRoundTrip(
            FileTree(
                entries: [
                    .init(path: "", kind: .group(.init(tracksLinkOrder: true)), attributes: [note]),
                    .init(path: "g", kind: .group(.init()), tracksAttributeOrder: true),
                    .init(path: "g/h", kind: .group(.init(tracksLinkOrder: true)), tracksAttributeOrder: true),
                    .init(
                        path: "g/h/w",
                        kind: .tensor(
                            .init(
                                type: float,
                                layout: .chunked(
                                    dimensions: [1, 3],
                                    filters: [.shuffle, .deflate(level: 9), .fletcher32, .deflate(level: 0)]),
                                maximumDimensions: [-1, 3], fillValue: [0, 0, 128, 63])), attributes: [note],
                        tracksAttributeOrder: true),
                    .init(path: "g/v", kind: .tensor(.init(type: byte, layout: .compact))),
                    .init(
                        path: "g/grows",
                        kind: .tensor(
                            .init(
                                type: byte, layout: .chunked(dimensions: [100, 3], filters: []),
                                maximumDimensions: [7, 3]))),
                    .init(path: "again", kind: .alias(target: "g/h/w")),
                    .init(path: "g/loop", kind: .alias(target: "")),
                    .init(path: "g/twice", kind: .alias(target: "again")),
                    .init(path: "type", kind: .namedType(float), attributes: [note]),
                    .init(
                        path: "text",
                        kind: .data(
                            .init(type: text, layout: .chunked(dimensions: [1], filters: [.deflate(level: 4)])),
                            .init(type: text, extent: .simple([2]), payload: .blocks([[65], nil]))), attributes: [note]),
                    // A slash that carries an accent parts names all the same.
                    .init(path: "g/\u{338}x", kind: .group(.init())),
                ], usesLatestFileVersion: true), tensors)
    }
}
