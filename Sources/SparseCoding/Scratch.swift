internal import Tensors

/// Memory that grows to the largest request and is kept between chunks.
final class Scratch {
    private var buffer = RawBuffer(byteCount: 0)

    /// At least `byteCount` bytes, uninitialised, valid until the next call.
    func bytes(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if buffer.bytes.count < byteCount { buffer = RawBuffer(byteCount: byteCount) }
        return buffer.bytes.baseAddress!
    }
}
