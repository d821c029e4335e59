import ModelIO
import Tensors
import Testing

@testable import HDF5Format

struct WriterTests {
    let folder = try! ScratchFolder()

    private func expectError(
        _ code: SparsifyError.Code, _ fragment: String = "", _ body: () throws -> Void
    ) {
        let error = #expect(throws: SparsifyError.self) { try body() }
        #expect(error?.code == code)
        #expect(error?.description.contains(fragment) == true, "\(error?.description ?? "no error")")
        #expect(error?.file == folder.path())
        #expect(folder.names == [])
    }

    static let badNames = ["", ".", "..", "/k", "a//b", "a/", "a/../b", "a/.", "a\0b"]

    @Test(arguments: badNames)
    func badNamesAreRefused(_ name: String) throws {
        let info = try Samples.info(name, [1])
        expectError(.refused) {
            try Samples.write(folder.path(), [Samples.tensor(name)], [(info, float32([1]))])
        }
    }

    @Test func deepNamesAreRefused() throws {
        let name = [String](repeating: "g", count: 66).joined(separator: "/")
        let info = try Samples.info(name, [1])
        expectError(.limit) {
            try Samples.write(folder.path(), [Samples.tensor(name)], [(info, float32([1]))])
        }
    }

    static let badTrees: [(entries: [FileTree.Entry], fragment: String)] = [
        ([Samples.group("a"), Samples.group("a")], "Two objects"),
        ([FileTree.Entry(path: "a", kind: .alias(target: "b")), Samples.group("b")], "does not precede"),
        ([Samples.group("a"), FileTree.Entry(path: "a/a", kind: .alias(target: "a"))], "lead back"),
        ([FileTree.Entry(path: "a", kind: .alias(target: ""))], "lead back"),
        ([FileTree.Entry(path: "a", kind: .namedType(Samples.float)), Samples.group("a/b")], "no group"),
        ([Samples.tensor("x")], "no such tensor"),
        ([FileTree.Entry(path: "a", kind: .namedType(.opaque(size: 0, tag: "")))], "0 bytes"),
        ([FileTree.Entry(path: "a", kind: .namedType(.integer(size: 3, isSigned: true, order: .little)))], "3 bytes"),
        (
            [FileTree.Entry(path: "a", kind: .namedType(.array(dimensions: [.max, 4], base: Samples.float)))],
            "more elements"
        ),
        (
            [
                FileTree.Entry(
                    path: "a",
                    kind: .namedType(.compound(size: 4, members: [.init(name: "m", offset: 1, type: Samples.float)])))
            ], "outside"
        ),
        (
            [
                FileTree.Entry(
                    path: "a",
                    kind: .namedType(
                        .enumeration(
                            base: .integer(size: 4, isSigned: true, order: .little),
                            members: [.init(name: "m", value: [1])])))
            ], "another size"
        ),
        ([Samples.group("a", attributes: [attribute(Samples.float, .simple([2]), .bytes([1, 2, 3, 4]))])], "size"),
        ([Samples.group("a", attributes: [attribute(Samples.text, .scalar, .bytes([1]))])], "does not fit"),
        ([Samples.group("a", attributes: [attribute(Samples.text, .simple([2]), .blocks([[1]]))])], "does not fit"),
        (
            [Samples.group("a", attributes: [attribute(.sequence(base: Samples.float), .scalar, .blocks([[1]]))])],
            "within an element"
        ),
        ([data(.chunked(dimensions: [0], filters: []), fill: nil)], "chunks [0]"),
        ([data(.chunked(dimensions: [1, 1], filters: []), fill: nil)], "do not fit"),
        ([data(.contiguous, fill: [1])], "fill value"),
    ]

    private static func attribute(
        _ type: ValueType, _ extent: DataValue.Extent, _ payload: DataValue.Payload
    ) -> Attribute {
        Attribute(name: "v", value: DataValue(type: type, extent: extent, payload: payload))
    }

    private static func data(_ layout: DatasetProperties.Layout, fill: [UInt8]?) -> FileTree.Entry {
        let value = DataValue(
            type: .opaque(size: 3, tag: ""), extent: .simple([2]), payload: .bytes([1, 2, 3, 4, 5, 6]))
        return FileTree.Entry(
            path: "d", kind: .data(DatasetProperties(type: value.type, layout: layout, fillValue: fill), value))
    }

    /// Trees come from files too: nothing in them may reach libhdf5 unchecked.
    @Test(arguments: badTrees)
    func badTreesAreRefused(entries: [FileTree.Entry], fragment: String) {
        expectError(errorCode(of: fragment), fragment) { try Samples.write(folder.path(), entries) }
    }

    private func errorCode(of fragment: String) -> SparsifyError.Code {
        fragment == "lead back" ? .refused : .malformed
    }

