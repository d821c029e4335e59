internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The temporary files in being, so that an interrupted process can remove them before it goes.
public final class TemporaryFiles: Sendable {
    public static let shared = TemporaryFiles()

    private let paths = Mutex<Set<String>>([])
    private let count = Atomic<Int>(0)

    /// A file name that no other file of this process has; short, so that it fits wherever the target's own does.
    func uniqueName() -> String {
        ".sparsify-\(getpid())-\(count.add(1, ordering: .relaxed).newValue).tmp"
    }

    func insert(_ path: String) { paths.withLock { _ = $0.insert(path) } }
    func remove(_ path: String) { paths.withLock { _ = $0.remove(path) } }

    /// Removes every temporary file that is left.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public func removeAll() -> Bool {
        paths.withLock { paths in
            for path in paths { unlink(path) }
            defer { paths.removeAll() }
            return !paths.isEmpty
        }
    }
}
