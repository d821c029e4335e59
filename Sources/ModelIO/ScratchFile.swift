public import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file for bytes on their way, for libraries that want a path. It goes with its owner, and when the process is
/// interrupted.
public final class ScratchFile: OutputSink, @unchecked Sendable {
    public let path: String
    private let descriptor: Int32

    /// - Parameter neighbour: the file lies beside this one; nil: where the system keeps temporary files.
    /// - Throws: `io` where it cannot be made.
    public init(beside neighbour: String? = nil) throws(SparsifyError) {
        let folder = neighbour.map(AtomicFile.folder) ?? Self.systemFolder
        path = folder + TemporaryFiles.shared.uniqueName()
        // Noted before it is there, so that an interruption between the two leaves nothing behind.
        TemporaryFiles.shared.insert(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let error = systemError("A temporary file cannot be created", path: path)
            TemporaryFiles.shared.remove(path)
            throw error
        }
    }

    private static var systemFolder: String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        return folder.isEmpty ? "/tmp/" : folder.hasSuffix("/") ? folder : folder + "/"
    }

    deinit {
        removeName()
        close(descriptor)
    }

    /// Whoever has the file open goes on with it; nobody else finds it any more.
    public func removeName() {
        unlink(path)
        TemporaryFiles.shared.remove(path)
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(SparsifyError) {
        try DescriptorWriting.write(bytes, to: descriptor, path: path)
    }

    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SparsifyError) {
        try DescriptorWriting.write(bytes, to: descriptor, at: offset, path: path)
    }

    /// Fills the bytes with those of the file from an offset on.
    ///
    /// - Throws: `io` where there are not so many, or they cannot be read.
    public func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError("Reading a temporary file failed", path: path) }
            done += count
        }
    }

    /// Nothing is left to do: readers see what was written.
    public func commit() {}
}
