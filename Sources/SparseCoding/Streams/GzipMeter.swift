internal import CZlib
internal import Tensors

/// Counts the bytes that gzip -6 makes of what it is fed, and keeps none of them.
public final class GzipMeter {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output = RawBuffer(byteCount: 1 << 16)
    private var count = 0

    public init() {
        stream.initialize(to: z_stream())
        // 31: the largest window, in gzip's wrapping.
        let status = deflateInit2_(
            stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib could not set up a compressor (status \(status))")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    public func add(_ bytes: UnsafeRawBufferPointer) { run(bytes, Z_NO_FLUSH) }

    /// Bytes in all, header and trailer among them.
    public func finish() -> Int {
        run(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH)
        return count
    }

    private func run(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            stream.pointee.next_out = output.bytes.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(output.bytes.count)
            deflate(stream, flush)
            count += output.bytes.count - Int(stream.pointee.avail_out)
        } while stream.pointee.avail_out == 0
    }
}
