import ModelIO
import OtherFormats
import Tensors
import Testing

@Suite struct NumPyWriterTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func append(_ bytes: [UInt8], to writer: NumPyWriter) throws {
        try bytes.withUnsafeBytes { try writer.append($0) }
    }

    @Test(arguments: [
        "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32",
        "float64",
        "opaque16", "scalar", "empty", "zero_size", "rank5",
    ]) func theBytesAreNumPys(_ name: String) throws {
        let array = try NumPyArray(path: Fixtures.path("\(name).npy"))
        let writer = try NumPyWriter(
            path: folder("out.npy"), elementType: array.elementType, shape: array.shape)
        let data = try array.bytes()
        try append(Array(data.prefix(3)), to: writer)
        try append(Array(data.dropFirst(3)), to: writer)
        #expect(folder.bytes("out.npy") == nil, "nothing is there before the end")
        try writer.finish()
        #expect(try folder.bytes("out.npy") == Fixtures.bytes("\(name).npy"))
        #expect(folder.contents == ["out.npy"])
    }

    @Test(arguments: ElementType.allCases) func everyBitComesBack(_ type: ElementType) throws {
        let data = (0..<6 * type.byteWidth).map { index in
            type == .bool ? UInt8(index % 2) : UInt8(truncatingIfNeeded: index * 89 + 0x7f)
        }
        let writer = try NumPyWriter(path: folder("out.npy"), elementType: type, shape: Shape([3, 1, 2]))
        try append(data, to: writer)
        try writer.finish()
        let array = try NumPyArray(path: folder("out.npy"))
        #expect(try array.bytes() == data)
        #expect(array.shape.dimensions == [3, 1, 2])
    }

    @Test func tooFewAndTooManyElements() throws {
        let writer = try NumPyWriter(path: folder("out.npy"), elementType: .int16, shape: Shape([2]))
        try append([1, 2], to: writer)
        expectFailure(.usage, "out.npy: 2 bytes of elements are missing") { try writer.finish() }
        expectFailure(.usage, "3 bytes of elements are appended where 2 are missing") {
            try append([3, 4, 5], to: writer)
        }
        #expect(folder.bytes("out.npy") == nil)
    }

    @Test func anOldFileStaysWithoutLeave() throws {
        let path = try folder.store("out.npy", [9])
        expectFailure(.io, "out.npy: The file exists already.") {
            _ = try NumPyWriter(path: path, elementType: .int8, shape: .scalar)
        }
        let writer = try NumPyWriter(path: path, elementType: .int8, shape: .scalar, overwrite: true)
        try append([7], to: writer)
        #expect(folder.bytes("out.npy") == [9])
        try writer.finish()
        #expect(try NumPyArray(path: path).integers() == [7])
    }

    @Test func moreExtentsThanNumPyHas() {
        expectFailure(.malformed, "out.npy: The shape has 65 extents") {
            let shape = try Shape(Array(repeating: 1, count: 65))
            _ = try NumPyWriter(path: folder("out.npy"), elementType: .int8, shape: shape)
        }
        #expect(folder.contents.isEmpty)
    }
}
