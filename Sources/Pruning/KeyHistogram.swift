internal import Synchronization

/// Counts of keys by one 16-bit digit: 65,536 bins, 512 KiB whatever the size of the model.
final class KeyHistogram: @unchecked Sendable {
    static let binCount = 1 << 16
    let bins: UnsafeMutableBufferPointer<Int>

    init() {
        bins = .allocate(capacity: Self.binCount)
        bins.initialize(repeating: 0)
    }

    deinit { bins.deallocate() }

    func clear() { bins.update(repeating: 0) }

    func add(_ other: KeyHistogram) {
        for bin in 0..<Self.binCount { bins[bin] += other.bins[bin] }
    }

    /// The bin that holds the key of rank `rank` (0 is the lowest), and how many keys lie in lower bins.
    func bin(ofRank rank: Int) -> (bin: Int, below: Int) {
        var below = 0
        for bin in 0..<Self.binCount {
            if rank < below + bins[bin] { return (bin, below) }
            below += bins[bin]
        }
        preconditionFailure("a rank lies past the keys counted")
    }
}

/// One histogram for each thread that counts at once; sums do not depend on who counted what.
final class HistogramPool: Sendable {
    private let idle = Mutex<[KeyHistogram]>([])

    func with(_ body: (KeyHistogram) throws -> Void) rethrows {
        let histogram = idle.withLock { $0.popLast() } ?? KeyHistogram()
        defer { idle.withLock { $0.append(histogram) } }
        try body(histogram)
    }

    /// Adds all counts to `total` and begins anew.
    func drain(into total: KeyHistogram) {
        idle.withLock { histograms in
            for histogram in histograms {
                total.add(histogram)
                histogram.clear()
            }
        }
    }
}
