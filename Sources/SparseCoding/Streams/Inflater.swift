internal import CZlib
public import Tensors

/// A reusable zlib decompressor that insists on the exact length of its output.
public final class Inflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    public init() {
        stream.initialize(to: z_stream())
        let status = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib could not set up a decompressor (status \(status))")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decompresses one RFC 1950 stream that fills `destination` exactly and takes all of `source`.
    ///
    /// - Throws: `malformed` where it is damaged, longer or shorter, or bytes follow it.
    public func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(SparsifyError) {
        guard source.count <= Int(UInt32.max), destination.count <= Int(UInt32.max) else {
            throw SparsifyError(.malformed, "A zlib stream is longer than 4 GiB.")
        }
        inflateReset(stream)
        // zlib wants somewhere to point to even for an empty output.
        var nothing: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &nothing) { nothing in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(source.count)
            stream.pointee.next_out = destination.bindMemory(to: UInt8.self).baseAddress ?? nothing
            stream.pointee.avail_out = UInt32(destination.count)
            return inflate(stream, Z_FINISH)
        }
        guard status == Z_STREAM_END else {
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "it ends early or holds too much"
            throw SparsifyError(
                .malformed, "A zlib stream does not decode to its \(destination.count) bytes: \(reason).")
        }
        guard stream.pointee.avail_out == 0, stream.pointee.avail_in == 0 else {
            throw SparsifyError(
                .malformed,
                """
                A zlib stream decodes to \(destination.count - Int(stream.pointee.avail_out)) bytes with \
                \(stream.pointee.avail_in) left over, but \(destination.count) and none are declared.
                """)
        }
    }
}
