import CHDF5
import ModelIO
import Tensors
import Testing

@testable import HDF5Format

struct ReaderTests {
    let folder = try! ScratchFolder()

    static let layouts: [DatasetProperties.Layout] = [
        .contiguous, .compact, .chunked(dimensions: [3, 2, 4], filters: []),
        .chunked(dimensions: [3, 2, 4], filters: [.deflate(level: 1)]),
        .chunked(dimensions: [5, 4, 6], filters: [.shuffle]),
    ]

    /// Any range of elements, in any layout, is what a full read has there.
    @Test(arguments: layouts)
    func ranges(_ layout: DatasetProperties.Layout) throws {
        let values = Samples.noise(5 * 4 * 6 * 2)
        let type = ValueType.integer(size: 2, isSigned: true, order: .big)
        try Samples.write(
            folder.path(), [Samples.tensor("t", type, layout: layout)],
            [(try Samples.info("t", .int16, [5, 4, 6]), values)])
        let reader = try HDF5Reader(path: folder.path())
        for lower in stride(from: 0, through: 120, by: 7) {
            for upper in stride(from: lower, through: 120, by: 5) {
                #expect(try Samples.read(reader, 0, lower..<upper) == Array(values[2 * lower..<2 * upper]))
            }
        }
    }

    @Test func manyThreadsAtOnce() throws {
        let values = Samples.noise(200 * 64 * 4)
        try Samples.write(
            folder.path(),
            (0..<4).map { Samples.tensor("\($0)", layout: Self.twoDimensional[$0]) },
            try (0..<4).map { (try Samples.info("\($0)", [200, 64]), values) })
        let reader = try HDF5Reader(path: folder.path())
        try Parallel.forEach(400, threads: 8) { job in
            let start = job * 31 % 12_000
            let part = try Samples.read(reader, job % 4, start..<start + 800)
            #expect(part == Array(values[4 * start..<4 * (start + 800)]))
        }
    }

    private static let twoDimensional: [DatasetProperties.Layout] = [
        .contiguous, .chunked(dimensions: [16, 16], filters: [.deflate(level: 1)]),
        .chunked(dimensions: [16, 16], filters: []), .chunked(dimensions: [200, 8], filters: [.shuffle, .fletcher32]),
    ]

    /// Elements never written are the fill value; chunks may be there or not.
    @Test func fillValues() throws {
        do {
            let raw = try RawFile(folder.path())
            func fill(_ list: hid_t, _ value: Float) -> herr_t {
                guard let type = try? RawFile.float32() else { return -1 }
                var value = value
                return H5Pset_fill_value(list, type.id, &value)
            }
            try raw.dataset("late", [5]) { fill($0, 2.5) }
            try raw.dataset("zero", [5])
            for (name, filtered) in [("filtered", true), ("plain", false)] {
                let dataset = try raw.dataset(name, [6, 6]) { list in
                    _ = RawFile.chunked(2, 4)(list)
                    if filtered { H5Pset_deflate(list, 1) }
                    return fill(list, -1)
                }
                let space = try Handle("space") { H5Dget_space(dataset.id) }
                let memory = try Handle("space") { H5Screate(H5S_SCALAR) }
                let type = try RawFile.float32()
                var value: Float = 9
                try Library.call("write one") {
                    H5Sselect_hyperslab(space.id, H5S_SELECT_SET, [2, 5], nil, [1, 1], nil)
                    return H5Dwrite(dataset.id, type.id, memory.id, space.id, hid_t(H5P_DEFAULT), &value)
                }
            }
        }
        let reader = try HDF5Reader(path: folder.path())
        #expect(reader.tensors.map(\.name) == ["filtered", "late", "plain", "zero"])
        var expected = [Float](repeating: -1, count: 36)
        expected[17] = 9
        #expect(try Samples.read(reader, 0) == float32(expected))
        #expect(try Samples.read(reader, 1) == float32([2.5, 2.5, 2.5, 2.5, 2.5]))
        #expect(try Samples.read(reader, 2) == float32(expected))
        #expect(try Samples.read(reader, 3) == float32([0, 0, 0, 0, 0]))
        #expect(reader.tensors[1].storedBytes == 0)
    }

