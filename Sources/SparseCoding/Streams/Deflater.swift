internal import CZlib
internal import Tensors

/// A reusable zlib compressor that writes one RFC 1950 stream a call.
final class Deflater {
    enum Strategy {
        /// Entropy coding alone: best where symbols are independent, as gaps and exponents are, and ten times faster.
        case huffmanOnly
        /// Level 6 with string matching: best where runs and repeats occur.
        case matching
        /// Level 9 with string matching: for what is small.
        case thorough

        fileprivate var level: Int32 {
            switch self {
            case .huffmanOnly: 1
            case .matching: 6
            case .thorough: 9
            }
        }

        fileprivate var strategy: Int32 { self == .huffmanOnly ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY }
    }

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let strategy: Strategy

    init(_ strategy: Strategy) {
        self.strategy = strategy
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, strategy.level, Z_DEFLATED, 15, 9, strategy.strategy, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib could not set up a compressor (status \(status))")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The compressed bytes, or nil where they would take `limit` bytes or more.
    func compress(_ source: UnsafeRawBufferPointer, below limit: Int) -> [UInt8]? {
        guard limit > 0 else { return nil }
        deflateReset(stream)
        var count = 0
        let output = [UInt8](unsafeUninitializedCapacity: limit) { buffer, written in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: source.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(source.count)
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(limit)
            let status = deflate(stream, Z_FINISH)
            count = status == Z_STREAM_END ? limit - Int(stream.pointee.avail_out) : limit
            written = count
        }
        return count < limit ? output : nil
    }
}

/// The smallest zlib stream that the known strategies make of `bytes`, or `bytes` themselves where none is smaller.
public func compressIndex(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { Deflater(.thorough).compress($0, below: bytes.count) } ?? bytes
}
