import CHDF5
import ModelIO
import Tensors
import Testing

@testable import HDF5Format

/// Chunks that lie about themselves, written past libhdf5's filters.
struct FilterPipelineTests {
    let folder = try! ScratchFolder()

    /// "abcdefgh" deflated, by hand: one stored block.
    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt16(bytes.count)
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        let checksum = withUnsafeBytes(of: (b << 16 | a).bigEndian) { Array($0) }
        return [0x78, 0x01, 0x01] + HDF5FormatTests.bytes(length) + HDF5FormatTests.bytes(~length) + bytes + checksum
    }

    private func write(_ chunk: [UInt8], skipped: UInt32 = 0, _ filters: (hid_t) -> herr_t) throws -> HDF5Reader {
        // libhdf5 does not replace a file that a reader has open.
        let path = folder.path("\(folder.names.count).h5")
        do {
            let raw = try RawFile(path)
            let dataset = try raw.dataset("t", [4]) { list in
                _ = RawFile.chunked(4)(list)
                return filters(list)
            }
            try Library.call("write a chunk") {
                H5Dwrite_chunk(dataset.id, hid_t(H5P_DEFAULT), skipped, [0], chunk.count, chunk)
            }
        }
        return try HDF5Reader(path: path)
    }

    @Test func goodChunks() throws {
        let values = float32([1, 2, 3, 4])
        let reader = try write(Self.deflated(values)) { H5Pset_deflate($0, 1) }
        #expect(try Samples.read(reader, 0) == values)
        let plain = try write(values, skipped: 1) { H5Pset_deflate($0, 1) }
        #expect(try Samples.read(plain, 0) == values)
    }

    static let damages: [(chunk: [UInt8], message: String)] = [
        (deflated(Array(repeating: 1, count: 12)), "inflates to 12 bytes instead of 16"),
        (deflated(Array(repeating: 1, count: 5000)), "inflates to more than its 16 bytes"),
        (Array(deflated(Array(repeating: 1, count: 16)).dropLast(6)), "no valid deflate stream"),
        ([1, 2, 3, 4], "no valid deflate stream"),
    ]

    @Test(arguments: damages)
    func chunksOfAnotherSizeAreRefused(chunk: [UInt8], message: String) throws {
        let reader = try write(chunk) { H5Pset_deflate($0, 1) }
        let error = #expect(throws: SparsifyError.self) { try Samples.read(reader, 0) }
        #expect(error?.code == .malformed)
        #expect(error?.description.contains(message) == true)
        #expect(error?.tensor == "t")
        #expect(error?.file == folder.path("0.h5"))
    }

    @Test(arguments: [12, 20])
    func shuffledChunksOfAnotherSizeAreRefused(count: Int) throws {
        let reader = try write([UInt8](repeating: 1, count: count)) { H5Pset_shuffle($0) }
        let error = #expect(throws: SparsifyError.self) { try Samples.read(reader, 0) }
        #expect(error?.message.contains("holds \(count) bytes instead of 16") == true)
    }

    @Test func wrongChecksumsAreRefused() throws {
        let values = float32([1, 2, 3, 4])
        let sum = values.withUnsafeBytes { Fletcher32.checksum($0) }
        let good = try write(values + bytes(sum)) { H5Pset_fletcher32($0) }
        #expect(try Samples.read(good, 0) == values)
        for chunk in [values + bytes(sum ^ 1), [1, 2]] {
            let reader = try write(chunk) { H5Pset_fletcher32($0) }
            let error = #expect(throws: SparsifyError.self) { try Samples.read(reader, 0) }
            #expect(error?.code == .malformed)
            #expect(error?.message.contains("checksum") == true)
        }
    }

    /// Chunks without filters are read by their own length, whatever the index says; the sum gives the lie away.
    @Test func unfilteredChunksOfAnotherSizeAreRefused() throws {
        let error = #expect(throws: SparsifyError.self) {
            try write([UInt8](repeating: 1, count: 12)) { _ in 0 }
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("should take 16 bytes, but take 12") == true)
    }
}