    static let configurations: [(config: String?, mark: String?, expected: ElementType)] = [
        (nil, nil, .opaque16), (nil, "bfloat16", .bfloat16), ("{\"dtype\": \"bfloat16\"}", nil, .bfloat16),
        ("{\"dtype\": \"float16\"}", nil, .opaque16),
    ]

    @Test(arguments: configurations)
    func bfloat16(config: String?, mark: String?, expected: ElementType) throws {
        func attributes(_ name: String, _ text: String?) -> [Attribute] {
            text.map { [Attribute(name: name, value: Samples.string($0))] } ?? []
        }
        try Samples.write(
            folder.path(), root: Samples.group("", attributes: attributes("model_config", config)),
            [Samples.tensor("t", .opaque(size: 2, tag: "any"), attributes: attributes("dtype", mark))],
            [(try Samples.info("t", .opaque16, [2]), [1, 2, 3, 4])])
        #expect(try HDF5Reader(path: folder.path()).tensors[0].elementType == expected)
    }

    @Test(arguments: [0, 512, 1024, 8192] as [UInt64])
    func userBlocks(_ length: UInt64) throws {
        try RawFile(folder.path(), userBlock: length).dataset("t", [3], values: float32([1, 2, 3]))
        let head = try InputFile(path: folder.path()).head()
        #expect(HDF5Format().recognizes(head: head, path: folder.path()))
        let reader = try HDF5Reader(path: folder.path())
        #expect(try Samples.read(reader, 0) == float32([1, 2, 3]))
    }

    @Test func otherFilesAreNotRecognized() throws {
        try folder.write([UInt8](repeating: 0x20, count: 9000))
        let head = try InputFile(path: folder.path()).head()
        #expect(!HDF5Format().recognizes(head: head, path: folder.path()))
        #expect(!HDF5Format().recognizes(head: [], path: folder.path("none")))
        #expect(throws: SparsifyError.self) { try HDF5Reader(path: folder.path()) }
    }

    /// References and variable-length members cannot be carried, and that is said.
    @Test func whatIsLeftOut() throws {
        do {
            let raw = try RawFile(folder.path())
            let group = try raw.group("g")
            let reference = try Handle("type") { H5Tcopy(chdf5_object_reference()) }
            try raw.dataset("reference", [2], type: reference)
            let text = try TypeMaker(Samples.text)
            let compound = try Handle("type") {
                let type = H5Tcreate(H5T_COMPOUND, 8)
                H5Tinsert(type, "s", 0, text.handle.id)
                return type
            }
            try raw.dataset("compound", [2], type: compound)
            let space = try Handle("space") { H5Screate(H5S_SCALAR) }
            _ = try Handle("attribute") {
                H5Acreate2(group.id, "r", reference.id, space.id, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
            }
        }
        let reader = try HDF5Reader(path: folder.path())
        #expect(reader.tree.entries.map(\.path) == ["", "g"])
        #expect(reader.warnings.count == 3)
        for name in ["'/reference'", "'/compound'", "'r' of '/g'"] {
            #expect(reader.warnings.contains { $0.contains(name) && $0.contains("left out") })
        }
    }

    @Test func chunkCacheStaysWithinBounds() throws {
        let cache = ChunkCache(limit: 1000)
        for chunk in 0..<50 {
            let buffer = try cache.chunk(.init(dataset: 0, chunk: chunk), byteCount: 300) { RawBuffer(byteCount: 300) }
            let again = try cache.chunk(.init(dataset: 0, chunk: chunk), byteCount: 300) {
                Issue.record("decoded twice")
                return RawBuffer(byteCount: 300)
            }
            #expect(buffer === again)
        }
        var decodedAgain = false
        _ = try cache.chunk(.init(dataset: 0, chunk: 0), byteCount: 300) {
            decodedAgain = true
            return RawBuffer(byteCount: 300)
        }
        #expect(decodedAgain)
    }
}