    @Test func tensorsWithoutAPlaceAreRefused() throws {
        let info = try Samples.info("x", [1])
        expectError(.malformed, "no place for the tensor 'x'") {
            try Samples.write(folder.path(), [], [(info, float32([1]))])
        }
    }

    @Test func tensorsComeInOrder() throws {
        let infos = [try Samples.info("a", [1]), try Samples.info("b", [1])]
        let writer = try HDF5Writer(
            path: folder.path(),
            tree: FileTree(entries: [Samples.group(""), Samples.tensor("a"), Samples.tensor("b")]), tensors: infos)
        #expect(throws: SparsifyError.self) { try Samples.append(infos[1], float32([1]), to: writer) }
        try Samples.append(infos[0], float32([1]), to: writer)
        #expect(throws: SparsifyError.self) { try writer.finish() }
    }

    /// Nothing is left of a file that was not finished, and the one in its place stays.
    @Test func unfinishedFilesLeaveNothing() throws {
        try folder.write([1, 2, 3])
        do {
            let info = try Samples.info("a", [1])
            let writer = try HDF5Writer(
                path: folder.path(), tree: FileTree(entries: [Samples.group(""), Samples.tensor("a")]), tensors: [info],
                options: WriteOptions(overwrite: true))
            #expect(throws: SparsifyError(.usage, "no values", file: "f")) {
                try writer.append(info, expectedNonzeros: nil) { _, _ in
                    throw SparsifyError(.usage, "no values", file: "f")
                }
            }
        } catch is SparsifyError {}
        #expect(folder.names == ["model.h5"])
        #expect(try folder.bytes() == [1, 2, 3])
        #expect(throws: SparsifyError.self) { try Samples.write(folder.path(), []) }
        try Samples.write(folder.path(), [], overwrite: true)
        #expect(try HDF5Reader(path: folder.path()).tree.entries.count == 1)
    }

    /// A tree made for another format: groups are missing, types say nothing of use.
    @Test(arguments: ElementType.allCases)
    func typesFollowTheTensorWhereTheTreeDoesNotFit(_ element: ElementType) throws {
        let values = Samples.noise(6 * element.byteWidth)
        try Samples.write(
            folder.path(),
            [
                Samples.tensor(
                    "a/b/c", .fixedString(size: 3, padding: .nullPadded, characterSet: .ascii),
                    layout: .chunked(dimensions: [100], filters: []), maximum: [1], fill: [1, 2, 3])
            ], [(try Samples.info("a/b/c", element, [2, 3]), values)])
        let reader = try HDF5Reader(path: folder.path())
        #expect(reader.tree.entries.map(\.path) == ["", "a", "a/b", "a/b/c"])
        #expect(reader.tensors[0].elementType == element)
        #expect(try Samples.read(reader, 0) == values)
    }

    /// Tags of opaque types stay, whether their bytes are known for bfloat16 or not.
    @Test(arguments: [ElementType.bfloat16, .opaque16])
    func opaqueTagsStay(_ element: ElementType) throws {
        let type = ValueType.opaque(size: 2, tag: "NUMPY:|V2")
        try Samples.write(
            folder.path(), [Samples.tensor("t", type)], [(try Samples.info("t", element, [1]), [1, 2])])
        #expect(try HDF5Reader(path: folder.path()).tree.entries.last == Samples.tensor("t", type))
    }

    @Test func chunksAreFittedToTheShape() throws {
        let layout = DatasetProperties.Layout.chunked(dimensions: [64, 64], filters: [.deflate(level: 1)])
        try Samples.write(
            folder.path(), [Samples.tensor("t", layout: layout)],
            [(try Samples.info("t", [2, 100]), Samples.noise(800))])
        let reader = try HDF5Reader(path: folder.path())
        #expect(try Samples.read(reader, 0) == Samples.noise(800))
        #expect(
            reader.tree.entries.last
                == Samples.tensor("t", layout: .chunked(dimensions: [2, 64], filters: [.deflate(level: 1)])))
    }

    @Test func foldersThatCannotBeWrittenTo() {
        let error = #expect(throws: SparsifyError.self) { try Samples.write(folder.path("none/model.h5"), []) }
        #expect(error?.code == .io)
    }

    @Test func formatMakesReadersAndWriters() throws {
        let format = HDF5Format()
        #expect(format.id == "hdf5")
        let info = try Samples.info("t", [2])
        let writer = try format.makeWriter(
            path: folder.path(), tree: FileTree(entries: [Samples.group(""), Samples.tensor("t")]), tensors: [info],
            options: WriteOptions())
        try writer.append(info, expectedNonzeros: 1) { range, buffer in buffer.copyBytes(from: float32([1, 0])) }
        try writer.finish()
        let reader = try format.makeReader(path: folder.path(), options: ReadOptions())
        #expect(reader.formatID == "hdf5")
        #expect(reader.fileSize == (try folder.bytes().count))
        #expect(reader.tensors.first?.storedBytes == 8)
    }
}
