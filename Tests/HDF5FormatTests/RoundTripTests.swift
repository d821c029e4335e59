import ModelIO
import Tensors
import Testing

@testable import HDF5Format

/// What is written is read back as it was: types, layouts, attributes, orders, values.
struct RoundTripTests {
    let folder = try! ScratchFolder()

    /// Writes, reads, compares, and writes once more for the same bytes.
    private func check(
        root: FileTree.Entry = Samples.group(""), _ entries: [FileTree.Entry], _ tensors: [(TensorInfo, [UInt8])] = [],
        latest: Bool = false
    ) throws {
        try Samples.write(folder.path(), root: root, entries, tensors, latest: latest)
        let reader = try HDF5Reader(path: folder.path())
        #expect(reader.tree.entries == [root] + entries)
        #expect(reader.tree.usesLatestFileVersion == latest)
        #expect(reader.warnings == [])
        #expect(reader.tensors.map(\.name) == tensors.map(\.0.name))
        for (index, tensor) in tensors.enumerated() {
            #expect(reader.tensors[index].elementType == tensor.0.elementType)
            #expect(reader.tensors[index].shape == tensor.0.shape)
            #expect(try Samples.read(reader, index) == tensor.1)
        }
        try HDF5Probe.walk(path: folder.path())
        try Samples.write(folder.path("again.h5"), root: root, entries, tensors, latest: latest)
        #expect(try folder.bytes() == folder.bytes("again.h5"))
        #expect(folder.names == ["again.h5", "model.h5"])
    }

    static let elements: [(ElementType, ValueType)] = ElementType.allCases.filter { $0 != .bfloat16 }.flatMap {
        element -> [(ElementType, ValueType)] in
        let little = ValueType(storing: element)
        switch little {
        case .integer(let size, let isSigned, _) where size > 1:
            return [(element, little), (element, .integer(size: size, isSigned: isSigned, order: .big))]
        case .float(let layout):
            return [(element, little)]
                + (FloatLayout.ieee(size: layout.size, order: .big).map { [(element, .float($0))] } ?? [])
        default: return [(element, little)]
        }
    }

    /// Every bit pattern survives, NaN payloads among them, in either byte order.
    @Test(arguments: elements)
    func everyElementType(_ element: ElementType, _ type: ValueType) throws {
        let values = Samples.noise(60 * element.byteWidth)
        try check(
            [Samples.tensor("t", type)], [(try Samples.info("t", element, [5, 12]), values)])
    }

    static let layouts: [DatasetProperties.Layout] = [
        .contiguous, .compact, .chunked(dimensions: [10, 7, 3], filters: []),
        .chunked(dimensions: [4, 3, 2], filters: []), .chunked(dimensions: [4, 7, 3], filters: [.deflate(level: 6)]),
        .chunked(dimensions: [1, 1, 1], filters: [.shuffle, .deflate(level: 1)]),
        .chunked(dimensions: [3, 2, 3], filters: [.fletcher32]),
        .chunked(dimensions: [3, 5, 2], filters: [.shuffle, .deflate(level: 9), .fletcher32]),
        .chunked(dimensions: [3, 5, 2], filters: [.fletcher32, .shuffle, .deflate(level: 0)]),
        .chunked(dimensions: [9, 7, 1], filters: [.shuffle]),
    ]

    @Test(arguments: layouts, [false, true])
    func layoutsAndFilters(_ layout: DatasetProperties.Layout, latest: Bool) throws {
        let values = Samples.noise(10 * 7 * 3 * 4)
        try check(
            [Samples.tensor("t", layout: layout, fill: [0, 0, 0x80, 0x3f])],
            [(try Samples.info("t", [10, 7, 3]), values)], latest: latest)
    }

