internal import Dispatch

/// Splits work over a few threads. Results never depend on how many there are: pieces do not share sums.
struct Workers: Sendable {
    let threads: Int

    /// Work below this many elementary operations is not worth waking a second thread for (some 100 µs).
    private static let minimumWork = 1_000_000

    init(threads: Int) { self.threads = max(threads, 1) }

    /// Calls `body` for every index below `count`; which thread does is not said.
    ///
    /// - Parameter work: elementary operations of all calls together, roughly.
    func forEach(_ count: Int, work: Int, _ body: @Sendable (Int) -> Void) {
        guard threads > 1, count > 1, work >= Self.minimumWork else {
            for index in 0..<count { body(index) }
            return
        }
        let next = Counter()
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            while let index = next.take(below: count) { body(index) }
        }
    }

    /// Calls `body` with ranges that make up 0..<count and begin at multiples of `granule`, one for each thread.
    func ranges(_ count: Int, work: Int, granule: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let granules = (count - 1) / granule + 1
        let pieces = work >= Self.minimumWork ? min(threads, granules) : 1
        forEach(pieces, work: work) { piece in
            let start = piece * granules / pieces * granule
            let end = min((piece + 1) * granules / pieces * granule, count)
            body(start..<end)
        }
    }
}
