public import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A regular file open for positioned reading; safe from several threads at once.
public final class InputFile: Sendable {
    public let path: String
    /// Bytes when it was opened.
    public let size: Int
    private let descriptor: Int32

    /// - Throws: `io` where there is no such regular file or it cannot be read.
    public init(path: String) throws(SparsifyError) {
        let handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard handle >= 0 else { throw systemError("The file cannot be opened", path: path) }
        var status = stat()
        guard fstat(handle, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(handle)
            throw SparsifyError(.io, "This is not a regular file.", file: path)
        }
        self.path = path
        descriptor = handle
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `buffer` with the bytes at `offset`.
    ///
    /// - Throws: `malformed` where the file ends before, `io` where reading fails.
    public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else {
            throw SparsifyError(
                .malformed, "\(buffer.count) bytes are wanted here, but the file has \(size) in all.", file: path,
                offset: offset, remedy: "It is truncated or damaged.")
        }
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemError("Reading failed", path: path) }
            guard count > 0 else {
                throw SparsifyError(.io, "The file became shorter while it was read.", file: path)
            }
            done += count
        }
    }

    /// `count` bytes at `offset`.
    public func bytes(at offset: Int, count: Int) throws(SparsifyError) -> [UInt8] {
        guard count >= 0, count <= size else {
            throw SparsifyError(
                .malformed, "\(count) bytes are wanted here, but the file has \(size) in all.", file: path,
                offset: offset, remedy: "It is truncated or damaged.")
        }
        var result = [UInt8](repeating: 0, count: count)
        var failure: SparsifyError?
        result.withUnsafeMutableBytes { buffer in
            do throws(SparsifyError) { try read(at: offset, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }

    /// The first bytes, up to `count`.
    public func head(_ count: Int = 4096) throws(SparsifyError) -> [UInt8] {
        try bytes(at: 0, count: min(count, size))
    }
}
