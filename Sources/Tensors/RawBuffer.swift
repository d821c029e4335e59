#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A block of bytes on the heap, 64-byte aligned, freed with its owner.
///
/// `@unchecked Sendable`: holders that share a buffer between threads keep to disjoint ranges.
public final class RawBuffer: @unchecked Sendable {
    public let bytes: UnsafeMutableRawBufferPointer
    private let isMapped: Bool

    /// `byteCount` uninitialised bytes.
    public init(byteCount: Int) {
        bytes = .allocate(byteCount: max(byteCount, 1), alignment: 64)
        isMapped = false
    }

    private init(mapped: UnsafeMutableRawBufferPointer) {
        bytes = mapped
        isMapped = true
    }

    /// A buffer of `byteCount` zero bytes. A large one comes from the system as zero pages, large where there are
    /// such, so that nothing is cleared twice.
    public static func zeroed(byteCount: Int) -> RawBuffer {
        if byteCount >= 4 << 20, let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, mapFlags, -1, 0),
            pages != MAP_FAILED
        {
            #if os(Linux)
                // Advice only: without it everything works, in more and smaller pages.
                madvise(pages, byteCount, MADV_HUGEPAGE)
            #endif
            return RawBuffer(mapped: UnsafeMutableRawBufferPointer(start: pages, count: byteCount))
        }
        let buffer = RawBuffer(byteCount: byteCount)
        buffer.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        return buffer
    }

    private static var mapFlags: Int32 {
        #if os(Linux)
            Int32(MAP_PRIVATE) | Int32(MAP_ANONYMOUS)
        #else
            MAP_PRIVATE | MAP_ANON
        #endif
    }

    deinit {
        if isMapped { munmap(bytes.baseAddress!, bytes.count) } else { bytes.deallocate() }
    }
}
