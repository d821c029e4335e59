import ModelIO
import SPMFormat
import Tensors
import Testing

@Suite struct WriterTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func refused(_ code: SparsifyError.Code, _ change: (inout TestModel) throws -> Void) throws {
        var model = TestModel()
        try model.add("w", .uint8, [4], keep: 1)
        try change(&model)
        let error = #expect(throws: SparsifyError.self) { try model.write(folder("w.spm")) }
        #expect(error?.code == code)
        #expect(error?.file == folder("w.spm"))
        #expect(folder.contents.isEmpty)
    }

    @Test func whatTheFormatCannotHoldIsRefusedBeforeTheWork() throws {
        try refused(.limit) { try $0.add("r", .uint8, [Int](repeating: 1, count: 9), keep: 1) }
        try refused(.limit) { try $0.add("", .uint8, [1], keep: 1) }
        try refused(.limit) { try $0.add(String(repeating: "é", count: 2049), .uint8, [1], keep: 1) }
        try refused(.limit) { try $0.add("a\0", .uint8, [1], keep: 1) }
        try refused(.unsupported) { try $0.add("w", .uint8, [1], keep: 1) }
        try refused(.unsupported) { try $0.add("missing/parent", .uint8, [1], keep: 1) }
        try refused(.unsupported) { try $0.add("a//b", .uint8, [1], keep: 1) }
        try refused(.unsupported) { $0.tree.entries.removeLast() }
        try refused(.unsupported) { $0.tree.entries[1].kind = .tensor(.init(type: .opaque(size: 2, tag: ""))) }
        try refused(.unsupported) { $0.tensors[0].elementType = .int16 }
        try refused(.unsupported) { $0.tree = FileTree(entries: []) }
        try refused(.unsupported) { model in
            let name = TensorInfo(name: "z", elementType: .uint8, shape: try Shape([0, 1 << 40, 1 << 40]))
            model.tensors.append(name)
            model.elements.append([])
            model.tree.entries.append(.init(path: "z", kind: .tensor(.init(type: .opaque(size: 1, tag: "")))))
        }
    }

    @Test func anUnfinishedFileLeavesNothing() throws {
        var model = TestModel()
        try model.add("w", .uint8, [4], keep: 1)
        do {
            let writer = try SPMWriter(
                path: folder("w.spm"), tree: model.tree, tensors: model.tensors, options: .init())
            try writer.append(model.tensors[0], expectedNonzeros: nil) { _, target in
                target.copyBytes(from: [1, 2, 3, 4])
            }
            #expect(!folder.contents.contains("w.spm"))
            withExtendedLifetime(writer) {}
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func errorsOfTheSourceComeThrough() throws {
        struct Failure: Error {}
        var model = TestModel()
        try model.add("w", .uint8, [200_000], keep: 1)
        do {
            let writer = try SPMWriter(
                path: folder("w.spm"), tree: model.tree, tensors: model.tensors, options: .init())
            #expect(throws: Failure.self) {
                try writer.append(model.tensors[0], expectedNonzeros: 200_000) { range, target in
                    if range.lowerBound > 0 { throw Failure() }
                    target.initializeMemory(as: UInt8.self, repeating: 1)
                }
            }
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func cancellingStopsIt() throws {
        var model = TestModel()
        try model.add("w", .uint8, [200_000], keep: 1)
        let flag = CancellationFlag()
        do {
            let writer = try SPMWriter(
                path: folder("w.spm"), tree: model.tree, tensors: model.tensors, options: .init(cancellation: flag))
            flag.cancel()
            let error = #expect(throws: SparsifyError.self) {
                try writer.append(model.tensors[0], expectedNonzeros: nil) { _, target in
                    target.initializeMemory(as: UInt8.self, repeating: 1)
                }
            }
            #expect(error?.code == .cancelled)
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func aFileIsReplacedOnlyWithLeave() throws {
        var model = TestModel()
        try model.add("w", .uint8, [4], keep: 1)
        try store([1, 2, 3], folder("w.spm"))
        #expect(throws: SparsifyError.self) { try model.write(folder("w.spm")) }
        #expect(try contents(folder("w.spm")) == [1, 2, 3])
        try model.write(folder("w.spm"), overwrite: true)
        #expect(try SPMReader(path: folder("w.spm")).allBytes() == model.elements)
        #expect(folder.contents == ["w.spm"])
    }

    @Test func theFormatKnowsItself() throws {
        var model = TestModel()
        try model.add("w", .uint8, [4], keep: 1)
        try model.write(folder("w.spm"))
        let format = SPMFormat()
        #expect(format.id == "spm" && format.extensions == ["spm"])
        let head = try InputFile(path: folder("w.spm")).head()
        #expect(format.recognizes(head: head, path: "x"))
        #expect(!format.recognizes(head: Array(head.dropFirst()), path: "w.spm"))
        #expect(!format.recognizes(head: [], path: "w.spm"))
        #expect(try format.makeReader(path: folder("w.spm"), options: .init()).tensors.map(\.name) == ["w"])
        let writer = try format.makeWriter(
            path: folder("x.spm"), tree: FileTree(), tensors: [], options: .init())
        try writer.finish()
        #expect(try SPMReader(path: folder("x.spm")).tensors.isEmpty)
    }
}
