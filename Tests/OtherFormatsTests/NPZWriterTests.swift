import ModelIO
import OtherFormats
import Tensors
import Testing

@Suite struct NPZWriterTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func values(_ type: ElementType, _ count: Int) -> [UInt8] {
        (0..<count * type.byteWidth).map { type == .bool ? UInt8($0 % 2) : UInt8(truncatingIfNeeded: $0 * 37 + 200) }
    }

    private func append(
        _ name: String, _ type: ElementType, _ dimensions: [Int], to writer: NPZWriter
    ) throws {
        let shape = try Shape(dimensions)
        let data = values(type, shape.elementCount)
        try writer.append(name, elementType: type, shape: shape) { range, buffer in
            buffer.copyBytes(from: data[range.lowerBound * type.byteWidth..<range.upperBound * type.byteWidth])
        }
    }

    @Test(arguments: [NPZWriter.Compression.stored, .deflated])
    func everyTypeComesBack(_ compression: NPZWriter.Compression) throws {
        let writer = try NPZWriter(path: folder("out.npz"), compression: compression)
        for type in ElementType.allCases { try append("of/\(type.name)", type, [2, 3], to: writer) }
        try append("scalar", .float64, [], to: writer)
        try append("größe", .int16, [2, 0], to: writer)
        try append("large", .int32, [1000, 400], to: writer)
        #expect(folder.bytes("out.npz") == nil, "nothing is there before the end")
        try writer.finish()
        #expect(folder.contents == ["out.npz"])

        let archive = try NPZArchive(path: folder("out.npz"))
        #expect(archive.names == ElementType.allCases.map { "of/\($0.name)" } + ["scalar", "größe", "large"])
        for type in ElementType.allCases {
            #expect(try archive.array("of/\(type.name)").bytes() == values(type, 6))
        }
        #expect(try archive.array("scalar").bytes() == values(.float64, 1))
        #expect(try archive.array("größe").shape.dimensions == [2, 0])
        #expect(try archive.array("large").bytes() == values(.int32, 400_000))
    }

    @Test func whatIsStoredIsTheArraysThemselves() throws {
        let writer = try NPZWriter(path: folder("out.npz"))
        let source = try NumPyArray(path: Fixtures.path("float32.npy"))
        try writer.append("a", elementType: source.elementType, shape: source.shape, source: source.read)
        try writer.finish()
        let file = try #require(folder.bytes("out.npz"))
        #expect(Array(file[10..<14]) == [0, 0, 0x21, 0], "midnight of 1980-01-01")
        let name = 30 + "a.npy".utf8.count
        let array = try Fixtures.bytes("float32.npy")
        #expect(Array(file[name..<name + array.count]) == array)
    }

    @Test(arguments: [NPZWriter.Compression.stored, .deflated])
    func theSameArraysGiveTheSameBytes(_ compression: NPZWriter.Compression) throws {
        for name in ["one.npz", "two.npz"] {
            let writer = try NPZWriter(path: folder(name), compression: compression)
            try append("a", .float32, [50, 60], to: writer)
            try append("ß", .int8, [7], to: writer)
            try writer.finish()
        }
        #expect(folder.bytes("one.npz") == folder.bytes("two.npz"))
    }

    @Test func anArchiveOfNothingIsNumPys() throws {
        try NPZWriter(path: folder("out.npz")).finish()
        #expect(try folder.bytes("out.npz") == Fixtures.bytes("empty.npz"))
    }

    @Test func zerosDeflateWell() throws {
        let writer = try NPZWriter(path: folder("out.npz"), compression: .deflated)
        try writer.append("zeros", elementType: .float32, shape: Shape([1 << 20])) { _, buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
        }
        try writer.finish()
        #expect(try #require(folder.bytes("out.npz")).count < 8192)
        #expect(try NPZArchive(path: folder("out.npz")).array("zeros").floats().allSatisfy { $0 == 0 })
    }

    @Test(arguments: [
        ("a", SparsifyError.Code.usage, "already"), ("", .refused, "no plain path"), ("/b", .refused, "no plain path"),
        ("../b", .refused, "no plain path"), ("b//c", .refused, "no plain path"), ("b\0c", .refused, "no plain path"),
    ]) func namesThatAreRefused(_ name: String, _ code: SparsifyError.Code, _ message: String) throws {
        let writer = try NPZWriter(path: folder("out.npz"))
        try append("a", .int8, [1], to: writer)
        expectFailure(code, "out.npz", message) { try append(name, .int8, [1], to: writer) }
        try writer.finish()
        #expect(try NPZArchive(path: folder("out.npz")).names == ["a"])
    }

    @Test func aSourceThatFailsLeavesTheOldFile() throws {
        let path = try folder.store("out.npz", [9])
        expectFailure(.io, "exists already") { _ = try NPZWriter(path: path) }
        do {
            let writer = try NPZWriter(path: path, overwrite: true)
            try append("a", .int8, [1], to: writer)
            try writer.append("b", elementType: .int8, shape: Shape([3])) { _, _ in
                throw SparsifyError(.cancelled, "Enough.")
            }
            expectFailure(.cancelled, "out.npz: Enough.") { try writer.finish() }
        }
        #expect(folder.contents == ["out.npz"] && folder.bytes("out.npz") == [9])
    }
}
