internal import Synchronization

/// Shares 0..<count among lanes: each takes from a run of its own, lowest first, and then from the ends of the others'.
///
/// So a lane has the same part of each piece of work, as far as it keeps up, and finds in its core's cache what it left
/// there before. To bring that from another core can take longer than the work itself.
final class Shares: Sendable {
    /// The bounds of what is left of each run, in a line of the cache of its own.
    private nonisolated(unsafe) let runs: UnsafeMutablePointer<Atomic<UInt64>>
    private let lanes: Int

    /// Atomics in a line of the cache, and one more that it may begin anywhere.
    private static let pitch = 16

    /// - Parameter count: below 2³².
    init(_ count: Int, lanes: Int) {
        self.lanes = lanes
        runs = .allocate(capacity: lanes * Self.pitch)
        for lane in 0..<lanes {
            let bounds = Self.pack(lane * count / lanes, (lane + 1) * count / lanes)
            (runs + lane * Self.pitch).initialize(to: Atomic(bounds))
        }
    }

    deinit {
        for lane in 0..<lanes { (runs + lane * Self.pitch).deinitialize(count: 1) }
        runs.deallocate()
    }

    private static func pack(_ first: Int, _ end: Int) -> UInt64 { UInt64(first) << 32 | UInt64(end) }

    /// What a lane does next; nil where nothing is left.
    func take(_ lane: Int) -> Int? {
        if let own = take(from: lane, atEnd: false) { return own }
        for other in 1..<max(lanes, 1) {
            if let stolen = take(from: (lane + other) % lanes, atEnd: true) { return stolen }
        }
        return nil
    }

    private func take(from lane: Int, atEnd: Bool) -> Int? {
        let run = runs + lane * Self.pitch
        var bounds = run.pointee.load(ordering: .relaxed)
        while true {
            let (first, end) = (Int(bounds >> 32), Int(bounds & 0xFFFF_FFFF))
            guard first < end else { return nil }
            let rest = atEnd ? Self.pack(first, end - 1) : Self.pack(first + 1, end)
            let (exchanged, found) = run.pointee.weakCompareExchange(
                expected: bounds, desired: rest, ordering: .relaxed)
            if exchanged { return atEnd ? end - 1 : first }
            bounds = found
        }
    }
}
