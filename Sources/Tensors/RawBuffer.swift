/// A block of bytes on the heap, 64-byte aligned, freed with its owner.
///
/// `@unchecked Sendable`: holders that share a buffer between threads keep to disjoint ranges.
public final class RawBuffer: @unchecked Sendable {
    public let bytes: UnsafeMutableRawBufferPointer

    /// `byteCount` uninitialised bytes.
    public init(byteCount: Int) {
        bytes = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    }

    /// A buffer of `byteCount` zero bytes.
    public static func zeroed(byteCount: Int) -> RawBuffer {
        let buffer = RawBuffer(byteCount: byteCount)
        buffer.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        return buffer
    }

    deinit { bytes.deallocate() }
}
