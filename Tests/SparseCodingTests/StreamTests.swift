import Foundation
import Tensors
import Testing

@testable import SparseCoding

@Suite struct StreamTests {
    /// The codec and the bytes that follow its header.
    static func encode(_ bytes: [UInt8]) -> (codec: StreamCodec, bytes: [UInt8]) {
        bytes.withUnsafeBytes { source in
            switch StreamCoder().encode(source) {
            case .stored(let source): (.stored, Array(source))
            case .zlib(let bytes): (.zlib, bytes)
            }
        }
    }

    static func inflate(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
        var result = [UInt8](repeating: 0xaa, count: count)
        try result.withUnsafeMutableBytes { target in
            try bytes.withUnsafeBytes { try Inflater().decompress($0, into: target) }
        }
        return result
    }

    static func deflate(_ bytes: [UInt8], _ strategy: Deflater.Strategy) -> [UInt8] {
        bytes.withUnsafeBytes { Deflater(strategy).compress($0, below: bytes.count + 1000)! }
    }

    @Test func noiseIsStored() {
        var random = SplitMix64(seed: 1)
        let noise = random.bytes(5000)
        let stream = Self.encode(noise)
        #expect(stream.codec == .stored && stream.bytes == noise)
    }

    @Test(arguments: [0, 1, 31, 32]) func theShortestAreStored(_ count: Int) {
        let stream = Self.encode([UInt8](repeating: 7, count: count))
        #expect(stream.codec == .stored && stream.bytes.count == count)
    }

    @Test func skewedBytesTakeTheirEntropy() throws {
        var random = SplitMix64(seed: 2)
        let bytes = (0..<20_000).map { _ in UInt8(truncatingIfNeeded: (random.next() & random.next()).nonzeroBitCount) }
        let stream = Self.encode(bytes)
        #expect(stream.codec == .zlib)
        #expect(try Self.inflate(stream.bytes, count: bytes.count) == bytes)
        var histogram = [UInt32](repeating: 0, count: 256)
        for byte in bytes { histogram[Int(byte)] += 1 }
        let entropy = -histogram.filter { $0 > 0 }.map { Double($0) * log2(Double($0) / 20_000) }.reduce(0, +) / 8
        #expect(abs(Double(histogram.withUnsafeBufferPointer { EntropyEstimate.bytes($0) }) - entropy) < 2)
        #expect(Double(stream.bytes.count) < 1.03 * entropy + 100)
        let estimate = histogram.withUnsafeBufferPointer { HuffmanEstimate.bytes($0) }
        #expect(Double(estimate) >= entropy - 1 && estimate < stream.bytes.count && stream.bytes.count < estimate + 100)
        // String matching would take more.
        #expect(stream.bytes.count < Self.deflate(bytes, .matching).count)
    }

