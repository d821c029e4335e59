public import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An output file that appears under its name only when complete: bytes go to a temporary sibling, which is
/// flushed to disk and renamed on `commit()`. Until then the old file, if any, is untouched; a file never committed
/// is removed.
public final class AtomicFile: @unchecked Sendable {
    public let path: String
    /// Where the bytes are until the commit; libraries that want a path write here.
    public let temporaryPath: String
    private let overwrite: Bool
    private var descriptor: Int32
    private var isCommitted = false

    /// Opens the temporary sibling at once, so that a folder that cannot be written to is found before the work.
    ///
    /// - Throws: `io` where the file exists and `overwrite` is false, or the folder cannot be written to.
    public init(path: String, overwrite: Bool) throws(SparsifyError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw SparsifyError(.io, "This is not a regular file, so it cannot be replaced.", file: path)
            }
            guard overwrite else {
                throw SparsifyError(
                    .io, "The file exists already.", file: path, remedy: "Use --force to replace it.")
            }
        }
        self.path = path
        self.overwrite = overwrite
        temporaryPath = "\(path).\(getpid()).tmp"
        descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw systemError("The file cannot be created", path: path) }
        TemporaryFiles.shared.insert(temporaryPath)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isCommitted {
            unlink(temporaryPath)
            TemporaryFiles.shared.remove(temporaryPath)
        }
    }

    /// Appends at the current position.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SparsifyError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let written = systemWrite(descriptor, base, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw systemError("Writing failed", path: path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Replaces bytes already written, without moving the current position.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SparsifyError) {
        guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) == bytes.count else {
            throw systemError("Writing failed", path: path)
        }
    }

    /// Flushes to disk and gives the file its name.
    public func commit() throws(SparsifyError) {
        guard fsync(descriptor) == 0 else { throw systemError("Flushing to disk failed", path: path) }
        // Without leave to overwrite, a link fails where a file has come up under the name meanwhile.
        if overwrite {
            guard rename(temporaryPath, path) == 0 else { throw systemError("Renaming failed", path: path) }
        } else {
            guard link(temporaryPath, path) == 0 else { throw systemError("The file cannot be created", path: path) }
            unlink(temporaryPath)
        }
        isCommitted = true
        TemporaryFiles.shared.remove(temporaryPath)
        flushFolder()
    }

    private func flushFolder() {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let handle = open(folder, O_RDONLY | O_CLOEXEC)
        guard handle >= 0 else { return }
        fsync(handle)
        close(handle)
    }
}

/// The error of the last system call, in words.
public func systemError(_ what: String, path: String) -> SparsifyError {
    SparsifyError(.io, "\(what): \(String(cString: strerror(errno))).", file: path)
}

private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, base, count)
}
