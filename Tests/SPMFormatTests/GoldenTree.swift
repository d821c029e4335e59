import ModelIO
import Tensors

/// What the golden file `tree.spm` holds besides its tensors; as fixed as the file itself.
enum GoldenTree {
    static let int32 = ValueType.integer(size: 4, isSigned: true, order: .little)
    static let float32 = ValueType.float(
        FloatLayout(
            size: 4, order: .little, precision: 32, signPosition: 31, exponentPosition: 23, exponentSize: 8,
            exponentBias: 127, mantissaPosition: 0, mantissaSize: 23))
    static let byte = ValueType.integer(size: 1, isSigned: false, order: .little)
    static let text = ValueType.variableString(padding: .nullTerminated, characterSet: .utf8)
    static let bool = ValueType.enumeration(
        base: .integer(size: 1, isSigned: true, order: .little),
        members: [.init(name: "FALSE", value: [0]), .init(name: "TRUE", value: [1])])
    static let complex = ValueType.compound(
        size: 12,
        members: [
            .init(name: "re", offset: 0, type: float32), .init(name: "im", offset: 4, type: float32),
            .init(name: "n", offset: 8, type: .integer(size: 4, isSigned: false, order: .big)),
        ])

    static let metadata = ["pruning.sparsity": "0.8", "source.format": "hdf5", "é": ""]

    static let tensors: [(name: String, type: ElementType, shape: [Int])] = [
        ("dense/kernel", .float32, [3, 2]), ("dense/größe", .uint8, [0, 4]), ("flags", .bool, [2, 2]),
    ]

    static let tree = FileTree(
        entries: [
            .init(
                path: "", kind: .group(.init(tracksLinkOrder: true)), attributes: attributes, tracksAttributeOrder: true
            ),
            .init(path: "dense", kind: .group(.init())),
            .init(
                path: "dense/kernel",
                kind: .tensor(
                    .init(
                        type: float32,
                        layout: .chunked(dimensions: [2, 2], filters: [.shuffle, .deflate(level: 6), .fletcher32]),
                        maximumDimensions: [-1, 2], fillValue: [0, 0, 128, 63])),
                attributes: [scalar("note", text, .blocks([Array("Ω".utf8)]))], tracksAttributeOrder: true),
            .init(
                path: "dense/größe",
                kind: .tensor(.init(type: byte, layout: .chunked(dimensions: [8, 4], filters: [])))),
            .init(path: "flags", kind: .tensor(.init(type: bool, layout: .compact))),
            .init(path: "again", kind: .alias(target: "dense/kernel")),
            .init(path: "type", kind: .namedType(complex)),
            .init(
                path: "labels",
                kind: .data(
                    .init(type: text),
                    .init(type: text, extent: .simple([3]), payload: .blocks([Array("a".utf8), nil, []])))),
        ], usesLatestFileVersion: true)

    private static func scalar(_ name: String, _ type: ValueType, _ payload: DataValue.Payload) -> Attribute {
        Attribute(name: name, value: .init(type: type, extent: .scalar, payload: payload))
    }

    private static let attributes: [Attribute] = [
        scalar("integer", .integer(size: 2, isSigned: true, order: .big), .bytes([255, 254])),
        scalar("float", float32, .bytes([0, 0, 192, 127])),
        scalar("bits", .bitfield(size: 1, order: .little), .bytes([0b101])),
        scalar(
            "ascii", .fixedString(size: 4, padding: .nullTerminated, characterSet: .ascii), .bytes([65, 66, 0, 67])),
        scalar("padded", .fixedString(size: 4, padding: .nullPadded, characterSet: .utf8), .bytes([195, 169, 0, 0])),
        scalar("spaces", .fixedString(size: 3, padding: .spacePadded, characterSet: .utf8), .bytes([65, 32, 32])),
        scalar("text", text, .blocks([Array("keras\n".utf8)])),
        scalar("null text", text, .blocks([nil])),
        scalar("opaque", .opaque(size: 3, tag: "tag"), .bytes([1, 2, 3])),
        scalar("enumeration", bool, .bytes([1])),
        scalar("compound", complex, .bytes([0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 0, 7])),
        scalar("array", .array(dimensions: [2, 1], base: byte), .bytes([8, 9])),
        scalar("sequence", .sequence(base: int32), .blocks([[1, 0, 0, 0, 2, 0, 0, 0]])),
        Attribute(name: "null", value: .init(type: int32, extent: .null, payload: .bytes([]))),
        Attribute(
            name: "matrix", value: .init(type: byte, extent: .simple([2, 3]), payload: .bytes([1, 2, 3, 4, 5, 6]))),
        Attribute(name: "empty", value: .init(type: byte, extent: .simple([0]), payload: .bytes([]))),
    ]
}
