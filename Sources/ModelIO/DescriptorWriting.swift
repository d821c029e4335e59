internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Writes all bytes, however many calls of the system it takes.
enum DescriptorWriting {
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(SparsifyError) {
        try writeAll(bytes, path) { base, count, _ in systemWrite(descriptor, base, count) }
    }

    static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int, path: String
    ) throws(SparsifyError) {
        try writeAll(bytes, path) { base, count, done in pwrite(descriptor, base, count, off_t(offset + done)) }
    }

    private static func writeAll(
        _ bytes: UnsafeRawBufferPointer, _ path: String, _ write: (UnsafeRawPointer, Int, Int) -> Int
    ) throws(SparsifyError) {
        var done = 0
        while done < bytes.count {
            let written = write(bytes.baseAddress! + done, bytes.count - done, done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw systemError("Writing failed", path: path) }
            done += written
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, base, count)
}