    @Test func largeTensorsInManyTiles() throws {
        let values = Samples.noise(4 * 700 * 3000)
        let info = try Samples.info("t", [700, 3000])
        for layout: DatasetProperties.Layout in [
            .contiguous, .chunked(dimensions: [64, 256], filters: [.deflate(level: 1)]),
            .chunked(dimensions: [700, 1024], filters: [.shuffle]), .chunked(dimensions: [100, 3000], filters: []),
        ] {
            try Samples.write(folder.path(), [Samples.tensor("t", layout: layout)], [(info, values)], overwrite: true)
            let reader = try HDF5Reader(path: folder.path())
            #expect(try Samples.read(reader, 0) == values)
        }
    }

    @Test func scalarsAndEmptyTensors() throws {
        try check(
            [
                Samples.tensor("empty"),
                Samples.tensor("growing", layout: .chunked(dimensions: [4, 4], filters: []), maximum: [-1, 9]),
                Samples.tensor("none", layout: .chunked(dimensions: [4], filters: [.shuffle]), maximum: [-1]),
                Samples.tensor("scalar"),
            ],
            [
                (try Samples.info("empty", [3, 0]), []),
                (try Samples.info("growing", [5, 5]), Samples.noise(100)),
                (try Samples.info("none", [0]), []),
                (try Samples.info("scalar", []), float32([2.5])),
            ])
    }

    static let values: [DataValue] = [
        Samples.string("text"), Samples.string(""), Samples.string("äöü 漢字"),
        DataValue(type: Samples.text, extent: .simple([3]), payload: .blocks([[0x61], nil, Array("longer".utf8)])),
        DataValue(type: Samples.text, extent: .simple([0]), payload: .blocks([])),
        DataValue(type: Samples.text, extent: .null, payload: .blocks([])),
        DataValue(
            type: .variableString(padding: .nullPadded, characterSet: .ascii), extent: .scalar,
            payload: .blocks([Array("ascii".utf8)])),
        DataValue(
            type: .fixedString(size: 4, padding: .nullPadded, characterSet: .ascii), extent: .simple([2]),
            payload: .bytes(Array("ab\0\0abcd".utf8))),
        DataValue(
            type: .fixedString(size: 3, padding: .spacePadded, characterSet: .utf8), extent: .scalar,
            payload: .bytes(Array("a  ".utf8))),
        DataValue(
            type: .integer(size: 2, isSigned: true, order: .big), extent: .simple([2, 1]),
            payload: .bytes([1, 2, 3, 4])),
        DataValue(type: .bitfield(size: 4, order: .big), extent: .scalar, payload: .bytes([1, 2, 3, 4])),
        DataValue(type: .opaque(size: 5, tag: "tag"), extent: .scalar, payload: .bytes([1, 2, 3, 4, 5])),
        DataValue(
            type: .enumeration(
                base: .integer(size: 2, isSigned: false, order: .big),
                members: [.init(name: "RED", value: [0, 1]), .init(name: "BLUE", value: [1, 0])]),
            extent: .simple([2]), payload: .bytes([0, 1, 1, 0])),
        DataValue(
            type: .compound(
                size: 12,
                members: [
                    .init(name: "n", offset: 0, type: .integer(size: 2, isSigned: true, order: .little)),
                    .init(name: "a", offset: 4, type: .array(dimensions: [2, 2], base: .opaque(size: 2, tag: ""))),
                ]), extent: .simple([1]), payload: .bytes([1, 2, 0, 0, 5, 6, 7, 8, 9, 10, 11, 12])),
        DataValue(
            type: .sequence(base: .integer(size: 4, isSigned: true, order: .big)), extent: .simple([3]),
            payload: .blocks([[1, 2, 3, 4, 5, 6, 7, 8], nil, [9, 9, 9, 9]])),
        // x87's 80 bits, and eight bits of which no standard knows.
        DataValue(
            type: .float(
                FloatLayout(
                    size: 16, order: .little, precision: 80, signPosition: 79, exponentPosition: 64, exponentSize: 15,
                    exponentBias: 16383, mantissaPosition: 0, mantissaSize: 64, normalization: 2)),
            extent: .scalar, payload: .bytes(Array(1...10) + [UInt8](repeating: 0, count: 6))),
        DataValue(
            type: .float(
                FloatLayout(
                    size: 1, order: .little, precision: 8, signPosition: 7, exponentPosition: 3, exponentSize: 4,
                    exponentBias: 7, mantissaPosition: 0, mantissaSize: 3)),
            extent: .simple([3]), payload: .bytes([1, 2, 3])),
        DataValue(type: Samples.float, extent: .null, payload: .bytes([])),
    ]

