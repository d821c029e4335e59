internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Lets the disk take what is written of a file while the next bytes are made, so that the end need not wait for all
/// of them.
final class BackgroundFlush: Sendable {
    private static let length = 16 << 20

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "flushing")
    private let pending = Atomic<Int>(0)
    /// The system tells a failure once, so it is kept.
    private let failure: Failure

    private final class Failure: Sendable {
        let code = Atomic<Int32>(0)
    }

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        failure = Failure()
    }

    /// Counts bytes that were written, and starts a flush when they are many.
    func note(_ byteCount: Int) {
        guard pending.add(byteCount, ordering: .relaxed).newValue >= Self.length else { return }
        pending.store(0, ordering: .relaxed)
        queue.async { [descriptor, failure] in
            if fsync(descriptor) != 0 { failure.code.store(errno, ordering: .relaxed) }
        }
    }

    /// Waits for flushes that were started; the system's number of an error that one met, or 0.
    func wait() -> Int32 {
        queue.sync { failure.code.load(ordering: .relaxed) }
    }
}
