import ModelIO
import Tensors
import Testing

@testable import Sparsify

/// What every format in the catalog promises; a new one is tested on the day it is registered.
@Suite struct FormatContractTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// The type that HDF5 stores elements with.
    private static func valueType(_ type: ElementType) -> ValueType {
        switch type {
        case .float16, .float32, .float64: .float(FloatLayout.ieee(size: type.byteWidth)!)
        case .bfloat16, .opaque16: .opaque(size: 2, tag: "")
        case .bool:
            .enumeration(
                base: .integer(size: 1, isSigned: true, order: .little),
                members: [.init(name: "FALSE", value: [0]), .init(name: "TRUE", value: [1])])
        case .int8, .int16, .int32, .int64: .integer(size: type.byteWidth, isSigned: true, order: .little)
        case .uint8, .uint16, .uint32, .uint64: .integer(size: type.byteWidth, isSigned: false, order: .little)
        }
    }

    private static func entry(_ name: String, _ type: ElementType) -> FileTree.Entry {
        FileTree.Entry(
            path: name, kind: .tensor(.init(type: valueType(type))),
            attributes: type == .bfloat16 ? [text("dtype", "bfloat16")] : [])
    }

    /// Every third element is zero; others have all bits in use, NaN and −0.0 among them.
    private static func values(_ type: ElementType, _ count: Int) -> [UInt8] {
        (0..<count).flatMap { index -> [UInt8] in
            if index % 3 == 0 { return [UInt8](repeating: 0, count: type.byteWidth) }
            if type == .bool { return [1] }
            if index % 7 == 1 { return [UInt8](repeating: 0xff, count: type.byteWidth) }
            if index % 7 == 2 { return [UInt8](repeating: 0, count: type.byteWidth - 1) + [0x80] }
            return (0..<type.byteWidth).map { UInt8(truncatingIfNeeded: index &* 37 &+ $0 &* 11 | 1) }
        }
    }

    /// The same model as the format wants it: some hold what Keras lays out, and a `.keras` archive a configuration.
    private static func dressed(
        _ format: any ModelFormat, _ tensors: [(TensorInfo, [UInt8])], _ tree: FileTree
    ) -> ([(TensorInfo, [UInt8])], FileTree) {
        guard format.id.hasPrefix("keras") else { return (tensors, tree) }
        var tree = tree
        for index in tree.entries.indices.dropFirst() { tree.entries[index].path = "vars/\(tree.entries[index].path)" }
        if format.id == "keras" {
            tree.entries[0].attributes = [text("metadata.json", "{}"), text("config.json", "{}")]
        }
        tree.entries.insert(FileTree.Entry(path: "vars", kind: .group(.init())), at: 1)
        return (
            tensors.map { tensor, bytes in
                var copy = tensor
                copy.name = "vars/\(tensor.name)"
                return (copy, bytes)
            }, tree
        )
    }

    private func roundTrip(_ format: any ModelFormat, _ plain: [(TensorInfo, [UInt8])], _ bare: FileTree) throws {
        let (tensors, tree) = Self.dressed(format, plain, bare)
        let path = folder("model.\(format.extensions[0])")
        try writeFile(path, tree, tensors, format: format)
        #expect(format.recognizes(head: try InputFile(path: path).head(), path: path))
        let reader = try ModelFiles.open(path)
        #expect(reader.formatID == format.id)
        #expect(reader.path == path)
        // There is nothing else in the folder.
        #expect(reader.fileSize == (try folder.contents.reduce(0) { $0 + (try contents(folder($1))).count }))
        // A format may list the objects of a group in an order of its own.
        #expect(Set(reader.tree.entries) == Set(tree.entries))
        #expect(Set(reader.tensors.map(\.name)) == Set(tensors.map(\.0.name)))
        for (tensor, bytes) in tensors {
            let index = try #require(reader.tensors.firstIndex { $0.name == tensor.name })
            #expect(reader.tensors[index].elementType == tensor.elementType)
            #expect(reader.tensors[index].shape == tensor.shape)
            #expect(try reader.bytes(index) == bytes)
            // Any piece can be read alone.
            let width = tensor.elementType.byteWidth
            for (start, end) in [(0, 0), (0, 1), (1, 7), (5, tensor.elementCount)]
            where start <= end && end <= tensor.elementCount {
                let range = start..<end
                var piece = [UInt8](repeating: 0xaa, count: range.count * width)
                try piece.withUnsafeMutableBytes { try reader.read(index, range, into: $0) }
                #expect(piece == Array(bytes[range.lowerBound * width..<range.upperBound * width]))
            }
        }
    }

    private static let written = Catalog.formats.filter(\.isWritten).map(\.id)

    @Test(arguments: written, ElementType.allCases)
    func everyElementTypeGoesThereAndBack(id: String, type: ElementType) throws {
        let format = try #require(Catalog.formats.first { $0.id == id })
        let tensor = TensorInfo(name: "w", elementType: type, shape: try Shape([5, 9]))
        let tree = FileTree(entries: [FileTree.Entry(path: "", kind: .group(.init())), Self.entry("w", type)])
        do {
            try roundTrip(format, [(tensor, Self.values(type, 45))], tree)
        } catch {
            // A format may have no place for a type, if it says so before anything is made.
            #expect(code(error) == .unsupported && type != .float32, "\(error)")
            #expect(folder.contents.isEmpty)
        }
    }

    @Test(arguments: written)
    func everyShapeGoesThereAndBack(id: String) throws {
        let format = try #require(Catalog.formats.first { $0.id == id })
        let shapes: [(String, [Int])] = [
            ("scalar", []), ("none", [0]), ("nothing", [3, 0, 2]), ("one", [1]), ("row", [1, 70]),
            ("kernel", [3, 3, 2, 5]),
        ]
        let tensors = try shapes.map { name, dimensions -> (TensorInfo, [UInt8]) in
            let tensor = TensorInfo(name: name, elementType: .float32, shape: try Shape(dimensions))
            return (tensor, Self.values(.float32, tensor.elementCount))
        }
        let tree = FileTree(
            entries: [FileTree.Entry(path: "", kind: .group(.init()))]
                + tensors.map { Self.entry($0.0.name, .float32) })
        try roundTrip(format, tensors, tree)
    }

    @Test func identifiersAndEndingsAreUnique() {
        #expect(Set(Catalog.formats.map(\.id)).count == Catalog.formats.count)
        let endings = Catalog.formats.flatMap(\.extensions)
        #expect(Set(endings).count == endings.count)
        #expect(Catalog.formats.allSatisfy { !$0.summary.isEmpty && !$0.extensions.isEmpty })
    }

    @Test(arguments: written)
    func anEndingMeansItsFormatWhateverItsCase(id: String) throws {
        let format = try #require(Catalog.formats.first { $0.id == id })
        for ending in format.extensions {
            #expect(try ModelFiles.format(forWriting: "/a.b/c.\(ending)").id == id)
            #expect(try ModelFiles.format(forWriting: "C.\(ending.uppercased())").id == id)
            #expect(throws: SparsifyError.self) { try ModelFiles.format(forWriting: "folder.\(ending)/model") }
        }
    }

    @Test(arguments: written)
    func aWriterThatIsLetGoLeavesNothing(id: String) throws {
        let format = try #require(Catalog.formats.first { $0.id == id })
        let tensor = TensorInfo(name: "w", elementType: .float32, shape: try Shape([4]))
        let tree = FileTree(entries: [FileTree.Entry(path: "", kind: .group(.init())), Self.entry("w", .float32)])
        do {
            let (tensors, tree) = Self.dressed(format, [(tensor, [])], tree)
            _ = try format.makeWriter(
                path: folder("model"), tree: tree, tensors: tensors.map(\.0), options: WriteOptions(threads: 1))
        }
        #expect(folder.contents.isEmpty)
    }
}
