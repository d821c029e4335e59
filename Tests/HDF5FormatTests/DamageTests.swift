import CHDF5
import ModelIO
import Tensors
import Testing

@testable import HDF5Format

/// Bytes changed in files that were sound.
struct DamageTests {
    let folder = try! ScratchFolder()

    private func expectMalformed(_ fragment: String, _ body: () throws -> Void) {
        let error = #expect(throws: SparsifyError.self) { try body() }
        #expect(error?.code == .malformed)
        #expect(error?.description.contains(fragment) == true, "\(error?.description ?? "no error")")
        #expect(error?.file == folder.path())
    }

    /// The layout message of a contiguous dataset: version 3, class 1, address, size.
    private func contiguous() throws -> (bytes: [UInt8], message: Int) {
        try RawFile(folder.path()).dataset("t", [4], values: float32([1.5, 2.5, 3.5, 4.5]))
        let file = try folder.bytes()
        let values = try #require(file.offset(of: float32([1.5, 2.5, 3.5, 4.5])))
        let message = try #require(file.offset(of: [3, 1] + bytes(UInt64(values)) + bytes(UInt64(16))))
        return (file, message)
    }

    @Test(arguments: [8, 24] as [UInt64])
    func contiguousStorageOfAnotherSize(_ size: UInt64) throws {
        var (file, message) = try contiguous()
        file.replaceSubrange(message + 10..<message + 18, with: bytes(size))
        try folder.write(file)
        expectMalformed("'/t'") { _ = try HDF5Reader(path: folder.path()) }
    }

    @Test(arguments: [1 << 20, 1 << 62, 0xffff_ffff_ffff_fff0] as [UInt64])
    func contiguousStoragePastTheEnd(_ address: UInt64) throws {
        var (file, message) = try contiguous()
        file.replaceSubrange(message + 2..<message + 10, with: bytes(address))
        try folder.write(file)
        expectMalformed("past the end of the file") { _ = try HDF5Reader(path: folder.path()) }
    }

    @Test func truncatedFile() throws {
        let (file, _) = try contiguous()
        for count in [0, 7, 8, 100, file.count / 2, file.count - 1] {
            try folder.write(Array(file[..<count]))
            expectMalformed("HDF5 could not open the file") { _ = try HDF5Reader(path: folder.path()) }
        }
    }

    @Test func formatOfTheFuture() throws {
        var (file, message) = try contiguous()
        file[message] = 9
        try folder.write(file)
        let error = #expect(throws: SparsifyError.self) { try HDF5Reader(path: folder.path()) }
        #expect(error?.code == .unsupported)
        #expect(error?.description.contains("'/t'") == true)
        #expect(error?.remedy?.contains("newer HDF5 than the library in use here (\(Library.version))") == true)
    }

    // MARK: Variable-length values

    /// A file with one string, the place of its descriptor (length, heap address, index) and of its heap.
    private func string() throws -> (bytes: [UInt8], descriptor: Int, heap: Int) {
        let attribute = Attribute(name: "a", value: Samples.string("some text"))
        try Samples.write(folder.path(), root: Samples.group("", attributes: [attribute]), [])
        let file = try folder.bytes()
        let heap = try #require(file.offset(of: Array("GCOL".utf8)))
        let descriptor = try #require(
            file.offset(of: bytes(UInt32(9)) + bytes(UInt64(heap)) + bytes(UInt32(1))))
        return (file, descriptor, heap)
    }

    static let damages: [(place: String, offset: Int, value: [UInt8], fragment: String)] = [
        ("descriptor", 0, bytes(UInt32(0xffff_fff0)), "says it has 4294967280 bytes"),
        ("descriptor", 0, bytes(UInt32(10)), "says it has 10 bytes, but 9"),
        ("descriptor", 4, bytes(UInt64(1 << 40)), "past the end of the file"),
        ("descriptor", 4, bytes(UInt64.max), "past the end of the file"),
        ("descriptor", 4, bytes(UInt64(8)), "No heap"),
        ("descriptor", 12, bytes(UInt32(7)), "no such object"),
        ("heap", 0, Array("XXXX".utf8), "No heap"),
        ("heap", 8, bytes(UInt64(1 << 40)), "does not fit in the file"),
        ("heap", 8, bytes(UInt64.max), "larger than this machine can count"),
        ("heap", 8, bytes(UInt64(3)), "does not fit in the file"),
        ("heap", 24, bytes(UInt64(1 << 40)), "does not fit in its heap"),
        ("heap", 24, bytes(UInt64.max), "larger than this machine can count"),
    ]

    @Test(arguments: damages)
    func heaps(place: String, offset: Int, value: [UInt8], fragment: String) throws {
        var (file, descriptor, heap) = try string()
        let start = (place == "heap" ? heap : descriptor) + offset
        file.replaceSubrange(start..<start + value.count, with: value)
        try folder.write(file)
        expectMalformed(fragment) { _ = try HDF5Reader(path: folder.path()) }
    }

    /// A small string may be listed very often: it counts each time.
    @Test func heapObjectsListedOftenCountEachTime() throws {
        let (file, descriptor, _) = try string()
        let one = Array(file[descriptor..<descriptor + 16])
        var heap = HeapReader(file: try SourceFile(path: folder.path()))
        var budget = MetadataBudget()
        let many = [UInt8]([[UInt8]](repeating: one, count: 1000).joined())
        #expect(try heap.blocks(many, elementSize: nil, budget: &budget, "it").count == 1000)
        let error = #expect(throws: SparsifyError.self) {
            try budget.take(MetadataBudget.limit - 8999, "the rest")
        }
        #expect(error?.code == .limit)
        try budget.take(MetadataBudget.limit - 9000, "the rest")
    }
}
