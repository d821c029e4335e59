import ModelIO
import OtherFormats
import Tensors
import Testing

@Suite struct NPZArchiveTests {
    @Test(arguments: ["stored", "deflated"]) func whatNumPyWrote(_ name: String) throws {
        let archive = try NPZArchive(path: Fixtures.path("\(name).npz"))
        let names = ["weights", "labels", "block/flags", "größe"]
        #expect(archive.names == names + (name == "deflated" ? ["zeros"] : []))
        let weights = try archive.array("weights")
        #expect(weights.shape.dimensions == [2, 3] && weights.elementType == .float32)
        #expect(try weights.floats() == [0, 0.25, 0.5, 0.75, 1, 1.25])
        #expect(try archive.array("labels").integers() == [3, 1, 2])
        #expect(try archive.array("block/flags").integers() == [1, 0])
        #expect(try archive.array("größe").doubles() == [0.25])
        #expect(try weights.bytes(4..<5) == bytes(Float(1).bitPattern), "in any order")
        #expect(try weights.bytes(1..<2) == bytes(Float(0.25).bitPattern))
    }

    @Test func manyZerosInFewBytes() throws {
        let zeros = try NPZArchive(path: Fixtures.path("deflated.npz")).array("zeros")
        #expect(zeros.shape.dimensions == [300, 1000])
        #expect(try zeros.floats() == [Float](repeating: 0, count: 300_000))
    }

    @Test func anArchiveOfNothing() throws {
        #expect(try NPZArchive(path: Fixtures.path("empty.npz")).names == [])
    }

    @Test func objectsAreRefusedWhereTheyAreOpened() throws {
        let archive = try NPZArchive(path: Fixtures.path("objects.npz"))
        #expect(try archive.array("good").doubles() == [1])
        let error = expectFailure(.refused, "objects.npz: tensor 'bad': At byte 10 of the member:", "run code") {
            _ = try archive.array("bad")
        }
        #expect(error?.offset == nil, "an offset of the member is none of the file")
    }

    @Test func namesThatAreNotThere() throws {
        let archive = try NPZArchive(path: Fixtures.path("stored.npz"))
        for name in ["", "weight", "weights.npy"] {
            expectFailure(.usage, "stored.npz", "no array '\(name)'") { _ = try archive.array(name) }
        }
    }

    /// Members of more than a restart is worth, in either packing.
    @Test(arguments: [NPZWriter.Compression.stored, .deflated])
    func rangesInAnyOrderFromSeveralThreads(_ compression: NPZWriter.Compression) throws {
        let folder = try TemporaryFolder()
        let count = 300_000
        let writer = try NPZWriter(path: folder("large.npz"), compression: compression)
        for name in ["a", "b"] {
            try writer.append(name, elementType: .uint32, shape: Shape([count])) { range, buffer in
                for (place, value) in range.enumerated() {
                    buffer.storeBytes(of: UInt32(value), toByteOffset: place * 4, as: UInt32.self)
                }
            }
        }
        try writer.finish()
        let archive = try NPZArchive(path: folder("large.npz"))
        let arrays = [try archive.array("a"), try archive.array("b")]
        for start in [290_000, 299_999, 0, 200_000, 5, 150_000, 1] {
            #expect(try arrays[0].bytes(start..<start + 1) == bytes(UInt32(start)))
        }
        try Parallel.forEach(60, threads: 4) { job in
            let start = job * 7919 % 60 * 5000
            let range = start..<start + 5000
            let data = try arrays[job % 2].bytes(range)
            #expect(data == range.flatMap { bytes(UInt32($0)) })
        }
    }
}