    @Test(arguments: values)
    func attributeValues(_ value: DataValue) throws {
        try check(root: Samples.group("", attributes: [Attribute(name: "a", value: value)]), [])
    }

    @Test(arguments: values.filter { $0.type.element == nil || $0.extent == .null })
    func dataThatIsNoTensor(_ value: DataValue) throws {
        try check([FileTree.Entry(path: "d", kind: .data(DatasetProperties(type: value.type), value))])
        guard case .simple([3]) = value.extent else { return }
        for filters: [DatasetProperties.Filter] in [[], [.shuffle, .deflate(level: 3)]] {
            let folder = try ScratchFolder()
            let properties = DatasetProperties(
                type: value.type, layout: .chunked(dimensions: [2], filters: filters), maximumDimensions: [-1])
            let entry = FileTree.Entry(path: "d", kind: .data(properties, value))
            try Samples.write(folder.path(), [entry])
            #expect(try HDF5Reader(path: folder.path()).tree.entries.last == entry)
        }
    }

    @Test(arguments: [false, true])
    func ordersAliasesAndTypes(latest: Bool) throws {
        let attributes = ["z", "ä", "b"].map { Attribute(name: $0, value: Samples.string($0)) }
        let sorted = [attributes[2], attributes[0], attributes[1]]
        try check(
            root: Samples.group("", attributes: attributes, ordered: true),
            [
                Samples.group("z", attributes: sorted),
                Samples.tensor("z/a:0", attributes: sorted),
                FileTree.Entry(path: "z/b", kind: .alias(target: "z/a:0")),
                FileTree.Entry(path: "type", kind: .namedType(Samples.float), attributes: sorted),
                FileTree.Entry(path: "übung", kind: .alias(target: "z")),
                Samples.group("a", ordered: true),
                Samples.group("a/empty"),
            ], [(try Samples.info("z/a:0", [2]), float32([1, 2]))], latest: latest)
    }

    /// Attributes beyond the 64 KiB of a header message go where the file's version allows.
    @Test func largeAttributes() throws {
        let fixed = DataValue(
            type: .fixedString(size: 70_000, padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
            payload: .bytes([UInt8](repeating: 0x78, count: 69_999) + [0]))
        let attribute = Attribute(name: "model_config", value: fixed)
        try check(root: Samples.group("", attributes: [attribute]), [], latest: true)

        try Samples.write(folder.path("old.h5"), root: Samples.group("", attributes: [attribute]), [])
        let value = try HDF5Reader(path: folder.path("old.h5")).tree.entries[0].attributes[0].value
        #expect(value.strings == fixed.strings)
        #expect(value.type == Samples.text)

        let many = DataValue(
            type: .integer(size: 1, isSigned: true, order: .little), extent: .simple([70_000]),
            payload: .bytes([UInt8](repeating: 1, count: 70_000)))
        let error = #expect(throws: SparsifyError.self) {
            try Samples.write(
                folder.path("no.h5"), root: Samples.group("", attributes: [Attribute(name: "many", value: many)]), [])
        }
        #expect(error?.code == .unsupported)
        #expect(error?.description.contains("70000 bytes") == true)
        #expect(!folder.names.contains { $0.hasPrefix("no.h5") })
    }
}
