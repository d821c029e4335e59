import ModelIO
import SPMFormat
import SparseCoding
import Tensors
import Testing

@Suite struct RoundTripTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func check(_ model: TestModel, counted: Bool = false) throws {
        let path = folder("model.spm")
        try model.write(path, overwrite: true, counted: counted)
        let reader = try SPMReader(path: path)
        #expect(reader.tensors.map(\.name).map { Array($0.utf8) } == model.tensors.map { Array($0.name.utf8) })
        #expect(reader.tensors.map(\.elementType) == model.tensors.map(\.elementType))
        #expect(reader.tensors.map(\.shape) == model.tensors.map(\.shape))
        #expect(reader.tree == model.tree)
        #expect(reader.metadata == model.metadata)
        #expect(reader.formatID == "spm" && reader.path == path && reader.warnings.isEmpty)
        #expect(try reader.fileSize == contents(path).count)
        #expect(try reader.allBytes() == model.elements)

        var stored = 0
        for index in model.tensors.indices {
            let width = model.tensors[index].elementType.byteWidth
            #expect(reader.nonzeros(index) == TestModel.nonzeros(model.elements[index], width))
            try expectSameNonzeros(reader, index, model.elements[index])
            let ledger = try reader.ledger(index)
            #expect(ledger.totalBytes == reader.tensors[index].storedBytes)
            stored += ledger.totalBytes
        }
        #expect(stored + reader.containerBytes == reader.fileSize)
    }

    private func expectSameNonzeros(_ reader: SPMReader, _ index: Int, _ bytes: [UInt8]) throws {
        let width = reader.tensors[index].elementType.byteWidth
        var rebuilt = [UInt8](repeating: 0, count: bytes.count)
        var covered = 0
        for chunk in 0..<reader.chunkCount(index) {
            let elements = reader.chunkElements(index, chunk)
            #expect(elements.lowerBound == covered && !elements.isEmpty)
            covered = elements.upperBound
            try reader.withNonzeros(index, chunk: chunk) { nonzeros in
                #expect(nonzeros.values.count == nonzeros.positions.count * width)
                for (place, position) in nonzeros.positions.enumerated() {
                    let start = (elements.lowerBound + Int(position)) * width
                    for byte in 0..<width { rebuilt[start + byte] = nonzeros.values[place * width + byte] }
                }
            }
        }
        #expect(covered == reader.tensors[index].elementCount)
        #expect(rebuilt == bytes)
    }

    @Test(arguments: ElementType.allCases) func everyElementType(_ type: ElementType) throws {
        var model = TestModel()
        for (index, keep) in [0, 0.1, 0.5, 1].enumerated() {
            try model.add("t\(index)", type, [13, 17], keep: keep, seed: UInt64(index))
        }
        try check(model)
    }

    @Test(arguments: [
        [], [1], [0], [3, 0, 2], [0, 0], [1 << 40, 0, 1 << 20], [7], [1, 1, 1], [2, 1, 2, 1, 2, 1, 2, 3],
    ])
    func everyShape(_ dimensions: [Int]) throws {
        for keep in [0, 0.5, 1] {
            var model = TestModel()
            try model.add("before", .uint8, [3], keep: 1)
            try model.add("tensor", .float32, dimensions, keep: keep)
            try model.add("after", .uint8, [3], keep: 1)
            try check(model)
        }
    }

    @Test func aModelWithoutTensors() throws { try check(TestModel()) }

    @Test func namesOfEveryKind() throws {
        var model = TestModel()
        let names = [
            "w", "größe", "重み:0", "🧠👩‍👩‍👧", "e\u{301}clair", " ", "a b\tc\n", "\u{202e}", "..a", "-",
            String(repeating: "x", count: 4096),
        ]
        for (index, name) in names.enumerated() { try model.add(name, .uint8, [5], keep: 0.5, seed: UInt64(index)) }
        try check(model)
    }

    @Test func metadata() throws {
        var model = TestModel()
        try model.add("w", .int8, [4], keep: 0.5)
        model.metadata = [
            "source.format": "hdf5", "pruning.sparsity": "0.8", "": "", "b": "é\0", "B": "x",
            "a": String(repeating: "y", count: 5000),
            "\u{1f600}": "1", "\u{ffff}": "2",
        ]
        try check(model)
    }

    /// Chunks from several threads, where the writer has to count first and where it is told.
    @Test(arguments: [false, true]) func severalChunks(counted: Bool) throws {
        var model = TestModel()
        try model.add("half", .uint8, [430, 701], keep: 0.5)
        try model.add("full", .uint8, [150_001], keep: 1)
        try model.add("sparse", .bool, [3, 200_000], keep: 0.15)
        try model.add("nothing", .uint16, [300_000], keep: 0)
        try check(model, counted: counted)
        let reader = try SPMReader(path: folder("model.spm"))
        #expect((0..<4).map { reader.chunkCount($0) } == [3, 3, 2, 1])
    }

    /// A wrong expectation costs bytes, never values.
    @Test(arguments: [0, 1, 100_000, 1 << 40]) func aWrongExpectationDoesNoHarm(_ expected: Int) throws {
        var model = TestModel()
        try model.add("w", .uint8, [100_000], keep: 0.3)
        let path = folder("w.spm")
        let writer = try SPMWriter(path: path, tree: model.tree, tensors: model.tensors, options: WriteOptions())
        let bytes = model.elements[0]
        try writer.append(model.tensors[0], expectedNonzeros: expected) { range, target in
            bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
        try writer.finish()
        #expect(try SPMReader(path: path).allBytes() == model.elements)
    }

    // MARK: Pieces

    @Test func anyPieceEqualsTheSameSliceOfTheWhole() throws {
        var model = TestModel()
        try model.add("small", .float64, [7, 9], keep: 0.4)
        try model.add("large", .uint16, [200_000], keep: 0.6)
        try model.write(folder("w.spm"))
        let reader = try SPMReader(path: folder("w.spm"))
        #expect(reader.chunkCount(1) > 1)
        let boundary = reader.chunkElements(1, 0).upperBound
        var random = SplitMix64(seed: 3)
        for (index, whole) in model.elements.enumerated() {
            let count = model.tensors[index].elementCount
            let width = model.tensors[index].elementType.byteWidth
            var ranges = [0..<0, 0..<1, count - 1..<count, count..<count, 0..<count, 1..<count, 0..<count - 1]
            if index == 1 {
                ranges += [
                    boundary - 1..<boundary + 1, boundary..<count, 0..<boundary, boundary - 1..<boundary,
                    boundary..<boundary, boundary..<boundary + 1,
                ]
            }
            for _ in 0..<25 {
                let start = Int(random.next() % UInt64(count))
                ranges.append(start..<start + Int(random.next() % UInt64(count - start + 1)))
            }
            for range in ranges {
                let slice = whole[range.lowerBound * width..<range.upperBound * width]
                #expect(try reader.bytes(index, range)[...] == slice, "\(range) of \(count)")
            }
        }
    }

    /// Destinations that the decoder could not write to directly.
    @Test(arguments: 1..<8) func aDestinationNeedNoAlignment(_ offset: Int) throws {
        var model = TestModel()
        try model.add("w", .float64, [50], keep: 0.4)
        try model.write(folder("w.spm"))
        let reader = try SPMReader(path: folder("w.spm"))
        let buffer = RawBuffer.zeroed(byteCount: 500)
        try reader.read(0, 0..<50, into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[offset..<offset + 400]))
        #expect(Array(buffer.bytes[offset..<offset + 400]) == model.elements[0])
        #expect(
            buffer.bytes[..<offset].allSatisfy { $0 == 0 } && buffer.bytes[(offset + 400)...].allSatisfy { $0 == 0 })
    }

    @Test func manyThreadsReadAtOnce() throws {
        var model = TestModel()
        for index in 0..<6 { try model.add("t\(index)", .uint8, [90_000], keep: 0.9, seed: UInt64(index)) }
        try model.write(folder("w.spm"))
        let reader = try SPMReader(path: folder("w.spm"))
        let expected = model.elements
        try Parallel.forEach(36, threads: 6) { job in
            let range = job * 2000..<job * 2000 + 15_000
            let slice = try reader.bytes(job % 6, range)
            #expect(slice[...] == expected[job % 6][range])
        }
    }

    // MARK: The same bytes every time

    @Test func theSameModelGivesTheSameBytesAtAnyThreadCount() throws {
        var model = TestModel()
        try model.add("a", .uint8, [180_000], keep: 0.5)
        try model.add("b", .float32, [40, 50], keep: 0.2)
        for key in 0..<20 { model.metadata["key\(key)"] = "value" }
        var files: [[UInt8]] = []
        for (index, threads) in [1, 2, 5, 1, 2, 5].enumerated() {
            try model.write(folder("\(index).spm"), threads: threads, counted: index % 2 == 0)
            files.append(try contents(folder("\(index).spm")))
        }
        #expect(Set(files).count == 1)
    }
}