    /// Below one bit a byte Huffman codes lose to string matching, without any repeat that is meant.
    @Test func lessThanABitAByteIsMatched() throws {
        var random = SplitMix64(seed: 5)
        let bytes = (0..<20_000).map { _ in UInt8(random.next() % 10 < 3 ? 1 : 0) }
        bytes.withUnsafeBytes { #expect(!StreamCoder().hasRepeats($0)) }
        let stream = Self.encode(bytes)
        #expect(stream.bytes.count == Self.deflate(bytes, .matching).count)
        #expect(stream.bytes.count < Self.deflate(bytes, .huffmanOnly).count)
        #expect(try Self.inflate(stream.bytes, count: bytes.count) == bytes)
    }

    @Test func repeatsAreMatchedWhereTheyAreFound() throws {
        var random = SplitMix64(seed: 3)
        let period = random.bytes(900)
        for bytes in [Array((0..<30).map { _ in period }.joined()), [UInt8](repeating: 9, count: 4000)] {
            let stream = Self.encode(bytes)
            #expect(stream.codec == .zlib && stream.bytes.count < 1400)
            #expect(try Self.inflate(stream.bytes, count: bytes.count) == bytes)
        }
    }

    /// Strings of skewed bytes come again by chance, where string matching costs much and saves nothing.
    @Test(arguments: [1, 2, 4, 8]) func chanceIsNoRepeat(_ width: Int) {
        var random = SplitMix64(seed: 6)
        let skewed = (0..<40_000).map { _ in
            UInt8(truncatingIfNeeded: (random.next() & random.next()).leadingZeroBitCount)
        }
        let coder = StreamCoder()
        skewed.withUnsafeBytes { #expect(!coder.hasRepeats($0, width: width)) }
        let period = random.bytes(24 * 40)
        let repeated = Array((0..<42).map { _ in period }.joined())
        repeated.withUnsafeBytes { #expect(coder.hasRepeats($0, width: width)) }
        Array(repeated[..<20]).withUnsafeBytes { #expect(!coder.hasRepeats($0, width: width)) }
    }

    @Test(arguments: [1, 2, 3, 5, 100, 4095, 65_537, 1 << 40, .max]) func logarithmsAreRight(_ value: UInt64) {
        #expect(abs(Double(EntropyEstimate.log2(value)) / 65_536 - log2(Double(value))) < 0.0001)
    }

    @Test func theEntropyOfNothingIsNothing() {
        let histogram = [UInt32](repeating: 0, count: 256)
        #expect(histogram.withUnsafeBufferPointer { EntropyEstimate.bytes($0) } == 0)
        #expect(histogram.withUnsafeBufferPointer { HuffmanEstimate.bytes($0) } == 0)
    }

    /// Codes of 1, 2, 3 and 3 bits; and of one bit for a symbol that is alone.
    @Test(arguments: [([4, 2, 1, 1], 14), ([40, 0, 10, 10, 20], 140), ([80], 80), ([8, 8, 8, 8, 8, 8, 8, 8], 192)])
    func huffmanCodesTakeWhatTheyTake(_ counts: [UInt32], bits: Int) {
        #expect(counts.withUnsafeBufferPointer { HuffmanEstimate.bytes($0) } == (bits + 7) / 8)
    }

    @Test func compressionStopsAtItsLimit() {
        let bytes = [UInt8](repeating: 3, count: 1000)
        let size = Self.deflate(bytes, .matching).count
        bytes.withUnsafeBytes { source in
            #expect(Deflater(.matching).compress(source, below: size + 1)?.count == size)
            #expect(Deflater(.matching).compress(source, below: size) == nil)
            #expect(Deflater(.matching).compress(source, below: 0) == nil)
        }
    }

    @Test func anIndexIsCompressedOrLeft() throws {
        let text = [UInt8](String(repeating: "layer/kernel:0", count: 100).utf8)
        let compressed = compressIndex(text)
        #expect(compressed.count < 100)
        #expect(try Self.inflate(compressed, count: text.count) == text)
        var random = SplitMix64(seed: 4)
        let noise = random.bytes(500)
        #expect(compressIndex(noise) == noise)
    }

    @Test func checksumsAreThoseOfZip() {
        #expect(crc32(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(crc32([]) == 0)
    }

    // MARK: Streams that are refused

    @Test func aStreamOfAnotherLengthIsRefused() {
        let bytes = [UInt8](repeating: 1, count: 300)
        let stream = Self.deflate(bytes, .huffmanOnly)
        for count in [0, 1, 299, 301, 600] {
            #expect(throws: SparsifyError.self) { try Self.inflate(stream, count: count) }
        }
    }

    @Test func bytesAfterAStreamAreRefused() {
        let stream = Self.deflate([1, 2, 3, 4], .matching)
        #expect(throws: SparsifyError.self) { try Self.inflate(stream + [0], count: 4) }
        #expect(throws: SparsifyError.self) { try Self.inflate(stream + stream, count: 4) }
    }

    @Test func everyCutOfAStreamIsRefused() {
        let stream = Self.deflate(Array(0..<200), .thorough)
        for length in 0..<stream.count {
            #expect(throws: SparsifyError.self) { try Self.inflate(Array(stream[..<length]), count: 200) }
        }
    }

    @Test func aBrokenChecksumIsRefused() {
        var stream = Self.deflate(Array(0..<200), .matching)
        stream[stream.count - 1] ^= 1
        #expect(throws: SparsifyError.self) { try Self.inflate(stream, count: 200) }
    }

    /// 78 BB: a header that asks for a preset dictionary.
    @Test func aPresetDictionaryIsRefused() {
        #expect(throws: SparsifyError.self) { try Self.inflate([0x78, 0xbb, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1], count: 0) }
    }

    @Test func gzipAndRawDeflateAreRefused() {
        let raw: [UInt8] = [0x03, 0x00]
        let gzip: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(throws: SparsifyError.self) { try Self.inflate(raw, count: 0) }
        #expect(throws: SparsifyError.self) { try Self.inflate(gzip, count: 0) }
        #expect((try? Self.inflate([0x78, 0x9c, 3, 0, 0, 0, 0, 1], count: 0)) == [], "the zlib stream of nothing")
    }

    @Test func aWorkerIsAsGoodAsNewAfterAnError() throws {
        let inflater = Inflater()
        let good = Self.deflate(Array(0..<100), .matching)
        var target = [UInt8](repeating: 0, count: 100)
        try target.withUnsafeMutableBytes { target in
            #expect(throws: SparsifyError.self) {
                try [UInt8]([0x78, 0x9c, 0xff]).withUnsafeBytes { try inflater.decompress($0, into: target) }
            }
            try good.withUnsafeBytes { try inflater.decompress($0, into: target) }
        }
        #expect(target == Array(0..<100))
    }
}
