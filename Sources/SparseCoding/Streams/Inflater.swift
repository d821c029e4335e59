internal import CLibDeflate
public import Tensors

/// A reusable zlib decompressor that insists on the exact length of its input and output.
///
/// libdeflate reads the same streams as zlib, more than twice as fast, for whoever knows how much comes out.
public final class Inflater {
    private let decompressor: OpaquePointer

    public init() {
        guard let decompressor = libdeflate_alloc_decompressor() else {
            preconditionFailure("libdeflate could not set up a decompressor")
        }
        self.decompressor = decompressor
    }

    deinit { libdeflate_free_decompressor(decompressor) }

    /// Decompresses one RFC 1950 stream that fills `destination` exactly and takes all of `source`.
    ///
    /// - Throws: `malformed` where it is damaged, longer or shorter, or bytes follow it.
    public func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(SparsifyError) {
        // libdeflate wants somewhere to point to even for an empty buffer.
        var nothing: UInt8 = 0
        var read = 0
        var written = 0
        let result = withUnsafeMutablePointer(to: &nothing) { nothing in
            libdeflate_zlib_decompress_ex(
                decompressor, source.baseAddress ?? UnsafeRawPointer(nothing), source.count,
                destination.baseAddress ?? UnsafeMutableRawPointer(nothing), destination.count, &read, &written)
        }
        guard result == LIBDEFLATE_SUCCESS else {
            let reason =
                result == LIBDEFLATE_INSUFFICIENT_SPACE ? "it holds more" : "it is damaged or ends early"
            throw SparsifyError(
                .malformed, "A zlib stream does not decode to its \(destination.count) bytes: \(reason).")
        }
        guard read == source.count, written == destination.count else {
            throw SparsifyError(
                .malformed,
                """
                A zlib stream decodes to \(written) bytes with \(source.count - read) left over, but \
                \(destination.count) and none are declared.
                """)
        }
    }
}

/// CRC-32 as in RFC 1952 (the polynomial of zip and PNG).
public func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    // libdeflate takes a null pointer for a request of the initial value, which is that of no bytes.
    libdeflate_crc32(0, bytes.baseAddress, bytes.count)
}

public func crc32(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { crc32($0) }
}
