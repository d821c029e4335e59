/// How long a phase of work will take, by how fast it was so far.
public struct WorkPace: Sendable {
    private var phase = -1
    private var start = (done: 0, time: 0.0)

    /// Before so many seconds nothing is said.
    private static let least = 2.0

    public init() {}

    /// Seconds that are left; nil while that cannot be told.
    ///
    /// - Parameters:
    ///   - phase: its number: where it is another than before, the pace is found anew.
    ///   - now: seconds since any time.
    public mutating func secondsLeft(phase: Int, done: Int, total: Int, at now: Double) -> Double? {
        if phase != self.phase || done < start.done {
            self.phase = phase
            start = (done, now)
        }
        let passed = now - start.time
        guard passed >= Self.least, done > start.done, total >= done else { return nil }
        return passed * Double(total - done) / Double(done - start.done)
    }
}
