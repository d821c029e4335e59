import ModelIO
import Tensors
import Testing

@Suite struct FileTreeTests {
    private func value(_ type: ValueType, _ payload: DataValue.Payload) -> DataValue {
        DataValue(type: type, extent: .scalar, payload: payload)
    }

    static let fixed: [(padding: StringPadding, bytes: [UInt8], strings: [String]?)] = [
        (.nullTerminated, [65, 0, 66, 0], ["A"]), (.nullTerminated, [65, 66, 67, 68], ["ABCD"]),
        (.nullTerminated, [0, 65, 66, 67], [""]), (.nullTerminated, [65, 32, 0, 0, 0, 0, 0, 0], ["A ", ""]),
        (.nullPadded, [65, 0, 66, 0], ["A\0B"]), (.nullPadded, [0, 0, 0, 0], [""]),
        (.nullPadded, [65, 66, 67, 68], ["ABCD"]),
        (.nullPadded, [65, 0, 0, 0, 66, 67, 0, 0], ["A", "BC"]),
        (.spacePadded, [65, 32, 66, 32], ["A B"]), (.spacePadded, [32, 32, 32, 32], [""]),
        (.spacePadded, [65, 0, 32, 32], ["A\0"]), (.nullPadded, [0xc3, 0xa9, 0, 0], ["é"]),
        (.nullPadded, [0xff, 0, 0, 0], nil), (.nullPadded, [65, 0, 0, 0, 0xff, 0, 0, 0], nil), (.nullPadded, [], []),
    ]

    @Test(arguments: fixed) func fixedStringsLoseTheirPadding(
        _ padding: StringPadding, _ bytes: [UInt8], _ strings: [String]?
    ) {
        let type = ValueType.fixedString(size: 4, padding: padding, characterSet: .utf8)
        #expect(value(type, .bytes(bytes)).strings == strings)
    }

    @Test func variableStringsAreTaken() {
        let type = ValueType.variableString(padding: .nullTerminated, characterSet: .utf8)
        #expect(value(type, .blocks([[65], nil, [], Array("é".utf8)])).strings == ["A", "", "", "é"])
        #expect(value(type, .blocks([[65], [0xff]])).strings == nil)
        #expect(value(type, .blocks([])).strings == [])
    }

    @Test func otherTypesAreNoStrings() {
        #expect(value(.integer(size: 1, isSigned: false, order: .little), .bytes([65])).strings == nil)
        #expect(value(.opaque(size: 1, tag: ""), .bytes([65])).strings == nil)
        #expect(value(.sequence(base: .opaque(size: 1, tag: "")), .blocks([[65]])).strings == nil)
    }

    @Test(arguments: [("", "", ""), ("a", "a", ""), ("a/b", "b", "a"), ("a/b/c", "c", "a/b"), ("é/ü", "ü", "é")])
    func pathsHaveANameAndAParent(_ path: String, _ name: String, _ parent: String) {
        let entry = FileTree.Entry(path: path, kind: .group(.init()))
        #expect(entry.name == name && entry.parentPath == parent)
    }

    @Test func entriesAndAttributesAreFoundByName() {
        let note = Attribute(name: "note", value: value(.opaque(size: 1, tag: ""), .bytes([1])))
        let entry = FileTree.Entry(path: "a", kind: .group(.init()), attributes: [note])
        let tree = FileTree(entries: [.init(path: "", kind: .group(.init())), entry])
        #expect(tree.entry(at: "a") == entry && tree.entry(at: "")?.path == "" && tree.entry(at: "b") == nil)
        #expect(entry.attribute("note") == note && entry.attribute("Note") == nil)
        #expect(FileTree().entries.map(\.path) == [""])
    }

    @Test func typesKnowTheirSize() throws {
        let float = ValueType.float(try #require(FloatLayout.ieee(size: 4)))
        #expect(float.fixedSize == 4)
        #expect(ValueType.bitfield(size: 3, order: .big).fixedSize == 3)
        #expect(ValueType.compound(size: 12, members: []).fixedSize == 12)
        #expect(ValueType.enumeration(base: .integer(size: 2, isSigned: true, order: .big), members: []).fixedSize == 2)
        #expect(ValueType.array(dimensions: [2, 3], base: float).fixedSize == 24)
        #expect(ValueType.array(dimensions: [], base: float).fixedSize == 4)
        #expect(ValueType.variableString(padding: .nullPadded, characterSet: .ascii).fixedSize == nil)
        #expect(ValueType.sequence(base: float).fixedSize == nil)
        #expect(ValueType.array(dimensions: [2], base: .sequence(base: float)).fixedSize == nil)
    }

    @Test(arguments: [(2, 5, 10, 15), (4, 8, 23, 127), (8, 11, 52, 1023)])
    func interchangeFormatsAreLaidOutAsIEEE754Says(_ size: Int, _ exponent: Int, _ mantissa: Int, _ bias: Int) throws {
        let layout = try #require(FloatLayout.ieee(size: size, order: .big))
        #expect(
            layout
                == FloatLayout(
                    size: size, order: .big, precision: 8 * size, offset: 0, signPosition: 8 * size - 1,
                    exponentPosition: mantissa, exponentSize: exponent, exponentBias: bias, mantissaPosition: 0,
                    mantissaSize: mantissa, normalization: 0))
    }

    @Test func thereIsNoInterchangeFormatOfOtherSizes() {
        for size in [0, 1, 3, 16] { #expect(FloatLayout.ieee(size: size) == nil) }
    }

    @Test func budgetsGrowWithTheFile() {
        #expect(ReadOptions().declaredByteBudget(fileSize: 0) == 1 << 30)
        #expect(ReadOptions().declaredByteBudget(fileSize: 1 << 30) == 16 << 30)
        #expect(ReadOptions().declaredByteBudget(fileSize: .max) == .max)
        #expect(ReadOptions(maximumDeclaredBytes: 5).declaredByteBudget(fileSize: 1 << 40) == 5)
    }

    @Test func tensorsCountTheirBytes() throws {
        let info = TensorInfo(name: "w", elementType: .float64, shape: try Shape([3, 5]))
        #expect(info.elementCount == 15 && info.byteCount == 120 && info.storedBytes == nil)
    }
}
