internal import Dispatch

/// Runs independent jobs on a few threads. Results never depend on how many threads there are.
public enum Parallel {
    /// Threads to use where the caller names no number: the processors that are online.
    public static var defaultThreads: Int { activeProcessorCount() }

    /// Calls `body` once for each index below `count`, on up to `threads` threads at once.
    ///
    /// - Throws: the error of the lowest index that failed; jobs not begun by then are skipped.
    public static func forEach(
        _ count: Int, threads: Int, _ body: @escaping @Sendable (Int) throws -> Void
    ) throws {
        try ordered(count, threads: threads, produce: { try body($0) }, consume: { _, _ in })
    }

    /// Calls `produce` for each index on up to `threads` threads, and `consume` with each output in the order of
    /// the indices, one at a time. No more than `2 * threads` outputs are in being at once, so memory stays bounded.
    ///
    /// - Throws: the first error, in order of indices, of `produce` or `consume`.
    public static func ordered<Output: Sendable>(
        _ count: Int, threads: Int, produce: @escaping @Sendable (Int) throws -> Output,
        consume: (Int, Output) throws -> Void
    ) throws {
        guard threads > 1, count > 1 else {
            for index in 0..<max(count, 0) { try consume(index, try produce(index)) }
            return
        }
        try withoutActuallyEscaping(consume) { consume in
            let line = OrderedLine<Output>(count: count, window: 2 * threads)
            // The line calls it from one thread at a time.
            nonisolated(unsafe) let consume = consume
            DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
                while let index = line.next() {
                    let result = Result { try produce(index) }
                    line.deliver(index, result, to: consume)
                }
            }
            try line.finish()
        }
    }
}

/// Hands out indices in order, and takes results back to be consumed in order.
private final class OrderedLine<Output>: @unchecked Sendable {
    private let count: Int
    private let window: Int
    private let monitor = Monitor()
    private var issued = 0
    private var consumed = 0
    private var waiting: [Int: Result<Output, any Error>] = [:]
    private var isConsuming = false
    private var failure: (any Error)?

    init(count: Int, window: Int) {
        self.count = count
        self.window = window
    }

    func next() -> Int? {
        monitor.locked {
            while failure == nil, issued < count, issued >= consumed + window { monitor.wait() }
            guard failure == nil, issued < count else { return nil }
            defer { issued += 1 }
            return issued
        }
    }

    func deliver(_ index: Int, _ result: Result<Output, any Error>, to consume: (Int, Output) throws -> Void) {
        monitor.locked {
            waiting[index] = result
            guard !isConsuming else { return }
            isConsuming = true
            while failure == nil, let ready = waiting.removeValue(forKey: consumed) {
                let turn = consumed
                let outcome = monitor.unlocked { Result { try consume(turn, try ready.get()) } }
                if case .failure(let error) = outcome { failure = error }
                consumed += 1
                monitor.wake()
            }
            isConsuming = false
            monitor.wake()
        }
    }

    func finish() throws {
        if let failure { throw failure }
    }
}
