internal import Synchronization

/// Set from a signal handler or another thread; long work looks at it between tiles.
public final class CancellationFlag: Sendable {
    private let state = Atomic<Bool>(false)

    public init() {}

    public var isSet: Bool { state.load(ordering: .relaxed) }

    public func cancel() { state.store(true, ordering: .relaxed) }

    /// - Throws: `cancelled` once `cancel()` was called.
    public func check() throws(SparsifyError) {
        if state.load(ordering: .relaxed) {
            throw SparsifyError(.cancelled, "The work was interrupted; nothing was written.")
        }
    }
}
