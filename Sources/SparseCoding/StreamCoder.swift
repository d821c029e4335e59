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
        // Huffman codes take a bit a symbol at the least, so below that matching may gain on any data.
        let repeats = entropy < source.count * 7 / 64 || hasRepeats(source, ofBits: 32, entropy: entropy)
        if repeats { return canShrink ? [.huffmanOnly, .matching] : [.matching] }
        return canShrink ? [.huffmanOnly] : []
    }

    private func entropyBytes(_ source: UnsafeRawBufferPointer) -> Int {
        histogram.initialize(repeating: 0)
        for byte in source { histogram[Int(byte)] += 1 }
        return EntropyEstimate.bytes(UnsafeBufferPointer(histogram))
    }

    /// Whether strings that carry `bits` of information come again within short windows of the source. By chance they
    /// do not: a window has 2^12 places.
    func hasRepeats(_ source: UnsafeRawBufferPointer, ofBits bits: Int, entropy: Int) -> Bool {
        let words = min(max(bits * source.count / max(entropy * 64, 1) + 1, 2), 8)
        let window = 4096
        let isShort = source.count <= 4 * window
        let length = isShort ? source.count : window
        let starts = isShort ? [0] : [0, source.count / 2, source.count - window]
        var hits = 0
        for start in starts {
            let part = UnsafeRawBufferPointer(rebasing: source[start..<start + length])
            hits += repeats(part, words: words)
        }
        return hits * 64 > starts.count * length
    }

    /// Positions at which a string of 8 × `words` bytes stands that stood at an earlier one.
    private func repeats(_ part: UnsafeRawBufferPointer, words: Int) -> Int {
        table.initialize(repeating: .max)
        var hits = 0
        var position = 0
        while position + 8 * words <= part.count {
            var hash: UInt64 = 0
            for word in 0..<words {
                hash =
                    (hash ^ part.loadUnaligned(fromByteOffset: position + 8 * word, as: UInt64.self))
                    &* 0x9e37_79b9_7f4a_7c15
                hash ^= hash >> 29
            }
            let slot = Int(hash >> 52)
            let earlier = Int(table[slot])
            if earlier != Int(UInt16.max), Self.isSame(part, earlier, position, count: 8 * words) { hits += 1 }
            table[slot] = UInt16(position)
            position += 1
        }
        return hits
    }

    private static func isSame(_ part: UnsafeRawBufferPointer, _ a: Int, _ b: Int, count: Int) -> Bool {
        var offset = 0
        while offset < count {
            guard
                part.loadUnaligned(fromByteOffset: a + offset, as: UInt64.self)
                    == part.loadUnaligned(fromByteOffset: b + offset, as: UInt64.self)
            else { return false }
            offset += 8
        }
        return true
    }
}

extension StreamCoder {
    /// The source with string matching, where it repeats itself and comes out below `limit`; else nil.
    func encodeRepeats(_ source: UnsafeRawBufferPointer, _ limit: Int) -> CodedStream? {
        guard hasRepeats(source, ofBits: 128, entropy: source.count),
            let bytes = matching.compress(source, below: limit)
        else { return nil }
        return CodedStream(codec: .zlib, bytes: bytes)
    }
}
