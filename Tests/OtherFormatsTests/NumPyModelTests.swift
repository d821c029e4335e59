import ModelIO
import Tensors
import Testing

@testable import OtherFormats

/// `.npz` and `.npy` as models.
@Suite struct NumPyModelTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private let format = NumPyFormat()

    private func write(_ path: String, _ tensors: [(name: String, shape: [Int])]) throws {
        let infos = try tensors.map {
            TensorInfo(name: $0.name, elementType: .float32, shape: try Shape($0.shape))
        }
        let entries = infos.map {
            FileTree.Entry(path: $0.name, kind: .tensor(.init(type: ValueType(storing: .float32))))
        }
        let tree = FileTree(entries: [FileTree.Entry(path: "", kind: .group(.init()))] + entries)
        let writer = try format.makeWriter(path: path, tree: tree, tensors: infos, options: WriteOptions(threads: 1))
        for info in infos {
            try writer.append(info, expectedNonzeros: nil) { range, target in
                for (place, element) in range.enumerated() {
                    target.storeBytes(of: Float(element), toByteOffset: 4 * place, as: Float.self)
                }
            }
        }
        try writer.finish()
    }

    @Test func anArchiveIsWhatNumPySaves() throws {
        try write(folder("a.npz"), [("a/b", [2, 3]), ("c", [])])
        let archive = try NPZArchive(path: folder("a.npz"))
        #expect(archive.names == ["a/b", "c"])
        #expect(try archive.array("a/b").floats() == [0, 1, 2, 3, 4, 5])
        let reader = try format.makeReader(path: folder("a.npz"), options: ReadOptions())
        #expect(reader.tensors.map(\.name) == ["a/b", "c"] && reader.tensors[0].shape.dimensions == [2, 3])
        #expect(reader.tree.entry(at: "a")?.kind == .group(.init()))
    }

    @Test func aSingleArrayIsCalledAsItsFile() throws {
        try write(folder("kernel.npy"), [("whatever", [5])])
        let reader = try format.makeReader(path: folder("kernel.npy"), options: ReadOptions())
        #expect(reader.tensors.map(\.name) == ["kernel"])
        let tree = FileTree(entries: [.init(path: "", kind: .group(.init()))])
        #expect(format.losses(path: "x.npy", tree: tree, tensors: reader.tensors).contains { $0.contains("'kernel'") })
        expectFailure(.unsupported, "one array", "2 tensors", ".npz") {
            try write(folder("two.npy"), [("a", [1]), ("b", [1])])
        }
        #expect(folder.contents == ["kernel.npy"])
    }

    /// Names that make no path go there and back; those that no archive holds are refused before anything is made.
    @Test func namesAreKept() throws {
        let file = try folder.store(
            "a.npz",
            HandMadeZip.archive([
                .init("a%b.npy", try npy(.uint8, [1], [1])), .init("w.npy", try npy(.uint8, [1], [2])),
                .init("w/x.npy", try npy(.uint8, [1], [3])),
            ]))
        let reader = try format.makeReader(path: file, options: ReadOptions())
        #expect(reader.tensors.map(\.name) == ["a%25b", "w", "w%2Fx"])
        let writer = try format.makeWriter(
            path: folder("b.npz"), tree: reader.tree, tensors: reader.tensors, options: WriteOptions(threads: 1))
        for (index, tensor) in reader.tensors.enumerated() {
            try writer.append(tensor, expectedNonzeros: nil) { try reader.read(index, $0, into: $1) }
        }
        try writer.finish()
        #expect(try NPZArchive(path: folder("b.npz")).names == ["a%b", "w", "w/x"])
        expectFailure(.unsupported, "'a//b'") { try write(folder("c.npz"), [("a//b", [1])]) }
        #expect(folder.contents == ["a.npz", "b.npz"])
    }

    /// Any order of reading, of more arrays than are kept open, deflated ones among them.
    @Test func arraysAreReadInAnyOrder() throws {
        let path = folder("many.npz")
        let writer = try NPZWriter(path: path, compression: .deflated)
        for number in 0..<9 {
            try writer.append("\(number)", elementType: .int32, shape: Shape([1000])) { range, target in
                for (place, element) in range.enumerated() {
                    target.storeBytes(of: Int32(element * 10 + number), toByteOffset: 4 * place, as: Int32.self)
                }
            }
        }
        try writer.finish()
        let reader = try format.makeReader(path: path, options: ReadOptions())
        for start in [900, 0, 500] {
            for index in [8, 0, 3, 8, 5, 1, 2, 4, 6, 7, 0] {
                var found = [Int32](repeating: 0, count: 100)
                try found.withUnsafeMutableBytes { try reader.read(index, start..<start + 100, into: $0) }
                #expect(found == (start..<start + 100).map { Int32($0 * 10 + index) })
            }
        }
    }

    @Test func filesAreRecognised() throws {
        #expect(format.recognizes(head: NumPyHeader.magic + [1, 0], path: "x"))
        #expect(format.recognizes(head: HandMadeZip.archive([.init("a.npy", [])]), path: "x"))
        #expect(!format.recognizes(head: HandMadeZip.archive([.init("config.json", [])]), path: "x.keras"))
    }

    @Test func bfloat16KeepsItsName() throws {
        let path = try folder.store("a.npy", try npy(.bfloat16, [2], [1, 2, 3, 4]))
        let reader = try format.makeReader(path: path, options: ReadOptions())
        #expect(reader.tensors[0].elementType == .bfloat16)
        #expect(reader.tree.entries[1].attributes == [.bfloat16Mark])
        let opaque = try folder.store("b.npy", try npy(.opaque16, [2], [1, 2, 3, 4]))
        #expect(try format.makeReader(path: opaque, options: ReadOptions()).tensors[0].elementType == .opaque16)
    }
}
