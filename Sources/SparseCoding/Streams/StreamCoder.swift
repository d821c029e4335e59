internal import Tensors

/// How the bytes of a stream are kept: the closed list of the `.spm` specification.
enum StreamCodec: UInt8 {
    case stored = 0
    case zlib = 1
}

/// A byte stream in its stored form.
enum CodedStream {
    /// The source itself; it must outlive this.
    case stored(UnsafeRawBufferPointer)
    case zlib([UInt8])

    /// Bytes that it takes, besides its header.
    var count: Int {
        switch self {
        case .stored(let source): source.count
        case .zlib(let bytes): bytes.count
        }
    }

    func append(to writer: inout ByteWriter) {
        switch self {
        case .stored(let source):
            writer.integer(StreamCodec.stored.rawValue)
            writer.raw(source)
        case .zlib(let bytes):
            writer.integer(StreamCodec.zlib.rawValue)
            writer.block(bytes)
        }
    }
}

/// Chooses, by size, how to keep a byte stream: as it is, entropy coded, or with string matching.
final class StreamCoder {
    private lazy var huffman = Deflater(.huffmanOnly)
    private lazy var matching = Deflater(.matching)
    private let histograms = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 4 * 256)
    private let table = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 1 << 12)

    deinit {
        histograms.deallocate()
        table.deallocate()
    }

    /// zlib's own header, trailer, and a short code table.
    private static let frameBytes = 24

    /// - Parameter repeats: what `hasRepeats` said, where it was asked already.
    func encode(_ source: UnsafeRawBufferPointer, repeats: Bool? = nil) -> CodedStream {
        var best: [UInt8]?
        for coder in candidates(source, repeats) {
            if let smaller = coder.compress(source, below: best?.count ?? source.count) { best = smaller }
        }
        return best.map(CodedStream.zlib) ?? .stored(source)
    }

    /// The source with string matching, where it comes out below `limit`; else nil.
    func encodeMatching(_ source: UnsafeRawBufferPointer, below limit: Int) -> CodedStream? {
        matching.compress(source, below: limit).map(CodedStream.zlib)
    }

    /// The coders worth running: those that an estimate does not rule out.
    private func candidates(_ source: UnsafeRawBufferPointer, _ repeats: Bool?) -> [Deflater] {
        guard source.count > 32 else { return [] }
        let histogram = histogram(source)
        let canShrink = HuffmanEstimate.bytes(histogram) + Self.frameBytes < source.count - source.count >> 7
        // Huffman codes spend one bit a byte at least; where clearly less would do, strings do better. Random signs
        // need one bit, and searching them for strings takes long.
        let isSkewed = EntropyEstimate.bytes(histogram) * 128 < source.count * 15
        let mayMatch = isSkewed || (repeats ?? hasRepeats(source))
        return (canShrink ? [huffman] : []) + (mayMatch ? [matching] : [])
    }

    /// Four histograms by turns, so that equal neighbours need not wait for one another.
    private func histogram(_ source: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt32> {
        histograms.initialize(repeating: 0)
        let counts = histograms.baseAddress!
        let bytes = source.baseAddress!.assumingMemoryBound(to: UInt8.self)
        var index = 0
        while index + 4 <= source.count {
            counts[Int(bytes[index])] &+= 1
            counts[256 + Int(bytes[index + 1])] &+= 1
            counts[512 + Int(bytes[index + 2])] &+= 1
            counts[768 + Int(bytes[index + 3])] &+= 1
            index += 4
        }
        for rest in index..<source.count { counts[Int(bytes[rest])] &+= 1 }
        for symbol in 0..<256 {
            counts[symbol] &+= counts[256 + symbol] &+ counts[512 + symbol] &+ counts[768 + symbol]
        }
        return UnsafeBufferPointer(start: counts, count: 256)
    }

    /// Whether strings of 24 bytes come again within short windows of the source, more often than by chance: bytes of
    /// more than about one bit each do not repeat that far unless they mean to.
    ///
    /// - Parameter width: bytes of an element; strings begin where elements do.
    func hasRepeats(_ source: UnsafeRawBufferPointer, width: Int = 1) -> Bool {
        let count = source.count / width
        let window = 4096
        let windows = count <= 4 * window ? [0] : [0, count / 2, count - window]
        let length = count <= 4 * window ? count : window
        var hits = 0
        var looks = 0
        for first in windows {
            let start = first * width
            table.initialize(repeating: .max)
            for place in 0..<max(length - (24 / width - 1), 0) {
                let offset = start + place * width
                let low = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let high = source.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
                let slot = Int(((low ^ high &* 31) &* 0x9e37_79b9_7f4a_7c15) >> 52)
                let earlier = table[slot]
                table[slot] = UInt16(truncatingIfNeeded: place)
                looks += 1
                guard earlier != .max else { continue }
                let other = start + Int(earlier) * width
                if source.loadUnaligned(fromByteOffset: other, as: UInt64.self) == low,
                    source.loadUnaligned(fromByteOffset: other + 8, as: UInt64.self) == high,
                    source.loadUnaligned(fromByteOffset: other + 16, as: UInt64.self)
                        == source.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)
                {
                    hits += 1
                }
            }
        }
        return hits * 64 > looks
    }
}
