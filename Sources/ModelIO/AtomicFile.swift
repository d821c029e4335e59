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
    /// Where the file goes: `path`, or what it leads to where it is a symbolic link.
    private let target: String
    private let overwrite: Bool
    private var descriptor: Int32
    private var isCommitted = false
    private let flushes: BackgroundFlush

    /// Opens the temporary sibling at once, so that a folder that cannot be written to is found before the work.
    ///
    /// - Throws: `io` where the file exists and `overwrite` is false, or the folder cannot be written to.
    public init(path: String, overwrite: Bool) throws(SparsifyError) {
        var status = stat()
        var mode: mode_t = 0o644
        var target = path
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw SparsifyError(.io, "This is not a regular file, so it cannot be replaced.", file: path)
            }
            // What a link leads to is replaced, not the link; and as private as the old file was the new one is.
            target = Self.resolved(path) ?? path
            mode = status.st_mode & 0o777
        }
        guard overwrite || lstat(path, &status) != 0 else {
            throw SparsifyError(.io, "The file exists already.", file: path, remedy: "Use --force to replace it.")
        }
        self.path = path
        self.target = target
        self.overwrite = overwrite
        temporaryPath = Self.folder(of: target) + TemporaryFiles.shared.uniqueName()
        // Noted before it is there, so that an interruption between the two leaves nothing behind.
        TemporaryFiles.shared.insert(temporaryPath)
        descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            let error = systemError("The file cannot be created", path: path)
            TemporaryFiles.shared.remove(temporaryPath)
            throw error
        }
        flushes = BackgroundFlush(descriptor)
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// The folder that a path lies in, with a slash at its end.
    static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "./"
    }

    deinit {
        if descriptor >= 0 {
            _ = flushes.wait()
            close(descriptor)
        }
        if !isCommitted {
            unlink(temporaryPath)
            TemporaryFiles.shared.remove(temporaryPath)
        }
    }

    /// Appends at the current position.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SparsifyError) {
        try DescriptorWriting.write(bytes, to: descriptor, path: path)
        flushes.note(bytes.count)
    }

    /// Puts bytes at a place of their own, without moving the current position. Safe from several threads at once.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SparsifyError) {
        try DescriptorWriting.write(bytes, to: descriptor, at: offset, path: path)
        flushes.note(bytes.count)
    }

    /// Flushes to disk and gives the file its name.
    public func commit() throws(SparsifyError) {
        let earlier = flushes.wait()
        guard earlier == 0 else { throw systemError("Flushing to disk failed", path: path, code: earlier) }
        guard fsync(descriptor) == 0 else { throw systemError("Flushing to disk failed", path: path) }
        try overwrite ? replace() : appear()
        isCommitted = true
        TemporaryFiles.shared.remove(temporaryPath)
        flushFolder()
    }

    private func replace() throws(SparsifyError) {
        guard rename(temporaryPath, target) == 0 else { throw systemError("Renaming failed", path: path) }
    }

    /// Without leave to overwrite: a hard link fails where a file has come up under the name meanwhile.
    private func appear() throws(SparsifyError) {
        if link(temporaryPath, target) == 0 {
            unlink(temporaryPath)
            return
        }
        // Some file systems have no hard links.
        guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS].contains(errno) else {
            throw systemError("The file cannot be created", path: path)
        }
        var status = stat()
        guard lstat(target, &status) != 0 else {
            throw SparsifyError(.io, "Another file has taken this name meanwhile.", file: path)
        }
        try replace()
    }

    private func flushFolder() {
        let handle = open(Self.folder(of: target), O_RDONLY | O_CLOEXEC)
        guard handle >= 0 else { return }
        fsync(handle)
        close(handle)
    }
}

/// The error of the last system call, or the one with number `code`, in words.
public func systemError(_ what: String, path: String, code: Int32? = nil) -> SparsifyError {
    SparsifyError(.io, "\(what): \(String(cString: strerror(code ?? errno))).", file: path)
}
