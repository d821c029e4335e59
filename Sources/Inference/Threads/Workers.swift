/// Splits work over a few threads. Results never depend on how many there are: pieces do not share sums.
struct Workers: Sendable {
    let threads: Int

    init(threads: Int) { self.threads = max(threads, 1) }

    /// Below this, a second thread costs more than it spares.
    static let minimumNanoseconds = 5000

    /// Calls `body` for every index below `count`, on threads that each begin with a run of indices of their own.
    ///
    /// - Parameters:
    ///   - cost: what all calls together take, roughly.
    ///   - most: threads at most.
    ///   - body: is given which of the threads it is on, counted from 0.
    func share(
        _ count: Int, _ cost: Cost, most: Int = .max, _ body: @Sendable (_ lane: Int, _ index: Int) -> Void
    ) {
        let lanes = min(threads, count, most)
        guard lanes > 1, cost.nanoseconds >= Self.minimumNanoseconds else {
            for index in 0..<max(count, 0) { body(0, index) }
            return
        }
        let shares = Shares(count, lanes: lanes)
        WorkerPool.shared.run(lanes) { lane in
            while let index = shares.take(lane) { body(lane, index) }
        }
    }

    /// Calls `body` with ranges that make up 0..<count and begin at multiples of `granule`, one for each thread.
    func ranges(_ count: Int, _ cost: Cost, granule: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let granules = (count - 1) / granule + 1
        let pieces = cost.nanoseconds >= Self.minimumNanoseconds ? min(threads, granules) : 1
        guard pieces > 1 else { return body(0..<count) }
        WorkerPool.shared.run(pieces) { piece in
            let start = piece * granules / pieces * granule
            let end = min((piece + 1) * granules / pieces * granule, count)
            body(start..<end)
        }
    }
}

/// How long work takes, as far as the question goes whether to share it.
struct Cost {
    var nanoseconds: Int

    /// Pieces to cut the work into, so that threads can share it: the same for any number of threads.
    var tileCount: Int { nanoseconds < Workers.minimumNanoseconds ? 1 : min(max(nanoseconds / 1_500_000, 2), 16) }

    /// Numbers that are read, changed a little and written.
    static func moving(_ count: Int) -> Cost { Cost(nanoseconds: count / 4) }
    /// Numbers that some function is taken of.
    static func computing(_ count: Int) -> Cost { Cost(nanoseconds: count) }
    /// Products of sparse weights with rows, which come as columns.
    static func sparseProducts(_ nonzeros: Int, rows: Int) -> Cost { Cost(nanoseconds: nonzeros * max(rows, 4) / 20) }
    /// Products that are summed up in vector units.
    static func products(_ count: Int) -> Cost { Cost(nanoseconds: count / 40) }
}
