internal import Tensors

/// How the bytes of a stream are kept: the closed list of the `.spm` specification.
enum StreamCodec: UInt8 {
    case stored = 0
    case zlib = 1
}

/// A byte stream in its stored form.
struct CodedStream {
    var codec: StreamCodec
    var bytes: [UInt8]
}

/// Chooses, by size, how to keep a byte stream: as it is, entropy coded, or with string matching.
final class StreamCoder {
    private lazy var huffman = Deflater(.huffmanOnly)
    lazy var matching = Deflater(.matching)
    private let histogram = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 256)
    private let table = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 1 << 12)

    deinit {
        histogram.deallocate()
        table.deallocate()
    }

    /// zlib's own header, trailer, and a short code table.
    private static let frameBytes = 24

    func encode(_ source: UnsafeRawBufferPointer) -> CodedStream {
        var best: [UInt8]?
        for strategy in candidates(source) {
            let limit = best?.count ?? source.count
            let coder = strategy == .matching ? matching : huffman
            if let smaller = coder.compress(source, below: limit) { best = smaller }
        }
        if let best { return CodedStream(codec: .zlib, bytes: best) }
        return CodedStream(codec: .stored, bytes: Array(source))
    }

    /// The strategies worth running: those that an estimate does not rule out.
    private func candidates(_ source: UnsafeRawBufferPointer) -> [Deflater.Strategy] {
        guard source.count > 32 else { return [] }
        let entropy = entropyBytes(source)
        let canShrink = entropy + Self.frameBytes < source.count - source.count >> 7
        let repeats = entropy < source.count >> 2 || hasRepeats(source)
        if repeats { return canShrink ? [.huffmanOnly, .matching] : [.matching] }
        return canShrink ? [.huffmanOnly] : []
    }

    private func entropyBytes(_ source: UnsafeRawBufferPointer) -> Int {
        histogram.initialize(repeating: 0)
        for byte in source { histogram[Int(byte)] += 1 }
        return EntropyEstimate.bytes(UnsafeBufferPointer(histogram))
    }

    /// Whether strings of 16 bytes come again within short windows of the source, more often than by chance.
    func hasRepeats(_ source: UnsafeRawBufferPointer) -> Bool {
        let window = 4096
        let windows = source.count <= 4 * window ? [0] : [0, source.count / 2, source.count - window]
        let length = source.count <= 4 * window ? source.count : window
        var hits = 0
        var looks = 0
        for start in windows {
            table.initialize(repeating: .max)
            var position = 0
            while position + 16 <= length {
                let low = source.loadUnaligned(fromByteOffset: start + position, as: UInt64.self)
                let high = source.loadUnaligned(fromByteOffset: start + position + 8, as: UInt64.self)
                let slot = Int(((low ^ high &* 31) &* 0x9e37_79b9_7f4a_7c15) >> 52)
                let earlier = Int(table[slot])
                if earlier != Int(UInt16.max),
                    source.loadUnaligned(fromByteOffset: start + earlier, as: UInt64.self) == low,
                    source.loadUnaligned(fromByteOffset: start + earlier + 8, as: UInt64.self) == high
                {
                    hits += 1
                }
                table[slot] = UInt16(position)
                looks += 1
                position += 1
            }
        }
        return hits * 64 > looks
    }
}

extension StreamCoder {
    /// The source with string matching, where it repeats itself and comes out below `limit`; else nil.
    func encodeRepeats(_ source: UnsafeRawBufferPointer, _ limit: Int) -> CodedStream? {
        guard hasRepeats(source), let bytes = matching.compress(source, below: limit) else { return nil }
        return CodedStream(codec: .zlib, bytes: bytes)
    }
}
